//! Templates that are too large for a request, and networks that change.

use super::*;

/// As many tags as AWS allows beside Jetway's own, each of this many characters.
fn tags(count: usize, length: usize) -> String {
    let tag = |number| format!("key{number:02} = \"{}\"\n", "v".repeat(length));
    (0..count).map(tag).collect()
}

#[test]
fn a_template_that_no_request_can_carry_comes_from_the_bucket() {
    let aws = Aws::start();
    let zones = "zones = [\"us-west-2a\", \"us-west-2b\", \"us-west-2c\"]\nnat = \"per-az\"\n";
    aws.file("installation.toml", format!("[tags]\n{}[environments.qa]\n{zones}", tags(20, 80)));
    aws.jetway(&["install", "--yes"]).succeeds();
    assert_eq!(statuses(&aws), ["jetway-base CREATE_COMPLETE", "jetway-env-qa CREATE_COMPLETE"]);
    let size = aws.read(
        "body = client('cloudformation').get_template(StackName='jetway-env-qa')['TemplateBody']\nprint(len(body))",
    );
    assert!(size.as_u64() > Some(51_200), "{size}");
    aws.jetway(&["install"]).succeeds().prints("unchanged: base, qa");
}

#[test]
fn the_base_stack_has_no_bucket_to_come_from() {
    let aws = Aws::start();
    aws.file("installation.toml", format!("[tags]\n{}[environments.qa]\n", tags(40, 200)));
    let told = aws.jetway(&["install", "--yes"]).exits(2).says("the template of jetway-base has");
    told.says("the bucket that it could be read from is made by this very stack; nothing was changed").says("`tags`");
    assert_eq!(aws.calls("CreateStack"), 0);
}

#[test]
fn one_nat_gateway_becomes_one_per_zone_and_back() {
    let aws = Aws::start();
    let nat = |nat: &str| {
        let zones = "zones = [\"us-west-2a\", \"us-west-2b\"]";
        aws.file("installation.toml", format!("[environments.qa]\n{zones}\nnat = \"{nat}\"\n"));
    };
    let gateways = || {
        aws.read(
            "states = [each['State'] for each in client('ec2').describe_nat_gateways()['NatGateways']]\n\
             print(states.count('available'))",
        )
    };
    nat("one");
    aws.jetway(&["install", "--yes"]).succeeds();
    nat("per-az");
    let told = aws.jetway(&["install", "--yes"]).succeeds().prints("changed: qa");
    told.says("add: Way of instances in zone 1 to the internet")
        .says("add: Way of instances in zone 2 to the internet");
    assert_eq!(gateways(), 2);
    nat("one");
    let mut line = vec!["install", "--yes"];
    line.extend(["--allow-replace", "jetway-env-qa/NatAddress2"]);
    aws.jetway(&line).succeeds().prints("changed: qa");
    assert_eq!(gateways(), 1);
    assert_eq!(stacks(&aws)["jetway-env-qa"]["status"], "UPDATE_COMPLETE");
}
