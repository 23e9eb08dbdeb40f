//! Who may take on a role: trust policies.

use jetway_common::name::EnvironmentName;
use jetway_common::repository::Repository;
use serde_json::{Value, json};

use super::scope::Place;

/// The host of GitHub's tokens, which is also the name of its identity provider in IAM.
pub const GITHUB: &str = "token.actions.githubusercontent.com";

/// Trusts a service on behalf of this account alone, the guard against a confused deputy:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>. Not every service says for whom it acts.
pub fn service_of_account(place: &Place, service: &str) -> Value {
    let condition = json!({ "StringEquals": { "aws:SourceAccount": place.account() } });
    trust(&json!({ "Service": service }), "sts:AssumeRole", Some(condition))
}

/// Trusts a service that does not say for whom it acts: EC2 for instances, and CloudFormation for the role of a stack.
/// `iam:PassRole` guards these, which works within one account alone.
pub fn service(service: &str) -> Value {
    trust(&json!({ "Service": service }), "sts:AssumeRole", None)
}

/// Trusts workflows of one repository that run in the GitHub environment with the name of ours, so that GitHub's
/// protection rules stand before a deploy:
/// <https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws>.
pub fn github(place: &Place, repository: &Repository, environment: &EnvironmentName) -> Value {
    let provider = place.iam(&format!("oidc-provider/{GITHUB}"));
    let condition = json!({ "StringEquals": {
        format!("{GITHUB}:aud"): "sts.amazonaws.com",
        format!("{GITHUB}:sub"): format!("repo:{repository}:environment:{environment}"),
    } });
    trust(&json!({ "Federated": provider }), "sts:AssumeRoleWithWebIdentity", Some(condition))
}

fn trust(principal: &Value, action: &str, condition: Option<Value>) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Principal": principal, "Action": action });
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}
