//! Commands that were killed, stacks that were left over: the next command goes on.

use super::*;

/// Starts an installation that takes its time, and kills it once it has made so many stacks.
#[track_caller]
fn killed_after(aws: &Aws, stacks: usize) {
    resources_take(aws, 0.1);
    let install = aws.spawn(&["install", "--yes"]);
    called(aws, "CreateStack", stacks);
    end_with(install, Signal::KILL);
    resources_take(aws, 0.0);
}

/// Runs the installation to its end. What a killed command had sent may still be on its way: then the next one says that
/// another is at work.
#[track_caller]
fn goes_on(aws: &Aws) {
    let install = || aws.jetway(&["install", "--yes"]);
    let end = eventually("nobody else is at work", 60, || Some(install()).filter(|end| end.code != Some(3)));
    end.succeeds();
}

#[test]
fn an_installation_that_was_killed_at_any_step_goes_on() {
    for step in 1..=3 {
        let aws = Aws::start();
        killed_after(&aws, step);
        goes_on(&aws);
        assert_eq!(statuses(&aws), INSTALLED, "killed after {step}");
        aws.jetway(&["install"]).succeeds().prints("unchanged: base, production, qa");
    }
}

#[test]
fn an_installation_that_was_killed_while_it_changed_a_stack_goes_on() {
    let aws = installed();
    resources_take(&aws, 0.1);
    aws.file("installation.toml", "[tags]\nteam = \"ferries\"\n");
    let install = aws.spawn(&["install", "--yes"]);
    called(&aws, "ExecuteChangeSet", 1);
    end_with(install, Signal::KILL);
    resources_take(&aws, 0.0);
    aws.jetway(&["install", "--yes"]).succeeds();
    let stacks = stacks(&aws);
    assert!(stacks.as_object().unwrap().values().all(|stack| stack["tags"]["team"] == "ferries"), "{stacks}");
}

#[test]
fn a_stack_under_creation_is_waited_for() {
    let aws = Aws::start();
    freeze(&aws, "jetway-base");
    let killed = aws.spawn(&["install", "--yes"]);
    called(&aws, "CreateStack", 1);
    end_with(killed, Signal::KILL);
    let looks = aws.calls("DescribeStackEvents");
    let install = aws.spawn(&["install", "--yes"]);
    called(&aws, "DescribeStackEvents", looks + 1);
    unfreeze(&aws);
    ended(install).succeeds().says("the stack jetway-base is being created: waiting for that");
    assert_eq!(aws.calls("CreateStack"), 3);
}

#[test]
fn a_name_without_a_stack_behind_it_is_taken_over() {
    let aws = Aws::start();
    aws.read(
        "body = json.dumps({'Resources': {'Topic': {'Type': 'AWS::SNS::Topic'}}})\n\
         client('cloudformation').create_change_set(StackName='jetway-base', ChangeSetName='x', ChangeSetType='CREATE', TemplateBody=body)\n\
         print('{}')",
    );
    let outcome = aws.jetway(&["install", "--yes"]).succeeds();
    assert!(outcome.stderr.contains("delete  jetway-base, which holds nothing"), "{outcome}");
    assert_eq!(statuses(&aws), INSTALLED);
}

#[test]
fn a_failed_first_creation_is_explained_and_made_anew() {
    let aws = Aws::start();
    aws.tell("resource-faults", &json!({ "resource": "StorageBucket", "reason": "the quota of buckets is used up" }));
    let failed = aws.jetway(&["install", "--yes"]).exits(1);
    let cause = "Bucket for images, configs, releases and the applications' own objects (StorageBucket): the quota of buckets is used up";
    assert!(failed.stderr.contains(&format!("error: {cause}")), "{failed}");
    failed.says("the stack jetway-base could not be created; what was made of it is removed (ROLLBACK_COMPLETE)");
    assert_eq!(statuses(&aws), ["jetway-base ROLLBACK_COMPLETE"]);
    let again = aws.jetway(&["install", "--yes"]).succeeds();
    assert!(again.stderr.contains(&format!("delete  jetway-base, which holds nothing: {cause}")), "{again}");
    assert_eq!(statuses(&aws), INSTALLED);
}

#[test]
fn a_stack_that_somebody_else_failed_to_make_under_the_name_is_said_to_be_of_another() {
    let aws = Aws::start();
    aws.tell("resource-faults", &json!({ "resource": "Topic", "reason": "the quota of topics is used up" }));
    aws.read(
        "body = json.dumps({'Resources': {'Topic': {'Type': 'AWS::SNS::Topic'}}})\n\
         client('cloudformation').create_stack(StackName='jetway-base', TemplateBody=body)\nprint('{}')",
    );
    eventually("it was rolled back", 20, || (statuses(&aws) == ["jetway-base ROLLBACK_COMPLETE"]).then_some(()));
    let asked = aws.jetway(&["install"]).exits(2).says("nothing was changed");
    asked.says("delete  jetway-base, which holds nothing: ").says("; whoever began it was not Jetway");
    assert_eq!(statuses(&aws), ["jetway-base ROLLBACK_COMPLETE"]);
    aws.jetway(&["install", "--yes"]).succeeds().prints("created: base, production, qa");
    assert_eq!(statuses(&aws), INSTALLED);
}

#[test]
fn one_environment_that_fails_does_not_take_the_other_along() {
    let aws = Aws::start();
    let fault =
        json!({ "stack": "jetway-env-qa", "resource": "Vpc", "reason": "the maximum number of VPCs is reached" });
    aws.tell("resource-faults", &fault);
    let failed = aws.jetway(&["install", "--yes"]).exits(1);
    failed.says("error: Network of the environment (Vpc): the maximum number of VPCs is reached");
    assert_eq!(statuses(&aws)[1], "jetway-env-production CREATE_COMPLETE");
    aws.jetway(&["install", "--yes"]).succeeds().prints("created: qa; unchanged: base, production");
}

#[test]
fn ctrl_c_explains_and_leaves_the_rest_to_cloudformation() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let aws = Aws::start();
        freeze(&aws, "jetway-base");
        let install = aws.spawn(&["install", "--yes"]);
        called(&aws, "CreateStack", 1);
        // The second look is one of many: the stack is followed.
        called(&aws, "DescribeStackEvents", 2);
        let told = end_with(install, signal).exits(3);
        let told = told.says("error: interrupted: CloudFormation goes on with the stack jetway-base");
        told.says("hint: `jetway install` goes on with it");
        unfreeze(&aws);
        aws.jetway(&["install", "--yes"]).succeeds();
        assert_eq!(statuses(&aws), INSTALLED);
    }
}

#[test]
fn ctrl_c_while_cloudformation_is_asked_for_a_stack_says_what_goes_on_with_it() {
    let aws = Aws::start();
    aws.fault("CreateStack", json!({ "delay": 600, "code": "Throttling" }));
    let install = aws.spawn(&["install", "--yes"]);
    called(&aws, "CreateStack", 1);
    let told = end_with(install, Signal::INT).exits(3);
    let told = told.says("error: interrupted: CloudFormation goes on with what it was asked for");
    let told = told.says("hint: `jetway install` goes on with it");
    assert!(told.took.as_secs() < 60, "{told}");
}
