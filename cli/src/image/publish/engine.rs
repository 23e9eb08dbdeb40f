//! An image of a Docker engine: stored already, pushed to this program, or saved as a whole.

use std::ops::ControlFlow;
use std::pin::pin;

use futures_util::future::{self, Either, FutureExt as _};

use super::{Publisher, read_archive};
use crate::docker::Engine;
use crate::docker::images::EngineImage;
use crate::error::UserError;
use crate::image::handover::{Door, Handover, known_layers};
use crate::image::index::ImageIndex;
use crate::image::published::{Published, Way};
use crate::image::read::input::ChannelReader;
use crate::image::read::layer::LayerIntake;
use crate::image::recorder::Seen;
use crate::image::refusal::{Failure, shown};
use crate::image::source::Source;
use crate::image::staging::Staging;

impl Publisher<'_> {
    /// The image of this name.
    pub(super) async fn engine_image(&self, reference: &str) -> anyhow::Result<Published> {
        let found = pin!(self.find(reference));
        let index = pin!(ImageIndex::settled(self.store, self.images, self.watch));
        let (found, index) = match future::select(found, index).await {
            Either::Left((found, index)) => (found, index.left_future()),
            Either::Right((index, found)) => (found.await, future::ready(index).right_future()),
        };
        let (engine, image) = found?;
        // Neither the layers nor the door wait for more than they need: with S3, each answer takes a while.
        let known = known_layers(self.store, self.images, &image);
        let (known, opened) = tokio::join!(known, self.open(&engine, &image, index));
        let (index, door) = match opened? {
            ControlFlow::Break(published) => return Ok(published),
            ControlFlow::Continue(opened) => opened,
        };
        let mut warnings = Vec::new();
        let seen = Seen { image: &image, index, layers: known? };
        let handover = match door {
            Some(door) => Handover::offer(door, &image, &seen.layers, &seen.index).await,
            None => None,
        };
        if let Some(handover) = handover {
            match self.pushed(handover, seen.clone(), &mut warnings).await? {
                Ok(published) => return Ok(published.with_warnings(warnings)),
                Err(Failure::BetterSaved) => {}
                Err(failure) => {
                    let warning = "Docker saved the whole image, as a push of what is new failed";
                    warnings.push(format!("{warning}: {failure}"));
                }
            }
        }
        Ok(self.saved(&engine, seen).await?.with_warnings(warnings))
    }

    /// The engine, and the image that it has.
    async fn find(&self, reference: &str) -> anyhow::Result<(Engine, EngineImage)> {
        let engine = Engine::connect().await?;
        match engine.find_image(reference).await? {
            Some(image) => Ok((engine, image)),
            None => Err(not_found(&engine, reference).await.into()),
        }
    }

    /// The image as it is stored already; else the index, and the door that the engine found.
    async fn open<'e>(
        &self,
        engine: &'e Engine,
        image: &EngineImage,
        index: impl Future<Output = anyhow::Result<ImageIndex>>,
    ) -> anyhow::Result<ControlFlow<Published, (ImageIndex, Option<Door<'e>>)>> {
        let index = index.await?;
        if let Some(published) = self.recorder().already(&index, image, &self.wanted).await? {
            return Ok(ControlFlow::Break(published));
        }
        let door = Door::open(engine, image, &self.wanted).await;
        Ok(ControlFlow::Continue((index, door)))
    }

    /// The image as `docker save` gives it, in which nothing says of a layer which one it is before Docker 25.
    async fn saved(&self, engine: &Engine, seen: Seen<'_>) -> anyhow::Result<Published> {
        let mut known = seen.layers.clone();
        loop {
            let reader = ChannelReader::new(engine.save_image(&seen.image.id));
            let stored = std::mem::take(&mut known);
            let read = |intake: LayerIntake, wanted: &_| read_archive(reader, intake.knowing(stored), wanted);
            match self.stream(read, seen.image.size, Some(seen.clone()), Way::Save).await? {
                Err(Failure::Mistaken) => {}
                saved => return saved.map_err(|failure| self.refuse(&failure)),
            }
        }
    }

    /// The image as the engine pushes it, with the name taken away that this needs, however it ends.
    async fn pushed(
        &self,
        handover: Handover<'_>,
        seen: Seen<'_>,
        warnings: &mut Vec<String>,
    ) -> anyhow::Result<Result<Published, Failure>> {
        let (read, remains) = handover.split();
        let mut staging = Staging::new(self.store, self.images);
        let taken = self.take(&mut staging, read, None).await;
        let (published, closed) =
            tokio::join!(self.keep(staging, taken, Some(seen), Way::Push), remains.close(self.watch.stop));
        if let Err(error) = closed {
            warnings.push(format!("{error:#}; the next publish tries that again"));
        }
        published
    }
}

/// What is said of an image that `engine` does not have.
pub(crate) async fn not_found(engine: &Engine, reference: &str) -> UserError {
    if reference.trim().is_empty() {
        let error = UserError::usage("the name of the image is empty; nothing was changed");
        return error.hint("if it comes from a variable, look whether that is set");
    }
    let message = format!("the local Docker engine has no image `{}`; nothing was changed", shown(reference));
    let error = UserError::usage(message);
    let hint = match Source::path_hint(reference) {
        Some(hint) => Some(hint),
        None => engine.nearest_image(reference).await,
    };
    let get = || format!("build it with `docker build -t {0} .`, or get it with `docker pull {0}`", shown(reference));
    UserError { hint: hint.or_else(|| Some(get())), ..error }
}
