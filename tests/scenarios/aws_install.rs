//! Installing into AWS and removing it again, in an emulated AWS: no Docker is needed for these.

mod faults;
mod package;
mod refusals;
mod removal;
mod resume;
mod templates;

use std::process::Child;
use std::time::Instant;

use jetway_tests::aws::{Aws, REGION};
use jetway_tests::eventually;
use jetway_tests::outcome::Outcome;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Every stack of the account as boto3 sees it, by name: status, protection, tags and outputs.
#[track_caller]
fn stacks(aws: &Aws) -> Value {
    aws.read(
        "found = client('cloudformation').describe_stacks()['Stacks']\n\
         print(json.dumps({each['StackName']: {\n\
             'status': each['StackStatus'],\n\
             'protected': each.get('EnableTerminationProtection', False),\n\
             'tags': {tag['Key']: tag['Value'] for tag in each['Tags']},\n\
             'outputs': {output['OutputKey']: output['OutputValue'] for output in each.get('Outputs', [])},\n\
         } for each in found}))",
    )
}

/// The status of each stack, as `name status`, in the order of the names.
#[track_caller]
fn statuses(aws: &Aws) -> Vec<String> {
    let stacks = stacks(aws);
    let status = |(name, stack): (&String, &Value)| format!("{name} {}", stack["status"].as_str().unwrap());
    let mut statuses: Vec<String> = stacks.as_object().unwrap().iter().map(status).collect();
    statuses.sort();
    statuses
}

const INSTALLED: [&str; 3] =
    ["jetway-base CREATE_COMPLETE", "jetway-env-production CREATE_COMPLETE", "jetway-env-qa CREATE_COMPLETE"];

/// An AWS in which the default installation is.
#[track_caller]
fn installed() -> Aws {
    let aws = Aws::start();
    aws.jetway(&["install", "--yes"]).succeeds();
    aws
}

/// How long each resource takes from now on, in seconds.
#[track_caller]
fn resources_take(aws: &Aws, seconds: f64) {
    aws.tell("settings", &json!({ "resource_delay": seconds }));
}

/// Lets a stack make no progress.
#[track_caller]
fn freeze(aws: &Aws, stack: &str) {
    aws.tell("freeze", &json!({ "stack": stack }));
}

/// Lets every stack go on.
#[track_caller]
fn unfreeze(aws: &Aws) {
    aws.tell("unfreeze", &json!({}));
}

/// Waits until that operation was called `count` times.
#[track_caller]
fn called(aws: &Aws, operation: &str, count: usize) {
    eventually(&format!("{count} times {operation}"), 60, || (aws.calls(operation) >= count).then_some(()));
}

#[track_caller]
fn end_with(child: Child, signal: Signal) -> Outcome {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
    ended(child)
}

#[track_caller]
fn ended(child: Child) -> Outcome {
    let started = Instant::now();
    let output = child.wait_with_output().unwrap();
    Outcome::new("the command in the background".to_owned(), &output, started.elapsed())
}

#[test]
fn from_nothing_an_installation_is_exactly_three_protected_stacks() {
    let aws = installed();
    assert_eq!(statuses(&aws), INSTALLED);
    let stacks = stacks(&aws);
    for (name, stack) in stacks.as_object().unwrap() {
        assert_eq!(stack["protected"], true, "{name}");
        assert_eq!(stack["tags"]["jetway:installation"], "jetway", "{name}");
    }
    assert_eq!(stacks["jetway-env-qa"]["tags"]["jetway:environment"], "qa");
    let output = |stack: &str, name: &str| stacks[stack]["outputs"][name].as_str().unwrap().to_owned();
    assert!(output("jetway-base", "KeyArn").starts_with("arn:aws:kms:us-west-2:123456789012:key/"));
    assert_ne!(output("jetway-env-qa", "VpcCidr"), output("jetway-env-production", "VpcCidr"));
}

#[test]
fn what_is_installed_already_is_not_touched() {
    let aws = installed();
    let outcome = aws.jetway(&["install"]).succeeds();
    insta::assert_snapshot!(outcome.stdout, @"jetway is installed; unchanged: base, production, qa");
    assert_eq!(aws.calls("CreateStack"), 3);
    assert_eq!(aws.calls("ExecuteChangeSet"), 0);
    assert_eq!(statuses(&aws), INSTALLED);
}

#[test]
fn a_change_is_shown_in_plain_words_before_it_is_made() {
    let aws = installed();
    aws.file("installation.toml", "[tags]\nteam = \"ferries\"\n");
    let asked = aws.jetway(&["install"]).exits(2);
    let told: Vec<&str> = asked.stderr.lines().filter(|line| line.starts_with("   ")).map(str::trim).collect();
    assert_eq!(told.len(), 3, "{asked}");
    assert!(told.iter().all(|line| line.starts_with("change: the tags of ")), "{asked}");
    assert_eq!(aws.calls("ExecuteChangeSet"), 0);
    aws.jetway(&["install", "--yes"]).succeeds().prints("changed: base, production, qa");
    assert_eq!(stacks(&aws)["jetway-base"]["tags"]["team"], "ferries");
    aws.jetway(&["install"]).succeeds().prints("unchanged: base, production, qa");
}

#[test]
fn programs_get_json_alone() {
    let aws = Aws::start();
    let outcome = aws.jetway(&["--json", "install", "--yes"]).succeeds();
    let answer = outcome.json();
    assert_eq!(
        answer["stacks"][0],
        json!({
            "stack": "jetway-base", "account": "123456789012", "region": REGION, "outcome": "created",
        })
    );
    assert_eq!(answer["stacks"].as_array().unwrap().len(), 3);
}

#[test]
fn addresses_overlap_nothing_and_stay() {
    let aws = Aws::start();
    aws.read(
        "ec2 = client('ec2')\n\
         for block in ('10.0.0.0/16', '10.2.128.0/20'): ec2.create_vpc(CidrBlock=block)\n\
         print('{}')",
    );
    aws.jetway(&["install", "--yes"]).succeeds();
    let networks = |aws: &Aws| {
        let stacks = stacks(aws);
        ["production", "qa"].map(|name| stacks[format!("jetway-env-{name}")]["outputs"]["VpcCidr"].clone())
    };
    assert_eq!(networks(&aws), [json!("10.1.0.0/16"), json!("10.3.0.0/16")]);
    aws.jetway(&["install"]).succeeds().prints("unchanged: base, production, qa");
    assert_eq!(networks(&aws), [json!("10.1.0.0/16"), json!("10.3.0.0/16")]);
}

#[test]
fn an_environment_in_another_region_gets_a_base_stack_there() {
    let aws = Aws::start();
    aws.file("installation.toml", "[environments.qa]\n[environments.production]\nregion = \"eu-west-1\"\n");
    aws.jetway(&["install", "--yes"]).succeeds();
    assert_eq!(statuses(&aws), ["jetway-base CREATE_COMPLETE", "jetway-env-qa CREATE_COMPLETE"]);
    let there = aws.read(
        "found = client('cloudformation', region_name='eu-west-1').describe_stacks()['Stacks']\n\
         print(json.dumps(sorted(each['StackName'] for each in found)))",
    );
    assert_eq!(there, json!(["jetway-base", "jetway-env-production"]));
}

#[test]
fn the_longest_names_are_installed() {
    let aws = Aws::start();
    let environment = "e".repeat(12);
    aws.file("installation.toml", format!("installation = \"{}\"\n[environments.{environment}]\n", "i".repeat(12)));
    aws.jetway(&["install", "--yes"]).succeeds();
    let names = [format!("{}-base", "i".repeat(12)), format!("{}-env-{environment}", "i".repeat(12))];
    assert_eq!(statuses(&aws), names.map(|name| format!("{name} CREATE_COMPLETE")));
}
