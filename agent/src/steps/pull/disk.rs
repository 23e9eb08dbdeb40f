//! Refuses a pull that would fill Docker's disk, with the numbers.

use std::collections::BTreeSet;

use jetway_common::image::{Layer, StoredImage};
use jetway_common::release::ReleaseRecord;

use super::make_room;
use super::usable::usable_layers;
use crate::disk::{FREE_SPACE, Room};
use crate::engine::facts::{EngineFacts, ImageStore};
use crate::error::StepError;
use crate::platform::Platform;
use crate::text::bytes;

/// What must stay free whatever happens.
const RESERVE: u64 = 512 * 1024 * 1024;
/// How many files and folders must be possible whatever happens. Nobody knows how many an image has before it is unpacked.
const RESERVED_INODES: u64 = 5_000;

/// Checks that the image fits, without the images that nobody uses if need be; a data folder that is not visible from here
/// is not judged.
pub(super) async fn check(
    platform: &Platform,
    record: &ReleaseRecord,
    engine: &EngineFacts,
    image: &StoredImage,
) -> Result<(), StepError> {
    let Some(room) = Room::at(&engine.root) else { return Ok(()) };
    // Most pulls fit anyway; only a tight one is worth asking Docker which layers it has.
    if Need::of(image, engine.store, &BTreeSet::new()).refusal(&room).is_none() {
        return Ok(());
    }
    let need = Need::of(image, engine.store, &usable_layers(platform, record, engine.store, image).await?);
    if need.refusal(&room).is_none() {
        return Ok(());
    }
    make_room(platform, record).await;
    let need = Need::of(image, engine.store, &usable_layers(platform, record, engine.store, image).await?);
    let Some(room) = Room::at(&engine.root) else { return Ok(()) };
    need.refusal(&room).map_or(Ok(()), Err)
}

/// The bytes that an image takes from the disk, of the layers that the engine lacks.
struct Need {
    unpacked: u64,
    copy: u64,
}

impl Need {
    /// Beside what it unpacks, the classic store keeps each layer as plain tar until it is unpacked; containerd's keeps the
    /// stored blobs for good.
    fn of(image: &StoredImage, store: ImageStore, present: &BTreeSet<String>) -> Self {
        let missing = || image.layers.iter().filter(|layer| !present.contains(layer.diff_id.as_str()));
        let sum = |size: fn(&Layer) -> u64| missing().map(size).fold(0, u64::saturating_add);
        let unpacked = sum(|layer| layer.plain_size);
        let copy = match store {
            ImageStore::Classic => unpacked,
            ImageStore::Containerd => sum(|layer| layer.size),
        };
        Self { unpacked, copy }
    }

    fn refusal(&self, room: &Room) -> Option<StepError> {
        let at = room.folder.display();
        let need = self.unpacked.saturating_add(self.copy).saturating_add(RESERVE);
        if room.bytes < need {
            let reason = format!(
                "not enough disk for the image: {} free at {at}, need {} ({} to unpack, {} for Docker's own copy, {} in reserve)",
                bytes(room.bytes),
                bytes(need),
                bytes(self.unpacked),
                bytes(self.copy),
                bytes(RESERVE)
            );
            return Some(StepError::never(reason).hint(FREE_SPACE));
        }
        let inodes = room.files.filter(|files| self.unpacked > 0 && *files < RESERVED_INODES)?;
        let reason = format!(
            "not enough inodes for the image: {inodes} free at {at}, need {RESERVED_INODES}; each file and folder takes one"
        );
        Some(
            StepError::never(reason)
                .hint(format!("remove files there, or make the file system anew with more: df -i {at}")),
        )
    }
}
