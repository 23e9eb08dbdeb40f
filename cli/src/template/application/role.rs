//! The roles: of instances, of CloudFormation when it makes releases, and of the workflows that deploy.

use serde_json::{Value, json};

use super::ApplicationInput;
use crate::template::functions::{attribute, reference};
use crate::template::model::Template;
use crate::template::policy::{self, Statement, trust};
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// A deploy that takes longer than an hour asks for new credentials.
const SESSION_SECONDS: u32 = 3600;

pub(super) fn add(template: &mut Template, input: &ApplicationInput, tags: &Tags) {
    instances(template, input, tags);
    releases(template, input, tags);
    if input.github.is_some() {
        workflows(template, input, tags);
    }
}

fn instances(template: &mut Template, input: &ApplicationInput, tags: &Tags) {
    let scope = input.scope();
    let path = scope.instance_role_path();
    let description = "Role of the application's instances";
    template.resources.add("InstanceRole", role(description, &path, &trust::service("ec2.amazonaws.com")).tagged(tags));
    let statements = policy::instance::statements(&scope, &input.permissions);
    let description = "What instances may do: their own images, config, storage and logs";
    let policy = self::policy("instance", description, "InstanceRole", &statements);
    template.resources.add("InstancePolicy", policy);
    let profile = Resource::new(
        "AWS::IAM::InstanceProfile",
        "Hands the role to instances",
        json!({ "Path": path, "Roles": [reference("InstanceRole")] }),
    );
    template.resources.add("InstanceProfile", profile.after("InstancePolicy"));
    template.output("InstanceProfileArn", "What hands the role to instances.", attribute("InstanceProfile", "Arn"));
}

fn releases(template: &mut Template, input: &ApplicationInput, tags: &Tags) {
    let scope = input.scope();
    let trust = trust::service("cloudformation.amazonaws.com");
    let role = role("Role in which CloudFormation makes releases", &scope.release_role_path(), &trust);
    template.resources.add("ReleaseRole", role.tagged(tags));
    let description = "What CloudFormation may do for a release: this application's groups and launch templates";
    let policy = policy("release", description, "ReleaseRole", &policy::release::statements(&scope));
    template.resources.add("ReleasePolicy", policy);
    template.output("ReleaseRoleArn", "The role in which release stacks are made.", attribute("ReleaseRole", "Arn"));
}

fn workflows(template: &mut Template, input: &ApplicationInput, tags: &Tags) {
    let Some(repository) = &input.github else { return };
    let scope = input.scope();
    let path = format!("{}/deploy/", scope.log_group());
    let trust = trust::github(&scope.place, repository, &input.environment);
    let role = role("Role of the GitHub workflows that deploy", &path, &trust);
    template.resources.add("DeployRole", role.with("MaxSessionDuration", SESSION_SECONDS).tagged(tags));
    let description = "What workflows may do: publish and deploy this application, and open no config";
    let policy = policy("deploy", description, "DeployRole", &policy::deploy::statements(&scope));
    template.resources.add("DeployPolicy", policy);
    template.output("DeployRoleArn", "The role for the workflow's `role-to-assume`.", attribute("DeployRole", "Arn"));
}

/// Roles have paths instead of names: AWS gives a name 64 characters, and ours can be longer.
fn role(description: &str, path: &str, trust: &Value) -> Resource {
    Resource::new("AWS::IAM::Role", description, json!({ "Path": path, "AssumeRolePolicyDocument": trust }))
}

fn policy(name: &str, description: &str, role: &str, statements: &[Statement]) -> Resource {
    Resource::new(
        "AWS::IAM::Policy",
        description,
        json!({ "PolicyName": name, "PolicyDocument": policy::document(statements), "Roles": [reference(role)] }),
    )
}
