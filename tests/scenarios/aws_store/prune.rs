//! Pruning images in S3, also while somebody publishes: an image that is listed is whole, whoever was faster.

use jetway_tests::docker::Docker;
use jetway_tests::images::{hello, large, save};
use jetway_tests::{aws::Aws, eventually};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{installed, read};

const PUSH: [&str; 5] = ["image", "push", "./image.tar", "--environment", "qa"];
const LIST: [&str; 4] = ["image", "list", "--environment", "qa"];
const BLOBS: &str = "print(json.dumps(len(keys('images/hello/blobs/'))))";

/// Publishes an image, which takes the place of the file that was published before.
#[track_caller]
fn push(aws: &Aws, archive: &[u8]) {
    aws.file("image.tar", archive);
    aws.jetway(&PUSH).succeeds().prints("layers new");
}

/// Makes everything in the store two hours older, and the images months, each an hour younger than the one before.
fn age(aws: &Aws) {
    read(
        aws,
        "place = dict(Bucket=bucket, Key='images/hello/index.json')\n\
         index = json.load(s3.get_object(**place)['Body'])\n\
         for hour, each in enumerate(index['manifests']):\n    \
             each['annotations']['jetway.pushed-at'] = f'2026-01-01T{hour:02}:00:00Z'\n\
         s3.put_object(Body=json.dumps(index), **place)\nprint(1)",
    );
    aws.tell("storage/age", &json!({ "key": "images/*", "seconds": 7200 }));
}

fn prune(keep: &str) -> [&str; 6] {
    ["image", "prune", "--keep", keep, "--environment", "qa"]
}

/// Waits until this operation was called for a blob since then.
fn blob_is_asked(aws: &Aws, operation: &str, before: usize) {
    eventually(operation, 30, || (blob_calls(aws, operation) > before).then_some(()));
}

fn blob_calls(aws: &Aws, operation: &str) -> usize {
    let found = aws.ask(&format!("calls?operation={operation}&resource=*/blobs/*"));
    found["calls"].as_array().map_or(0, Vec::len)
}

/// Every image that is listed can be had, with all of its layers.
#[track_caller]
fn all_are_whole(aws: &Aws, count: usize) {
    let rows = aws.jetway(&["image", "list", "--json", "--environment", "qa"]).succeeds().json();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), count, "{rows:?}");
    for row in rows {
        let digest = row["manifest"].as_str().unwrap();
        let _ = aws.jetway(&["image", "export", digest, "-o", "back.tar", "--environment", "qa"]).succeeds();
    }
}

#[test]
fn an_old_image_that_nothing_needs_goes_from_s3_with_what_only_it_used() {
    let aws = installed();
    for number in [1, 2] {
        push(&aws, &save(&Docker::default(), &hello(number)));
    }
    let before = read(&aws, BLOBS);
    aws.jetway(&prune("1")).succeeds().prints("removed 0 images").prints("2 images kept");
    age(&aws);
    let operator = aws.user("operator");
    aws.jetway_as(&operator, &prune("1")).succeeds().prints("removed 1 image and").prints("1 image kept");
    aws.tell("enforce-iam", &json!({ "on": false }));
    assert!(read(&aws, BLOBS).as_u64() < before.as_u64(), "{before} blobs");
    let left = aws.jetway(&LIST).succeeds().prints("hello-test:2");
    assert!(!left.stdout.contains("hello-test:1"), "{left}");
    all_are_whole(&aws, 1);
}

#[test]
fn an_image_that_is_published_while_it_is_pruned_is_whole() {
    let aws = installed();
    let old = save(&Docker::default(), &hello(1));
    push(&aws, &old);
    push(&aws, &save(&Docker::default(), &hello(2)));
    age(&aws);
    aws.fault("DeleteObject", json!({ "delay": 3.0, "count": -1, "resource": "*/blobs/*" }));
    let pruning = aws.spawn(&prune("1"));
    blob_is_asked(&aws, "DeleteObject", 0);
    push(&aws, &old);
    let pruned = pruning.wait_with_output().unwrap();
    assert_eq!(pruned.status.code(), Some(0), "{}", String::from_utf8_lossy(&pruned.stderr));
    all_are_whole(&aws, 2);
}

#[test]
fn a_publish_that_counted_on_a_layer_which_was_pruned_meanwhile_lists_nothing_and_can_be_run_again() {
    let aws = installed();
    let (old, new) = large(1);
    push(&aws, &old);
    age(&aws);
    aws.file("image.tar", new);
    let before = blob_calls(&aws, "PutObject");
    aws.fault("PutObject", json!({ "delay": 3.0, "count": 1, "resource": "*/blobs/*" }));
    let publishing = aws.spawn(&PUSH);
    blob_is_asked(&aws, "PutObject", before);
    aws.jetway(&prune("0")).succeeds().prints("removed 1 image and");
    let published = publishing.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&published.stderr);
    assert_eq!(published.status.code(), Some(1), "{told}");
    assert!(told.contains("was pruned while the image was published"), "{told}");
    assert!(told.contains("hint: publish the image again"), "{told}");
    all_are_whole(&aws, 0);
    aws.jetway(&PUSH).succeeds().prints("layers new");
    all_are_whole(&aws, 1);
}

#[test]
fn a_prune_that_is_killed_holds_up_nobody_for_long() {
    let aws = installed();
    let old = save(&Docker::default(), &hello(1));
    push(&aws, &old);
    age(&aws);
    aws.fault("DeleteObject", json!({ "delay": 3.0, "count": -1, "resource": "*/blobs/*" }));
    let mut pruning = aws.spawn(&prune("0"));
    blob_is_asked(&aws, "DeleteObject", 0);
    kill_process(Pid::from_child(&pruning), Signal::KILL).unwrap();
    pruning.wait().unwrap();
    aws.forget_faults();
    let publishing = aws.spawn(&PUSH);
    aws.tell("storage/age", &json!({ "key": "images/hello/index.json", "seconds": 61 }));
    let published = publishing.wait_with_output().unwrap();
    assert_eq!(published.status.code(), Some(0), "{}", String::from_utf8_lossy(&published.stderr));
    all_are_whole(&aws, 1);
    aws.jetway(&prune("1")).succeeds().prints("1 image kept");
    all_are_whole(&aws, 1);
}
