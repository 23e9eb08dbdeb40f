//! Containers of other releases: set aside just before ours start, removed when ours serve, brought back when they do not.
//!
//! There is no state but Docker's own, so any agent can be killed at any moment and the next one goes on:
//! a container has served if it has the restart policy `always` or is named as set aside. Both survive a crash.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jetway_common::boot_file::BootFile;
use jetway_common::container::{APPLICATION, ENVIRONMENT, INSTALLATION, RELEASE};
use jetway_common::name::ReleaseName;
use jetway_common::release::ReleaseRecord;

use crate::engine::EngineError;
use crate::engine::facts::ContainerFacts;
use crate::platform::Platform;
use crate::removal;

/// What the name of a container that was set aside ends in. No container of a release can be called so.
const SUFFIX: &str = ".set-aside";

/// Whose containers to look for.
#[derive(Debug, Clone)]
pub struct Kin {
    /// The labels that the containers of all releases of the application carry.
    pub labels: BTreeMap<String, String>,
    /// The release that this instance runs.
    pub release: ReleaseName,
}

impl Kin {
    /// The containers of the application that `boot_file` names.
    pub fn new(boot_file: &BootFile) -> Self {
        let labels = [
            (INSTALLATION, boot_file.installation.to_string()),
            (ENVIRONMENT, boot_file.environment.to_string()),
            (APPLICATION, boot_file.application.to_string()),
        ];
        Self { labels: labels.map(|(name, value)| (name.to_owned(), value)).into(), release: boot_file.release }
    }

    /// The same, of the release that `record` is.
    pub fn of(record: &ReleaseRecord) -> Self {
        let mut labels = record.labels();
        labels.remove(RELEASE);
        Self { labels, release: record.release }
    }
}

/// All containers of the application on this machine.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// Those of our release.
    pub own: Vec<ContainerFacts>,
    /// Those of other releases.
    pub others: BTreeMap<ReleaseName, Vec<ContainerFacts>>,
    /// One-off containers, which are no part of a release.
    pub one_offs: Vec<ContainerFacts>,
}

impl Survey {
    /// Asks the engine. What carries no container's name is somebody's own, and left alone.
    pub async fn take(platform: &Platform, kin: &Kin) -> Result<Self, EngineError> {
        let mut survey = Self::default();
        for container in platform.engine.containers(&kin.labels).await? {
            if container.is_one_off() {
                survey.one_offs.push(container);
                continue;
            }
            let (Some(release), Some(_)) = (container.release(), container.container()) else { continue };
            if release == kin.release {
                survey.own.push(container);
            } else {
                survey.others.entry(release).or_default().push(container);
            }
        }
        Ok(survey)
    }

    /// All that ends with our release: its containers, and what was made like them.
    pub fn ending(&self) -> impl Iterator<Item = &ContainerFacts> {
        self.own.iter().chain(&self.one_offs)
    }

    /// The processes of all of the application's containers.
    pub fn pids(&self) -> Vec<i32> {
        self.own.iter().chain(self.others.values().flatten()).filter_map(|container| container.pid).collect()
    }

    /// The other release to go back to: the one that served last.
    pub fn fallback(&self) -> Option<ReleaseName> {
        let mut served = self.others.iter().filter(|(_, containers)| has_served(containers)).rev();
        served.clone().find(|(_, containers)| is_live(containers)).or(served.next()).map(|(release, _)| *release)
    }
}

/// Whether a release was healthy here once.
pub fn has_served(containers: &[ContainerFacts]) -> bool {
    containers.iter().any(|container| container.always || is_set_aside(container))
}

/// Whether a release is the live one: it has served, and nobody set it aside.
fn is_live(containers: &[ContainerFacts]) -> bool {
    containers.iter().any(|container| container.always && !is_set_aside(container))
}

fn is_set_aside(container: &ContainerFacts) -> bool {
    container.name.ends_with(SUFFIX)
}

/// Stops the release that served, so that it can be brought back, and removes whatever never served or is older.
pub async fn set_aside(platform: &Platform, survey: &Survey) -> Result<(), EngineError> {
    let keep = survey.fallback();
    for (_, containers) in survey.others.iter().filter(|(release, _)| Some(**release) != keep) {
        for container in containers {
            removal::remove(platform, container).await?;
        }
    }
    let kept = keep.and_then(|release| survey.others.get(&release)).into_iter().flatten();
    // At once: each may take its whole stop timeout, and nobody serves meanwhile.
    join_all(kept.map(|container| lay_aside(platform, container))).await.into_iter().collect()
}

async fn lay_aside(platform: &Platform, container: &ContainerFacts) -> Result<(), EngineError> {
    // The mark comes first: whatever happens from here on, this container is known to have served.
    if !is_set_aside(container) {
        platform.engine.rename(&container.id, &format!("{}{SUFFIX}", container.name)).await?;
    }
    if container.always {
        platform.engine.keep_running(&container.id, false).await?;
    }
    if container.is_running || container.is_restarting {
        tracing::info!(name = %container.name, "setting a container aside");
        platform.engine.stop(container).await?;
    }
    Ok(())
}

/// Makes our containers the ones that serve: Docker restarts them from now on.
pub async fn promote(platform: &Platform, survey: &Survey) -> Result<(), EngineError> {
    for container in &survey.own {
        serve_again(platform, container).await?;
    }
    Ok(())
}

/// Removes all other releases. Errors are collected, and the rest goes on.
pub async fn retire(platform: &Platform, survey: &Survey) -> Result<(), EngineError> {
    let mut trouble = Ok(());
    for container in survey.others.values().flatten() {
        if let Err(error) = removal::remove(platform, container).await {
            tracing::warn!(%error, name = %container.name, "not removed");
            trouble = Err(error);
        }
    }
    trouble
}

/// The release that serves instead of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// There is none.
    Nobody,
    /// It was never stopped.
    Untouched(ReleaseName),
    /// It was brought back.
    Again(ReleaseName),
}

impl Restored {
    /// Its name, if there is one.
    pub fn release(self) -> Option<ReleaseName> {
        match self {
            Self::Nobody => None,
            Self::Untouched(release) | Self::Again(release) => Some(release),
        }
    }
}

impl std::fmt::Display for Restored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nobody => f.write_str("nothing runs now"),
            Self::Untouched(release) => write!(f, "{release} goes on serving"),
            Self::Again(release) => write!(f, "{release} is serving again"),
        }
    }
}

/// Brings back the release that served last. Ours must be stopped or gone by now. One container that does not come back
/// keeps no other from it.
pub async fn restore(platform: &Platform, survey: &Survey) -> Result<Restored, EngineError> {
    let Some(release) = survey.fallback() else { return Ok(Restored::Nobody) };
    let containers = survey.others.get(&release).map(Vec::as_slice).unwrap_or_default();
    if containers.iter().all(|container| container.always && container.is_running && !is_set_aside(container)) {
        return Ok(Restored::Untouched(release));
    }
    let mut trouble = Ok(());
    for container in containers {
        if let Err(error) = bring_back(platform, container).await {
            tracing::warn!(%error, name = %container.name, "not brought back");
            trouble = trouble.and(Err(error));
        }
    }
    trouble.map(|()| Restored::Again(release))
}

async fn bring_back(platform: &Platform, container: &ContainerFacts) -> Result<(), EngineError> {
    if !container.is_running {
        tracing::info!(name = %container.name, "bringing a container back");
        platform.engine.start(&container.id).await?;
    }
    serve_again(platform, container).await
}

/// The policy comes before the name: between the two the container still counts as one that has served.
async fn serve_again(platform: &Platform, container: &ContainerFacts) -> Result<(), EngineError> {
    if !container.always {
        platform.engine.keep_running(&container.id, true).await?;
    }
    match container.name.strip_suffix(SUFFIX) {
        Some(name) => platform.engine.rename(&container.id, name).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
