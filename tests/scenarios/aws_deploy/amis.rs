//! Releases that start from AMIs that were baked, and found by the parameter that baking them writes.

use std::process::Command;

use jetway_tests::programs::root;

use super::*;

const BAKED: &str =
    "[environments.qa]\nzones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"\nami = \"ssm:/jetway/ami\"\n";

/// The ids of two AMIs, the first for the instances' processor.
fn amis(aws: &Aws) -> [String; 2] {
    let found = aws.read(
        "names = ['al2023-ami-kernel-default-x86_64', 'al2023-ami-kernel-default-arm64']\n\
         get = lambda name: client('ssm').get_parameter(Name='/aws/service/ami-amazon-linux-latest/' + name)\n\
         print(json.dumps([get(name)['Parameter']['Value'] for name in names]))",
    );
    [0, 1].map(|index| found[index].as_str().unwrap().to_owned())
}

/// What Packer does last, with the manifest that it writes.
#[track_caller]
fn register(aws: &Aws, ami: &str) {
    aws.file("jetway-ami.json", json!({ "builds": [{ "artifact_id": format!("{REGION}:{ami}") }] }).to_string());
    let path = format!("{}/target/python-aws/bin:{}", root().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(root().join("packaging/ami/register.sh"));
    command.args(["jetway-ami.json", REGION, "/jetway/ami/x86_64"]).current_dir(aws.path()).env("PATH", path);
    aws.run(&mut command).succeeds().says(&format!("/jetway/ami/x86_64 in {REGION} is now {ami}"));
}

#[test]
fn a_release_starts_from_the_ami_that_was_baked_last_and_keeps_it() {
    let aws = prepared_in(BAKED, &manifest(1));
    let told = aws.jetway(&["deploy", "qa"]).exits(2);
    told.says("there is no parameter /jetway/ami/x86_64 with the id of an AMI in us-west-2; nothing was changed");
    let [fitting, foreign] = amis(&aws);
    register(&aws, &foreign);
    aws.jetway(&["deploy", "qa"]).exits(2).says(&format!("the AMI {foreign} is for arm64, and `t3.small` is x86_64"));
    register(&aws, &fitting);
    let ci = aws.user("deploy");
    aws.jetway_as(&ci, &["deploy", "qa"]).succeeds().prints("v1 of hello is live in qa");
    aws.tell("enforce-iam", &json!({ "on": false }));
    register(&aws, &foreign);
    let record = aws.jetway(&["releases", "show", "qa", "v1", "--json"]).succeeds().json();
    assert_eq!(record["record"]["machine"]["image"], fitting.as_str());
    assert_eq!(record["record"]["machine"]["agent"], Value::Null, "the AMI has it");
}

#[test]
fn an_ami_is_registered_only_where_one_was_made() {
    let aws = Aws::start();
    aws.file("jetway-ami.json", "{}");
    let mut command = Command::new(root().join("packaging/ami/register.sh"));
    command.args(["jetway-ami.json", REGION, "/jetway/ami/x86_64"]).current_dir(aws.path());
    aws.run(&mut command).exits(1).says("jetway-ami.json names no AMI");
    std::fs::remove_file(aws.path().join("jetway-ami.json")).unwrap();
    aws.run(&mut command).exits(1).says("there is no file jetway-ami.json: it is what `packer build` writes");
    aws.run(&mut Command::new(root().join("packaging/ami/register.sh"))).exits(1).says("usage: register.sh");
}
