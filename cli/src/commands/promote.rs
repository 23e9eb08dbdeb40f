//! `jetway promote`: the images that are live in one environment become a release of another, with that one's own config
//! and settings.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jetway_common::name::{ContainerName, EnvironmentName};
use jetway_common::release::ImagePin;
use tokio_util::sync::CancellationToken;

use super::terms::Following;
use crate::draft::Draft;
use crate::error::{Exit, UserError};
use crate::image::{Watch, copy};
use crate::launch::{self, Launch};
use crate::lease::{self, Lease};
use crate::platform::Platform;
use crate::progress::size;
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};
use crate::signals::stop_on_signals;

/// From where to where.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose live release has the images.
    pub from: EnvironmentName,
    /// The environment to release them in.
    pub to: EnvironmentName,
    /// Why this release is made, for the list of releases.
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    following: Following,
}

/// Promotes what is live on the session's other platform.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let from = session.source.as_ref().context("no environment was opened to take a release from")?;
    if arguments.from == arguments.to {
        let message = format!("`{}` is where it comes from and where it goes to", arguments.to);
        return Err(UserError::usage(message)
            .hint(format!("`jetway deploy {} --image current` releases them anew", arguments.to))
            .into());
    }
    let settings = session.manifest()?.settings(&arguments.to);
    let target = session.target(&arguments.to)?;
    let source = Target::new(arguments.from.clone(), target.application.clone());
    let draft = Draft::new(session, &target, &settings).await?;
    let release = live(from, &source).await?;
    let images = release.images(&settings)?;
    draft.check_platform(&images)?;
    let reason = format!("promotion of {} from {} to {}", target.application, arguments.from, arguments.to);
    lease::hold(session, &target, &reason, arguments.following.wait.duration(), async |lease| {
        promote(draft, from, lease, (&release, &images), arguments).await
    })
    .await
}

async fn live(from: &Platform, source: &Target) -> anyhow::Result<StoredRelease> {
    let current = releases::current(&*from.store, &source.keys).await?;
    let nothing = || {
        let message = format!("nothing of {} is live in {}", source.application, source.environment);
        UserError::usage(message).hint(format!("`jetway deploy {}` makes a first release", source.environment))
    };
    releases::get(&*from.store, &source.keys, current.live.ok_or_else(nothing)?).await
}

async fn promote(
    draft: Draft<'_>,
    from: &Platform,
    lease: &Lease,
    (source, images): (&StoredRelease, &BTreeMap<ContainerName, ImagePin>),
    arguments: &Arguments,
) -> anyhow::Result<Exit> {
    let (session, target, settings) = (draft.session, draft.target, draft.settings);
    launch::refuse_if_pending(session, target).await?;
    let name = source.record.release;
    session
        .printer
        .say(format_args!("promoting {name} of {} from {} to {}", target.application, arguments.from, arguments.to));
    let config = draft.config().await?;
    if from.store.place() != session.store().place() {
        copy_images(session, from, target, images).await?;
    }
    lease.check()?;
    let message = arguments.message.clone().or_else(|| Some(format!("{name} of {}", arguments.from)));
    let release = draft.store(config, images, message).await?;
    let terms = arguments.following.terms(settings.keep);
    launch::run(Launch { session, target, lease, release: &release, terms }, arguments.following.detach).await
}

async fn copy_images(
    session: &Session,
    from: &Platform,
    target: &Target,
    images: &BTreeMap<ContainerName, ImagePin>,
) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let _guard = stop_on_signals(&stop)?;
    let different: BTreeMap<_, _> = images.values().map(|pin| (&pin.manifest, pin)).collect();
    for pin in different.into_values() {
        let progress = session.printer.step("copy");
        let watch = Watch { step: &progress, stop: &stop };
        let copied = copy(&*from.store, session.store(), &target.images, pin, &watch).await?;
        let name = crate::printer::harmless(&pin.reference);
        progress.done(&match copied.layers_stored {
            0 => format!("{name} ({}): all of it is there already", pin.manifest.short()),
            new => {
                let (short, layers, bytes) = (pin.manifest.short(), copied.layers, size(copied.bytes_stored));
                format!("{name} ({short}): {new} of {layers} layers, {bytes}")
            }
        });
    }
    Ok(())
}
