//! `jetway app create` and `jetway app show`.

use jetway_tests::aws::{ACCOUNT, Aws, REGION};
use jetway_tests::eventually;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{WEB, WORKER, created, installed, listeners, resources};

#[test]
fn an_application_is_made_in_all_environments_and_only_once() {
    let aws = installed(WEB);
    let _ = aws.jetway(&["app", "create"]).exits(2).says("add: Load balancer").says("no terminal to ask on");
    assert_eq!(aws.jetway(&["app", "show", "--json"]).succeeds().json()["environments"][1]["status"], json!(null));

    let made = aws.jetway(&["--yes", "--json", "app", "create"]).succeeds().json();
    let told = |index: usize, key: &str| made["environments"][index][key].clone();
    assert_eq!([told(0, "environment"), told(1, "environment")], ["production", "qa"]);
    assert_eq!([told(1, "outcome"), told(1, "account"), told(1, "region")], ["created", ACCOUNT, REGION]);
    assert!(told(1, "url").as_str().unwrap().starts_with("http://"), "{made}");
    let calls = aws.calls("CreateStack");
    let again = aws.jetway(&["--yes", "app", "create"]).succeeds();
    let _ = again.prints("hello is unchanged in production").prints("hello is unchanged in qa");
    assert_eq!(aws.calls("CreateStack"), calls);
}

#[test]
fn what_is_printed_is_what_is_sent_and_what_is_there() {
    let aws = created(WEB);
    let template = aws.jetway(&["template", "application", "qa"]).succeeds().stdout;
    let stack = aws.read(
        "cf = client('cloudformation')\nname = 'jetway-app-qa-hello'\n\
         stack = cf.describe_stacks(StackName=name)['Stacks'][0]\n\
         body = cf.get_template(StackName=name, TemplateStage='Original')['TemplateBody']\n\
         print(json.dumps({'protected': stack['EnableTerminationProtection'], 'body': body,\n    \
             'tags': sorted(each['Key'] for each in stack['Tags'])}))",
    );
    assert_eq!(stack["body"], template);
    assert_eq!(stack["protected"], true);
    assert_eq!(stack["tags"], json!(["jetway:application", "jetway:environment", "jetway:installation"]));
    assert_eq!(listeners(&aws), json!([[80, "HTTP", "internet-facing"]]));
    let balancer = aws.read(
        "elb = client('elbv2')\narn = elb.describe_load_balancers()['LoadBalancers'][0]['LoadBalancerArn']\n\
         found = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)['Attributes']\n\
         print(json.dumps({each['Key']: each['Value'] for each in found}))",
    );
    assert_eq!(balancer["deletion_protection.enabled"], "true");
    assert_eq!(balancer["access_logs.s3.enabled"], "true");
    let shown = aws.jetway(&["app", "show", "qa"]).succeeds();
    let shown = shown.prints("jetway-app-qa-hello is created (CREATE_COMPLETE)").prints("LogGroup: /jetway/qa/hello");
    let _ = shown.prints("ReleaseRoleArn: arn:aws:iam::").prints("jetway.toml changes nothing");
}

#[test]
fn without_the_stacks_below_the_command_that_makes_them_is_named() {
    let aws = Aws::start();
    aws.file("jetway.toml", WEB);
    let told = aws.jetway(&["--yes", "app", "create", "qa"]).exits(1);
    let _ =
        told.says("there is no stack jetway-base, which qa needs; nothing was changed").says("hint: `jetway install`");
    let _ = aws.jetway(&["app", "show", "qa"]).exits(1).says("hint: `jetway app create qa` makes it");
    let _ = aws.jetway(&["--yes", "app", "update", "qa"]).exits(1).says("hint: `jetway app create qa` makes it");
    let _ = aws.jetway(&["app", "create", "local"]).exits(2).says("`local` has no stacks");
    let _ = aws.jetway(&["--application", "other", "--yes", "app", "create", "qa"]).exits(2).says("is that of hello");
    assert_eq!(aws.calls("CreateStack"), 0);
}

#[test]
fn each_environment_is_made_in_its_own_region() {
    let aws = Aws::start();
    aws.file("jetway.toml", WEB);
    let environments = "[environments.qa]\nregion = \"us-west-2\"\n[environments.production]\nregion = \"eu-central-1\"\n\
                        [environments.elsewhere]\naccount = \"210987654321\"\n";
    aws.file("installation.toml", environments);
    let _ = aws.jetway(&["--yes", "install"]).succeeds();
    let told = aws.jetway(&["--yes", "--json", "app", "create"]).succeeds();
    let regions: Vec<_> =
        told.json()["environments"].as_array().unwrap().iter().map(|each| each["region"].clone()).collect();
    assert_eq!(json!(regions), json!(["eu-central-1", "us-west-2"]));
    let _ = told.says("elsewhere is left out: it belongs to the account 210987654321");
    let names = aws.read(
        "print(json.dumps({region: [each['StackName'] for each in\n    \
             client('cloudformation', region_name=region).describe_stacks()['Stacks'] if '-app-' in each['StackName']]\n    \
             for region in ['us-west-2', 'eu-central-1']}))",
    );
    let expected = json!({ "us-west-2": ["jetway-app-qa-hello"], "eu-central-1": ["jetway-app-production-hello"] });
    assert_eq!(names, expected);
}

#[test]
fn another_account_than_the_manifests_is_never_touched() {
    let aws = installed(WEB);
    aws.file("jetway.toml", format!("account = \"210987654321\"\n{WEB}"));
    let _ = aws.jetway(&["--yes", "app", "create", "qa"]).exits(2).says("the account must be 210987654321");
}

#[test]
fn a_stack_of_somebody_else_is_left_alone() {
    let aws = installed(WEB);
    aws.read(
        "cf = client('cloudformation')\nbody = cf.get_template(StackName='jetway-env-qa')['TemplateBody']\n\
         cf.create_stack(StackName='jetway-app-qa-hello', TemplateBody=json.dumps({'Resources': {'Group': {\n    \
             'Type': 'AWS::Logs::LogGroup', 'Properties': {'LogGroupName': 'theirs'}}}}))\nprint('1')",
    );
    for command in ["create", "update", "delete"] {
        let told = aws.jetway(&["--yes", "app", command, "qa"]).exits(1);
        let _ = told.says("it lacks the tag jetway:installation = jetway; nothing was changed");
    }
}

#[test]
fn an_interrupted_creation_is_gone_on_with() {
    let aws = installed(WEB);
    aws.tell("freeze", &json!({ "stack": "jetway-app-*" }));
    let mut killed = aws.spawn(&["--yes", "app", "create", "qa"]);
    eventually("the stack is asked for", 30, || (aws.calls("CreateStack") == 4).then_some(()));
    killed.kill().unwrap();
    killed.wait().unwrap();
    aws.tell("unfreeze", &json!({}));
    let told = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    let _ = told.prints("hello is unchanged in qa: http://");
    assert_eq!(aws.calls("CreateStack"), 4);
}

#[test]
fn a_creation_that_is_told_to_end_says_what_goes_on() {
    let aws = installed(WEB);
    aws.tell("freeze", &json!({ "stack": "jetway-app-*" }));
    let looks = aws.calls("DescribeStackEvents");
    let create = aws.spawn(&["--yes", "app", "create", "qa"]);
    eventually("the stack is followed", 30, || (aws.calls("DescribeStackEvents") > looks).then_some(()));
    kill_process(Pid::from_raw(i32::try_from(create.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    let output = create.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("interrupted: CloudFormation goes on with the stack jetway-app-qa-hello"), "{told}");
    assert!(told.contains("hint: `jetway app create qa` goes on with it"), "{told}");
    aws.tell("unfreeze", &json!({}));
    let _ = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds().prints("hello is unchanged in qa: http://");
}

#[test]
fn rules_for_ssh_without_a_key_are_warned_of() {
    let aws = installed(&format!("{WEB}[instances]\nssh_from = [\"198.51.100.0/24\"]\n"));
    let told = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    let _ =
        told.says("warning: qa: `ssh_from` opens the port of SSH, and instances have no key").says("set `key_pair`");
    aws.file("installation.toml", "[environments.qa]\nkey_pair = \"ann\"\n[environments.production]\n");
    let told = aws.jetway(&["app", "update", "qa"]).succeeds();
    assert!(!told.stderr.contains("ssh_from"), "{told}");
}

#[test]
fn an_answer_that_is_lost_makes_no_second_stack() {
    let aws = installed(WEB);
    aws.fault("CreateStack", json!({ "lose_answer": true }));
    let _ = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    assert_eq!(resources(&aws)["LogGroup"], "/jetway/qa/hello");
}

#[test]
fn what_never_came_to_be_tells_its_first_cause_and_is_made_anew() {
    let aws = installed(WEB);
    aws.tell(
        "resource-faults",
        &json!({ "resource": "TargetGroup", "reason": "the quota of target groups is used up" }),
    );
    let told = aws.jetway(&["--yes", "app", "create", "qa"]).exits(1);
    let _ = told.says("the quota of target groups is used up").says("(ROLLBACK_COMPLETE)");
    let again = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    let again = again.says("which holds nothing: Instances that the load balancer sends requests to");
    let _ = again.says("the quota of target groups is used up").prints("hello is created in qa");
}

#[test]
fn a_worker_has_no_load_balancer_and_an_internal_application_no_public_one() {
    let aws = created(WORKER);
    assert_eq!(listeners(&aws), json!([]));
    assert!(resources(&aws)["InstanceProfile"].is_string());
    aws.file("jetway.toml", format!("{WEB}exposure = \"internal\"\n"));
    let _ = aws.jetway(&["--yes", "app", "create", "production"]).succeeds();
    assert_eq!(listeners(&aws), json!([[80, "HTTP", "internal"]]));
}

#[test]
fn https_needs_a_certificate_that_is_there_and_issued() {
    let aws = installed(&format!("{WEB}protocol = \"http+https\"\n"));
    let told = aws.jetway(&["--yes", "app", "create", "qa"]).exits(2);
    let _ = told.says("`http.certificate` is missing").says("hint: `aws acm list-certificates`");
    let https = |arn: &str| {
        aws.file("jetway.toml", format!("{WEB}protocol = \"http+https\"\ncertificate = \"{arn}\"\n"));
        aws.jetway(&["--yes", "app", "create", "qa"])
    };
    let certificate = |region: &str, id: &str| format!("arn:aws:acm:{region}:{ACCOUNT}:certificate/{id}");
    let _ = https(&certificate("eu-central-1", "1"))
        .exits(2)
        .says("is in eu-central-1, and the environment is in us-west-2");
    let _ = https(&certificate(REGION, "1")).exits(2).says("there is no certificate");
    let pending = aws.read(
        "found = client('acm').request_certificate(DomainName='example.com', ValidationMethod='DNS')\n\
         print(json.dumps(found['CertificateArn']))",
    );
    let _ = https(pending.as_str().unwrap()).exits(2).says("ACM waits for the proof of its domain");
    assert_eq!(listeners(&aws), json!([]));
    let _ = https(&super::update::imported_certificate(&aws)).succeeds().prints("https://");
    assert_eq!(listeners(&aws), json!([[80, "HTTP", "internet-facing"], [443, "HTTPS", "internet-facing"]]));
}
