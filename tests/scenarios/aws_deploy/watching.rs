//! `jetway status --watch`: looks that fail end nothing, and an interrupt ends it at once.

use jetway_tests::eventually;
use jetway_tests::outcome::Outcome;
use rustix::process::{Pid, Signal, kill_process};

use super::*;

#[test]
fn a_status_that_is_watched_outlives_a_look_that_failed_and_ends_when_it_is_told() {
    let aws = serving();
    let watch = aws.spawn(&["status", "qa", "--watch", "--instances"]);
    let look = |count: usize| {
        let looks = aws.calls("DescribeAutoScalingGroups");
        eventually("it looks again", 20, || (aws.calls("DescribeAutoScalingGroups") >= looks + count).then_some(()));
    };
    look(2);
    aws.fault("DescribeAutoScalingGroups", json!({ "code": "AccessDenied", "status": 403, "message": "not now" }));
    look(3);
    kill_process(Pid::from_child(&watch), Signal::INT).unwrap();
    let output = watch.wait_with_output().unwrap();
    let told = Outcome::new("the watch".to_owned(), &output, std::time::Duration::ZERO).exits(0);
    told.says("AWS denies it: not now; looking again").prints("hello in qa: healthy");
}
