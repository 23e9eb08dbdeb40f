//! The policies as they are printed, and what none of their patterns may match.

mod boundaries;

use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;
use jetway_common::repository::Repository;
use serde_json::{Value, json};

use super::scope::{Key, Place, Scope};
use super::*;

fn place() -> Place {
    Place {
        partition: "aws".to_owned(),
        region: "us-west-2".to_owned(),
        account: "123456789012".to_owned(),
        bucket: "jetway-storage".to_owned(),
        key: Key::Arn("arn:aws:kms:us-west-2:123456789012:key/11111111-2222-3333-4444-555555555555".to_owned()),
    }
}

fn scope(environment: &str, application: &str) -> Scope {
    let installation = "jetway".parse().unwrap();
    Scope {
        installation,
        environment: environment.parse().unwrap(),
        application: application.parse().unwrap(),
        place: place(),
    }
}

fn custom() -> Vec<Value> {
    vec![
        json!({ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-west-2:123456789012:orders" }),
        json!({ "Sid": "Mail", "Effect": "Deny", "Action": ["ses:SendEmail"], "Resource": ["*"], "Condition": {
            "StringNotEquals": { "ses:FromAddress": "shop@example.com" },
        } }),
    ]
}

fn policies(scope: &Scope) -> [(&'static str, Vec<Statement>); 4] {
    [
        ("instance", instance::statements(scope, &[])),
        ("deploy", deploy::statements(scope)),
        ("operator", operator::statements(scope)),
        ("release", release::statements(scope)),
    ]
}

/// Compares with the file that reviewers read and the linters check; `JETWAY_GOLDEN=write` writes it.
#[track_caller]
fn is_golden(name: &str, document: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/policies/{name}.json"));
    let text = format!("{}\n", serde_json::to_string_pretty(document).unwrap());
    if std::env::var("JETWAY_GOLDEN").as_deref() == Ok("write") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{} differs; JETWAY_GOLDEN=write writes it anew", path.display());
}

#[test]
fn the_policies_are_as_reviewed() {
    let scope = scope("qa", "web");
    for (name, statements) in policies(&scope) {
        is_golden(name, &document(&statements));
    }
    is_golden("instance-custom", &document(&instance::statements(&scope, &custom())));
}

#[test]
fn the_policy_without_the_arn_of_the_key_names_its_alias() {
    let mut scope = scope("qa", "web");
    scope.place.key = Key::Alias("alias/jetway".to_owned());
    is_golden("operator-alias", &document(&operator::statements(&scope)));
}

#[test]
fn in_a_stack_cloudformation_puts_in_what_is_not_known() {
    let mut scope = scope("qa", "web");
    scope.place = Place::of_stack("${StorageBucket}", "${StorageKeyArn}");
    let statements = instance::statements(&scope, &custom());
    let resources: Vec<String> = statements.iter().flat_map(|s| &s.resource).map(ToString::to_string).collect();
    assert_snapshot!(resources.join("\n"), @r#"
    {"Fn::Sub":"arn:${AWS::Partition}:s3:::${StorageBucket}/images/web/*"}
    {"Fn::Sub":"arn:${AWS::Partition}:s3:::${StorageBucket}/jetway/qa/web/releases/*"}
    {"Fn::Sub":"arn:${AWS::Partition}:s3:::${StorageBucket}/jetway/qa/web/config/*"}
    {"Fn::Sub":"arn:${AWS::Partition}:s3:::${StorageBucket}"}
    {"Fn::Sub":"arn:${AWS::Partition}:s3:::${StorageBucket}/jetway-agent/*"}
    {"Fn::Sub":"arn:${AWS::Partition}:s3:::${StorageBucket}/jetway/qa/web/instances/*"}
    {"Fn::Sub":"arn:${AWS::Partition}:s3:::${StorageBucket}/qa/web/*"}
    {"Fn::Sub":"arn:${AWS::Partition}:s3:::${StorageBucket}"}
    {"Fn::Sub":"${StorageKeyArn}"}
    {"Fn::Sub":"${StorageKeyArn}"}
    {"Fn::Sub":"arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/jetway-release-qa-web--v*/*"}
    {"Fn::Sub":"arn:${AWS::Partition}:autoscaling:${AWS::Region}:${AWS::AccountId}:autoScalingGroup:*:autoScalingGroupName/jetway-release-qa-web--v*"}
    {"Fn::Sub":"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/jetway/qa/web"}
    {"Fn::Sub":"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/jetway/qa/web:*"}
    {"Fn::Sub":"arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*"}
    "*"
    "arn:aws:sqs:us-west-2:123456789012:orders"
    "*"
    "#);
    let operator = document(&operator::statements(&scope)).to_string();
    assert!(operator.contains("session/${!aws:userid}-*"), "{operator}");
}

#[test]
fn each_statement_has_its_own_name_and_a_reason() {
    for (policy, statements) in policies(&scope("qa", "web")) {
        for (index, statement) in statements.iter().enumerate() {
            let Statement { sid, reason, .. } = statement;
            assert!(sid.starts_with(OURS) && sid.bytes().all(|b| b.is_ascii_alphanumeric()), "{policy} {sid}");
            assert!(statements.iter().skip(index + 1).all(|other| other.sid != *sid), "{policy} {sid}");
            assert!(!reason.is_empty() && !reason.ends_with('.'), "{policy} {sid}: {reason}");
        }
    }
}

#[test]
fn a_custom_statement_never_takes_the_name_of_ours() {
    let statement =
        Statement::custom(1, &json!({ "Sid": "JetwayLogs", "Effect": "Allow", "Action": "a:B", "Resource": "*" }));
    assert_eq!(statement.sid, "CustomJetwayLogs");
}

/// An inline policy of a role may have 10,240 characters without white space, a managed one 6,144:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
#[test]
fn the_longest_names_fit_into_a_policy() {
    let mut scope = scope("abcdefghijkl", "abcdefghijkl-nopqrstuvwx");
    scope.installation = "abcdefghijkl".parse().unwrap();
    scope.place.bucket = "b".repeat(63);
    scope.place.region = "ap-southeast-2".to_owned();
    for (policy, statements) in policies(&scope) {
        let length = document(&statements).to_string().len();
        let limit = if policy == "instance" { 8_000 } else { 10_240 };
        assert!(length <= limit, "{policy}: {length}");
    }
}

#[test]
fn whoever_deploys_cannot_open_a_config() {
    let statements = deploy::statements(&scope("qa", "web"));
    let decrypting =
        statements.iter().filter(|statement| statement.action.iter().any(|action| action == "kms:Decrypt"));
    for statement in decrypting {
        let via = &statement.condition.as_ref().unwrap()["StringEquals"]["kms:ViaService"];
        assert_eq!(via, "s3.us-west-2.amazonaws.com", "{}", statement.sid);
    }
    let writing = statements.iter().filter(|statement| statement.action.iter().any(|action| action == "s3:PutObject"));
    let resources: Vec<String> = writing.flat_map(|statement| &statement.resource).map(ToString::to_string).collect();
    assert!(resources.iter().all(|resource| !resource.contains("config")), "{resources:?}");
}

#[test]
fn github_is_trusted_for_one_repository_and_environment() {
    let repository: Repository = "acme/web".parse().unwrap();
    let document = trust::github(&place(), &repository, &"qa".parse().unwrap());
    assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "Statement": [
        {
          "Action": "sts:AssumeRoleWithWebIdentity",
          "Condition": {
            "StringEquals": {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/web:environment:qa"
            }
          },
          "Effect": "Allow",
          "Principal": {
            "Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
          }
        }
      ],
      "Version": "2012-10-17"
    }
    "#);
    for wrong in
        ["", "acme", "acme/", "/web", "acme/*", "*/web", "acme/web:ref", "acme/web/more", "a me/web", "a.b/web"]
    {
        assert!(wrong.parse::<Repository>().is_err(), "{wrong}");
    }
}

#[test]
fn services_are_trusted_by_name() {
    assert_snapshot!(trust::service("ec2.amazonaws.com"), @r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}"#);
    assert_snapshot!(trust::service_of_account(&place(), "vpc-flow-logs.amazonaws.com"), @r#"{"Statement":[{"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}},"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"}}],"Version":"2012-10-17"}"#);
}
