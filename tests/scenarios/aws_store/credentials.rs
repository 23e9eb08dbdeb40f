//! Credentials, accounts and regions that are wrong: what a person is told before anything is changed.

use std::process::Command;
use std::time::Instant;

use jetway_tests::aws::Aws;
use jetway_tests::outcome::Outcome;
use serde_json::json;

use super::installed;

const CONFIG: &str = "[default]\nregion = us-west-2\n[profile work]\nregion = us-west-2\nsso_session = corp\n\
                      sso_account_id = 123456789012\nsso_role_name = dev\n[sso-session corp]\nsso_region = us-west-2\n\
                      sso_start_url = https://corp.awsapps.com/start\n";

/// A command without keys in variables, in a home with an AWS configuration.
fn at_home(aws: &Aws, arguments: &[&str]) -> Command {
    let home = aws.path().join("person");
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    std::fs::write(home.join(".aws/config"), CONFIG).unwrap();
    let mut command = aws.command(arguments);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE", "AWS_REGION", "AWS_DEFAULT_REGION"] {
        command.env_remove(name);
    }
    command.env("HOME", home);
    command
}

#[track_caller]
fn run(mut command: Command) -> Outcome {
    let started = Instant::now();
    let output = command.output().unwrap();
    Outcome::new(format!("{command:?}"), &output, started.elapsed())
}

const ASKED: &str = "error: could not ask AWS who is calling: ";

#[test]
fn without_credentials_each_way_to_sign_in_is_named() {
    let aws = Aws::start();
    run(at_home(&aws, &["config", "list", "qa", "-a", "hello"]))
        .exits(1)
        .says(&format!("{ASKED}there are no AWS credentials on this machine"))
        .says("hint: sign in with `aws login` or `aws sso login`, name a profile with --profile, or set AWS_ACCESS_KEY_ID");
}

#[test]
fn an_expired_session_of_identity_center_names_the_command_that_begins_a_new_one() {
    let aws = Aws::start();
    let command = at_home(&aws, &["config", "list", "qa", "-a", "hello", "--profile", "work"]);
    let cache = aws.path().join("person/.aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    // The SHA-1 of the session's name, `corp`, as the AWS CLI names it.
    let token = json!({
        "accessToken": "t", "expiresAt": "2020-01-01T00:00:00Z", "region": "us-west-2",
        "startUrl": "https://corp.awsapps.com/start",
    });
    std::fs::write(cache.join("ee0bfd2552fbd840c02cc48b6e823320543c450f.json"), token.to_string()).unwrap();
    run(command)
        .exits(1)
        .says(&format!("{ASKED}the session of IAM Identity Center is over"))
        .says("hint: aws sso login --profile work");
}

#[test]
fn a_profile_that_is_not_there_is_told_with_the_nearest() {
    let aws = Aws::start();
    run(at_home(&aws, &["config", "list", "qa", "-a", "hello", "--profile", "wrok"]))
        .exits(2)
        .says("error: the AWS settings of this machine have no profile `wrok`; did you mean `work`?")
        .says("hint: `aws configure list-profiles` lists them");
}

#[test]
fn keys_that_are_over_or_unknown_are_told_apart() {
    let aws = Aws::start();
    for (code, reason) in [
        ("ExpiredToken", "the temporary AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS does not accept the credentials: "),
        ("RequestTimeTooSkewed", "the clock of this machine and that of AWS are too far apart"),
    ] {
        aws.fault("GetCallerIdentity", json!({ "code": code, "status": 403, "count": -1 }));
        aws.jetway(&["config", "list", "qa", "-a", "hello"]).exits(1).says(&format!("{ASKED}{reason}"));
        // The control API takes all faults back at once.
        aws.forget_faults();
    }
}

#[test]
fn another_account_than_the_one_expected_is_refused() {
    let aws = installed();
    let manifest = "application = \"hello\"\naccount = \"999999999999\"\n[containers.web]\n";
    aws.file("guarded.toml", manifest);
    let before = aws.calls("*");
    aws.jetway(&["config", "set", "qa", "A=1", "--manifest", "guarded.toml"])
        .exits(2)
        .says("error: the account must be 999999999999, and the credentials are for 123456789012 (arn:aws:sts::")
        .says("; nothing was changed")
        .says("hint: name the right credentials with --profile");
    assert_eq!(aws.calls("*") - before, 1, "AWS is asked who is calling, and nothing else");
}

#[test]
fn a_region_without_an_installation_and_a_bucket_elsewhere_are_told() {
    let aws = installed();
    aws.jetway(&["config", "list", "qa", "--region", "eu-west-1"])
        .exits(1)
        .says("jetway is not installed in region eu-west-1 of account 123456789012: there is no stack jetway-base");
    aws.fault("ListObjectsV2", json!({ "code": "PermanentRedirect", "status": 301, "count": -1 }));
    aws.jetway(&["config", "list", "qa"]).exits(1).says("`: the bucket is in another region");
    aws.jetway(&["config", "list", "staging"]).exits(2).says("installation.toml has no environment `staging`");
}

#[test]
fn a_region_that_is_empty_is_none() {
    let aws = installed();
    let mut command = aws.command(&["config", "list", "qa"]);
    command.env("AWS_REGION", "").env_remove("AWS_DEFAULT_REGION");
    run(command).exits(2).says("no AWS region");
}

#[test]
fn an_environment_that_was_never_made_does_not_fill_the_store() {
    let aws = installed();
    std::fs::remove_file(aws.path().join("installation.toml")).unwrap();
    aws.jetway(&["config", "set", "prodction", "A=1"])
        .exits(2)
        .says("jetway has no environment `prodction` in region us-west-2 of account 123456789012");
}

#[test]
fn an_endpoint_that_nobody_answers_is_told_within_seconds() {
    let aws = Aws::start();
    let mut command = aws.command(&["config", "list", "qa", "-a", "hello"]);
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let told = run(command)
        .exits(1)
        .says("warning: AWS_ENDPOINT_URL sends requests to http://127.0.0.1:1 instead of AWS")
        .says(&format!("{ASKED}AWS was not reached: "));
    assert!(told.took.as_secs() < 15, "{told}");
}
