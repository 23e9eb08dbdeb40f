//! Publishes one image: from whatever source, as a stream, into the store.

pub(super) mod engine;

use std::path::Path;
use std::time::Instant;

use jetway_common::layout::ImageKeys;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::index::ImageIndex;
use super::published::{Published, Way};
use super::read::image_config::Chosen;
use super::read::input::SteadyFile;
use super::read::layer::LayerIntake;
use super::read::platform::ImagePlatform;
use super::read::{archive, contents, folder};
use super::recorder::{Recorder, Seen};
use super::refusal::{Failure, shown};
use super::source::Source;
use super::staging::{Staging, Taken, sweep};
use crate::error::{Exit, UserError};
use crate::platform::Store;
use crate::progress::Step;

/// What is wanted of an image.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `os/architecture`, where it is not that of this machine.
    pub platform: Option<String>,
}

/// Who watches a publish, and who may end it.
pub struct Watch<'a> {
    /// Where progress is shown.
    pub step: &'a Step,
    /// Cancelled to end the publish early; it then removes what it uploaded and fails.
    pub stop: &'a CancellationToken,
}

/// Publishes the image from `source`. When it fails, nobody finds anything of it in the store.
pub async fn publish(
    store: &dyn Store,
    images: &ImageKeys,
    source: &Source,
    wanted: &Wanted,
    watch: &Watch<'_>,
) -> anyhow::Result<Published> {
    let started = Instant::now();
    let publisher = Publisher { store, images, source, wanted: platform(wanted)?, watch, started };
    match source {
        Source::Engine(reference) => publisher.engine_image(reference).await,
        Source::Input => publisher.whole(|intake, wanted| read_archive(std::io::stdin(), intake, wanted), None).await,
        Source::Path(path) => publisher.path_image(path).await,
    }
}

struct Publisher<'a> {
    store: &'a dyn Store,
    images: &'a ImageKeys,
    source: &'a Source,
    wanted: ImagePlatform,
    watch: &'a Watch<'a>,
    started: Instant,
}

impl Publisher<'_> {
    fn recorder(&self) -> Recorder<'_> {
        let Self { store, images, source, watch, started, .. } = *self;
        Recorder { store, images, source, watch, started }
    }

    async fn path_image(&self, path: &Path) -> anyhow::Result<Published> {
        let owned = path.to_owned();
        if path.is_dir() {
            let read = move |mut intake, wanted: &_| folder::read(&owned, wanted, &mut intake);
            return self.whole(read, None).await;
        }
        let file = SteadyFile::open(path).map_err(|failure| self.refuse(&failure))?;
        let (total, witness) = (file.size(), file.witness().map_err(|failure| self.refuse(&failure))?);
        let read = move |intake, wanted: &_| {
            let chosen = read_archive(file, intake, wanted);
            witness.check().and(chosen)
        };
        self.whole(read, Some(total)).await
    }

    /// The image that an archive or a layout has.
    async fn whole<F>(&self, read: F, total: Option<u64>) -> anyhow::Result<Published>
    where
        F: FnOnce(LayerIntake, &ImagePlatform) -> Result<Chosen, Failure> + Send + 'static,
    {
        // What a prune is about to remove must not be found there already.
        ImageIndex::settled(self.store, self.images, self.watch).await?;
        self.stream(read, total, None, Way::Archive).await?.map_err(|failure| self.refuse(&failure))
    }

    /// The image that `read` reads.
    async fn stream<F>(
        &self,
        read: F,
        total: Option<u64>,
        seen: Option<Seen<'_>>,
        way: Way,
    ) -> anyhow::Result<Result<Published, Failure>>
    where
        F: FnOnce(LayerIntake, &ImagePlatform) -> Result<Chosen, Failure> + Send + 'static,
    {
        let mut staging = Staging::new(self.store, self.images);
        let taken = self.take(&mut staging, read, total).await;
        self.keep(staging, taken, seen, way).await
    }

    /// Reads an image to its end, the layers of which wait in `staging` then.
    async fn take<F>(
        &self,
        staging: &mut Staging<'_>,
        read: F,
        total: Option<u64>,
    ) -> anyhow::Result<Result<Taken, Failure>>
    where
        F: FnOnce(LayerIntake, &ImagePlatform) -> Result<Chosen, Failure> + Send + 'static,
    {
        let wanted = self.wanted.clone();
        let taken = staging.take(move |intake| read(intake, &wanted), total, self.watch);
        let (taken, swept) = tokio::join!(taken, sweep(self.store, self.images, Timestamp::now()));
        swept.and(taken)
    }

    /// Stores the image that was read, and removes what is left of its layers otherwise.
    async fn keep(
        &self,
        staging: Staging<'_>,
        taken: anyhow::Result<Result<Taken, Failure>>,
        seen: Option<Seen<'_>>,
        way: Way,
    ) -> anyhow::Result<Result<Published, Failure>> {
        let stored = match taken {
            Ok(Ok(taken)) => self.recorder().record(&staging, taken, seen, way).await.map(Ok),
            Ok(Err(failure)) => Ok(Err(failure)),
            Err(error) => Err(error),
        };
        let discarded = staging.discard().await;
        stored.and_then(|stored| discarded.map(|()| stored))
    }

    fn refuse(&self, failure: &Failure) -> anyhow::Error {
        let hint = if let Failure::Refused(refusal) = failure { refusal.hint() } else { None };
        let name = shown(&self.source.to_string());
        let error = UserError::usage(format!("cannot take the image from `{name}`: {}", reason(failure)));
        // An engine that stops sending is no wrong input.
        let is_engine = matches!((failure, self.source), (Failure::Unreadable(_), Source::Engine(_)));
        let exit = if is_engine { Exit::Failed } else { error.exit };
        UserError { hint, exit, ..error }.into()
    }
}

fn read_archive(
    reader: impl std::io::Read + Send,
    mut intake: LayerIntake,
    wanted: &ImagePlatform,
) -> Result<Chosen, Failure> {
    let contents = archive::read(reader, &mut intake)?;
    Ok(contents::image(&contents, wanted)?)
}

fn platform(wanted: &Wanted) -> anyhow::Result<ImagePlatform> {
    let Some(text) = &wanted.platform else { return Ok(ImagePlatform::of_this_machine()) };
    ImagePlatform::parse(text).ok_or_else(|| {
        let message = format!("`{}` is no platform: expected `os/architecture`", shown(text));
        UserError::usage(message).hint("for example `linux/amd64` or `linux/arm64`").into()
    })
}

fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Unreadable(error) if error.kind() == std::io::ErrorKind::NotFound => {
            "there is no such file".to_owned()
        }
        failure => failure.to_string(),
    }
}
