//! `jetway init`: a first manifest that passes `jetway check`.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;
use jetway_common::manifest::Manifest;
use jetway_common::name::ApplicationName;
use serde_json::json;

use crate::error::{Exit, UserError};
use crate::offline::Offline;

/// The arguments of `jetway init`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The port that the application listens on.
    #[arg(long, value_name = "PORT", default_value_t = 8000, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Write a worker: nothing reaches it over HTTP.
    #[arg(long, conflicts_with = "port")]
    worker: bool,
    /// The image to deploy; the application's name and `latest` unless it is named.
    #[arg(long, value_name = "REFERENCE")]
    image: Option<String>,
}

/// Runs the command.
pub fn run(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Exit> {
    let path = &offline.manifest_path;
    let application = match &offline.application {
        Some(name) => name.clone(),
        None => name_of_folder(path)?,
    };
    let text = manifest(&application, arguments)?;
    Manifest::parse(text.as_bytes()).map_err(|problems| {
        let messages: Vec<String> = problems.iter().map(|problem| problem.message.clone()).collect();
        UserError::usage(messages.join("\n       "))
    })?;
    write(path, &text)?;
    let shown = path.display();
    offline.printer.answer(&json!({ "manifest": path, "application": application }), || {
        format!("{shown} is written, for the application {application}")
    })?;
    offline.printer.say("`jetway check` checks it, and `jetway deploy local` releases it");
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = path.display();
    let mut file = File::create_new(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            UserError::usage(format!("{shown} is there already, and is left as it is")).hint("`jetway check` checks it")
        }
        ErrorKind::NotFound => UserError::usage(format!("cannot write {shown}: there is no such folder")),
        ErrorKind::PermissionDenied => UserError::usage(format!("cannot write {shown}: permission denied")),
        _ => UserError::failed(format!("cannot write {shown}: {error}")),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| {
        // A part of it would be in the way of the next attempt.
        let _ = std::fs::remove_file(path);
        UserError::failed(format!("cannot write {shown}: {error}")).into()
    })
}

/// The name of the folder that the manifest is for, as far as an application may have it.
fn name_of_folder(manifest: &Path) -> anyhow::Result<ApplicationName> {
    let path = std::path::absolute(manifest).context("this folder has no path")?;
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    valid_name(&folder).ok_or_else(|| {
        UserError::usage(format!("the folder's name {folder:?} makes no name for an application"))
            .hint("name it with --application")
            .into()
    })
}

fn valid_name(folder: &str) -> Option<ApplicationName> {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let words: String = folder.chars().map(allowed).collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    let name = words.join("-");
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let name: String = name.chars().take(24).collect();
    name.trim_end_matches('-').parse().ok()
}

fn manifest(application: &ApplicationName, arguments: &Arguments) -> anyhow::Result<String> {
    let image = arguments.image.clone().unwrap_or_else(|| format!("{application}:latest"));
    // Every JSON string is a TOML string, too.
    let image = serde_json::to_string(&image)?;
    let container = if arguments.worker { "worker" } else { "web" };
    let http = if arguments.worker { WORKER.to_owned() } else { HTTP.replace("{port}", &arguments.port.to_string()) };
    Ok(BASE
        .replace("{application}", application.as_str())
        .replace("{image}", &image)
        .replace("{container}", container)
        .replace("{http}", &http))
}

const BASE: &str = r#"# What Jetway deploys, and how it runs. `jetway check` checks this file; `jetway config-schema` tells editors all of it.

application = "{application}"

[image]
# What is deployed unless `jetway deploy --image` names another: a tag in the local Docker engine, or an archive.
reference = {image}

# A container; every instance runs all of them, on the host's network.
[containers.{container}]
# Instead of the image's own command:
# command = ["serve", "--verbose"]
# What is no secret; secrets go to `jetway config set`.
# env = { LOG_LEVEL = "info" }
# How long it may take to end before it is killed:
stop_timeout = "30s"

{http}
# Does not apply to `local`, which is this machine.
[instances]
count = 1
type = "t4g.small"

# What differs in an environment; any key above may stand here.
# [environments.production]
# instances = { count = 3 }
"#;

const HTTP: &str = r#"# How it is reached. The container finds the port in PORT, too.
[http]
container = "web"
port = {port}
# It is healthy when this path answers with a status from 200 to 299.
health = { path = "/health-check", interval = "5s", timeout = "2s", grace = "120s" }
"#;

const WORKER: &str = "# A worker: with a table `[http]` it would be reached over HTTP.\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_names_its_application() {
        let table = [
            ("shop", Some("shop")),
            ("My Shop_2", Some("my-shop-2")),
            ("--a--b--", Some("a-b")),
            ("2nd-shop", Some("nd-shop")),
            ("a-very-long-name-of-a-folder", Some("a-very-long-name-of-a-fo")),
            ("abcdefghijklmnopqrstuvw-xyz", Some("abcdefghijklmnopqrstuvw")),
            ("магазин", None),
            ("42", None),
            ("", None),
        ];
        for (folder, name) in table {
            assert_eq!(valid_name(folder).as_ref().map(ApplicationName::as_str), name, "{folder}");
        }
    }
}
