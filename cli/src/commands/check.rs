//! `jetway check`: every problem of the manifest, and of the installation file beside it, at once and offline.

mod together;

use std::path::Path;

use jetway_common::installation::Installation;
use jetway_common::manifest::{Manifest, Problem, Problems, Settings};
use jetway_common::name::{ContainerName, EnvironmentName};
use serde_json::{Value, json};

use crate::error::{Exit, UserError};
use crate::offline::Offline;
use crate::printer::Format;
use crate::{installation_file, manifest_file};

/// The arguments of `jetway check`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(offline: &Offline, _arguments: &Arguments) -> anyhow::Result<Exit> {
    let path = &offline.manifest_path;
    let installation = offline.installation_path();
    if offline.printer.format == Format::Json {
        return check_for_programs(offline, installation.as_deref());
    }
    let manifest = manifest_file::read(path);
    let installation = installation.map(|path| Ok((installation_file::read(&path)?, path))).transpose();
    let (manifest, installation) = both(manifest, installation)?;
    let mut lines = vec![format!("{} is valid: {}", path.display(), summary(&manifest))];
    if let Some((installation, path)) = installation {
        let contradictions = together::contradictions(&manifest, &installation);
        if !contradictions.is_empty() {
            let manifest = offline.manifest_path.display();
            let hint = |error: &UserError| error.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
            let told = contradictions.iter().map(|error| format!("{manifest}: {error}{}", hint(error)));
            return Err(UserError::usage(told.collect::<Vec<_>>().join("\n       ")).into());
        }
        lines.push(format!("{} is valid: {}", path.display(), installation_summary(&installation)));
    }
    offline.printer.data(&lines.join("\n"))?;
    Ok(Exit::Done)
}

/// Both, or what is wrong with either.
fn both<A, B>(one: anyhow::Result<A>, other: anyhow::Result<B>) -> anyhow::Result<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => Err(UserError::usage(format!("{one}\n       {other}")).into()),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// Programs get the problems as data, and the exit code that people get.
fn check_for_programs(offline: &Offline, installation: Option<&Path>) -> anyhow::Result<Exit> {
    let bytes = manifest_file::bytes(&offline.manifest_path);
    let mut told = outcome(bytes, Manifest::parse, found);
    let mut is_valid = told["valid"] == true;
    if let Some(path) = installation {
        let installation = outcome(installation_file::bytes(path), Installation::parse, installation_found);
        is_valid &= installation["valid"] == true;
        told["installation_file"] = installation;
        if is_valid {
            let manifest = manifest_file::read(&offline.manifest_path)?;
            let contradictions = together::contradictions(&manifest, &installation_file::read(path)?);
            is_valid = contradictions.is_empty();
            if !is_valid {
                told["problems"] = contradictions.iter().map(of_no_line).collect();
            }
        }
        told["valid"] = is_valid.into();
    }
    offline.printer.answer(&told, String::new)?;
    Ok(if is_valid { Exit::Done } else { Exit::Usage })
}

fn outcome<T>(
    bytes: anyhow::Result<Vec<u8>>,
    parse: fn(&[u8]) -> Result<T, Problems>,
    found: fn(&T) -> Value,
) -> Value {
    let problems = match bytes.map(|bytes| parse(&bytes)) {
        Ok(Ok(valid)) => return found(&valid),
        Ok(Err(problems)) => problems.iter().map(problem).collect(),
        Err(error) => vec![of_no_line(&UserError::usage(error.to_string()))],
    };
    json!({ "valid": false, "problems": problems })
}

fn problem(problem: &Problem) -> Value {
    let Problem { line, column, message, hint } = problem;
    json!({ "line": line, "column": column, "message": message, "hint": hint })
}

fn of_no_line(error: &UserError) -> Value {
    json!({ "line": null, "column": null, "message": error.message, "hint": error.hint })
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

fn installation_found(installation: &Installation) -> Value {
    let Installation { name, tags, environments } = installation;
    json!({ "valid": true, "installation": name, "tags": tags, "environments": environments })
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

fn installation_summary(installation: &Installation) -> String {
    let environments: Vec<&str> = installation.environments.keys().map(EnvironmentName::as_str).collect();
    format!("installation {}; environments: {}", installation.name, environments.join(", "))
}
