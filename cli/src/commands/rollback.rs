//! `jetway rollback`: an older release serves again, exactly as it was: same images, same config, same settings.

use jetway_common::current::{Current, Terms};
use jetway_common::name::{EnvironmentName, ReleaseName};

use super::terms::Following;
use crate::error::{Exit, UserError};
use crate::image;
use crate::launch::{self, Launch};
use crate::lease;
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};

/// Where to go back to.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment to roll back.
    pub environment: EnvironmentName,
    /// The release to go back to; the one that was live before, if none is named.
    release: Option<ReleaseName>,
    #[command(flatten)]
    following: Following,
}

/// Goes back to an older release.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let reason = format!("rollback of {} in {}", target.application, target.environment);
    lease::hold(session, &target, &reason, arguments.following.wait.duration(), async |lease| {
        launch::refuse_if_pending(session, &target).await?;
        let current = releases::current(session.store(), &target.keys).await?;
        let name = goal(&current, arguments.release, &target)?;
        let release = releases::get(session.store(), &target.keys, name).await?;
        // The images of the release before are never pruned.
        if current.previous != Some(name) {
            check_images(session, &target, &release).await?;
        }
        session.printer.say(format_args!("rolling {} back to {name} in {}", target.application, target.environment));
        let terms = arguments.following.terms(Terms::default().standby);
        let launch = Launch { session, target: &target, lease, release: &release, terms };
        launch::run(launch, arguments.following.detach).await
    })
    .await
}

/// Refuses a release whose images were pruned: its instances would find that out, after minutes.
async fn check_images(session: &Session, target: &Target, release: &StoredRelease) -> anyhow::Result<()> {
    let name = release.record.release;
    for (container, settings) in &release.record.containers {
        let manifest = &settings.image.manifest;
        if image::load(session.store(), &target.images, manifest).await?.is_none() {
            let message = format!(
                "the image sha256:{} of `{container}` in {name} is not in the store any more; nothing was changed",
                manifest.short()
            );
            let hint = format!("`jetway deploy {} --image IMAGE` makes a new release of an image", target.environment);
            return Err(UserError::usage(message).hint(hint).into());
        }
    }
    Ok(())
}

fn goal(current: &Current, named: Option<ReleaseName>, target: &Target) -> Result<ReleaseName, UserError> {
    let Target { application, environment, .. } = target;
    let list = format!("`jetway releases {environment}` lists what there is");
    match (named.or(current.previous), current.live) {
        (Some(name), live) if live == Some(name) => Err(UserError::usage(format!("{name} is live already")).hint(list)),
        (Some(name), _) => Ok(name),
        (None, Some(live)) => {
            Err(UserError::usage(format!("{live} is the only release that was ever live")).hint(list))
        }
        (None, None) => {
            let message = format!("{application} is not live in {environment}, so name the release to go back to");
            Err(UserError::usage(message).hint(list))
        }
    }
}
