//! Has the engine push an image to this program, so that only the layers that the store lacks leave the engine.
//!
//! `docker save` gives whole images only, and writes them to Docker's disk first.

mod answers;
mod desk;
mod endpoint;
mod receive;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jetway_common::digest::Digest;
use jetway_common::image::Layer;
use jetway_common::layout::ImageKeys;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use self::desk::Desk;
use self::endpoint::Endpoint;
use self::receive::Receiver;
use super::index::ImageIndex;
use super::manifest::{AT_ONCE, known_layer};
use super::read::image_config::Chosen;
use super::read::input::ChannelReader;
use super::read::layer::LayerIntake;
use super::read::platform::ImagePlatform;
use super::refusal::Failure;
use crate::docker::Engine;
use crate::docker::about::ImageStore;
use crate::docker::images::EngineImage;
use crate::docker::push::Name;
use crate::platform::Store;

/// Docker compresses what it pushes, at about a quarter of the speed at which it saves.
const SMALL: u64 = 4;
/// How long the engine may take to end a push of which all has come: it then notes where it pushed to.
const ENDING: Duration = Duration::from_secs(30);

/// An image that has the name under which it is pushed here.
pub(crate) struct Handover<'a> {
    engine: &'a Engine,
    name: Name,
    receiver: Receiver,
    endpoint: Endpoint,
    over: DropGuard,
    ending: TaskTracker,
}

/// What is left of a handover once it has been read from.
pub(crate) struct Remains<'a> {
    engine: &'a Engine,
    name: Name,
    endpoint: Endpoint,
    over: DropGuard,
    /// The push that the engine still has to end.
    ending: TaskTracker,
}

impl<'a> Handover<'a> {
    /// Offers `image` to be pushed; none where the whole of it is better saved. Those of its layers in `known` are stored,
    /// and `index` is that of the store.
    pub(crate) async fn offer(
        door: Door<'a>,
        image: &EngineImage,
        known: &BTreeMap<Digest, Layer>,
        index: &ImageIndex,
    ) -> Option<Self> {
        let will_return = door.others.iter().any(|id| *id != image.id && index.has_engine_id(id));
        let most_known = most_known(image, known, &door.store, will_return)?;
        let diff_ids: Option<Vec<Digest>> = image.layers.iter().map(|layer| layer.parse().ok()).collect();
        let (diff_ids, known) = (diff_ids?, known.clone());
        let Door { engine, endpoint, desk, blobs, .. } = door;
        let name = endpoint.name(desk.tag());
        engine.name_image(&image.id, &name).await.ok()?;
        let over = CancellationToken::new();
        let guard = over.clone().drop_guard();
        let ending = TaskTracker::new();
        let receiver = Receiver {
            engine: engine.clone(),
            name: name.clone(),
            id: image.id.clone(),
            diff_ids,
            known,
            most_known,
            desk,
            blobs,
            over,
            ending: ending.clone(),
        };
        Some(Self { engine, name, receiver, endpoint, over: guard, ending })
    }

    /// What reads the image, and what has to be closed afterwards.
    pub(crate) fn split(
        self,
    ) -> (impl FnOnce(LayerIntake, &ImagePlatform) -> Result<Chosen, Failure> + Send + 'static, Remains<'a>) {
        let Self { engine, name, receiver, endpoint, over, ending } = self;
        (move |intake, wanted: &_| receiver.read(intake, wanted), Remains { engine, name, endpoint, over, ending })
    }
}

impl Remains<'_> {
    /// Ends the push, and takes the name away again. Whoever says `stop` waits for the engine no longer.
    pub(crate) async fn close(self, stop: &CancellationToken) -> anyhow::Result<()> {
        let Self { engine, name, endpoint, over, ending } = self;
        drop(over);
        ending.close();
        // A name that is taken away in the middle of a push would come back with its digest at the end of it.
        let _ = tokio::time::timeout(ENDING, stop.run_until_cancelled(ending.wait())).await;
        drop(endpoint);
        engine.forget_name(&name.reference()).await
    }
}

/// An endpoint that the engine has found.
pub(crate) struct Door<'a> {
    engine: &'a Engine,
    endpoint: Endpoint,
    desk: Arc<Desk>,
    blobs: mpsc::Receiver<ChannelReader>,
    /// How the engine stores images.
    store: ImageStore,
    /// The ids of all images that it has, where they matter.
    others: Vec<String>,
}

impl<'a> Door<'a> {
    /// Opens an endpoint for `image` and has the engine knock. To an engine on another machine, or in another container or
    /// virtual machine, 127.0.0.1 is something else, where the image must not go.
    pub(crate) async fn open(engine: &'a Engine, image: &EngineImage, wanted: &ImagePlatform) -> Option<Self> {
        let suits = ImagePlatform::parse(&image.platform).is_some_and(|platform| platform.suits(wanted));
        // With the last of its names, an image goes.
        if image.tags.is_empty() || !suits {
            return None;
        }
        let desk = Arc::new(Desk::new(crate::nonce::nonce()));
        let (endpoint, blobs) = Endpoint::open(Arc::clone(&desk)).await.ok()?;
        let name = endpoint.name(desk.tag());
        let (stock, ()) = tokio::join!(stock(engine), engine.ask_registry(&name));
        // An engine that lacks any of this, as podman may, is still one that saves.
        let (store, others) = stock.ok()?;
        desk.was_asked().then_some(Self { engine, endpoint, desk, blobs, store, others })
    }
}

/// Those of an image's layers that are stored.
pub(crate) async fn known_layers(
    store: &dyn Store,
    images: &ImageKeys,
    image: &EngineImage,
) -> anyhow::Result<BTreeMap<Digest, Layer>> {
    let diff_ids: Vec<Digest> = image.layers.iter().filter_map(|layer| layer.parse().ok()).collect();
    let found = diff_ids.iter().map(|diff_id| known_layer(store, images, diff_id));
    let found: Vec<Option<Layer>> = stream::iter(found).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().map(|layer| (layer.diff_id.clone(), layer)).collect())
}

/// How many bytes of layers that are stored the engine may compress all the same, as it never pushed or pulled them; none
/// where a save is faster from the start. Containerd's store sends layers as it has them, and saves no faster.
///
/// What is compressed once is never compressed again by the same engine. So one that `will_return` may take its time.
fn most_known(
    image: &EngineImage,
    known: &BTreeMap<Digest, Layer>,
    store: &ImageStore,
    will_return: bool,
) -> Option<u64> {
    if matches!(store, ImageStore::Containerd(_)) {
        return Some(u64::MAX);
    }
    let size = image.size?;
    let known_bytes: u64 = known.values().map(|layer| layer.plain_size).sum();
    let most_known = (size / SMALL).checked_sub(size.saturating_sub(known_bytes))?;
    Some(if will_return { u64::MAX } else { most_known })
}

/// How the engine stores images, and the ids of those that it has where they matter. Takes away the names that handovers
/// left which were killed: nobody listens on their ports.
async fn stock(engine: &Engine) -> anyhow::Result<(ImageStore, Vec<String>)> {
    let store = engine.about().await?.image_store;
    let images = match &store {
        ImageStore::Classic(_) => engine.images().await?,
        // It measures every image that it lists, which takes longer than all else here.
        ImageStore::Containerd(_) => engine.images_in(endpoint::REPOSITORIES).await?,
    };
    for name in images.iter().flat_map(|image| &image.tags) {
        let Some(port) = Endpoint::port_in(name) else { continue };
        if TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            engine.forget_name(name).await?;
        }
    }
    Ok((store, images.into_iter().map(|image| image.id).collect()))
}
