//! Instance metadata as it is on bad days.

use std::time::Duration;

use super::*;
use crate::attempt::pause;
use crate::aws::testing::{Reply, Request, Server, metadata};

const ID: &str = "/latest/meta-data/instance-id";

fn is_token(request: &Request) -> bool {
    request.method == "PUT" && request.path == "/latest/api/token"
}

fn token(text: &str) -> Reply {
    Reply::new(200, text).header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
}

/// Metadata that gives tokens, and answers everything else like this.
async fn answering(reply: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |number, request| if is_token(request) { token("t") } else { reply(number, request) }).await
}

#[tokio::test]
async fn nothing_is_asked_without_a_token_and_one_token_is_enough() {
    let server = answering(|_, _| Reply::new(200, "i-0abc")).await;
    let metadata = metadata(&server);
    assert_eq!(metadata.get(ID).await, Ok(Some("i-0abc".to_owned())));
    assert_eq!(metadata.get(ID).await, Ok(Some("i-0abc".to_owned())));
    assert_eq!(server.lines(), ["PUT /latest/api/token", &format!("GET {ID}"), &format!("GET {ID}")]);
    for request in server.requests().iter().filter(|request| !is_token(request)) {
        assert_eq!(request.header("x-aws-ec2-metadata-token"), "t");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_at_once() {
    let server = answering(|number, _| if number == 1 { Reply::new(401, "") } else { Reply::new(200, "i-0abc") }).await;
    assert_eq!(metadata(&server).get(ID).await, Ok(Some("i-0abc".to_owned())));
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("PUT")).count(), 2);
}

#[tokio::test]
async fn a_token_that_is_never_taken_is_no_reason_to_ask_without_one() {
    let server = answering(|_, _| Reply::new(401, "")).await;
    let error = metadata(&server).get(ID).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.wait), ("instance metadata answers HTTP 401", Wait::Later));
    assert_eq!(server.requests().len(), 4);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| is_token(request) || !request.header("x-aws-ec2-metadata-token").is_empty())
    );
}

#[tokio::test]
async fn what_is_not_there_is_told_apart_from_metadata_that_is_not() {
    let server = answering(|_, _| Reply::new(404, "<html>")).await;
    assert_eq!(metadata(&server).get("/latest/user-data").await, Ok(None));
}

#[tokio::test]
async fn metadata_that_is_turned_off_is_called_so_and_not_waited_for() {
    for server in [Server::start(|_, _| Reply::new(403, "")).await, answering(|_, _| Reply::new(403, "")).await] {
        let error = metadata(&server).get(ID).await.unwrap_err();
        assert_eq!(error.reason, "instance metadata is turned off: it answers HTTP 403");
        assert_eq!(error.wait, Wait::Never);
        assert!(error.hint.unwrap().contains("modify-instance-metadata-options"));
    }
}

#[tokio::test]
async fn metadata_that_is_busy_is_waited_for_one_request_at_a_time() {
    for status in [500, 503, 429] {
        let server = answering(move |_, _| Reply::new(status, "")).await;
        let metadata = metadata(&server);
        for requests in [2, 3] {
            let error = metadata.get(ID).await.unwrap_err();
            assert_eq!((error.reason, error.wait), (format!("instance metadata answers HTTP {status}"), Wait::Later));
            assert_eq!(server.requests().len(), requests);
        }
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_had_leads_to_no_other_request() {
    let server = Server::start(|_, _| Reply::new(503, "")).await;
    let error = metadata(&server).get(ID).await.unwrap_err();
    assert_eq!((error.reason.as_str(), error.wait), ("instance metadata answers HTTP 503", Wait::Later));
    assert_eq!(server.lines(), ["PUT /latest/api/token"]);
}

#[tokio::test]
async fn metadata_that_cannot_be_reached_yet_is_waited_for_with_the_reason() {
    let server = answering(|_, _| Reply::new(200, "")).await;
    let metadata = Metadata::of(builder().endpoint("http://127.0.0.1:1").unwrap());
    let error = metadata.get(ID).await.unwrap_err();
    assert_eq!(error.wait, Wait::Later);
    assert!(error.reason.starts_with("instance metadata does not answer: "), "{}", error.reason);
    assert!(error.reason.contains("refused"), "{}", error.reason);
    assert!(error.hint.unwrap().contains("169.254.169.254"));
    drop(server);
}

/// A try is one request, the token's, as long as nobody answers; what follows is a token, the identity document, the name of
/// the role and its credentials.
#[test]
fn metadata_that_comes_after_five_minutes_was_asked_twenty_times_at_most() {
    for chance in [0, 128, 255] {
        let (mut waited, mut tries) = (Duration::ZERO, 0);
        while waited < PATIENCE {
            tries += 1;
            waited += pause(tries, chance);
        }
        assert!(tries + 4 <= 20, "{tries} with chance {chance}");
    }
}
