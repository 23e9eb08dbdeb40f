//! Sessions of Systems Manager: AWS opens one, and its plugin connects this terminal with it.

use std::collections::HashMap;

use aws_sdk_ssm::Client;
use jetway_common::name::InstanceId;
use serde_json::json;

use super::plugin::{self, Plugin};
use crate::aws::account::Account;
use crate::aws::fault::Fault;
use crate::error::{Exit, UserError};

/// The document that runs one command with a terminal.
const INTERACTIVE: &str = "AWS-StartInteractiveCommand";

/// What a session is for.
pub(super) enum Kind {
    /// A shell of the instance.
    Shell,
    /// One line for that shell; the session ends with it.
    Command(String),
}

/// Opens a session and waits for its end. Nothing is opened that nothing here could connect with.
pub(super) async fn run(account: &Account, instance: &InstanceId, kind: Kind) -> anyhow::Result<Exit> {
    let plugin = Plugin::find().await?;
    let mut request = Client::new(account.sdk()).start_session().target(instance.as_str());
    let mut asked = json!({ "Target": instance.as_str() });
    if let Kind::Command(line) = kind {
        asked["DocumentName"] = INTERACTIVE.into();
        asked["Parameters"] = json!({ "command": [line] });
        let parameters = HashMap::from([("command".to_owned(), vec![line])]);
        request = request.document_name(INTERACTIVE).set_parameters(Some(parameters));
    }
    let opened = request.send().await.map_err(|error| match Fault::of(&error) {
        Fault::Refused { code, .. } if code == "TargetNotConnected" => not_connected(instance),
        _ => account.explain(&format!("open a session on {instance}"), &error),
    })?;
    let missing = || UserError::failed(format!("SSM did not say how to connect with the session on {instance}"));
    let (id, token, url) = (opened.session_id, opened.token_value, opened.stream_url);
    let (id, token, url) = (id.ok_or_else(missing)?, token.ok_or_else(missing)?, url.ok_or_else(missing)?);
    let response = json!({ "SessionId": id, "TokenValue": token, "StreamUrl": url }).to_string();
    plugin.connect(account, &plugin::Session { response, asked: asked.to_string() }).await
}

fn not_connected(instance: &InstanceId) -> UserError {
    UserError::failed(format!("could not open a session on {instance}: SSM does not hear its agent"))
}
