//! What a command that changed the config tells.

use serde::Serialize;

use crate::config::Change;
use crate::session::{Session, Target};

#[derive(Serialize)]
struct Outcome<'a> {
    application: &'a str,
    environment: &'a str,
    version: Option<String>,
    stored: bool,
    #[serde(flatten)]
    difference: &'a crate::config::difference::Difference,
}

/// Tells what came of a change, and what to do next.
pub fn tell(session: &Session, target: &Target, change: &Change) -> anyhow::Result<()> {
    let version = change.version.map(|version| version.to_string());
    let (application, environment) = (target.application.as_str(), target.environment.as_str());
    let outcome = Outcome {
        application,
        environment,
        version: version.clone(),
        stored: change.stored,
        difference: &change.difference,
    };
    let version = version.unwrap_or_else(|| "no config".to_owned());
    session.printer.answer(&outcome, || {
        if change.stored {
            format!("{version} of {application} in {environment}: {}", change.difference)
        } else {
            format!("nothing changed: {application} in {environment} still has {version}")
        }
    })?;
    if change.stored {
        session.printer.say(format_args!("`jetway deploy {environment}` releases it"));
    }
    Ok(())
}
