//! Removing an installation: what goes, what stays, and what is in the way.

use super::*;

#[test]
fn what_people_would_lose_stays_and_is_named() {
    let aws = installed();
    let removed = aws.jetway(&["--json", "uninstall", "--yes"]).succeeds();
    assert_eq!(stacks(&aws), json!({}));
    let answer = removed.json();
    let kinds = |kind: &str| answer["kept"].as_array().unwrap().iter().filter(|kept| kept["kind"] == kind).count();
    assert_eq!((kinds("AWS::S3::Bucket"), kinds("AWS::KMS::Key"), kinds("AWS::Logs::LogGroup")), (2, 1, 3), "{answer}");
    let buckets = aws.read("print(json.dumps(len(client('s3').list_buckets()['Buckets'])))");
    assert_eq!(buckets, json!(2));
    aws.jetway(&["uninstall", "--yes"]).succeeds().prints("nothing of jetway is installed there");
}

#[test]
fn what_stays_is_told_again_until_somebody_has_removed_it() {
    let aws = installed();
    let first = aws.jetway(&["--json", "uninstall", "--yes"]).succeeds().json();
    let again = || aws.jetway(&["--json", "uninstall", "--yes"]).succeeds().json()["kept"].as_array().unwrap().clone();
    let sorted = |mut kept: Vec<Value>| {
        kept.sort_by_key(|each| each["id"].as_str().unwrap().to_owned());
        kept
    };
    assert_eq!(sorted(again()), sorted(first["kept"].as_array().unwrap().clone()));
    aws.read(
        "key = client('kms').list_keys()['Keys'][0]['KeyId']\nclient('kms').schedule_key_deletion(KeyId=key)\n\
         for group in client('logs').describe_log_groups()['logGroups']:\n    \
             client('logs').delete_log_group(logGroupName=group['logGroupName'])\n\
         for bucket in boto3.resource('s3').buckets.all():\n    bucket.object_versions.delete()\n    bucket.delete()\n\
         print('1')",
    );
    assert_eq!(again(), Vec::<Value>::new());
}

#[test]
fn on_a_terminal_only_the_typed_name_uninstalls() {
    let aws = installed();
    let told = aws.on_a_terminal(&[], &["uninstall"], "yes").exits(1);
    told.prints("this removes the installation jetway: type `jetway` to go on: ").prints("nothing was changed");
    assert_eq!(statuses(&aws), INSTALLED);
    aws.on_a_terminal(&[], &["uninstall"], "jetway").succeeds().prints("jetway is removed");
    assert_eq!(stacks(&aws), json!({}));
}

#[test]
fn without_its_name_an_installation_is_not_removed() {
    let aws = installed();
    aws.jetway(&["uninstall"]).exits(2).says("hint: say --yes");
    assert_eq!(statuses(&aws), INSTALLED);
}

#[test]
fn applications_are_in_the_way() {
    let aws = installed();
    aws.read(
        "body = json.dumps({'Resources': {'Topic': {'Type': 'AWS::SNS::Topic'}}})\n\
         client('cloudformation').create_stack(StackName='jetway-app-qa-web', TemplateBody=body)\n\
         print('{}')",
    );
    let refused = aws.jetway(&["uninstall", "--yes"]).exits(1);
    refused.says("there are applications in us-west-2: jetway-app-qa-web; nothing was changed");
    assert_eq!(statuses(&aws).len(), 4);
}

#[test]
fn a_stack_that_has_only_the_name_of_an_environment_is_never_removed() {
    let aws = installed();
    aws.read(
        "body = json.dumps({'Resources': {'Topic': {'Type': 'AWS::SNS::Topic'}}})\n\
         client('cloudformation').create_stack(StackName='jetway-env-other', TemplateBody=body)\nprint('{}')",
    );
    let refused = aws.jetway(&["uninstall", "--yes"]).exits(1);
    refused.says("there is a stack jetway-env-other, and it is not one of Jetway's");
    assert_eq!(statuses(&aws).len(), 4);
}

#[test]
fn a_removal_that_was_killed_goes_on() {
    for step in 1..=3 {
        let aws = installed();
        resources_take(&aws, 0.1);
        let uninstall = aws.spawn(&["uninstall", "--yes"]);
        called(&aws, "DeleteStack", step);
        end_with(uninstall, Signal::KILL);
        resources_take(&aws, 0.0);
        aws.jetway(&["uninstall", "--yes"]).succeeds();
        assert_eq!(stacks(&aws), json!({}), "killed after {step}");
    }
}

#[test]
fn what_is_installed_again_afterwards_is_new() {
    let aws = installed();
    aws.jetway(&["uninstall", "--yes"]).succeeds();
    aws.jetway(&["install", "--yes"]).succeeds();
    assert_eq!(statuses(&aws), INSTALLED);
}

#[test]
fn a_deletion_that_fails_tells_why() {
    let aws = installed();
    let fault = json!({ "stack": "jetway-env-qa", "resource": "Vpc", "action": "DELETE", "reason": "the network has dependencies" });
    aws.tell("resource-faults", &fault);
    let failed = aws.jetway(&["uninstall", "--yes"]).exits(1);
    failed.says("error: Network of the environment (Vpc): the network has dependencies");
    assert_eq!(statuses(&aws), ["jetway-base CREATE_COMPLETE", "jetway-env-qa DELETE_FAILED"]);
    aws.jetway(&["uninstall", "--yes"]).succeeds();
    assert_eq!(stacks(&aws), json!({}));
}
