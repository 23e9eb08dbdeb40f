//! `jetway image list`: the images in the store, newest first.

use jetway_common::digest::Digest;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Exit;
use crate::image::{ImageIndex, load};
use crate::local_time::local;
use crate::printer::harmless;
use crate::progress::size;
use crate::session::{Session, Target};
use crate::table::Table;

/// Lists the images in the store, those that were pushed last first.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

#[derive(Serialize)]
struct Row {
    tag: Option<String>,
    manifest: Digest,
    platform: String,
    layers: usize,
    bytes: u64,
    created: Option<Timestamp>,
    pushed: Option<Timestamp>,
}

/// Runs the command.
pub(super) async fn run(session: &Session, target: &Target, _arguments: &Arguments) -> anyhow::Result<Exit> {
    let (store, images) = (session.store(), &target.images);
    let mut rows = Vec::new();
    for entry in ImageIndex::read(store, images).await?.manifests {
        let Some(image) = load(store, images, &entry.digest).await? else {
            session.printer.warn(format!("image sha256:{} is in the index and not in the store", entry.digest.short()));
            continue;
        };
        rows.push(Row {
            tag: entry.tag().map(str::to_owned),
            manifest: entry.digest.clone(),
            platform: image.platform.clone(),
            layers: image.layers.len(),
            bytes: image.layers.iter().map(|layer| layer.size).sum(),
            created: created(&image.config_bytes),
            pushed: entry.pushed_at(),
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.pushed));
    session.printer.answer(&rows, || table(&rows, target))?;
    Ok(Exit::Done)
}

fn created(config: &[u8]) -> Option<Timestamp> {
    let config: serde_json::Value = serde_json::from_slice(config).ok()?;
    config.get("created")?.as_str()?.parse().ok()
}

fn table(rows: &[Row], target: &Target) -> String {
    if rows.is_empty() {
        let there = if target.environment.is_local() {
            String::new()
        } else {
            format!(" --environment {}", target.environment)
        };
        return format!("no images; `jetway image push{there}` publishes one");
    }
    let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), local);
    let mut table = Table::new(&["TAG", "DIGEST", "PLATFORM", "SIZE", "CREATED", "PUSHED"]);
    for row in rows {
        let tag = row.tag.as_deref().map_or("-".to_owned(), harmless);
        let digest = row.manifest.short().to_owned();
        table.row(vec![tag, digest, harmless(&row.platform), size(row.bytes), time(row.created), time(row.pushed)]);
    }
    table.to_string()
}
