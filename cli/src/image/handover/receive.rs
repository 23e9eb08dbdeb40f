//! Takes what the engine pushes, on the thread that reads: first all that it finds worth sending, then what it still owes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

use anyhow::Context as _;
use jetway_common::digest::Digest;
use jetway_common::image::{LARGEST_JSON, Layer};
use oci_spec::image::ImageManifest;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::desk::Desk;
use crate::docker::Engine;
use crate::docker::push::Name;
use crate::image::read::archive::is_layer;
use crate::image::read::candidate::{Candidate, Pushed};
use crate::image::read::contents::Contents;
use crate::image::read::image_config::{Chosen, Picked, choose};
use crate::image::read::input::{ChannelReader, peek};
use crate::image::read::layer::LayerIntake;
use crate::image::read::oci::blob;
use crate::image::read::platform::ImagePlatform;
use crate::image::refusal::{Failure, Refusal};

/// The reader's end of a push.
pub(super) struct Receiver {
    pub(super) engine: Engine,
    pub(super) name: Name,
    /// The engine's name for the image's content.
    pub(super) id: String,
    /// The layers of the image, lowest first.
    pub(super) diff_ids: Vec<Digest>,
    /// Those of them that are stored.
    pub(super) known: BTreeMap<Digest, Layer>,
    /// How many bytes of stored layers, uncompressed, the engine may compress before the image is better saved.
    pub(super) most_known: u64,
    pub(super) desk: Arc<Desk>,
    pub(super) blobs: mpsc::Receiver<ChannelReader>,
    /// Cancelled when nobody wants the rest.
    pub(super) over: CancellationToken,
    /// Where a push ends of which all has come.
    pub(super) ending: TaskTracker,
}

/// What a push does next.
enum Event {
    Blob(ChannelReader),
    Named,
    End(anyhow::Result<Option<()>>),
    Over,
}

impl Receiver {
    /// The image, of which the layers that the store lacks are on their way there.
    ///
    /// Which layer is meant by a digest that an engine asks about is known only from the manifest, which comes last. So
    /// the first round says of every blob but the configuration that it is here; a layer that never was in any registry is
    /// sent unasked. Whatever that claims too much is asked for in a second round.
    pub(super) fn read(mut self, intake: LayerIntake, wanted: &ImagePlatform) -> Result<Chosen, Failure> {
        self.desk.count_in(&intake.meter);
        let mut intake = intake.knowing(self.known.clone());
        let known = self.known.values().map(|layer| (layer.diff_id.to_string(), Candidate::stored(layer)));
        let mut contents = Contents { layers: known.collect(), ..Contents::default() };
        let mut owed = BTreeSet::from([self.id.clone()]);
        let mut config = None;
        for _ in 0..2 {
            self.desk.ask_for(owed);
            self.round(&mut intake, &mut contents)?;
            let manifest = self.manifest()?;
            owed = self.owed(&manifest, &contents);
            config = Some(blob(&digest(manifest.config().digest())?));
            if owed.is_empty() {
                break;
            }
            // What was taken for a stored layer and is another comes now.
            intake = intake.knowing(BTreeMap::new());
        }
        let config = config.ok_or(Failure::Stopped)?;
        let layers = self.diff_ids.iter().map(ToString::to_string).collect();
        Ok(choose(&contents, Picked { config, layers, names: Vec::new() }, wanted)?)
    }

    /// One push, until nothing is owed any more or the engine has ended it.
    fn round(&mut self, intake: &mut LayerIntake, contents: &mut Contents) -> Result<(), Failure> {
        let (engine, name) = (self.engine.clone(), self.name.clone());
        let runtime = Handle::current();
        let mut push = AbortOnDropHandle::new(runtime.spawn(async move { engine.push_image(&name).await }));
        let mut is_named = false;
        loop {
            let next = async {
                tokio::select! {
                    biased;
                    () = self.over.cancelled() => Event::Over,
                    Some(reader) = self.blobs.recv() => Event::Blob(reader),
                    () = self.desk.named(), if !is_named => Event::Named,
                    ended = &mut push => Event::End(ended.context("the push ended unexpectedly").and_then(|ended| ended)),
                }
            };
            match runtime.block_on(next) {
                Event::Blob(reader) => self.take(reader, intake, contents)?,
                // What the engine does after that matters to its next push alone.
                Event::Named if self.owed(&self.manifest()?, contents).is_empty() => {
                    self.ending.spawn(push);
                    return Ok(());
                }
                Event::Named => is_named = true,
                Event::End(ended) => {
                    let ended = ended.map_err(|error| std::io::Error::other(format!("{error:#}")))?;
                    return ended.ok_or(Failure::BetterSaved);
                }
                Event::Over => return Err(Failure::Stopped),
            }
        }
    }

    fn take(
        &mut self,
        reader: ChannelReader,
        intake: &mut LayerIntake,
        contents: &mut Contents,
    ) -> Result<(), Failure> {
        let (first, reader) = peek(reader, 512)?;
        if is_layer(&first) {
            match intake.take_new(reader)? {
                Some(Pushed::New(layer)) => drop(contents.layers.insert(layer.diff_id.to_string(), layer)),
                Some(Pushed::Known(layer)) => {
                    self.most_known = self.most_known.checked_sub(layer.plain_size).ok_or(Failure::BetterSaved)?;
                }
                None => {}
            }
            return Ok(());
        }
        let mut document = Vec::new();
        reader.take(LARGEST_JSON as u64).read_to_end(&mut document)?;
        contents.documents.insert(blob(&Digest::of(&document)), document);
        Ok(())
    }

    /// The manifest of the image among those that came: an index has others beside it, for signatures and platforms.
    fn manifest(&self) -> Result<ImageManifest, Refusal> {
        let manifests = self.desk.manifests();
        let parsed = manifests.iter().filter_map(|bytes| ImageManifest::from_reader(&bytes[..]).ok());
        let mut fitting = parsed.filter(|manifest| {
            let is_artifact = |layer: &oci_spec::image::Descriptor| layer.media_type().to_string().contains("in-toto");
            manifest.layers().len() == self.diff_ids.len() && !manifest.layers().iter().any(is_artifact)
        });
        match (fitting.next(), fitting.next()) {
            (Some(manifest), None) => Ok(manifest),
            (None, _) => Err(Refusal::NoImage("what Docker pushed")),
            (Some(_), Some(_)) => Err(Refusal::ManyImages { count: manifests.len(), names: self.id.clone() }),
        }
    }

    /// The digests of the blobs that are needed and have not come.
    fn owed(&self, manifest: &ImageManifest, contents: &Contents) -> BTreeSet<String> {
        let layers = manifest.layers().iter().zip(&self.diff_ids);
        let owed = layers.filter(|(_, diff_id)| !contents.layers.contains_key(diff_id.as_str()));
        let mut owed: BTreeSet<String> = owed.map(|(layer, _)| layer.digest().to_string()).collect();
        let config = manifest.config().digest();
        if digest(config).is_ok_and(|config| !contents.has(&blob(&config))) {
            owed.insert(config.to_string());
        }
        owed
    }
}

fn digest(digest: &oci_spec::image::Digest) -> Result<Digest, Refusal> {
    digest.to_string().parse().map_err(|error| Refusal::json("the manifest", error))
}
