//! `jetway config list`: the names, each with the version in which its value last changed.

use jetway_common::name::EnvironmentName;
use jetway_common::secret::Values;
use serde_json::{Value, json};

use super::MASK;
use crate::config::{self, Names};
use crate::error::Exit;
use crate::origin;
use crate::printer::harmless;
use crate::session::Session;
use crate::table::Table;

/// The arguments of `jetway config list`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose config is listed.
    pub(super) environment: EnvironmentName,
    /// Decrypt the values and show them.
    #[arg(long)]
    reveal: bool,
}

/// Runs the command.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let (application, environment) = (&target.application, &target.environment);
    let Some((version, sealed)) = config::latest(session, &target).await? else {
        session.printer.say(format_args!("{application} has no config in {environment}"));
        let none = json!({ "application": application, "environment": environment, "version": null, "names": [] });
        session.printer.answer(&none, String::new)?;
        return Ok(Exit::Done);
    };
    let values = if arguments.reveal { Some(config::open(session, &target, &sealed).await?) } else { None };
    let header = sealed.header();
    let document = json!({
        "application": application,
        "environment": environment,
        "version": version,
        "at": header.at,
        "by": header.by,
        "names": rows(&header.names, values.as_ref()),
    });
    session.printer.answer(&document, || text(&header.names, values.as_ref()))?;
    session
        .printer
        .say(format_args!("{version} of {application} in {environment}, by {}", harmless(&origin::short(&header.by))));
    Ok(Exit::Done)
}

fn rows(names: &Names, values: Option<&Values>) -> Vec<Value> {
    let row = |(name, changed)| {
        let value = values.and_then(|values| values.get(name));
        match value {
            Some(value) => json!({ "name": name, "changed_in": changed, "value": value.reveal() }),
            None => json!({ "name": name, "changed_in": changed }),
        }
    };
    names.iter().map(row).collect()
}

fn text(names: &Names, values: Option<&Values>) -> String {
    let value = |name| values.and_then(|values| values.get(name)).map_or(MASK, |value| value.reveal());
    let mut table = Table::new(&["NAME", "CHANGED IN", "VALUE"]);
    for (name, changed) in names {
        table.row(vec![name.to_string(), changed.to_string(), harmless(value(name))]);
    }
    table.to_string()
}
