//! `jetway config diff`: two versions compared by their names; nothing is decrypted.

use jetway_common::name::{ConfigVersion, EnvironmentName};
use serde_json::json;

use crate::config::difference::Difference;
use crate::config::{self, Names};
use crate::error::{Exit, UserError, exit_of, hint_of};
use crate::releases;
use crate::session::{Session, Target};

/// The arguments of `jetway config diff`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose config is compared.
    pub(super) environment: EnvironmentName,
    /// The earlier version; that of the live release unless it is named.
    #[arg(value_name = "FROM")]
    from: Option<ConfigVersion>,
    /// The later version; the newest unless it is named.
    #[arg(value_name = "TO")]
    to: Option<ConfigVersion>,
}

/// Runs the command. Its exit code 1 means "different", so every error has 2.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    compare(session, arguments).await.map_err(|error| {
        if exit_of(&error) == Exit::Usage {
            return error;
        }
        UserError { message: format!("{error:#}"), hint: hint_of(&error).map(str::to_owned), exit: Exit::Usage }.into()
    })
}

async fn compare(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let from = match arguments.from {
        Some(version) => Some(version),
        None => live(session, &target).await?,
    };
    let to = match arguments.to {
        Some(version) => Some(version),
        None => config::versions(session, &target).await?.last().copied(),
    };
    let difference = Difference::between(&names(session, &target, from).await?, &names(session, &target, to).await?);
    let document = json!({
        "from": from,
        "to": to,
        "added": difference.added,
        "changed": difference.changed,
        "removed": difference.removed,
    });
    session.printer.answer(&document, || difference.lines())?;
    let shown = |version: Option<ConfigVersion>| version.map_or("no config".to_owned(), |version| version.to_string());
    let verdict = if difference.is_empty() { "the same names and values" } else { "different" };
    session.printer.say(format_args!("{} and {}: {verdict}", shown(from), shown(to)));
    Ok(if difference.is_empty() { Exit::Done } else { Exit::Failed })
}

/// The config of the live release; none if nothing is live, or lives without one.
async fn live(session: &Session, target: &Target) -> anyhow::Result<Option<ConfigVersion>> {
    let Some(release) = releases::current(session.store(), &target.keys).await?.live else {
        session.printer.say("no release is live: compared with no config");
        return Ok(None);
    };
    let stored = releases::get(session.store(), &target.keys, release).await?;
    Ok(stored.record.config.map(|pin| pin.version))
}

async fn names(session: &Session, target: &Target, version: Option<ConfigVersion>) -> anyhow::Result<Names> {
    match version {
        None => Ok(Names::new()),
        Some(version) => Ok(config::at(session, target, version).await?.header().names.clone()),
    }
}
