//! People and programs in the emulated AWS who have a policy that `jetway policy` prints, and nothing else.

use std::process::Command;

use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Aws, REGION};
use crate::outcome::Outcome;

/// Somebody with keys of their own.
pub struct User {
    id: String,
    secret: String,
    token: Option<String>,
}

impl Aws {
    /// A user who has the policy of that kind in `qa`. From now on permissions count; `jetway policy` goes by the
    /// manifest.
    #[track_caller]
    pub fn user(&self, kind: &str) -> User {
        let found = self.read(
            "found = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
             print(json.dumps({each['OutputKey']: each['OutputValue'] for each in found}))",
        );
        let (bucket, key) = (found["StorageBucket"].as_str().unwrap(), found["KeyArn"].as_str().unwrap());
        let words = ["policy", kind, "--bucket", bucket, "--key", key, "--account", ACCOUNT, "--region", REGION];
        let policy = self.jetway(&words).succeeds().json().to_string();
        let keys = self.read(&format!(
            "iam = client('iam')\niam.create_user(UserName='ann')\n\
             iam.put_user_policy(UserName='ann', PolicyName='own', PolicyDocument={policy:?})\n\
             print(json.dumps(iam.create_access_key(UserName='ann')['AccessKey'], default=str))"
        ));
        self.tell("enforce-iam", &json!({}));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        User { id: text(&keys["AccessKeyId"]), secret: text(&keys["SecretAccessKey"]), token: None }
    }

    /// A workflow in `qa`, in the role that the application's stack has for it. From now on permissions count.
    #[track_caller]
    pub fn workflow(&self) -> User {
        let shown = self.jetway(&["--json", "app", "show", "qa"]).succeeds().json();
        let role = shown["environments"][0]["outputs"]["DeployRoleArn"].clone();
        let session = self.tell("sessions", &json!({ "role": role, "name": "ci" }));
        self.tell("enforce-iam", &json!({}));
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        User { id: text("access_key_id"), secret: text("secret_access_key"), token: Some(text("session_token")) }
    }

    /// Runs `jetway` as that user.
    #[track_caller]
    pub fn jetway_as(&self, user: &User, arguments: &[&str]) -> Outcome {
        let started = std::time::Instant::now();
        let output = self.command_as(user, arguments).output().unwrap();
        Outcome::new(arguments.join(" "), &output, started.elapsed())
    }

    /// A command of `jetway` as that user.
    pub fn command_as(&self, user: &User, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", &user.id).env("AWS_SECRET_ACCESS_KEY", &user.secret);
        if let Some(token) = &user.token {
            command.env("AWS_SESSION_TOKEN", token);
        }
        command
    }
}
