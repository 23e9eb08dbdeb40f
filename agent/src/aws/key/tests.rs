//! KMS as it is on bad days, over HTTP.

use serde_json::{Value, json};

use super::*;
use crate::aws::testing::{Reply, Request, Server, instance, place};
use crate::error::Wait;

/// 32 bytes of 7.
const DATA_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

fn context() -> Context {
    Context {
        installation: "jetway".parse().unwrap(),
        environment: "qa".parse().unwrap(),
        application: "web".parse().unwrap(),
        version: "c17".parse().unwrap(),
    }
}

fn wrapped() -> WrappedKey {
    WrappedKey { key: KeyName::Kms { arn: place().key.to_string() }, bytes: b"wrapped".to_vec() }
}

fn opened() -> Reply {
    Reply::new(200, json!({ "KeyId": place().key, "Plaintext": DATA_KEY }).to_string())
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({ "__type": code, "message": message }).to_string();
    Reply::new(status, body).header("x-amzn-requestid", "R1")
}

async fn key(reply: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> (KmsKey, Server) {
    let server = Server::start(reply).await;
    (KmsKey::new(&instance(&server).await), server)
}

async fn told(key: &KmsKey) -> StepError {
    key.open(&wrapped(), &context()).await.err().expect("it is not opened").into()
}

#[tokio::test]
async fn one_call_opens_a_data_key_by_its_arn_and_for_its_place_alone() {
    let (key, server) = key(|_, _| opened()).await;
    assert!(key.open(&wrapped(), &context()).await.is_ok());
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("x-amz-target"), "TrentService.Decrypt");
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let pairs: serde_json::Map<_, _> =
        context().pairs().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    assert_eq!(body, json!({ "CiphertextBlob": "d3JhcHBlZA==", "EncryptionContext": pairs, "KeyId": place().key }));
}

#[tokio::test]
async fn a_config_of_another_key_is_refused_without_asking_anybody() {
    let (key, server) = key(|_, _| opened()).await;
    let other = KeyName::Kms { arn: place().key.to_string().replace("1111", "2222") };
    let error = key.open(&WrappedKey { key: other, ..wrapped() }, &context()).await.err().unwrap();
    assert!(error.to_string().contains("key/2222") && error.to_string().contains("key/1111"), "{error}");
    assert_eq!(StepError::from(error).wait, Wait::Never);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn every_refusal_says_what_was_asked_what_came_and_whether_it_may_pass() {
    let arn = place().key;
    for (status, code, message, reason, wait) in [
        (
            400,
            "AccessDeniedException",
            "No.",
            format!("AWS denies kms:Decrypt on {arn}: No. (HTTP 400, AccessDeniedException, request R1)"),
            Wait::Later,
        ),
        (
            400,
            "DisabledException",
            "Off.",
            format!("AWS refuses kms:Decrypt on {arn}: Off. (HTTP 400, DisabledException, request R1)"),
            Wait::Never,
        ),
        (
            400,
            "KMSInvalidStateException",
            "pending deletion",
            format!(
                "AWS refuses kms:Decrypt on {arn}: pending deletion (HTTP 400, KMSInvalidStateException, request R1)"
            ),
            Wait::Never,
        ),
        (
            400,
            "NotFoundException",
            "None.",
            format!("AWS refuses kms:Decrypt on {arn}: None. (HTTP 400, NotFoundException, request R1)"),
            Wait::Never,
        ),
        (
            400,
            "ThrottlingException",
            "Rate exceeded",
            format!(
                "AWS asks to be asked less often for kms:Decrypt on {arn}: Rate exceeded (HTTP 400, ThrottlingException, request R1)"
            ),
            Wait::Later,
        ),
        (
            500,
            "KMSInternalException",
            "We.",
            format!(
                "AWS has a fault of its own with kms:Decrypt on {arn}: We. (HTTP 500, KMSInternalException, request R1)"
            ),
            Wait::Later,
        ),
    ] {
        let (code, message) = (code.to_owned(), message.to_owned());
        let (key, _server) = key(move |_, _| refusal(status, &code, &message)).await;
        let error = told(&key).await;
        assert_eq!((error.reason, error.wait), (reason, wait));
    }
}

#[tokio::test]
async fn a_config_of_another_place_is_refused_at_once_and_says_for_which_place_it_was_tried() {
    for code in ["InvalidCiphertextException", "IncorrectKeyException"] {
        let (key, server) = key(move |_, _| refusal(400, code, "")).await;
        let error = told(&key).await;
        assert_eq!(error.wait, Wait::Never);
        assert!(
            error.reason.starts_with("the config was sealed for another place, with another key, or was changed: ")
        );
        for (name, value) in context().pairs() {
            assert!(error.reason.contains(&format!("{name}={value}")), "{}", error.reason);
        }
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_key_that_is_disabled_is_told_with_what_to_do() {
    let (key, _server) = key(|_, _| refusal(400, "DisabledException", "Off.")).await;
    assert!(told(&key).await.hint.unwrap().contains("enable it in KMS"));
}

#[tokio::test]
async fn kms_that_is_busy_or_breaks_off_is_asked_again() {
    let (key, server) = key(|number, _| match number {
        0 => refusal(400, "ThrottlingException", "Rate exceeded"),
        1 => refusal(500, "KMSInternalException", ""),
        2 => opened().cut(5),
        _ => opened(),
    })
    .await;
    assert!(key.open(&wrapped(), &context()).await.is_ok());
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn an_answer_that_is_no_data_key_is_refused() {
    for answer in ["{}", r#"{"Plaintext": "Bw=="}"#] {
        let (key, _server) = key(move |_, _| Reply::new(200, answer)).await;
        let error = told(&key).await;
        assert!(error.reason.contains("answered without a data key"), "{}", error.reason);
    }
}
