//! `jetway image prune`: removes images that no release needs.

use jetway_common::layout::{ApplicationKeys, ObjectKey};
use jetway_common::name::EnvironmentName;
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::error::Exit;
use crate::image::{Pruned, Watch, Young, prune};
use crate::local_time::local;
use crate::printer::harmless;
use crate::progress::size;
use crate::session::{Session, Target};
use crate::signals::stop_on_signals;

/// Removes images that no release needs.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How many of the newest releases, and of the newest images, are kept. What was pushed within the last hour stays
    /// too.
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    keep: usize,
    /// Only tell what would be removed.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    dry_run: bool,
    images: Vec<Image<'a>>,
    images_kept: usize,
    blobs: usize,
    bytes: u64,
    young: Option<Waiting>,
}

/// What goes with a later prune.
#[derive(Serialize)]
struct Waiting {
    images: usize,
    blobs: usize,
    until: Timestamp,
}

#[derive(Serialize)]
struct Image<'a> {
    tag: Option<&'a str>,
    manifest: &'a str,
}

/// Runs the command.
pub(super) async fn run(session: &Session, target: &Target, arguments: &Arguments) -> anyhow::Result<Exit> {
    let environments = environments(session, target).await?;
    let pruned = watched(session, target, &environments, arguments).await?;
    let images = pruned.images.iter().map(|entry| Image { tag: entry.tag(), manifest: entry.digest.as_str() });
    let answer = Answer {
        dry_run: arguments.dry_run,
        images: images.collect(),
        images_kept: pruned.kept,
        blobs: pruned.blobs,
        bytes: pruned.bytes,
        young: pruned.young.map(|Young { images, blobs, until }| Waiting { images, blobs, until }),
    };
    session.printer.answer(&answer, || text(&pruned, arguments.dry_run))?;
    Ok(Exit::Done)
}

/// A prune that ends early leaves no mark behind for which others would wait.
async fn watched(
    session: &Session,
    target: &Target,
    environments: &[ApplicationKeys],
    arguments: &Arguments,
) -> anyhow::Result<Pruned> {
    let (progress, stop) = (session.printer.step("prune"), CancellationToken::new());
    let _guard = stop_on_signals(&stop)?;
    let watch = Watch { step: &progress, stop: &stop };
    prune(session.store(), &target.images, environments, arguments.keep, arguments.dry_run, &watch).await
}

/// All environments in this store: they share the images, so what one of them needs stays.
async fn environments(session: &Session, target: &Target) -> anyhow::Result<Vec<ApplicationKeys>> {
    let names = session.store().folders(&ObjectKey::environments()).await?;
    let names = names.iter().filter_map(|name| name.parse::<EnvironmentName>().ok());
    Ok(names.map(|environment| ApplicationKeys::new(&environment, &target.application)).collect())
}

fn text(pruned: &Pruned, dry_run: bool) -> String {
    let verb = if dry_run { "would remove" } else { "removed" };
    let line = |entry: &crate::image::IndexEntry| {
        let tag = entry.tag().map_or_else(|| "without a tag".to_owned(), harmless);
        format!("{verb} {tag} (sha256:{})", entry.digest.short())
    };
    let mut lines: Vec<String> = pruned.images.iter().map(line).collect();
    let (images, blobs) = (counted(pruned.images.len(), "image"), counted(pruned.blobs, "blob"));
    lines.push(format!("{verb} {images} and {blobs}, {}; {} kept", size(pruned.bytes), counted(pruned.kept, "image")));
    lines.extend(pruned.young.map(|young| waiting(&young)));
    lines.join("\n")
}

fn waiting(young: &Young) -> String {
    let parts = [(young.images, "image"), (young.blobs, "blob")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what)).collect();
    let what = parts.join(" and ");
    format!(
        "too young to go: {what} that nothing needs; an hour after its last push all of it can, from {}",
        local(young.until)
    )
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
