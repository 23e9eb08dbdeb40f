//! Moves one image: looks whether it is there, pulls it through the loopback endpoint, else loads it as an archive.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future;
use jetway_common::digest::Digest;
use jetway_common::image::{Layer, StoredImage};
use jetway_common::layout::ImageKeys;
use jetway_common::name::ContainerName;
use jetway_common::release::ReleaseRecord;

use super::usable::usable_layers;
use super::{disk, make_room, repository, tag_of};
use tokio::time::Instant;

use crate::archive::{archive, plain_manifest};
use crate::disk::{FREE_SPACE, Room};
use crate::engine::EngineError;
use crate::engine::facts::{EngineFacts, ImageFacts, ImageStore};
use crate::error::StepError;
use crate::layers::{Fault, Form, Layers};
use crate::platform::Platform;
use crate::registry::{Blob, Endpoint, Shelf};
use crate::reporter::Reporter;
use crate::text;

/// How often progress is written while bytes move.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// How many layers are begun before the engine asks: with their memory held, the smallest agent has room for one frame more.
const BEGUN: usize = 2;

/// One image on its way into the engine.
pub(super) struct Transfer<'a> {
    pub(super) platform: &'a Platform,
    pub(super) reporter: &'a Reporter,
    pub(super) record: &'a ReleaseRecord,
    pub(super) container: &'a ContainerName,
    pub(super) engine: &'a EngineFacts,
}

impl Transfer<'_> {
    /// The image as the engine has it, and what was done to get it there.
    pub(super) async fn bring(&self, image: &StoredImage) -> Result<(ImageFacts, String), StepError> {
        if let Some(found) = self.present(image).await? {
            return Ok((found, format!("{}: already in Docker", self.container)));
        }
        if image.platform != self.engine.platform {
            let (image, engine) = (&image.platform, &self.engine.platform);
            let reason = format!("the image of `{}` is for {image}, and Docker here runs {engine}", self.container);
            return Err(StepError::never(reason).hint(format!("build the image for {engine}")));
        }
        disk::check(self.platform, self.record, self.engine, image).await?;
        let note = match self.transfer(image).await {
            // Bytes can be wrong on their way; bytes that are wrong twice are wrong in the store.
            Err(Trouble::Damaged(reason)) => {
                tracing::warn!("{reason}; fetching it once more");
                self.transfer(image).await.map_err(Trouble::last)?
            }
            Err(Trouble::Full(reason)) => {
                tracing::warn!("{reason}; trying once more without the images that nobody uses");
                make_room(self.platform, self.record).await;
                self.transfer(image).await.map_err(Trouble::last)?
            }
            done => done.map_err(Trouble::last)?,
        };
        match self.present(image).await? {
            Some(found) => Ok((found, note)),
            None => Err(self.not_there(image)),
        }
    }

    /// The image if the engine has exactly this one, by any of the digests that it may use as an id.
    async fn present(&self, image: &StoredImage) -> Result<Option<ImageFacts>, StepError> {
        let plain = Digest::of(&plain_manifest(image));
        let look = async |id: &Digest| {
            let found = self.platform.engine.image(id.as_str()).await?;
            Ok::<_, StepError>(found.filter(|found| is_same(found, id, image)))
        };
        let (config, manifest, plain) = tokio::try_join!(look(&image.config), look(&image.manifest), look(&plain))?;
        Ok(config.or(manifest).or(plain))
    }

    fn repository(&self) -> String {
        repository(&self.record.environment, &self.record.application)
    }

    fn not_there(&self, image: &StoredImage) -> StepError {
        let config = image.config.short();
        StepError::later(format!("Docker took the image of `{}` but does not show it: want {config}", self.container))
            .hint("look at Docker's own log: journalctl -u docker")
    }

    async fn transfer(&self, image: &StoredImage) -> Result<String, Trouble> {
        let keys = ImageKeys::new(&self.record.application);
        let layers = Layers::new(Arc::clone(&self.platform.store), keys);
        let work = async {
            tokio::select! {
                done = self.pull_or_load(image, &layers) => done,
                never = self.begin_lowest(image, &layers) => match never {},
            }
        };
        let done = self.with_notes(image, &layers, work).await;
        let way = match (layers.take_fault(), done) {
            (Some(Fault::Damaged(reason)), _) => return Err(Trouble::Damaged(reason)),
            (Some(Fault::Store(error)), _) => return Err(Trouble::Other(error.into())),
            (None, Some(Err(error))) => return Err(self.explain(error)),
            (None, Some(Ok(way))) => way,
            (None, None) => return Err(Trouble::Other(StepError::later("the pull was broken off"))),
        };
        let distinct: BTreeSet<_> = image.layers.iter().map(|layer| &layer.diff_id).collect();
        let (bytes, moved) = (text::bytes(layers.fetched()), layers.moved());
        let present = distinct.len().saturating_sub(moved);
        Ok(format!(
            "{}: fetched {bytes}, {} {way}, {present} already in Docker",
            self.container,
            text::count(moved, "layer")
        ))
    }

    async fn pull_or_load(&self, image: &StoredImage, layers: &Arc<Layers>) -> Result<&'static str, EngineError> {
        let (digest, offer) = self.shelf(image, layers);
        let opened = Endpoint::open(&self.record.application, offer).await;
        let endpoint = opened.map_err(|error| EngineError::Away(format!("no port on 127.0.0.1: {error}")))?;
        let pulled = self.platform.engine.pull(&endpoint.repository(), &digest).await;
        let Err(error) = pulled else { return Ok("pulled") };
        if error.is_away() || endpoint.requests() > 0 {
            return Err(error);
        }
        tracing::info!(%error, "Docker cannot pull from here, so the image is loaded as an archive");
        let reference = format!("{}:{}", self.repository(), tag_of(self.record, self.container));
        self.platform.engine.load(archive(image, &reference, layers)).await?;
        Ok("loaded")
    }

    fn form(&self) -> Form {
        match self.engine.store {
            ImageStore::Classic => Form::Plain,
            ImageStore::Containerd => Form::Stored,
        }
    }

    /// Begins to fetch the lowest layers that the engine lacks, which it will ask for first; then waits for the pull to end.
    async fn begin_lowest(&self, image: &StoredImage, layers: &Arc<Layers>) -> Infallible {
        if let Ok(usable) = usable_layers(self.platform, self.record, self.engine.store, image).await {
            let is_usable = |(_, layer): &(usize, &Layer)| usable.contains(layer.diff_id.as_str());
            let missing = image.layers.iter().enumerate().skip_while(is_usable);
            let begin = |(position, layer)| layers.begin(position, layer, self.form());
            future::join_all(missing.take(BEGUN).map(begin)).await;
        }
        future::pending().await
    }

    /// What the endpoint offers, and the digest of the manifest to ask it for.
    fn shelf(&self, image: &StoredImage, layers: &Arc<Layers>) -> (String, Shelf) {
        let form = self.form();
        let manifest = match form {
            Form::Plain => plain_manifest(image),
            Form::Stored => image.manifest_bytes.clone(),
        };
        let digest = Digest::of(&manifest).to_string();
        let blob = |(position, layer): (usize, &Layer)| {
            let digest = if form == Form::Plain { &layer.diff_id } else { &layer.digest };
            (digest.to_string(), Blob::Layer(position, layer.clone(), form))
        };
        let config = (image.config.to_string(), Blob::Bytes(image.config_bytes.clone().into()));
        // Of a layer that the image has twice, the lower position counts, which comes last.
        let blobs = image.layers.iter().enumerate().rev().map(blob).chain([config]).collect();
        let manifests = HashMap::from([(digest.clone(), Bytes::from(manifest))]);
        (digest, Shelf { manifests, blobs, layers: Arc::clone(layers) })
    }

    fn explain(&self, error: EngineError) -> Trouble {
        if !error.is_full() {
            return Trouble::Other(error.into());
        }
        // What Docker gave back after its failure counts as well, and tells whether bytes or files are short.
        let room = Room::at(&self.engine.root).map_or(String::new(), |room| format!("; {room} now"));
        Trouble::Full(format!("{error}{room}"))
    }

    /// The outcome of `work`, with progress in the report meanwhile; none when a layer turned out to be wrong.
    async fn with_notes<T>(&self, image: &StoredImage, layers: &Layers, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        let mut ticks = tokio::time::interval_at(Instant::now() + NOTE_EVERY, NOTE_EVERY);
        let mut last = 0;
        let size = text::bytes(image.layers.iter().map(|layer| layer.size).sum());
        loop {
            tokio::select! {
                done = &mut work => return Some(done),
                () = layers.faulted() => return None,
                _ = ticks.tick() => {
                    let fetched = layers.fetched();
                    if fetched != last {
                        last = fetched;
                        let fetched = text::bytes(fetched);
                        self.reporter.note(format!("{}: {fetched} of at most {size}", self.container));
                    }
                }
            }
        }
    }
}

/// Why a transfer did not work, as far as it matters for what to do next.
enum Trouble {
    Damaged(String),
    /// Docker's disk is full.
    Full(String),
    Other(StepError),
}

impl Trouble {
    fn last(self) -> StepError {
        match self {
            Self::Damaged(reason) => StepError::never(reason).hint("push the image again, then deploy again"),
            Self::Full(reason) => StepError::never(reason).hint(FREE_SPACE),
            Self::Other(error) => error,
        }
    }
}

fn is_same(found: &ImageFacts, id: &Digest, image: &StoredImage) -> bool {
    let layers = image.layers.iter().map(|layer| layer.diff_id.as_str());
    // The id commits to the configuration; the layers show that the engine really unpacked what it names.
    found.id.ends_with(id.hex()) && found.diff_ids.iter().map(String::as_str).eq(layers)
}

#[cfg(test)]
mod tests;
