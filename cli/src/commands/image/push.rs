//! `jetway image push`: publishes an image in the store.

use std::io::IsTerminal as _;

use serde::Serialize;

use crate::error::{Exit, UserError};
use crate::image::{Published, Source, Wanted, Way};
use crate::progress::{seconds, size};
use crate::publish;
use crate::session::{Session, Target};

/// Publishes an image: a reference in the local Docker engine, an archive, an OCI layout folder, or `-`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The image; by default the one that the manifest names.
    ///
    /// `-` is an archive on standard input. What begins with `/`, `./` or `../`, or ends in `.tar`, `.tar.gz`, `.tgz`,
    /// `.tar.zst`, `.tzst`, `.tar.zstd` or `.oci`, is a path. All else is a reference in the local Docker engine.
    #[arg(value_name = "IMAGE")]
    source: Option<String>,
    /// The platform to take, where it is not that of this machine.
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    platform: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    tag: Option<&'a str>,
    manifest: &'a str,
    config: &'a str,
    platform: &'a str,
    layers: usize,
    layers_stored: usize,
    way: Way,
    bytes_read: u64,
    bytes_stored: u64,
    bytes_in_store: u64,
    seconds: f64,
    has_command: bool,
    warnings: &'a [String],
}

/// Runs the command.
pub(super) async fn run(session: &Session, target: &Target, arguments: &Arguments) -> anyhow::Result<Exit> {
    let source = source(session, target, arguments)?;
    let wanted = Wanted { platform: arguments.platform.clone() };
    let published = publish::watched(session, &target.images, &source, &wanted).await?;
    session.printer.answer(&answer(&published), || sentence(&published))?;
    Ok(Exit::Done)
}

fn source(session: &Session, target: &Target, arguments: &Arguments) -> anyhow::Result<Source> {
    if let Some(text) = &arguments.source {
        let source = Source::parse(text);
        if source == Source::Input && std::io::stdin().is_terminal() {
            let error = UserError::usage("standard input is a terminal, and an archive is expected there");
            return Err(error.hint("pipe it in: `docker save IMAGE | jetway image push -`").into());
        }
        return Ok(source);
    }
    let image = session.manifest()?.settings(&target.environment).image;
    let image = image
        .ok_or_else(|| UserError::usage("the manifest names no image").hint("name one: `jetway image push IMAGE`"))?;
    Ok(Source::parse(&image))
}

fn answer(published: &Published) -> Answer<'_> {
    Answer {
        tag: published.tag.as_deref(),
        manifest: published.pin.manifest.as_str(),
        config: published.pin.config.as_str(),
        platform: &published.pin.platform,
        layers: published.layers,
        layers_stored: published.layers_stored,
        way: published.way,
        bytes_read: published.bytes_read,
        bytes_stored: published.bytes_stored,
        bytes_in_store: published.bytes_in_store,
        seconds: published.time.as_secs_f64(),
        has_command: published.has_command,
        warnings: &published.warnings,
    }
}

fn sentence(published: &Published) -> String {
    format!(
        "{} is stored as sha256:{}: {} of {} layers new, {} sent of {}, {}",
        crate::printer::harmless(&published.pin.reference),
        published.pin.manifest.short(),
        published.layers_stored,
        published.layers,
        size(published.bytes_stored),
        size(published.bytes_in_store),
        seconds(published.time)
    )
}
