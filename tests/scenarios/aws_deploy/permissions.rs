//! The policies that `jetway policy` prints are enough for releases, from the first to the last.

use super::*;

#[test]
fn ci_releases_rolls_back_and_cancels() {
    let aws = serving();
    let ci = aws.user("deploy");
    aws.jetway_as(&ci, &["diff", "qa", "--image", &hello(2)]).exits(1);
    aws.jetway_as(&ci, &["deploy", "qa", "--image", &hello(2)]).succeeds().prints("v2 of hello is live in qa");
    aws.jetway_as(&ci, &["status", "qa"]).succeeds().prints("v1: standby until");
    aws.jetway_as(&ci, &["rollback", "qa"]).succeeds().prints("v1 of hello is live in qa");
    aws.jetway_as(&ci, &["scale", "qa", "2"]).succeeds();
    aws.jetway_as(&ci, &["releases", "qa"]).succeeds().prints("v2");
    behave(&aws, "fail", &json!({ "release": "v3", "phase": "probe", "reason": "the container exited" }));
    aws.jetway_as(&ci, &["deploy", "qa", "--image", "current"]).exits(1).says("the container exited");
    behave(&aws, "hang", &json!({ "release": "v4", "phase": "pull" }));
    aws.jetway_as(&ci, &["deploy", "qa", "--image", "current", "--detach"]).succeeds();
    aws.jetway_as(&ci, &["abort", "qa"]).succeeds().prints("v4 is cancelled");
    aws.jetway_as(&ci, &["wait", "qa"]).succeeds().prints("v1 of hello is live in qa");
}

#[test]
fn an_operator_destroys_what_runs() {
    let aws = serving();
    let operator = aws.user("operator");
    aws.jetway_as(&operator, &["deploy", "qa", "--image", &hello(2)]).succeeds();
    aws.jetway_as(&operator, &["--yes", "destroy", "qa"]).succeeds();
    aws.tell("enforce-iam", &json!({ "on": false }));
    assert_eq!(stacks(&aws), json!({}));
}
