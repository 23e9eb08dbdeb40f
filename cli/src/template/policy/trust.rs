//! Who may take on a role: trust policies.

use std::str::FromStr;

use jetway_common::name::EnvironmentName;
use serde_json::{Value, json};

use super::scope::Place;

/// The host of GitHub's tokens, which is also the name of its identity provider in IAM.
pub const GITHUB: &str = "token.actions.githubusercontent.com";

/// A repository on GitHub: `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository(String);

impl FromStr for Repository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_part = |part: &str, more: &[u8], longest: usize| {
            (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
        };
        // Neither may hold `*` or `:`: the one would match other repositories, the other change the token's meaning.
        let is_repository =
            text.split_once('/').is_some_and(|(owner, name)| is_part(owner, b"-", 39) && is_part(name, b"-._", 100));
        if is_repository {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is not a repository such as `owner/name`"))
        }
    }
}

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
        format!("{GITHUB}:sub"): format!("repo:{}:environment:{environment}", repository.0),
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
