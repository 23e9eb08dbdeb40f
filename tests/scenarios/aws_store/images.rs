//! Images in S3: large layers in parts, and nothing left behind when a push does not end.

use std::process::{Child, Stdio};

use jetway_tests::docker::Docker;
use jetway_tests::images::{hello, large, save};
use jetway_tests::{aws::Aws, eventually};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{installed, read};

const LEFT: &str = "print(json.dumps([len(s3.list_multipart_uploads(Bucket=bucket).get('Uploads', [])), \
                    [each['Key'] for kind in ['Versions', 'DeleteMarkers'] for each in \
                    s3.list_object_versions(Bucket=bucket).get(kind, []) if '/uploads/' in each['Key']]]))";

#[test]
fn an_image_goes_to_s3_and_comes_back_and_is_pruned() {
    let aws = installed();
    let archive = save(&Docker::default(), &hello(1));
    aws.file("hello.tar", archive);
    aws.jetway(&["image", "push", "./hello.tar", "--environment", "qa"]).succeeds().prints("layers new");
    aws.jetway(&["image", "push", "./hello.tar", "--environment", "qa"]).succeeds().prints(": 0 of ");
    aws.jetway(&["image", "list", "--environment", "production"]).succeeds().prints("hello-test:1");
    aws.jetway(&["image", "export", "hello-test:1", "-o", "back.tar", "--environment", "qa"]).succeeds();
    Docker::default().ok(&["load", "--input", aws.path().join("back.tar").to_str().unwrap()]);
    aws.jetway(&["image", "prune", "--keep", "0", "--environment", "qa"]).succeeds().prints("1 image kept");
    assert_eq!(read(&aws, LEFT), json!([0, []]));
    // An OCI image layout, as any program reads it.
    let index = read(
        &aws,
        "index = json.load(s3.get_object(Bucket=bucket, Key='images/hello/index.json')['Body'])\n\
         manifest = index['manifests'][0]\n\
         import hashlib\n\
         blob = 'images/hello/blobs/' + manifest['digest'].replace(':', '/')\n\
         bytes = s3.get_object(Bucket=bucket, Key=blob)['Body'].read()\n\
         print(json.dumps('sha256:' + hashlib.sha256(bytes).hexdigest() == manifest['digest']))",
    );
    assert_eq!(index, true);
}

#[test]
fn a_large_layer_is_sent_in_parts_to_its_place_and_is_what_was_pushed() {
    let aws = installed();
    aws.file("large.tar", large(40).0);
    aws.fault("UploadPart", json!({ "code": "SlowDown", "count": 3 }));
    aws.fault("UploadPart", json!({ "lose_answer": true }));
    aws.fault("CompleteMultipartUpload", json!({ "code": "ConditionalRequestConflict", "count": 2 }));
    aws.fault("CompleteMultipartUpload", json!({ "lose_answer": true, "resource": "*/blobs/*" }));
    let _ = aws.jetway(&["image", "push", "./large.tar", "--environment", "qa"]).succeeds().prints("layers new");
    assert!(aws.calls("UploadPart") >= 6, "8 MiB each");
    assert_eq!(aws.calls("UploadPartCopy"), 0);
    holds_what_its_keys_say(&aws);
}

#[test]
fn a_layer_that_is_too_large_to_wait_in_memory_is_sent_while_it_grows() {
    let aws = installed();
    aws.file("large.tar", large(280).0);
    aws.fault("CompleteMultipartUpload", json!({ "lose_answer": true, "resource": "*/uploads/*" }));
    aws.fault("CompleteMultipartUpload", json!({ "lose_answer": true, "resource": "*/blobs/*" }));
    let _ = aws.jetway(&["image", "push", "./large.tar", "--environment", "qa"]).succeeds().prints("layers new");
    assert!(aws.calls("UploadPartCopy") >= 4, "64 MiB each");
    holds_what_its_keys_say(&aws);
}

/// Every blob has the digest of its name, and nothing is left of an upload.
fn holds_what_its_keys_say(aws: &Aws) {
    assert_eq!(read(aws, LEFT), json!([0, []]));
    let right = read(
        aws,
        "import hashlib\n\
         blobs = keys('images/hello/blobs/sha256/')\n\
         digest = lambda key: hashlib.sha256(s3.get_object(Bucket=bucket, Key=key)['Body'].read()).hexdigest()\n\
         print(json.dumps(len(blobs) > 3 and all(key.endswith(digest(key)) for key in blobs)))",
    );
    assert_eq!(right, true);
}

#[test]
fn a_push_that_fails_leaves_nothing_behind() {
    let aws = installed();
    aws.file("large.tar", large(40).0);
    aws.fault("UploadPart", json!({ "code": "AccessDenied", "skip": 2, "count": -1 }));
    aws.jetway(&["image", "push", "./large.tar", "--environment", "qa"]).exits(1).says("AWS denies it");
    assert_eq!(read(&aws, LEFT), json!([0, []]));
    assert_eq!(read(&aws, "print(json.dumps(keys('images/')))"), json!([]));
}

#[test]
fn a_push_that_is_interrupted_leaves_nothing_behind() {
    let aws = installed();
    aws.file("large.tar", large(40).0);
    aws.fault("UploadPart", json!({ "delay": 2.0, "count": -1 }));
    let push = start(&aws, &["image", "push", "./large.tar", "--environment", "qa"]);
    eventually("parts are on their way", 30, || (aws.calls("UploadPart") > 0).then_some(()));
    kill_process(Pid::from_child(&push), Signal::INT).unwrap();
    let output = push.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("interrupted; nothing was stored"), "{told}");
    assert_eq!(read(&aws, LEFT), json!([0, []]));
}

fn start(aws: &Aws, arguments: &[&str]) -> Child {
    aws.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn the_layers_are_looked_up_while_the_index_is_read_and_the_index_is_written_after_all_that_it_names() {
    const ANSWER: f64 = 3.0;
    let aws = installed();
    let _ = aws.jetway(&["image", "push", &hello(1), "--environment", "qa"]).succeeds();
    let since = aws.ask("calls")["calls"].as_array().unwrap().last().unwrap()["number"].clone();
    aws.fault("GetObject", json!({ "resource": "*/index.json", "delay": ANSWER }));
    aws.fault("PutObject", json!({ "resource": "*/blobs/*", "delay": ANSWER, "count": -1 }));
    let _ = aws.jetway(&["image", "push", &hello(2), "--environment", "qa"]).succeeds().prints("1 of 2 layers new");
    let times = |operation: &str, part: &str| -> Vec<f64> {
        let calls = aws.ask(&format!("calls?operation={operation}&resource=*{part}*&since={since}"));
        calls["calls"].as_array().unwrap().iter().map(|call| call["time"].as_f64().unwrap()).collect()
    };
    let (index, pointers) = (times("GetObject", "/index.json"), times("GetObject", "/layers/"));
    assert!(pointers[0] < index[0] + ANSWER, "the index is asked for at {index:?}, the layers at {pointers:?}");
    // The layer, the configuration and the manifest.
    let (blobs, pointer, index) =
        (times("PutObject", "/blobs/"), times("PutObject", "/layers/"), times("PutObject", "/index.json"));
    assert_eq!((blobs.len(), pointer.len(), index.len()), (3, 1, 1));
    let stored = blobs.iter().copied().fold(0.0, f64::max) + ANSWER;
    assert!(pointer[0] >= blobs[0] + ANSWER && index[0] >= stored.max(pointer[0]), "{blobs:?} {pointer:?} {index:?}");
}
