//! `jetway config get`: one value.

use jetway_common::name::{EnvironmentName, ParameterName};
use serde_json::json;

use super::MASK;
use crate::config;
use crate::error::{Exit, UserError};
use crate::nearest;
use crate::session::Session;

/// The arguments of `jetway config get`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose config is read.
    pub(super) environment: EnvironmentName,
    /// The name whose value is shown.
    #[arg(value_name = "NAME")]
    name: ParameterName,
    /// Decrypt the value and print exactly it.
    #[arg(long)]
    reveal: bool,
}

/// Runs the command.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let name = &arguments.name;
    let latest = config::latest(session, &target).await?;
    let names = latest.as_ref().map(|(_, sealed)| sealed.header().names.clone()).unwrap_or_default();
    let (Some((version, sealed)), Some(changed)) = (latest, names.get(name)) else {
        let known = names.keys().map(ParameterName::as_str);
        return Err(UserError::usage(nearest::unknown("the config has no name", name.as_str(), known)).into());
    };
    if !arguments.reveal {
        session
            .printer
            .answer(&json!({ "name": name, "changed_in": changed, "config": version }), || MASK.to_owned())?;
        session.printer.say("the value is masked; --reveal shows it");
        return Ok(Exit::Done);
    }
    let values = config::open(session, &target, &sealed).await?;
    let value = values.get(name).map_or("", |value| value.reveal());
    let document = json!({ "name": name, "changed_in": changed, "config": version, "value": value });
    // A line end of the value's own is kept, so this one always follows.
    session.printer.answer(&document, || format!("{value}\n"))?;
    Ok(Exit::Done)
}
