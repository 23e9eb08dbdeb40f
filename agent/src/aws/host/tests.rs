//! The identity document against the boot file.

use super::*;
use crate::aws::notice::TARGET_STATE;
use crate::aws::testing::{Reply, Server, instance_on, place, role};

const DOCUMENT: &str = r#"{"accountId": "123456789012", "architecture": "x86_64", "availabilityZone": "us-west-2a",
    "imageId": "ami-1", "instanceId": "i-0abc", "instanceType": "t3.small", "region": "us-west-2"}"#;

#[tokio::test]
async fn the_identity_document_is_asked_for_once_and_notices_only_after_it() {
    let aws = Server::start(|_, _| Reply::new(500, "")).await;
    let metadata = role(|_, request| match request.path.as_str() {
        IDENTITY => Some(Reply::new(200, DOCUMENT)),
        TARGET_STATE => Some(Reply::new(200, "Terminated")),
        _ => None,
    })
    .await;
    let host = Ec2Host::new(instance_on(&aws, &metadata).await);
    assert_eq!(host.notice().await.unwrap(), Notice::Stay);
    assert!(metadata.requests().is_empty());
    for _ in 0..3 {
        let facts = host.facts().await.unwrap();
        assert_eq!(facts.instance.as_str(), "i-0abc");
        assert_eq!((facts.region.as_deref(), facts.bucket.as_deref()), (Some("us-west-2"), Some("jetway-storage")));
    }
    assert_eq!(metadata.lines(), ["PUT /latest/api/token", &format!("GET {IDENTITY}"), &format!("GET {STACK}")]);
    assert_eq!(host.notice().await.unwrap(), Notice::Terminate);
    assert!(aws.requests().is_empty());
}

#[tokio::test]
async fn an_instance_of_another_stack_says_both_stacks() {
    let aws = Server::start(|_, _| Reply::new(500, "")).await;
    let metadata = role(|_, request| match request.path.as_str() {
        IDENTITY => Some(Reply::new(200, DOCUMENT)),
        STACK => Some(Reply::new(200, "jetway-release-qa-shop--v7")),
        _ => None,
    })
    .await;
    let error = Ec2Host::new(instance_on(&aws, &metadata).await).facts().await.unwrap_err();
    let reason = "the boot file is for another stack: it says jetway-release-qa-web--v42, and this instance is in \
                  jetway-release-qa-shop--v7";
    assert_eq!((error.reason.as_str(), error.wait), (reason, Wait::Never));
}

#[test]
fn an_instance_that_is_elsewhere_says_both_places() {
    let told = |document: &str| {
        let error = facts(&place(), Some(document)).expect_err("it is elsewhere");
        assert_eq!(error.wait, Wait::Never);
        error.to_string()
    };
    for (from, to, reason) in [
        (
            "123456789012",
            "999999999999",
            "the boot file is for another account: it says 123456789012, and this instance is in 999999999999",
        ),
        (
            "us-west-2\"}",
            "eu-west-1\"}",
            "the boot file is for another region: it says us-west-2, and this instance is in eu-west-1",
        ),
        ("accountId", "account", "the identity document in instance metadata has no `accountId`"),
        ("\"us-west-2\"}", "7}", "the identity document in instance metadata has no `region`"),
        ("{", "<html>", "the identity document in instance metadata is not JSON"),
    ] {
        assert!(DOCUMENT.contains(from), "{from}");
        assert_eq!(
            told(&DOCUMENT.replacen(from, to, 1)),
            format!("the machine did not say which instance it is: {reason}")
        );
    }
    let absent = facts(&place(), None).unwrap_err();
    assert!(absent.to_string().ends_with("instance metadata has no identity document (HTTP 404)"), "{absent}");
}
