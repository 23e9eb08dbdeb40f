//! Whom an instance with a useless boot file tells: AWS and the metadata are played over HTTP.

use std::time::Duration;

use super::*;
use crate::aws::fleet::tests::{ABANDON, COMPLETE, DOCUMENT, FAILED, FAILURE, NOT_HELD, aws, calls, refused};
use crate::aws::testing::{Reply, Server, metadata, role};
use crate::error::Wait;

/// Metadata of an instance with the tags that CloudFormation and Auto Scaling give, or without.
async fn tagged(has_tags: bool) -> Server {
    role(move |_, request| match request.path.as_str() {
        IDENTITY => Some(Reply::new(200, DOCUMENT)),
        STACK if has_tags => Some(Reply::new(200, "jetway-release-qa-web--v42")),
        RESOURCE if has_tags => Some(Reply::new(200, "Group")),
        GROUP if has_tags => Some(Reply::new(200, "jetway-qa-web-Group")),
        _ => None,
    })
    .await
}

fn loader(aws: &Server) -> ConfigLoader {
    aws_config::defaults(aws_config::BehaviorVersion::latest()).endpoint_url(&aws.url)
}

#[tokio::test]
async fn a_stack_that_waits_is_told_and_otherwise_the_group_if_it_still_holds_the_instance() {
    for (refusal, is_held, expected, fate) in [
        (None, true, vec![FAILURE], Fate::StackDecides),
        (Some(COMPLETE), true, vec![FAILURE, ABANDON], Fate::Replaced),
        (Some(COMPLETE), false, vec![FAILURE, ABANDON], Fate::Untold),
        (Some(FAILED), true, vec![FAILURE], Fate::StackDecides),
    ] {
        let aws = aws(move |call| match call {
            FAILURE => refusal.map(|message| refused(400, "ValidationError", message)),
            ABANDON if !is_held => Some(refused(400, "ValidationError", NOT_HELD)),
            _ => None,
        })
        .await;
        let (instance, patience) = (tagged(true).await, Patience::of(Duration::from_mins(2)));
        let family = Family::of(&metadata(&instance), &patience).await.unwrap();
        assert_eq!(family.hears_of_failure(loader(&aws), &patience).await.unwrap(), fate);
        assert_eq!(calls(&aws), expected);
    }
}

#[tokio::test]
async fn tags_that_are_not_there_yet_are_waited_for() {
    let (instance, patience) = (tagged(false).await, Patience::of(Duration::from_mins(2)));
    let error = Family::of(&metadata(&instance), &patience).await.err().unwrap();
    assert_eq!(error.wait, Wait::Later);
    assert!(error.reason.contains("no stack launched this instance"), "{error}");
}
