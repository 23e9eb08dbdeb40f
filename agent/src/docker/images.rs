//! Images by bollard: pulled or loaded without a time limit but never standing still, and proven by inspection.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bollard::errors::Error;
use bollard::query_parameters::{
    CreateImageOptionsBuilder, ImportImageOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptionsBuilder,
    TagImageOptionsBuilder,
};
use futures_util::{Stream, StreamExt as _};

use super::{CHANGE, Docker, LOOK, STALL, if_there, translate};
use crate::engine::facts::{EngineFacts, ImageFacts, ImageStore};
use crate::engine::{Archive, EngineError, Images};

#[async_trait]
impl Images for Docker {
    async fn describe(&self) -> Result<EngineFacts, EngineError> {
        let client = self.client().await?;
        let (version, info) = tokio::try_join!(
            self.call("tell its version", LOOK, async |client: &bollard::Docker| client.version().await),
            self.call("tell about itself", LOOK, async |client: &bollard::Docker| client.info().await),
        )?;
        let mut status = info.driver_status.iter().flatten().flatten();
        let by_containerd = status.any(|text| text.starts_with("io.containerd.snapshotter"));
        Ok(EngineFacts {
            version: version.version.unwrap_or_default(),
            api: client.client_version().to_string(),
            store: if by_containerd { ImageStore::Containerd } else { ImageStore::Classic },
            platform: format!("{}/{}", version.os.unwrap_or_default(), version.arch.unwrap_or_default()),
            root: info.docker_root_dir.unwrap_or_default().into(),
            log_drivers: info.plugins.and_then(|plugins| plugins.log).unwrap_or_default(),
            live_restore: info.live_restore_enabled.unwrap_or_default(),
        })
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>, EngineError> {
        let inspect = async |client: &bollard::Docker| if_there(client.inspect_image(reference).await);
        let found = self.call("inspect an image", LOOK, inspect).await?;
        Ok(found.map(|image| ImageFacts {
            id: image.id.unwrap_or_default(),
            diff_ids: image.root_fs.and_then(|root| root.layers).unwrap_or_default(),
            digests: image.repo_digests.unwrap_or_default(),
        }))
    }

    async fn every_image(&self) -> Result<Vec<String>, EngineError> {
        let options = ListImagesOptionsBuilder::default().build();
        let list = async |client: &bollard::Docker| client.list_images(Some(options)).await;
        let images = self.call("list images", LOOK, list).await?;
        Ok(images.into_iter().map(|image| image.id).collect())
    }

    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError> {
        let filters = HashMap::from([("reference".to_owned(), vec![repository.to_owned()])]);
        let options = ListImagesOptionsBuilder::default().filters(&filters).build();
        let list = async |client: &bollard::Docker| client.list_images(Some(options)).await;
        let images = self.call("list images", LOOK, list).await?;
        let names = images.into_iter().flat_map(|image| image.repo_tags);
        let tag = |name: String| Some(name.strip_prefix(repository)?.strip_prefix(':')?.to_owned());
        Ok(names.filter_map(tag).collect())
    }

    async fn pull(&self, repository: &str, digest: &str) -> Result<(), EngineError> {
        let options = CreateImageOptionsBuilder::default().from_image(repository).tag(digest).build();
        let lines = self.client().await?.create_image(Some(options), None, None);
        let lines = lines.map(|line| line.map(|_| ()));
        drain("pull the image", lines, &AtomicU64::new(0)).await
    }

    async fn load(&self, archive: Archive) -> Result<(), EngineError> {
        let moved = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&moved);
        let archive = archive.inspect(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let options = ImportImageOptionsBuilder::default().build();
        let lines = self.client().await?.import_image_stream(options, archive, None);
        let lines = lines.map(|line| line.map(|_| ()));
        drain("load the image", lines, &moved).await
    }

    async fn tag(&self, image: &str, repository: &str, tag: &str) -> Result<(), EngineError> {
        let options = TagImageOptionsBuilder::default().repo(repository).tag(tag).build();
        let tag = async |client: &bollard::Docker| client.tag_image(image, Some(options)).await;
        self.call("tag the image", LOOK, tag).await
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        let options = RemoveImageOptionsBuilder::default().build();
        let untag =
            async |client: &bollard::Docker| if_there(client.remove_image(reference, Some(options), None).await);
        self.call("untag the image", CHANGE, untag).await.map(|_| ())
    }
}

/// Hears everything the engine says until it is done. `moved` counts what it takes without saying anything.
async fn drain(
    call: &'static str,
    lines: impl Stream<Item = Result<(), Error>>,
    moved: &AtomicU64,
) -> Result<(), EngineError> {
    let mut lines = std::pin::pin!(lines);
    let mut seen = moved.load(Ordering::Relaxed);
    loop {
        match tokio::time::timeout(STALL, lines.next()).await {
            Ok(None) => return Ok(()),
            Ok(Some(Ok(()))) => {}
            Ok(Some(Err(error))) => return Err(translate(call, &error)),
            Err(_) if moved.load(Ordering::Relaxed) == seen => return Err(EngineError::Slow { call, limit: STALL }),
            Err(_) => seen = moved.load(Ordering::Relaxed),
        }
    }
}
