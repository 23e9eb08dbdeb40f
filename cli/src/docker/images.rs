//! Images of the local Docker engine: found by name, saved as a stream.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::ListImagesOptions;
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::Engine;
use super::failure::refused;
use crate::nearest::nearest;

/// Docker writes the whole image to its disk before it sends the first byte.
const SAVE_TIMEOUT: Duration = Duration::from_hours(1);
/// How many pieces of the stream wait for the reader; each has some 64 kB.
const PIECES: usize = 64;

/// An image as the engine knows it.
#[derive(Debug, Clone)]
pub struct EngineImage {
    /// The engine's name for its content: the digest of the configuration, or of the manifest in the containerd store.
    pub id: String,
    /// Its size in bytes, as far as the engine tells.
    pub size: Option<u64>,
    /// Whether the image says what to run.
    pub has_command: bool,
    /// Its tags; the one that was asked for comes first.
    pub tags: Vec<String>,
    /// `os/architecture`, and the variant where there is one.
    pub platform: String,
    /// The digests of its layers, uncompressed, lowest first.
    pub layers: Vec<String>,
}

/// One of the images that the engine has.
#[derive(Debug, Clone)]
pub struct ListedImage {
    /// The engine's name for its content.
    pub id: String,
    /// Its tags; an image that was built anew leaves the one before without any.
    pub tags: Vec<String>,
}

impl Engine {
    /// All images but those that are only steps of a build.
    pub async fn images(&self) -> anyhow::Result<Vec<ListedImage>> {
        self.listed(ListImagesOptions::default()).await
    }

    /// Those that have a name in repositories of this form, in which `*` stands for anything but `/`.
    pub async fn images_in(&self, repositories: &str) -> anyhow::Result<Vec<ListedImage>> {
        let filters = HashMap::from([("reference".to_owned(), vec![repositories.to_owned()])]);
        self.listed(ListImagesOptions { filters: Some(filters), ..ListImagesOptions::default() }).await
    }

    async fn listed(&self, which: ListImagesOptions) -> anyhow::Result<Vec<ListedImage>> {
        let images = self.docker.list_images(Some(which)).await.map_err(refused("list its images"))?;
        Ok(images.into_iter().map(|image| ListedImage { id: image.id, tags: image.repo_tags }).collect())
    }

    /// The image of this name or id, if the engine has it.
    pub async fn find_image(&self, reference: &str) -> anyhow::Result<Option<EngineImage>> {
        let image = match self.docker.inspect_image(reference).await {
            // Docker sends whoever asks for what cannot be a name, such as an empty one, to another path.
            Err(Error::DockerResponseServerError { status_code: 404 | 400 | 301, .. }) => return Ok(None),
            image => image?,
        };
        let Some(id) = image.id else { return Ok(None) };
        let is_set = |list: Option<&Vec<String>>| list.is_some_and(|list| !list.is_empty());
        let has_command =
            image.config.as_ref().is_some_and(|run| is_set(run.entrypoint.as_ref()) || is_set(run.cmd.as_ref()));
        let mut tags = image.repo_tags.unwrap_or_default();
        let latest = format!("{reference}:latest");
        // The agent's own tags say nothing to people.
        tags.sort_by_key(|tag| (tag != reference && *tag != latest, tag.starts_with("jetway/")));
        let platform = [image.os, image.architecture, image.variant].into_iter().flatten();
        let platform: Vec<String> = platform.filter(|part| !part.is_empty()).collect();
        Ok(Some(EngineImage {
            id,
            size: image.size.and_then(|size| u64::try_from(size).ok()),
            has_command,
            tags,
            platform: platform.join("/"),
            layers: image.root_fs.and_then(|root| root.layers).unwrap_or_default(),
        }))
    }

    /// The image as `docker save` writes it, in pieces. The stream ends when its receiver is dropped.
    pub fn save_image(&self, id: &str) -> mpsc::Receiver<io::Result<Bytes>> {
        let (sender, receiver) = mpsc::channel(PIECES);
        let (docker, id) = (self.docker.clone().with_timeout(SAVE_TIMEOUT), id.to_owned());
        tokio::spawn(async move {
            let mut stream = Box::pin(docker.export_image(&id));
            while let Some(piece) = stream.next().await {
                let piece =
                    piece.map_err(|error| io::Error::other(format!("Docker stopped sending the image: {error}")));
                if sender.send(piece).await.is_err() {
                    return;
                }
            }
        });
        receiver
    }

    /// What to say to a user whose image is not there: which of the engine's images has the nearest name.
    pub async fn nearest_image(&self, reference: &str) -> Option<String> {
        let names = self.images().await.ok()?.into_iter().flat_map(|image| image.tags);
        let names: Vec<String> = names.filter(|name| !name.contains("<none>")).collect();
        let nearest = |name: &str| nearest(name, names.iter().map(String::as_str));
        let nearest = nearest(reference).or_else(|| nearest(&format!("{reference}:latest")))?;
        Some(format!("it has `{nearest}`"))
    }
}
