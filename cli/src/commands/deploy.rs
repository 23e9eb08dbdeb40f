//! `jetway deploy`: THE STORY. Manifest, lock, images, record, launch, verdict.

use std::collections::BTreeMap;
use std::path::Path;

use jetway_common::manifest::{ContainerEntry, Settings};
use jetway_common::name::{ContainerName, EnvironmentName};
use jetway_common::release::{ConfigPin, Container, ImagePin, Origin, ReleaseRecord};
use jetway_common::seconds::Seconds;

use crate::config;
use crate::error::{Exit, UserError};
use crate::launch::{self, Patience};
use crate::lease::{self, Lease};
use crate::origin;
use crate::publish;
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};

/// What `--image` says for the images of the live release.
const CURRENT: &str = "current";

/// How a release is made and followed.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment to deploy to.
    environment: EnvironmentName,
    /// The image to deploy instead of the manifest's: a tag in the local Docker engine, an archive, an OCI layout, `-`
    /// for an archive on standard input, or `current` for the images of the live release.
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// How long the release may take until it is ready.
    #[arg(long, default_value = "15m", value_name = "TIME")]
    timeout: Seconds,
    /// Leave as soon as the release is launched; `jetway wait` tells what came of it.
    #[arg(long)]
    detach: bool,
    /// Why this release is made, for the list of releases.
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// How long to wait for another deploy to finish.
    #[arg(long, default_value = "0s", value_name = "TIME")]
    wait: Seconds,
}

/// Releases the application.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let settings = session.manifest()?.settings(&arguments.environment);
    let target = session.target(&arguments.environment)?;
    check_application(&target, &settings)?;
    let reason = format!("deploy of {} to {}", target.application, target.environment);
    lease::hold(session, &target, &reason, arguments.wait.duration(), async |lease| {
        deploy(session, &target, lease, &settings, arguments).await
    })
    .await
}

async fn deploy(
    session: &Session,
    target: &Target,
    lease: &Lease,
    settings: &Settings,
    arguments: &Arguments,
) -> anyhow::Result<Exit> {
    launch::refuse_if_pending(session, target).await?;
    session.printer.say(format_args!("deploying {} to {}", target.application, target.environment));
    let config = config_pin(session, target, settings).await?;
    let images = images(session, target, settings, arguments.image.as_deref()).await?;
    lease.check()?;
    let folder = session.manifest_path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let origin = origin::of(folder, arguments.message.clone());
    let release = create_record(session, target, settings, (config, images, origin)).await?;
    session.printer.say(format_args!("  {:<10} {}", "release", release.record.release));
    let patience = Patience { timeout: arguments.timeout, detach: arguments.detach };
    launch::run(session, target, lease, &release, patience).await
}

/// `--application` is for commands without a manifest; a deploy uses one, and the two must agree.
fn check_application(target: &Target, settings: &Settings) -> anyhow::Result<()> {
    if target.application == settings.application {
        return Ok(());
    }
    let Target { application, .. } = target;
    let message = format!("--application says `{application}`, and the manifest is that of `{}`", settings.application);
    Err(UserError::usage(message).into())
}

async fn config_pin(session: &Session, target: &Target, settings: &Settings) -> anyhow::Result<Option<ConfigPin>> {
    let Some((version, sealed)) = config::latest(session, target).await? else { return Ok(None) };
    let has_port = sealed.header().names.keys().any(|name| name.as_str() == "PORT");
    if has_port && settings.http.is_some() {
        let message = format!("{version} has a value `PORT`, and the manifest's [http] says which port is used");
        return Err(UserError::usage(message).hint(format!("jetway config unset {} PORT", target.environment)).into());
    }
    for (container, entry) in &settings.containers {
        if let Some(name) = entry.settings.env.keys().find(|name| sealed.header().names.contains_key(*name)) {
            let message =
                format!("`{name}` is set twice: in the manifest for container `{container}`, and in {version}");
            return Err(UserError::usage(message).hint("remove one of the two").into());
        }
    }
    Ok(Some(ConfigPin { version, digest: sealed.digest(), delivery: settings.config }))
}

async fn images(
    session: &Session,
    target: &Target,
    settings: &Settings,
    image: Option<&str>,
) -> anyhow::Result<BTreeMap<ContainerName, ImagePin>> {
    if image == Some(CURRENT) {
        return live_images(session, target, settings).await;
    }
    let mut published: BTreeMap<&str, ImagePin> = BTreeMap::new();
    let mut pins = BTreeMap::new();
    for (name, entry) in &settings.containers {
        let source = source(name, entry, settings, image)?;
        if !published.contains_key(source) {
            published.insert(source, publish::image(session, &target.images, source, entry).await?);
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

async fn live_images(
    session: &Session,
    target: &Target,
    settings: &Settings,
) -> anyhow::Result<BTreeMap<ContainerName, ImagePin>> {
    let current = releases::current(session.store(), &target.keys).await?;
    let live = current.live.ok_or_else(|| UserError::usage("`--image current`: nothing is live yet"))?;
    let live = releases::get(session.store(), &target.keys, live).await?.record;
    let pin = |name: &ContainerName| {
        let container = live.containers.get(name);
        let missing = || UserError::usage(format!("{} has no container `{name}` to take the image from", live.release));
        Ok((name.clone(), container.ok_or_else(missing)?.image.clone()))
    };
    settings.containers.keys().map(pin).collect()
}

async fn create_record(
    session: &Session,
    target: &Target,
    settings: &Settings,
    (config, images, origin): (Option<ConfigPin>, BTreeMap<ContainerName, ImagePin>, Origin),
) -> anyhow::Result<StoredRelease> {
    let containers: BTreeMap<ContainerName, Container> = settings
        .containers
        .iter()
        .filter_map(|(name, entry)| {
            let image = images.get(name)?.clone();
            Some((name.clone(), Container { image, settings: entry.settings.clone() }))
        })
        .collect();
    releases::create(session.store(), &target.keys, |release| ReleaseRecord {
        installation: session.installation.clone(),
        environment: target.environment.clone(),
        application: target.application.clone(),
        release,
        origin: origin.clone(),
        config: config.clone(),
        containers: containers.clone(),
        http: settings.http.clone(),
        instances: settings.instances.clone(),
    })
    .await
}
