//! What S3 does to those who write at the same time, or too often, or whose answers are lost.

use serde_json::json;

use super::{installed, read};

#[test]
fn a_write_whose_answer_is_lost_is_seen_to_be_done() {
    let aws = installed();
    aws.fault("PutObject", json!({ "lose_answer": true, "resource": "*/config/c1.json" }));
    aws.jetway(&["config", "set", "qa", "A=1"]).succeeds().prints("c1 of hello in qa: +A");
    assert_eq!(read(&aws, "print(json.dumps(len(keys('jetway/qa/hello/config/'))))"), 1);
}

#[test]
fn a_lock_whose_answer_is_lost_is_held_and_given_back() {
    let aws = installed();
    aws.fault("PutObject", json!({ "lose_answer": true, "resource": "*/lock.json" }));
    // What the lock is for fails here, because nothing is live: it is the lock that matters.
    let _ = aws.jetway(&["scale", "qa", "2"]).exits(2).says("nothing of hello is live in qa");
    let _ = aws.jetway(&["lock", "status", "qa"]).succeeds().prints("nobody holds the deploy lock of hello in qa");
    assert!(aws.calls("DeleteObject") > 0);
}

#[test]
fn a_lock_of_another_is_shown_with_its_owner_and_can_be_taken_away() {
    let aws = installed();
    let lock = json!({
        "format": 1, "owner": "ann@laptop (process 7)", "reason": "deploy of v3", "nonce": "n",
        "taken_at": "2026-01-01T00:00:00Z", "expires_at": "2126-01-01T00:00:00Z",
    });
    let body = lock.to_string();
    read(&aws, &format!("s3.put_object(Bucket=bucket, Key='jetway/qa/hello/lock.json', Body={body:?})\nprint('true')"));
    aws.jetway(&["lock", "status", "qa"]).succeeds().prints("ann@laptop (process 7) holds the deploy lock");
    let _ = aws.jetway(&["scale", "qa", "2"]).exits(1).says("ann@laptop (process 7) holds the deploy lock");
    let _ = aws.jetway(&["lock", "release", "qa", "--yes"]).succeeds().prints("the deploy lock of ann@laptop");
    assert_eq!(read(&aws, "print(json.dumps(keys('jetway/qa/hello/lock')))"), json!([]));
}

#[test]
fn a_lease_ends_by_the_clock_of_s3_and_no_other() {
    let aws = installed();
    let hold = |expires: &str| {
        let lock = json!({
            "format": 1, "owner": "ann@laptop (process 7)", "reason": "deploy of v3", "nonce": "n",
            "taken_at": "2026-01-01T00:00:00Z", "expires_at": expires,
        });
        let body = lock.to_string();
        read(
            &aws,
            &format!("s3.put_object(Bucket=bucket, Key='jetway/qa/hello/lock.json', Body={body:?})\nprint('true')"),
        );
    };
    // Ann's clock is far behind: her lease was renewed just now all the same.
    hold("2026-01-01T00:01:00Z");
    aws.jetway(&["scale", "qa", "2"]).exits(1).says("ann@laptop (process 7) holds the deploy lock");
    // Ann's clock is far ahead, and S3 has heard nothing of her for more than a minute.
    hold("2126-01-01T00:00:00Z");
    aws.tell("settings", &json!({ "date_skew": 61 }));
    aws.jetway(&["lock", "status", "qa"]).succeeds().prints("has expired; the next deploy takes it over");
    aws.jetway(&["scale", "qa", "2"]).exits(2).says("nothing of hello is live in qa");
}

#[test]
fn conflicts_and_overload_are_waited_out() {
    let aws = installed();
    aws.fault("PutObject", json!({ "code": "ConditionalRequestConflict", "count": 2 }));
    let _ = aws.jetway(&["config", "set", "qa", "A=1"]).succeeds().prints("c1 of hello in qa");
    aws.fault("PutObject", json!({ "code": "SlowDown", "count": 5 }));
    let _ = aws.jetway(&["config", "set", "qa", "A=2"]).succeeds().prints("c2 of hello in qa");
    aws.fault("GetObject", json!({ "code": "InternalError", "count": 3 }));
    let _ = aws.jetway(&["config", "get", "qa", "A", "--reveal"]).succeeds().prints("2");
}

#[test]
fn what_does_not_end_is_told_with_the_object_and_changes_nothing() {
    let aws = installed();
    aws.fault("PutObject", json!({ "code": "AccessDenied", "message": "you are not ann", "count": -1 }));
    aws.jetway(&["config", "set", "qa", "A=1"])
        .exits(1)
        .says("/jetway/qa/hello/config/c1.json`: AWS denies it: you are not ann")
        .says("hint: `jetway policy deploy` and `jetway policy operator` print what is needed");
    assert_eq!(read(&aws, "print(json.dumps(keys('jetway/')))"), json!([]));
    aws.fault("Decrypt", json!({ "code": "DisabledException", "message": "arn:key is disabled.", "count": -1 }));
    aws.tell(
        "faults",
        &json!({ "operation": "GenerateDataKey", "code": "DisabledException", "message": "it is disabled." }),
    );
    let _ = aws.jetway(&["config", "set", "qa", "A=1"]).exits(1).says("from KMS: it is disabled.");
}
