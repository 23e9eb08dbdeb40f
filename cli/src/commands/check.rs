//! `jetway check`: every problem of the manifest at once, offline.

use jetway_common::manifest::{Manifest, Problem, Settings};
use jetway_common::name::{ContainerName, EnvironmentName};
use serde_json::{Value, json};

use crate::error::Exit;
use crate::manifest_file;
use crate::offline::Offline;
use crate::printer::Format;

/// The arguments of `jetway check`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(offline: &Offline, _arguments: &Arguments) -> anyhow::Result<Exit> {
    let path = &offline.manifest_path;
    if offline.printer.format == Format::Json {
        return check_for_programs(offline);
    }
    let manifest = manifest_file::read(path)?;
    offline.printer.data(&format!("{} is valid: {}", path.display(), summary(&manifest)))?;
    Ok(Exit::Done)
}

/// Programs get the problems as data, and the exit code that people get.
fn check_for_programs(offline: &Offline) -> anyhow::Result<Exit> {
    let problems = match manifest_file::bytes(&offline.manifest_path) {
        Err(error) => vec![json!({ "line": null, "column": null, "message": error.to_string(), "hint": null })],
        Ok(bytes) => match Manifest::parse(&bytes) {
            Ok(manifest) => {
                offline.printer.answer(&found(&manifest), String::new)?;
                return Ok(Exit::Done);
            }
            Err(problems) => problems.iter().map(problem).collect(),
        },
    };
    offline.printer.answer(&json!({ "valid": false, "problems": problems }), String::new)?;
    Ok(Exit::Usage)
}

fn problem(problem: &Problem) -> Value {
    let Problem { line, column, message, hint } = problem;
    json!({ "line": line, "column": column, "message": message, "hint": hint })
}

fn found(manifest: &Manifest) -> Value {
    let base = manifest.base();
    let containers: Vec<&str> = base.containers.keys().map(ContainerName::as_str).collect();
    let environments: Vec<&str> = manifest.environments().map(EnvironmentName::as_str).collect();
    json!({
        "valid": true,
        "application": base.application,
        "image": base.image,
        "containers": containers,
        "http": base.http,
        "environments": environments,
    })
}

fn summary(manifest: &Manifest) -> String {
    let base = manifest.base();
    let containers = names(base);
    // A misspelt container of an environment is a container of its own: whoever reads this sees it.
    let environments: Vec<String> = manifest
        .environments()
        .map(|environment| match names(&manifest.settings(environment)) {
            same if same == containers => environment.to_string(),
            others => format!("{environment} (containers: {others})"),
        })
        .collect();
    let reached = match &base.http {
        Some(http) => format!("`{}` answers on port {}", http.container, http.port),
        None => "nothing reaches it over HTTP".to_owned(),
    };
    let differing = if environments.is_empty() { "none".to_owned() } else { environments.join(", ") };
    let application = &base.application;
    format!(
        "application {application}; containers: {containers}; {reached}; environments with settings of their own: {differing}"
    )
}

fn names(settings: &Settings) -> String {
    let names: Vec<&str> = settings.containers.keys().map(ContainerName::as_str).collect();
    names.join(", ")
}
