//! What is refused, before anything is changed.

use super::*;

#[test]
fn without_a_terminal_or_yes_nothing_is_made() {
    let aws = Aws::start();
    let outcome = aws.jetway(&["install"]).exits(2).says("hint: say --yes");
    insta::assert_snapshot!(outcome.stderr.lines().skip(1).collect::<Vec<_>>().join("\n"), @"
    account 123456789012 (arn:aws:sts::123456789012:user/moto), region us-west-2
      create  jetway-base: 12 resources
                add: Topic that tells its subscribers of alarms
                add: Alarm when sign-ins fail or calls are denied more than a few times in five minutes
                add: Counts failed sign-ins and denied calls in the audit trail
                add: Key that seals configs and encrypts the store and the audit logs
                add: Name of the key for people
                add: Bucket for the logs of load balancers, of the store and of the audit trail
                add: Who may write logs: load balancers, S3 and the audit trail of this account
                add: Bucket for images, configs, releases and the applications' own objects
                add: What nobody may do with the store: use old encryption, or rewrite what is named by digest or version
                add: Audit trail of all regions, encrypted, with proof that no log file was changed
                add: Log group of the audit trail, for searches and alarms
                add: Role with which the audit trail writes into its log group
      create  jetway-env-production: 41 resources; 10.0.0.0/16 in us-west-2a, us-west-2b, us-west-2c, us-west-2d; one NAT gateway, which costs money by the hour
      create  jetway-env-qa: 41 resources; 10.1.0.0/16 in us-west-2a, us-west-2b, us-west-2c, us-west-2d; one NAT gateway, which costs money by the hour
    error: this changes the account: that needs a confirmation, and there is no terminal to ask on; nothing was changed
    hint: say --yes
    ");
    assert_eq!(stacks(&aws), json!({}));
}

#[test]
fn a_network_is_not_replaced_unless_it_is_named() {
    let aws = installed();
    let file = "[environments.qa]\n[environments.production]\ncidr = \"10.77.0.0/16\"\n";
    aws.file("installation.toml", file);
    let refused = aws.jetway(&["install", "--yes"]).exits(1);
    let refused =
        refused.says("the stack jetway-env-production would lose what nothing brings back, so nothing was changed");
    refused.says("replace: Network of the environment (CidrBlock").says("--allow-replace jetway-env-production/Vpc");
    assert_eq!(statuses(&aws), INSTALLED);
    assert_eq!(change_sets(&aws), json!([]));
}

#[test]
fn ctrl_c_at_the_question_changes_nothing_and_leaves_nothing() {
    let aws = installed();
    aws.file("installation.toml", "[tags]\nteam = \"web\"\n[environments.qa]\n[environments.production]\n");
    let told = aws.on_a_terminal(&[], &["install"], "\u{3}").exits(1);
    told.prints("this changes the account: go on? [y/N] ").prints("interrupted; nothing was changed");
    assert_eq!(statuses(&aws), INSTALLED);
    assert_eq!(change_sets(&aws), json!([]));
}

/// The states of the change sets that stand at an environment.
fn change_sets(aws: &Aws) -> Value {
    aws.read(
        "found = client('cloudformation').list_change_sets(StackName='jetway-env-production')['Summaries']\n\
         print(json.dumps([each['Status'] for each in found]))",
    )
}

#[test]
fn credentials_of_another_account_change_nothing() {
    let aws = Aws::start();
    aws.file("installation.toml", "account = \"111111111111\"\n");
    let refused = aws.jetway(&["install", "--yes"]).exits(2);
    refused.says("the account must be 111111111111, and the credentials are for 123456789012");
    assert_eq!(stacks(&aws), json!({}));
}

#[test]
fn an_environment_of_another_account_is_left_out_and_named() {
    let aws = Aws::start();
    aws.file("installation.toml", "[environments.qa]\n[environments.production]\naccount = \"111111111111\"\n");
    let outcome = aws.jetway(&["install", "--yes"]).succeeds();
    outcome.says("warning: production is left out: it belongs to the account 111111111111");
    assert_eq!(statuses(&aws), ["jetway-base CREATE_COMPLETE", "jetway-env-qa CREATE_COMPLETE"]);
}

#[test]
fn somebody_elses_stack_is_not_touched() {
    let aws = Aws::start();
    aws.read(
        "body = json.dumps({'Resources': {'Topic': {'Type': 'AWS::SNS::Topic'}}})\n\
         client('cloudformation').create_stack(StackName='jetway-base', TemplateBody=body)\n\
         print('{}')",
    );
    let refused = aws.jetway(&["install", "--yes"]).exits(1);
    refused.says("there is a stack jetway-base, and it is not one of Jetway's");
}

#[test]
fn addresses_from_the_file_that_are_taken_are_refused() {
    let aws = Aws::start();
    aws.read("client('ec2').create_vpc(CidrBlock='10.5.128.0/20')\nprint('{}')");
    aws.file("installation.toml", "[environments.qa]\ncidr = \"10.5.0.0/16\"\n");
    let refused = aws.jetway(&["install", "--yes"]).exits(2);
    refused.says("the `cidr` 10.5.0.0/16 of qa overlaps 10.5.128.0/20 of the network vpc-");
    assert_eq!(stacks(&aws), json!({}));
}

#[test]
fn a_zone_that_the_region_does_not_have_is_refused() {
    let aws = Aws::start();
    aws.file("installation.toml", "[environments.qa]\nzones = [\"us-west-2a\", \"us-west-2z\"]\n");
    aws.jetway(&["install", "--yes"]).exits(2).says("this account has no open zone `us-west-2z`");
    assert_eq!(stacks(&aws), json!({}));
}
