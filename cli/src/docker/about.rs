//! What the Docker engine says about itself.

use super::Engine;
use super::failure::refused;

/// The engine that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its version.
    pub version: String,
    /// The API version that was agreed on.
    pub api: String,
    /// How it stores images.
    pub image_store: ImageStore,
}

/// How the engine stores images; it decides what an image id is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageStore {
    /// Docker's own, with this storage driver.
    Classic(String),
    /// containerd's, with this snapshotter.
    Containerd(String),
}

impl Engine {
    /// What the engine says about itself.
    pub async fn about(&self) -> anyhow::Result<About> {
        let info = self.docker.info().await.map_err(refused("tell about itself"))?;
        let driver = info.driver.unwrap_or_else(|| "unknown".to_owned());
        let mut status = info.driver_status.into_iter().flatten().flatten();
        let is_containerd = status.any(|text| text.starts_with("io.containerd.snapshotter"));
        Ok(About {
            version: info.server_version.unwrap_or_else(|| "unknown".to_owned()),
            api: self.docker.client_version().to_string(),
            image_store: if is_containerd { ImageStore::Containerd(driver) } else { ImageStore::Classic(driver) },
        })
    }
}
