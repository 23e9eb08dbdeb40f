//! Which of an application's containers a command is about.

use jetway_common::name::{ContainerName, ReleaseName};

use crate::docker::Engine;
use crate::docker::containers::Found;
use crate::error::UserError;
use crate::nearest;
use crate::releases;
use crate::session::{Session, Target};

/// What the command line says of the containers.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The container's name.
    pub container: Option<ContainerName>,
    /// The release it is of.
    pub release: Option<ReleaseName>,
}

/// The containers that fit, at least one.
pub async fn all(engine: &Engine, target: &Target, wish: &Wish) -> anyhow::Result<Vec<Found>> {
    let mut found = engine.containers(target).await?;
    let Target { environment, application, .. } = target;
    if found.is_empty() {
        let message = format!("no container of {application} is in {environment}");
        let hint = format!("`jetway status {environment}` shows what runs");
        return Err(UserError::failed(message).hint(hint).into());
    }
    if let Some(release) = wish.release {
        found.retain(|container| container.release == release);
        if found.is_empty() {
            let message = format!("no container of {release} of {application} is in {environment}");
            return Err(UserError::failed(message).hint("without --release, those that are there are meant").into());
        }
    }
    if let Some(name) = &wish.container {
        let names: Vec<String> = found.iter().map(|container| container.name.to_string()).collect();
        found.retain(|container| container.name == *name);
        if found.is_empty() {
            return Err(unknown(name, names.iter().map(String::as_str)).into());
        }
    }
    Ok(found)
}

/// The one container that fits and runs. Without a name it is the only one, or the one that answers HTTP.
pub async fn one(session: &Session, engine: &Engine, target: &Target, wish: &Wish) -> anyhow::Result<Found> {
    let mut found = all(engine, target, wish).await?;
    found.retain(|container| container.is_running);
    let by_name = |name: &ContainerName| found.iter().find(|container| container.name == *name).cloned();
    match (found.as_slice(), &wish.container) {
        ([], _) => {
            let message = format!("no container of {} runs just now", target.application);
            let hint = format!("`jetway logs {}` shows why", target.environment);
            Err(UserError::failed(message).hint(hint).into())
        }
        ([first], _) | ([first, ..], Some(_)) => Ok(first.clone()),
        ([first, ..], None) => {
            let record = releases::get(session.store(), &target.keys, first.release).await?.record;
            let http = record.http.and_then(|http| by_name(&http.container));
            http.ok_or_else(|| several(found.iter().map(|container| &container.name)).into())
        }
    }
}

/// Refuses a container that is not among those known.
pub fn unknown<'a>(name: &ContainerName, known: impl Iterator<Item = &'a str> + Clone) -> UserError {
    let message = nearest::unknown("there is no container", name.as_str(), known.clone());
    UserError::usage(message).hint(format!("there are: {}", known.collect::<Vec<_>>().join(", ")))
}

/// Asks for one of several containers.
pub fn several<'a>(names: impl Iterator<Item = &'a ContainerName>) -> UserError {
    let names: Vec<String> = names.map(ToString::to_string).collect();
    UserError::usage(format!("there are several containers: {}", names.join(", "))).hint("name one with --container")
}
