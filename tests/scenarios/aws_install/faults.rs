//! AWS that throttles, loses answers, forgets the credentials, or says what nobody has heard of.

use super::*;

#[test]
fn looks_that_are_throttled_decide_nothing_not_even_the_last() {
    let aws = Aws::start();
    let install = aws.spawn(&["install", "--yes"]);
    called(&aws, "CreateStack", 1);
    let before = aws.calls("DescribeStacks");
    aws.fault("DescribeStacks", json!({ "code": "Throttling", "message": "Rate exceeded", "count": 3 }));
    aws.fault("DescribeStackEvents", json!({ "code": "Throttling", "message": "Rate exceeded", "count": 1 }));
    called(&aws, "DescribeStacks", before + 3);
    ended(install).succeeds();
    assert_eq!(statuses(&aws), INSTALLED);
}

#[test]
fn an_answer_that_is_lost_is_no_reason_to_make_a_second_stack() {
    let aws = Aws::start();
    aws.fault("CreateStack", json!({ "lose_answer": true, "count": 1 }));
    aws.jetway(&["install", "--yes"]).succeeds();
    assert_eq!(statuses(&aws), INSTALLED);
}

#[test]
fn credentials_that_expire_meanwhile_are_told_as_what_they_are() {
    let aws = Aws::start();
    freeze(&aws, "jetway-base");
    let install = aws.spawn(&["install", "--yes"]);
    called(&aws, "DescribeStackEvents", 1);
    aws.fault("DescribeStacks", json!({ "code": "ExpiredToken", "message": "The token has expired", "count": -1 }));
    let told = ended(install).exits(3);
    insta::assert_snapshot!(told.stderr.lines().skip(17).collect::<Vec<_>>().join("\n"), @"
    error: could not describe the stack jetway-base: the temporary AWS credentials have expired; the work on the stack jetway-base goes on, and `jetway install` goes on with it
    hint: get new ones, and run the command again
    ");
}

#[test]
fn a_status_that_nobody_has_heard_of_is_no_success() {
    let aws = installed();
    aws.tell("stack-status", &json!({ "stack": "jetway-base", "status": "UPDATE_PAUSED_FOR_TEA" }));
    let told = aws.jetway(&["install", "--yes"]).exits(3);
    told.says("the stack jetway-base has a status that this version of jetway does not know (UPDATE_PAUSED_FOR_TEA)");
}

#[test]
fn a_stack_that_needs_a_person_is_left_alone() {
    let aws = installed();
    let statuses = ["CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"];
    let told = statuses.map(|status| {
        aws.tell("stack-status", &json!({ "stack": "jetway-env-qa", "status": status }));
        let told = aws.jetway(&["install", "--yes"]).exits(1);
        told.stderr.lines().skip(1).collect::<Vec<_>>().join("\n")
    });
    assert_eq!(aws.calls("CreateChangeSet"), 0);
    insta::assert_snapshot!(told.join("\n"), @"
    error: the stack jetway-env-qa could not be created, and what was made of it is left (CREATE_FAILED)
    hint: repair the cause, then `aws cloudformation delete-stack --stack-name jetway-env-qa --region us-west-2`
    error: the stack jetway-env-qa could not be created, and what was made of it could not be removed (ROLLBACK_FAILED)
    hint: repair the cause, then `aws cloudformation delete-stack --stack-name jetway-env-qa --region us-west-2`
    error: the stack jetway-env-qa could not be deleted completely (DELETE_FAILED)
    hint: repair the cause, then `aws cloudformation delete-stack --stack-name jetway-env-qa --region us-west-2`
    error: the stack jetway-env-qa could not be changed, and is left half-changed (UPDATE_FAILED)
    hint: repair the cause, then `aws cloudformation rollback-stack --stack-name jetway-env-qa --region us-west-2`
    error: the stack jetway-env-qa could not be changed, and could not be put back as it was (UPDATE_ROLLBACK_FAILED)
    hint: repair the cause, then `aws cloudformation continue-update-rollback --stack-name jetway-env-qa --region us-west-2`
    ");
}

#[test]
fn a_stack_that_was_put_back_as_it_was_can_be_changed_again() {
    let aws = installed();
    aws.tell("stack-status", &json!({ "stack": "jetway-base", "status": "UPDATE_ROLLBACK_COMPLETE" }));
    aws.jetway(&["install"]).succeeds().prints("unchanged: base, production, qa");
}
