//! The policies that `jetway policy` prints are enough for what they are for, and for no neighbour.

use jetway_tests::aws::{ACCOUNT, Aws, REGION};
use jetway_tests::docker::Docker;
use jetway_tests::images::{hello, save};
use jetway_tests::outcome::Outcome;
use serde_json::{Value, json};

use super::{installed, read};

/// The keys of a user who has the policy of that kind in qa, and nothing else; from now on permissions count.
#[track_caller]
fn user(aws: &Aws, kind: &str) -> Value {
    let outputs = read(aws, "print(json.dumps(outputs))");
    let (bucket, key) = (outputs["StorageBucket"].as_str().unwrap(), outputs["KeyArn"].as_str().unwrap());
    let words = ["policy", kind, "--bucket", bucket, "--key", key, "--account", ACCOUNT, "--region", REGION];
    let policy = aws.jetway(&words).succeeds().json().to_string();
    let keys = aws.read(&format!(
        "iam = client('iam')\niam.create_user(UserName='ann')\n\
         iam.put_user_policy(UserName='ann', PolicyName='own', PolicyDocument={policy:?})\n\
         print(json.dumps(iam.create_access_key(UserName='ann')['AccessKey'], default=str))"
    ));
    aws.tell("settings", &json!({ "missing_keys_match_prefixes": true }));
    aws.tell("enforce-iam", &json!({}));
    keys
}

#[track_caller]
fn run(aws: &Aws, keys: &Value, arguments: &[&str]) -> Outcome {
    let mut command = aws.command(arguments);
    command.env("AWS_ACCESS_KEY_ID", keys["AccessKeyId"].as_str().unwrap());
    command.env("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"].as_str().unwrap());
    let started = std::time::Instant::now();
    Outcome::new(arguments.join(" "), &command.output().unwrap(), started.elapsed())
}

#[test]
fn an_operator_has_config_and_images_of_one_environment() {
    let aws = installed();
    aws.file("hello.tar", save(&Docker::default(), &hello(1)));
    let ann = user(&aws, "operator");
    run(&aws, &ann, &["config", "set", "qa", "A=1"]).succeeds().prints("c1 of hello in qa");
    run(&aws, &ann, &["config", "get", "qa", "A", "--reveal"]).succeeds().prints("1");
    run(&aws, &ann, &["image", "push", "./hello.tar", "--environment", "qa"]).succeeds().prints("layers new");
    run(&aws, &ann, &["image", "prune", "--environment", "qa"]).succeeds();
    run(&aws, &ann, &["lock", "status", "qa"]).succeeds();
    run(&aws, &ann, &["doctor", "qa"]).prints("ok  store");
    run(&aws, &ann, &["config", "set", "production", "A=1"]).exits(1).says("AWS denies it");
}

#[test]
fn ci_publishes_images_and_reads_the_names_of_the_config_but_no_value() {
    let aws = installed();
    aws.file("hello.tar", save(&Docker::default(), &hello(1)));
    let _ = aws.jetway(&["config", "set", "qa", "TOKEN=s3cr3t"]).succeeds();
    let ann = user(&aws, "deploy");
    run(&aws, &ann, &["image", "push", "./hello.tar", "--environment", "qa"]).succeeds().prints("layers new");
    run(&aws, &ann, &["config", "list", "qa"]).succeeds().prints("TOKEN");
    let refused = run(&aws, &ann, &["config", "get", "qa", "TOKEN", "--reveal"]).exits(1).says("AWS denies it");
    assert!(!refused.all().contains("s3cr3t"), "{refused}");
    run(&aws, &ann, &["config", "set", "qa", "TOKEN=other"]).exits(1).says("AWS denies it");
}
