//! `jetway deploy`: THE STORY. Manifest, lock, images, record, launch, verdict.

use std::collections::BTreeMap;

use jetway_common::manifest::{ContainerEntry, Settings};
use jetway_common::name::{ContainerName, EnvironmentName};
use jetway_common::release::ImagePin;

use super::terms::Following;
use crate::draft::Draft;
use crate::error::{Exit, UserError};
use crate::launch::{self, Launch};
use crate::lease::{self, Lease};
use crate::publish;
use crate::releases;
use crate::session::Session;

/// What `--image` says for the images of the live release.
const CURRENT: &str = "current";

/// How a release is made and followed.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment to deploy to.
    pub environment: EnvironmentName,
    /// The image to deploy instead of the manifest's: a tag in the local Docker engine, an archive, an OCI layout, `-`
    /// for an archive on standard input, or `current` for the images of the live release.
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Why this release is made, for the list of releases.
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    following: Following,
}

/// Releases the application.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let settings = session.manifest()?.settings(&arguments.environment);
    let target = session.target(&arguments.environment)?;
    let draft = Draft::new(session, &target, &settings).await?;
    let reason = format!("deploy of {} to {}", target.application, target.environment);
    lease::hold(session, &target, &reason, arguments.following.wait.duration(), async |lease| {
        deploy(draft, lease, arguments).await
    })
    .await
}

async fn deploy(draft: Draft<'_>, lease: &Lease, arguments: &Arguments) -> anyhow::Result<Exit> {
    let (session, target, settings) = (draft.session, draft.target, draft.settings);
    launch::refuse_if_pending(session, target).await?;
    session.printer.say(format_args!("deploying {} to {}", target.application, target.environment));
    let config = draft.config().await?;
    let images = images(&draft, arguments.image.as_deref()).await?;
    lease.check()?;
    let release = draft.store(config, &images, arguments.message.clone()).await?;
    let terms = arguments.following.terms(settings.keep);
    launch::run(Launch { session, target, lease, release: &release, terms }, arguments.following.detach).await
}

async fn images(draft: &Draft<'_>, image: Option<&str>) -> anyhow::Result<BTreeMap<ContainerName, ImagePin>> {
    if image == Some(CURRENT) {
        return live_images(draft).await;
    }
    let mut published: BTreeMap<&str, ImagePin> = BTreeMap::new();
    let mut pins = BTreeMap::new();
    for (name, entry) in &draft.settings.containers {
        let source = source(name, entry, draft.settings, image)?;
        if !published.contains_key(source) {
            let Draft { session, target, .. } = draft;
            published.insert(source, publish::image(session, &target.images, source, entry, draft.platform()).await?);
        }
        pins.extend(published.get(source).map(|pin| (name.clone(), pin.clone())));
    }
    Ok(pins)
}

fn source<'a>(
    name: &ContainerName,
    entry: &'a ContainerEntry,
    settings: &'a Settings,
    image: Option<&'a str>,
) -> anyhow::Result<&'a str> {
    let missing = || {
        UserError::usage(format!("no image is named for container `{name}`"))
            .hint("set `reference` under [image] in the manifest, or use --image")
    };
    Ok(entry.image.as_deref().or(image).or(settings.image.as_deref()).ok_or_else(missing)?)
}

async fn live_images(draft: &Draft<'_>) -> anyhow::Result<BTreeMap<ContainerName, ImagePin>> {
    let (store, keys) = (draft.session.store(), &draft.target.keys);
    let live = releases::current(store, keys).await?.live;
    let live = live.ok_or_else(|| UserError::usage("`--image current`: nothing is live yet"))?;
    releases::get(store, keys, live).await?.images(draft.settings)
}
