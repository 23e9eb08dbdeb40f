//! Refuses a pull that would fill Docker's disk, with the numbers.

use std::collections::BTreeSet;

use jetway_common::image::StoredImage;
use jetway_common::release::ReleaseRecord;

use super::repository;
use crate::disk::{FREE_SPACE, Room};
use crate::engine::facts::EngineFacts;
use crate::error::StepError;
use crate::platform::Platform;
use crate::text::bytes;

/// What must stay free whatever happens.
const RESERVE: u64 = 512 * 1024 * 1024;

/// Checks that the image fits; a data folder that is not visible from here is not judged.
pub(super) async fn check(
    platform: &Platform,
    record: &ReleaseRecord,
    engine: &EngineFacts,
    image: &StoredImage,
) -> Result<(), StepError> {
    let Some(Room { bytes: free, .. }) = Room::at(&engine.root) else { return Ok(()) };
    // Most pulls fit anyway; only a tight one is worth asking Docker which layers it has.
    if free >= need(image, &BTreeSet::new()) {
        return Ok(());
    }
    let present = own_layers(platform, record).await?;
    let need = need(image, &present);
    if free >= need {
        return Ok(());
    }
    let unpacked = (need - RESERVE) / 2;
    let reason = format!(
        "not enough disk for the image: {} free at {}, need {} ({} to unpack, as much for Docker's own copy, {} in reserve)",
        bytes(free),
        engine.root.display(),
        bytes(need),
        bytes(unpacked),
        bytes(RESERVE)
    );
    Err(StepError::never(reason).hint(FREE_SPACE))
}

fn need(image: &StoredImage, present: &BTreeSet<String>) -> u64 {
    let missing = image.layers.iter().filter(|layer| !present.contains(layer.diff_id.as_str()));
    missing.map(|layer| layer.plain_size).sum::<u64>().saturating_mul(2).saturating_add(RESERVE)
}

/// The layers of this application's images that the engine has already.
async fn own_layers(platform: &Platform, record: &ReleaseRecord) -> Result<BTreeSet<String>, StepError> {
    let repository = repository(&record.environment, &record.application);
    let mut layers = BTreeSet::new();
    for tag in platform.engine.tags(&repository).await? {
        let image = platform.engine.image(&format!("{repository}:{tag}")).await?;
        layers.extend(image.into_iter().flat_map(|image| image.diff_ids));
    }
    Ok(layers)
}
