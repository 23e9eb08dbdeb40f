//! `jetway config history`: the versions, newest first, with who changed which names.

use jetway_common::name::{ConfigVersion, EnvironmentName, ParameterName};
use jetway_common::sealed_config::Header;
use serde_json::{Value, json};

use crate::config::difference::Difference;
use crate::config::{self, Names};
use crate::error::{Exit, UserError};
use crate::local_time::local;
use crate::nearest;
use crate::origin;
use crate::printer::harmless;
use crate::session::{Session, Target};
use crate::table::Table;

/// The arguments of `jetway config history`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose config is told of.
    pub(super) environment: EnvironmentName,
    /// Only the versions that changed this name.
    #[arg(value_name = "NAME")]
    name: Option<ParameterName>,
}

struct Row {
    version: ConfigVersion,
    header: Header,
    difference: Difference,
}

/// Runs the command.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let all = rows(session, &target).await?;
    if all.is_empty() {
        session.printer.say(format_args!("{} has no config in {}", target.application, target.environment));
    }
    let rows = match &arguments.name {
        None => all,
        Some(name) => of_name(all, name)?,
    };
    let versions: Vec<Value> = rows.iter().map(json_row).collect();
    let document =
        json!({ "application": target.application, "environment": target.environment, "versions": versions });
    session.printer.answer(&document, || text(&rows))?;
    Ok(Exit::Done)
}

async fn rows(session: &Session, target: &Target) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut before = Names::new();
    for version in config::versions(session, target).await? {
        let header = config::at(session, target, version).await?.header().clone();
        let difference = Difference::between(&before, &header.names);
        before.clone_from(&header.names);
        rows.push(Row { version, header, difference });
    }
    rows.reverse();
    Ok(rows)
}

fn of_name(rows: Vec<Row>, name: &ParameterName) -> anyhow::Result<Vec<Row>> {
    let known: Vec<String> = rows.iter().flat_map(|row| row.header.names.keys()).map(ToString::to_string).collect();
    let rows: Vec<Row> = rows.into_iter().filter(|row| row.difference.concerns(name)).collect();
    if rows.is_empty() {
        let known = known.iter().map(String::as_str);
        return Err(
            UserError::usage(nearest::unknown("no version of the config has a name", name.as_str(), known)).into()
        );
    }
    Ok(rows)
}

fn json_row(row: &Row) -> Value {
    let Row { version, header, difference: Difference { added, changed, removed } } = row;
    json!({
        "version": version,
        "at": header.at,
        "by": header.by,
        "added": added,
        "changed": changed,
        "removed": removed,
    })
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(&["VERSION", "WHEN", "BY", "NAMES"]);
    for Row { version, header, difference } in rows {
        table.row(vec![
            version.to_string(),
            local(header.at),
            harmless(&origin::short(&header.by)),
            difference.to_string(),
        ]);
    }
    table.to_string()
}
