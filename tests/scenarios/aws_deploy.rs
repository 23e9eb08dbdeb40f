//! Releases on an emulated AWS, with instances that behave as a story asks. The images come from a Docker engine.

mod amis;
mod changes;
mod exec;
mod failures;
mod faults;
mod instances;
mod live;
mod logs;
mod permissions;
mod resume;
mod rollback;
mod run;
mod scale;
mod success;
mod watching;

use jetway_tests::aws::{Aws, REGION};
use jetway_tests::images::hello;
use serde_json::{Value, json};

const INSTALLATION: &str = "[environments.qa]\nzones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"\n\
                            [environments.production]\nzones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"\n";

fn manifest(count: u32) -> String {
    format!(
        "application = \"hello\"\nimage = {{ reference = \"{}\" }}\n[containers.web]\nstop_timeout = \"3s\"\n\
         [http]\nport = 8000\n[instances]\ncount = {count}\ntype = \"t3.small\"\n",
        hello(1)
    )
}

/// An AWS with an installation, the agent's package, and the application in `qa`.
fn prepared(manifest: &str) -> Aws {
    prepared_in(INSTALLATION, manifest)
}

/// The same with another installation.
fn prepared_in(installation: &str, manifest: &str) -> Aws {
    let aws = Aws::start();
    aws.file("installation.toml", installation);
    aws.file("jetway.toml", manifest);
    aws.jetway(&["--yes", "install"]).succeeds();
    agent_package(&aws, REGION);
    aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    aws
}

/// Points to the agent's package in a region; no instance is played that would install it.
fn agent_package(aws: &Aws, region: &str) {
    aws.read(&format!(
        "there = dict(region_name='{region}')\n\
         stacks = client('cloudformation', **there).describe_stacks()['Stacks']\n\
         outputs = next(each['Outputs'] for each in stacks if each['StackName'].endswith('-base'))\n\
         bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
         pointer = {{'format': 1, 'version': '1', 'key': 'jetway-agent/x86_64/a.rpm', 'digest': 'sha256:' + 64 * 'a'}}\n\
         client('s3', **there).put_object(Bucket=bucket, Key='jetway-agent/x86_64/current.json', IfNoneMatch='*',\n    \
             Body=json.dumps(pointer))\nprint(1)"
    ));
}

/// The same, with v1 live on one instance.
fn serving() -> Aws {
    let aws = prepared(&manifest(1));
    aws.jetway(&["deploy", "qa"]).succeeds();
    aws
}

/// How instances behave that are launched from now on.
fn behave(aws: &Aws, kind: &str, more: &Value) {
    let mut behaviour = json!({ "kind": kind });
    behaviour.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    aws.tell("behaviours", &behaviour);
}

/// Which releases had their stacks created, changed or deleted, in order: `UpdateStack v1`.
fn changes(aws: &Aws) -> Vec<String> {
    let calls = aws.ask("calls?service=cloudformation");
    let of_release = |call: &Value| {
        let operation = call["operation"].as_str()?.to_owned();
        let name = call["resource"].as_str()?.rsplit_once("--")?.1.split('/').next()?;
        let is_change = ["CreateStack", "UpdateStack", "DeleteStack"].contains(&operation.as_str());
        is_change.then(|| format!("{operation} {name}"))
    };
    calls["calls"].as_array().unwrap().iter().filter_map(of_release).collect()
}

/// The release stacks that are there, by release: `InRotation InstanceCount STATUS`.
fn stacks(aws: &Aws) -> Value {
    aws.read(
        "found = {}\n\
         for stack in client('cloudformation').describe_stacks()['Stacks']:\n    \
             if '-release-' in stack['StackName']:\n        \
                 given = {each['ParameterKey']: each['ParameterValue'] for each in stack.get('Parameters', [])}\n        \
                 name = stack['StackName'].rpartition('--')[2]\n        \
                 found[name] = ' '.join([given.get('InRotation', '-'), given['InstanceCount'], stack['StackStatus']])\n\
         print(json.dumps(found))",
    )
}

/// Whether the last change of each kind came in this order; all others are passed over.
#[track_caller]
fn is_order(changes: &[String], wanted: &[&str]) {
    let mut rest = changes.iter();
    for each in wanted {
        assert!(rest.any(|change| change == each), "{each} is missing or too early: {changes:?}");
    }
}
