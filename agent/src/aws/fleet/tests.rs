//! What the fleet is told, and what its answers mean: AWS and the metadata are played over HTTP.

use std::sync::Mutex;

use super::*;
use crate::aws::host::IDENTITY;
use crate::aws::notice::TARGET_STATE;
use crate::aws::testing::{Reply, Request, Server, instance_on, role};
use crate::error::Wait;

pub(in crate::aws) const DOCUMENT: &str =
    r#"{"accountId": "123456789012", "instanceId": "i-0abc", "region": "us-west-2"}"#;
pub(in crate::aws) const COMPLETE: &str =
    "Stack jetway-release-qa-web--v42 is in CREATE_COMPLETE state and can not be signaled";
pub(in crate::aws) const FAILED: &str =
    "Stack jetway-release-qa-web--v42 is in CREATE_FAILED state and can not be signaled";
pub(in crate::aws) const NOT_HELD: &str = "No active Lifecycle Action found with instance ID i-0abc";

/// What a request asks for, with what tells it from others.
fn told(request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let field = |name: &str| {
        let value = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().to_owned()
    };
    let words = [field("Action"), field("LifecycleHookName"), field("Status"), field("LifecycleActionResult")];
    let words = [words.as_slice(), &[field("HealthStatus"), field("ShouldRespectGracePeriod")]].concat();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

pub(in crate::aws) fn refused(status: u16, code: &str, message: &str) -> Reply {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    Reply::new(status, format!("<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"))
}

/// AWS that refuses what `refuse` has a reply for.
pub(in crate::aws) async fn aws(refuse: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |_, request| {
        let action = told(request).split(' ').next().unwrap_or_default().to_owned();
        let granted = || Reply::new(200, format!("<{action}Response><{action}Result/></{action}Response>"));
        refuse(&told(request)).unwrap_or_else(granted)
    })
    .await
}

async fn fleet(aws: &Server, state: &'static str) -> Ec2Fleet {
    let metadata = role(move |_, request| match request.path.as_str() {
        IDENTITY => Some(Reply::new(200, DOCUMENT)),
        GROUP if state != "untagged" => Some(Reply::new(200, "jetway-qa-web-Group")),
        TARGET_STATE => Some(Reply::new(200, state)),
        "/latest/meta-data/spot/instance-action" if state == "spot" => {
            Some(Reply::new(200, r#"{"action": "terminate"}"#))
        }
        _ => None,
    })
    .await;
    let ec2 = instance_on(aws, &metadata).await;
    let host = Arc::new(Ec2Host::new(ec2.clone()));
    host.facts().await.unwrap();
    host.notice().await.unwrap();
    // The server of the metadata ends with the test.
    std::mem::forget(metadata);
    Ec2Fleet::new(ec2, host)
}

pub(in crate::aws) fn calls(aws: &Server) -> Vec<String> {
    aws.requests().iter().map(told).collect()
}

const CONTINUE: &str = "CompleteLifecycleAction jetway-launch CONTINUE";
pub(in crate::aws) const ABANDON: &str = "CompleteLifecycleAction jetway-launch ABANDON";
const SUCCESS: &str = "SignalResource SUCCESS";
pub(in crate::aws) const FAILURE: &str = "SignalResource FAILURE";
const UNHEALTHY: &str = "SetInstanceHealth Unhealthy false";
const BEAT: &str = "RecordLifecycleActionHeartbeat jetway-terminate";

#[tokio::test]
async fn a_ready_instance_is_let_into_service_before_it_signals_and_a_finished_stack_is_no_error() {
    let aws = aws(|call| call.starts_with("Signal").then(|| refused(400, "ValidationError", COMPLETE))).await;
    fleet(&aws, "InService").await.ready().await.unwrap();
    assert_eq!(calls(&aws), [CONTINUE, SUCCESS]);
    let body = String::from_utf8(aws.requests()[1].body.clone()).unwrap();
    for field in ["UniqueId=i-0abc", "StackName=jetway-release-qa-web--v42", "LogicalResourceId=Group"] {
        assert!(body.contains(field), "{body}");
    }
}

#[tokio::test]
async fn what_becomes_of_an_instance_that_failed_is_a_table() {
    let (finished, failed, gone) = (Some(COMPLETE), Some(FAILED), true);
    for (refusal, is_in_service, left, fate, expected) in [
        (None, !gone, Left::Nothing, Fate::StackDecides, vec![FAILURE]),
        (None, !gone, Left::Unknown, Fate::StackDecides, vec![FAILURE]),
        (failed, !gone, Left::Nothing, Fate::StackDecides, vec![FAILURE]),
        (finished, !gone, Left::Nothing, Fate::Replaced, vec![FAILURE, ABANDON]),
        (finished, gone, Left::Nothing, Fate::Replaced, vec![FAILURE, ABANDON, UNHEALTHY]),
        (finished, gone, Left::Unknown, Fate::Untold, vec![FAILURE, ABANDON]),
        (finished, gone, Left::Serving, Fate::Untold, vec![]),
    ] {
        let aws = aws(move |call| match call {
            FAILURE => refusal.map(|message| refused(400, "ValidationError", message)),
            ABANDON if is_in_service => Some(refused(400, "ValidationError", NOT_HELD)),
            _ => None,
        })
        .await;
        assert_eq!(fleet(&aws, "InService").await.failed(left).await.unwrap(), fate, "{left:?}");
        assert_eq!(calls(&aws), expected, "{left:?}");
    }
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named_and_waited_for() {
    let aws = aws(|_| Some(refused(403, "AccessDenied", "User is not authorized"))).await;
    let fleet = fleet(&aws, "InService").await;
    let error = fleet.failed(Left::Nothing).await.unwrap_err();
    assert_eq!(error.wait, Wait::Later);
    assert!(error.reason.contains("cloudformation:SignalResource on stack/jetway-release-qa-web--v42"), "{error}");
    let error = fleet.unhealthy().await.unwrap_err();
    assert!(
        error.reason.contains("autoscaling:SetInstanceHealth on autoScalingGroupName/jetway-qa-web-Group"),
        "{error}"
    );
}

#[tokio::test]
async fn tags_that_are_not_there_yet_are_waited_for() {
    let aws = aws(|_| None).await;
    let error = fleet(&aws, "untagged").await.ready().await.unwrap_err();
    assert_eq!(error.wait, Wait::Later);
    assert!(error.reason.contains("no tag `aws:autoscaling:groupName`"), "{error}");
    assert_eq!(calls(&aws), [""; 0]);
}

#[tokio::test]
async fn a_denial_after_an_answer_is_a_first_one_even_if_the_answer_was_that_nobody_waits() {
    let aws = aws(|call| {
        let is_heartbeat = call.starts_with("RecordLifecycleActionHeartbeat");
        let denied = || refused(403, "AccessDenied", "User is not authorized");
        Some(if is_heartbeat { refused(400, "ValidationError", NOT_HELD) } else { denied() })
    })
    .await;
    let fleet = Ec2Fleet { patience: Patience::of(Duration::from_millis(100)), ..fleet(&aws, "InService").await };
    while fleet.unhealthy().await.unwrap_err().wait == Wait::Later {}
    fleet.heartbeat(Hold::Launch).await.unwrap();
    assert_eq!(fleet.unhealthy().await.unwrap_err().wait, Wait::Later);
}

#[tokio::test]
async fn a_signal_that_aws_could_not_take_is_to_be_sent_again() {
    for (status, code) in [(503, "ServiceUnavailable"), (400, "Throttling")] {
        let aws = aws(move |_| Some(refused(status, code, "later"))).await;
        let error = fleet(&aws, "InService").await.failed(Left::Nothing).await.unwrap_err();
        assert_eq!(error.wait, Wait::Later, "{code}");
    }
}

#[tokio::test]
async fn the_load_balancer_has_let_go_when_the_hook_takes_a_heartbeat() {
    let left = Mutex::new(1);
    let aws = aws(move |call| {
        let mut left = left.lock().unwrap();
        let is_early = call == BEAT && *left > 0;
        *left -= i32::from(is_early);
        is_early.then(|| refused(400, "ValidationError", NOT_HELD))
    })
    .await;
    let fleet = fleet(&aws, "Terminated").await;
    fleet.let_go().await;
    fleet.drained().await.unwrap();
    assert_eq!(calls(&aws), [BEAT, BEAT, "CompleteLifecycleAction jetway-terminate CONTINUE"]);
}

#[tokio::test]
async fn a_spot_instance_asks_to_be_deregistered_before_it_drains() {
    let aws = aws(|_| None).await;
    fleet(&aws, "spot").await.let_go().await;
    assert_eq!(calls(&aws), [UNHEALTHY, BEAT]);
}

#[tokio::test]
async fn an_ill_instance_is_replaced_and_one_on_standby_is_left_to_people() {
    for (state, expected) in [("InService", vec![UNHEALTHY]), ("Standby", vec![])] {
        let aws = aws(|_| None).await;
        let told = fleet(&aws, state).await.unhealthy().await;
        assert_eq!(told.is_ok(), state == "InService", "{told:?}");
        assert_eq!(calls(&aws), expected, "{state}");
    }
}
