//! Config in S3, sealed with a key of KMS.

use jetway_tests::programs::root;
use serde_json::json;

use super::{installed, read};

#[test]
fn config_is_set_read_and_listed_on_aws_as_it_is_on_this_machine() {
    let aws = installed();
    aws.jetway(&["config", "set", "qa", "GREETING=hello", "TOKEN=s3cr3t"]).succeeds().prints("c1 of hello in qa");
    aws.jetway(&["config", "set", "qa", "GREETING=hi"]).succeeds().prints("c2 of hello in qa: ~GREETING");
    aws.jetway(&["config", "set", "qa", "GREETING=hi"]).succeeds().prints("c2");
    let revealed = aws.jetway(&["config", "get", "qa", "TOKEN", "--reveal"]).succeeds();
    assert_eq!(revealed.stdout, "s3cr3t\n");
    aws.jetway(&["config", "get", "qa", "TOKEN"]).succeeds().prints("********");
    let history = aws.jetway(&["config", "history", "qa", "--json"]).succeeds().json();
    let versions: Vec<&str> =
        history["versions"].as_array().unwrap().iter().filter_map(|row| row["version"].as_str()).collect();
    assert_eq!(versions, ["c2", "c1"]);
    assert_eq!(
        read(&aws, "print(json.dumps(keys('jetway/')))"),
        json!(["jetway/qa/hello/config/c1.json", "jetway/qa/hello/config/c2.json"])
    );
    aws.jetway(&["releases", "qa", "--json"]).succeeds().prints("[]");
    aws.jetway(&["lock", "status", "qa"]).succeeds().prints("nobody holds the deploy lock of hello in qa");
}

#[test]
fn an_independent_program_opens_a_config_with_kms() {
    let aws = installed();
    let _ = aws.jetway(&["config", "set", "qa", "TOKEN=s3cr3t", "LINES=a\nb"]).succeeds();
    let script = root().join("tests/lab/open_sealed_config_kms.py");
    let values = read(
        &aws,
        &format!(
            "import runpy\nopener = runpy.run_path({script:?})\n\
             document = s3.get_object(Bucket=bucket, Key='jetway/qa/hello/config/c1.json')['Body'].read()\n\
             place = dict(installation='jetway', environment='qa', application='hello', version='c1')\n\
             print(json.dumps(opener['open_config'](document, outputs['KeyArn'], place)))"
        ),
    );
    assert_eq!(values, json!({ "TOKEN": "s3cr3t", "LINES": "a\nb" }));
}

#[test]
fn the_aws_cli_sees_what_is_stored() {
    let aws = installed();
    let _ = aws.jetway(&["config", "set", "qa", "TOKEN=s3cr3t"]).succeeds();
    let listed = read(
        &aws,
        "import subprocess, sys, pathlib\n\
         cli = pathlib.Path(sys.executable).with_name('aws')\n\
         place = f's3://{bucket}/jetway/qa/hello/config/'\n\
         print(json.dumps(subprocess.run([cli, 's3', 'ls', place], capture_output=True, text=True, check=True).stdout))",
    );
    assert!(listed.as_str().unwrap().trim_end().ends_with(" c1.json"), "{listed}");
}

#[test]
fn a_config_that_is_copied_to_another_environment_does_not_open() {
    let aws = installed();
    let _ = aws.jetway(&["config", "set", "qa", "TOKEN=s3cr3t"]).succeeds();
    let copied = read(
        &aws,
        "sealed = s3.get_object(Bucket=bucket, Key='jetway/qa/hello/config/c1.json')['Body'].read()\n\
         copy = 'jetway/production/hello/config/c1.json'\n\
         s3.put_object(Bucket=bucket, Key=copy, IfNoneMatch='*', Body=sealed)\n\
         print(json.dumps(True))",
    );
    assert_eq!(copied, true);
    let refused = aws.jetway(&["config", "get", "production", "TOKEN", "--reveal"]).exits(1);
    assert!(!refused.all().contains("s3cr3t"), "{refused}");
    refused.says("the config was sealed for hello c1 in qa of jetway, not for hello c1 in production of jetway");
}

#[test]
fn of_two_writers_at_once_each_gets_a_version_of_its_own() {
    let aws = installed();
    let names = ["A=1", "B=2", "C=3"];
    let writers = names.map(|assignment| aws.spawn(&["config", "set", "qa", assignment]));
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let all = aws.jetway(&["config", "export", "qa", "--reveal"]).succeeds();
    for name in ["A=", "B=", "C="] {
        assert!(all.stdout.contains(name), "{all}");
    }
    assert_eq!(read(&aws, "print(json.dumps(len(keys('jetway/qa/hello/config/'))))"), 3);
}

#[test]
fn no_value_is_in_the_store_or_in_what_is_sent() {
    let aws = installed();
    let _ = aws.jetway(&["config", "set", "qa", "TOKEN=c4n4ry-s3cr3t"]).succeeds();
    let found = read(
        &aws,
        "print(json.dumps(any(b'c4n4ry' in s3.get_object(Bucket=bucket, Key=key)['Body'].read() for key in keys())))",
    );
    assert_eq!(found, false);
    assert!(!aws.ask("calls").to_string().contains("c4n4ry"));
}
