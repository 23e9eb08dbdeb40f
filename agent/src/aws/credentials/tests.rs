//! A role that comes late, goes away, or is not to be had.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::aws::testing::{Reply, Request, metadata, role};

const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

fn reason(error: &CredentialsError) -> StepError {
    error.source().and_then(|cause| cause.downcast_ref::<RoleError>()).expect("an error in our words").0.clone()
}

fn is(request: &Request, path: &str) -> bool {
    request.path == path
}

#[tokio::test]
async fn credentials_come_from_the_role_that_metadata_names() {
    let server = role(|_, _| None).await;
    let credentials = RoleCredentials::new(metadata(&server)).provide_credentials().await.unwrap();
    assert_eq!((credentials.access_key_id(), credentials.session_token()), ("ASIATEST", Some("session")));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_role_that_is_not_there_yet_is_waited_for_and_not_asked_for_again_at_once() {
    let is_there = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_there);
    let server =
        role(move |_, request| (is(request, ROLES) && !seen.load(Ordering::SeqCst)).then(|| Reply::new(404, ""))).await;
    let credentials = RoleCredentials::new(metadata(&server));
    for _ in 0..20 {
        let error = reason(&credentials.provide_credentials().await.unwrap_err());
        assert_eq!(error.reason, "the instance has no role: instance metadata names none (HTTP 404)");
        assert_eq!(error.wait, Wait::Later);
    }
    assert_eq!(server.lines(), ["PUT /latest/api/token", &format!("GET {ROLES}")]);
    is_there.store(true, Ordering::SeqCst);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::time::resume();
    assert!(credentials.provide_credentials().await.is_ok());
}

#[tokio::test]
async fn a_role_that_does_not_come_is_given_up_after_two_minutes() {
    let server = role(|_, request| is(request, ROLES).then(|| Reply::new(404, ""))).await;
    let credentials = RoleCredentials::new(metadata(&server));
    credentials.provide_credentials().await.unwrap_err();
    tokio::time::pause();
    tokio::time::advance(PATIENCE).await;
    tokio::time::resume();
    assert_eq!(reason(&credentials.provide_credentials().await.unwrap_err()).wait, Wait::Never);
}

#[tokio::test]
async fn a_role_that_ec2_may_not_take_is_named_with_what_metadata_says() {
    let told = r#"{"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role jetway-web"}"#;
    let server =
        role(move |_, request| is(request, &format!("{ROLES}jetway-web")).then(|| Reply::new(200, told))).await;
    let error = RoleCredentials::new(metadata(&server)).provide_credentials().await.unwrap_err();
    let reason = reason(&error).reason;
    assert!(reason.contains("EC2 cannot assume the role jetway-web"), "{reason}");
}

#[tokio::test]
async fn credentials_that_were_had_are_used_while_metadata_is_away() {
    let is_away = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_away);
    let server = role(move |_, _| seen.load(Ordering::SeqCst).then(|| Reply::new(503, ""))).await;
    let credentials = RoleCredentials::new(metadata(&server));
    let first = credentials.provide_credentials().await.unwrap();
    is_away.store(true, Ordering::SeqCst);
    assert_eq!(credentials.provide_credentials().await.unwrap(), first);
    assert_eq!(credentials.fallback_on_interrupt(), Some(first));
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_here_as_well() {
    let server = role(|number, _| (number == 1).then(|| Reply::new(401, ""))).await;
    assert!(RoleCredentials::new(metadata(&server)).provide_credentials().await.is_ok());
}
