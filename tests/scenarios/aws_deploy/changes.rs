//! What people see of where they are, and what becomes of answers that are lost and stacks that are not ours.

use serde_json::json;

use super::*;

const PLACE: &str = "account 123456789012 (arn:aws:";

#[test]
fn whoever_changes_what_runs_sees_where() {
    let aws = prepared(&manifest(1));
    aws.jetway(&["deploy", "qa"]).succeeds().says(PLACE).says("region us-west-2");
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds().says(PLACE);
    aws.jetway(&["rollback", "qa"]).succeeds().says(PLACE);
    aws.jetway(&["scale", "qa", "2"]).succeeds().says(PLACE);
    let status = aws.jetway(&["status", "qa"]);
    assert!(!status.all().contains(PLACE), "{status}");
    aws.jetway(&["--yes", "destroy", "qa"])
        .succeeds()
        .says(PLACE)
        .says("the stack jetway-release-qa-hello--v1 is deleted")
        .says("the stack jetway-app-qa-hello stays; `jetway app delete qa` removes it");
    aws.jetway(&["--yes", "app", "delete", "qa"]).succeeds();
    let nothing = aws.jetway(&["--yes", "destroy", "qa"]).succeeds();
    assert!(!nothing.stderr.contains("stays"), "{nothing}");
}

#[test]
fn whoever_releases_is_told_apart_by_the_identity_in_aws() {
    let aws = prepared(&format!("{}[github]\nrepository = \"octo-org/hello\"\n", manifest(1)));
    let ci = aws.workflow();
    aws.jetway_as(&ci, &["deploy", "qa"]).succeeds();
    let told = aws.jetway_as(&ci, &["releases", "qa"]).succeeds();
    let by = told.stdout.split_whitespace().find(|word| word.ends_with("/ci")).unwrap();
    assert!(by.starts_with("jetway-app-qa-hello-DeployRole-"), "{told}");
    let arn = aws.jetway_as(&ci, &["--json", "releases", "qa"]).succeeds().json()[0]["origin"]["by"].clone();
    assert_eq!(arn, format!("arn:aws:sts::123456789012:assumed-role/{by}"));
}

#[test]
fn colours_are_only_for_terminals_that_want_them() {
    let aws = serving();
    let status = |variables: &[(&str, &str)]| aws.on_a_terminal(variables, &["status", "qa"], "").succeeds().stdout;
    assert!(status(&[]).contains("\u{1b}[1;32mhealthy"));
    assert!(!status(&[("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(!aws.jetway(&["status", "qa"]).stdout.contains('\u{1b}'));
}

#[test]
fn the_aws_cli_sees_what_the_readme_describes() {
    let aws = serving();
    let told = aws.aws_cli(&["cloudformation", "describe-stacks", "--output", "json"]).succeeds().json();
    let stack = |name: &str| {
        told["Stacks"].as_array().unwrap().iter().find(|stack| stack["StackName"] == name).cloned().expect(name)
    };
    for name in ["jetway-base", "jetway-env-qa", "jetway-app-qa-hello", "jetway-release-qa-hello--v1"] {
        let tags = stack(name)["Tags"].as_array().unwrap().clone();
        assert!(tags.contains(&json!({"Key": "jetway:installation", "Value": "jetway"})), "{name}: {tags:?}");
    }
    let outputs = stack("jetway-base")["Outputs"].as_array().unwrap().clone();
    let bucket = outputs.iter().find(|output| output["OutputKey"] == "StorageBucket").unwrap()["OutputValue"].clone();
    let bucket = bucket.as_str().unwrap();
    let list = |prefix: &str| aws.aws_cli(&["s3", "ls", &format!("s3://{bucket}/{prefix}")]).succeeds();
    list("jetway/qa/hello/").prints("PRE releases/").prints("PRE instances/").prints("current.json");
    list("images/hello/").prints("PRE blobs/").prints("index.json").prints("oci-layout");
}

#[test]
fn large_templates_of_applications_and_releases_come_from_the_bucket_and_ci_may_use_it() {
    let aws = prepared(&format!("{}[github]\nrepository = \"octo-org/hello\"\n", manifest(1)));
    let tag = |number| format!("key{number:02} = \"{}\"\n", "v".repeat(250));
    let tags: String = (0..40).map(tag).collect();
    aws.file("installation.toml", format!("[tags]\n{tags}{INSTALLATION}"));
    aws.jetway(&["--yes", "app", "update", "qa"]).succeeds().says("change: the tags of ");
    let ci = aws.workflow();
    aws.jetway_as(&ci, &["deploy", "qa"]).succeeds().prints("v1 of hello is live in qa");
    aws.tell("enforce-iam", &json!({ "on": false }));
    let sizes = aws.read(
        "cf = client('cloudformation')\nnames = ['jetway-app-qa-hello', 'jetway-release-qa-hello--v1']\n\
         print(json.dumps([len(cf.get_template(StackName=name)['TemplateBody']) for name in names]))",
    );
    assert!(sizes.as_array().unwrap().iter().all(|size| size.as_u64() > Some(51_200)), "{sizes}");
}

#[test]
fn zones_without_the_type_are_left_out() {
    let aws = prepared(&manifest(1).replace("t3.small", "h1.2xlarge"));
    let told = aws.jetway(&["deploy", "qa"]).succeeds();
    let told = told.says("warning: of us-west-2a,us-west-2b, only us-west-2");
    told.says("has `h1.2xlarge`");
    let subnets = aws.read(
        "groups = client('autoscaling').describe_auto_scaling_groups()['AutoScalingGroups']\n\
         print(json.dumps(groups[0]['VPCZoneIdentifier'].split(',')))",
    );
    assert_eq!(subnets.as_array().unwrap().len(), 1);
}

#[test]
fn a_change_whose_answer_was_lost_is_followed_all_the_same() {
    let aws = serving();
    aws.fault("UpdateStack", json!({"lose_answer": true, "count": 1}));
    aws.fault("UpdateStack", json!({"code": "TokenAlreadyExistsException", "count": 1}));
    aws.jetway(&["scale", "qa", "2"]).succeeds();
    assert_eq!(stacks(&aws), json!({"v1": "true 2 UPDATE_COMPLETE"}));
}

#[test]
fn a_release_that_does_not_leave_is_told_apart_from_one_that_failed() {
    let aws = serving();
    aws.fault("UpdateStack", json!({"code": "AccessDenied", "message": "not authorized", "status": 403, "count": -1}));
    let told = aws.jetway(&["deploy", "qa", "--image", "current"]).exits(1);
    told.says("v2 is live, but what was live before it does not leave").says("AWS denies it");
    aws.forget_faults();
    aws.jetway(&["wait", "qa"]).succeeds().prints("v2 of hello is live");
    assert_eq!(stacks(&aws), json!({"v1": "false 1 UPDATE_COMPLETE", "v2": "true 1 CREATE_COMPLETE"}));
}

#[test]
fn a_stack_that_has_only_the_name_of_a_release_is_never_removed() {
    let aws = serving();
    aws.read(
        "body = json.dumps({'Resources': {'Topic': {'Type': 'AWS::SNS::Topic'}}, 'Parameters': {'InstanceCount':\n    \
             {'Type': 'String', 'Default': '7'}}})\n\
         client('cloudformation').create_stack(StackName='jetway-release-qa-hello--v9', TemplateBody=body)\nprint(1)",
    );
    aws.jetway(&["--yes", "destroy", "qa"]).exits(1).says("jetway-release-qa-hello--v9 that does not have the tags");
    assert_eq!(stacks(&aws).as_object().unwrap().len(), 2);
}

#[test]
fn a_destroy_waits_for_what_is_under_way() {
    let aws = serving();
    aws.tell("freeze", &json!({"stack": "jetway-release-qa-hello--v1"}));
    let scale = aws.spawn(&["scale", "qa", "2"]);
    jetway_tests::eventually("v1 is changed", 20, || (changes(&aws).len() > 1).then_some(()));
    let destroy = aws.spawn(&["--yes", "destroy", "qa", "--wait", "30s"]);
    aws.tell("unfreeze", &json!({}));
    assert!(scale.wait_with_output().unwrap().status.success());
    let told = destroy.wait_with_output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    assert_eq!(stacks(&aws), json!({}));
}
