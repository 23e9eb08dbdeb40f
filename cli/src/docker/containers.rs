//! Finds an application's containers by their labels.

use std::collections::HashMap;

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum};
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptions};
use jetway_common::container::{APPLICATION, CONTAINER, ENVIRONMENT, RELEASE};
use jetway_common::name::{ContainerName, ReleaseName};

use super::Engine;
use super::failure::{is_missing, refused};
use crate::session::Target;

/// A container of a release; one-off containers are not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Docker's id.
    pub id: String,
    /// Its name within the release.
    pub name: ContainerName,
    /// The release it is of.
    pub release: ReleaseName,
    /// Docker's id of its image.
    pub image: String,
    /// Whether its program runs just now.
    pub is_running: bool,
}

impl Engine {
    /// All containers of the target's releases, by name, the newest release first.
    pub async fn containers(&self, target: &Target) -> anyhow::Result<Vec<Found>> {
        let labels = vec![
            format!("{ENVIRONMENT}={}", target.environment),
            format!("{APPLICATION}={}", target.application),
            CONTAINER.to_owned(),
        ];
        let filters = Some(HashMap::from([("label".to_owned(), labels)]));
        let options = ListContainersOptions { all: true, filters, ..ListContainersOptions::default() };
        let listed = self.docker.list_containers(Some(options)).await.map_err(refused("list containers"))?;
        let mut found: Vec<Found> = listed.into_iter().filter_map(found).collect();
        found.sort_by(|a, b| (&a.name, b.release, &a.id).cmp(&(&b.name, a.release, &b.id)));
        Ok(found)
    }

    /// Whether the container is there, in whatever state.
    pub(super) async fn exists(&self, id: &str) -> anyhow::Result<bool> {
        match self.docker.inspect_container(id, None::<InspectContainerOptions>).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(refused("inspect a container")(error)),
        }
    }

    /// Whether the container is there and either runs or is about to be started again.
    pub async fn is_alive(&self, id: &str) -> anyhow::Result<bool> {
        match self.docker.inspect_container(id, None::<InspectContainerOptions>).await {
            Ok(container) => {
                let state = container.state.unwrap_or_default();
                Ok(state.running == Some(true) || state.restarting == Some(true))
            }
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(refused("inspect a container")(error)),
        }
    }
}

/// What lacks a label, or has one that no agent wrote, is somebody else's.
fn found(summary: ContainerSummary) -> Option<Found> {
    let labels = summary.labels?;
    Some(Found {
        id: summary.id?,
        name: labels.get(CONTAINER)?.parse().ok()?,
        release: labels.get(RELEASE)?.parse().ok()?,
        image: summary.image_id?,
        is_running: summary.state == Some(ContainerSummaryStateEnum::RUNNING),
    })
}
