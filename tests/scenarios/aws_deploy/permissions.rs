//! The policies that `jetway policy` prints are enough for releases, from the first to the last.

use serde_json::{Value, json};

use super::*;

/// The calls that were refused for want of a permission, but for those that ask the store for what is not there: S3 says
/// the same then.
fn denied(aws: &Aws) -> Vec<Value> {
    let calls = aws.ask("calls")["calls"].as_array().unwrap().clone();
    let is_denied = |call: &Value| {
        let is_read = ["GetObject", "HeadObject"].contains(&call["operation"].as_str().unwrap());
        call["error"].as_str().is_some_and(|error| error.contains("AccessDenied")) && !is_read
    };
    calls.into_iter().filter(is_denied).collect()
}

#[test]
fn a_workflow_makes_the_first_release_and_reads_no_config() {
    let aws = prepared(&format!("{}[github]\nrepository = \"octo-org/hello\"\n", manifest(1)));
    aws.jetway(&["config", "set", "qa", "GREETING=hello"]).succeeds();
    let ci = aws.workflow();
    aws.jetway_as(&ci, &["image", "push", &hello(2), "--environment", "qa"]).succeeds();
    aws.jetway_as(&ci, &["lock", "status", "qa"]).succeeds();
    aws.jetway_as(&ci, &["deploy", "qa"]).succeeds().prints("v1 of hello is live");
    aws.jetway_as(&ci, &["deploy", "qa", "--image", "current", "--detach"]).succeeds();
    aws.jetway_as(&ci, &["wait", "qa"]).succeeds().prints("v2 of hello is live");
    assert_eq!(denied(&aws), Vec::<Value>::new());
    aws.jetway_as(&ci, &["config", "get", "qa", "GREETING", "--reveal"]).exits(1).says("AWS denies it");
    aws.jetway_as(&ci, &["config", "set", "qa", "GREETING=other"]).exits(1).says("AWS denies it");
    aws.jetway_as(&ci, &["--yes", "destroy", "qa"]).exits(1).says("cloudformation:ListStacks");
}

#[test]
fn a_promotion_takes_the_policies_of_both_environments() {
    let aws = serving();
    aws.jetway(&["--yes", "app", "create", "production"]).succeeds();
    let ci = aws.user("deploy");
    aws.jetway_as(&ci, &["promote", "qa", "production"]).exits(1).says("AWS denies it");
    let before = denied(&aws);
    aws.tell("enforce-iam", &json!({ "on": false }));
    aws.read(
        "iam = client('iam')\nown = iam.get_user_policy(UserName='ann', PolicyName='own')['PolicyDocument']\n\
         more = json.dumps(own).replace('-qa', '-production').replace('/qa/', '/production/').replace('\"qa\"',\n    \
             '\"production\"')\n\
         iam.put_user_policy(UserName='ann', PolicyName='more', PolicyDocument=more)\nprint(1)",
    );
    aws.tell("enforce-iam", &json!({}));
    aws.jetway_as(&ci, &["promote", "qa", "production"]).succeeds().prints("v1 of hello is live in production");
    assert_eq!(denied(&aws), before);
}

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
