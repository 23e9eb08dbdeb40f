//! Another number of instances, down to none.

use super::*;

#[test]
fn a_release_that_was_scaled_to_zero_is_not_healthy_and_says_why() {
    let aws = serving();
    aws.jetway(&["scale", "qa", "0"]).succeeds().prints("v1 has 0 instances");
    let told = aws.jetway(&["status", "qa"]).exits(1).prints("hello in qa: not healthy");
    told.prints("problem   v1 is to have no instances; `jetway scale` gives it some");
    aws.jetway(&["scale", "qa", "1"]).succeeds().prints("v1 has 1 instance");
    aws.jetway(&["status", "qa"]).succeeds();
}

#[test]
fn in_no_time_nothing_is_launched() {
    let aws = prepared(&manifest(1));
    for command in [&["deploy", "qa"][..], &["promote", "qa", "production"], &["rollback", "qa"], &["scale", "qa", "2"]]
    {
        let told = aws.jetway(&[command, &["--timeout", "0s"]].concat()).exits(2);
        told.says("nothing is ready in no time; give it a second or more");
    }
    assert_eq!(stacks(&aws), json!({}));
}
