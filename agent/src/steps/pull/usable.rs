//! Which layers of an image the engine need not get, because it unpacked them for another image.

use std::collections::BTreeSet;

use jetway_common::image::StoredImage;
use jetway_common::release::ReleaseRecord;

use super::repository;
use crate::engine::EngineError;
use crate::engine::facts::ImageStore;
use crate::platform::Platform;

/// The layers that the engine need neither fetch nor unpack again: in containerd's store those of any image, as one that was baked
/// into the AMI; in Docker's own, those that it pulled, as this application's images were. A layer counts if all below it are the
/// same: engines know what they have unpacked by the chain ID.
pub(super) async fn usable_layers(
    platform: &Platform,
    record: &ReleaseRecord,
    store: ImageStore,
    wanted: &StoredImage,
) -> Result<BTreeSet<String>, EngineError> {
    let images = match store {
        ImageStore::Containerd => platform.engine.every_image().await?,
        ImageStore::Classic => {
            let repository = repository(&record.environment, &record.application);
            let tags = platform.engine.tags(&repository).await?;
            tags.into_iter().map(|tag| format!("{repository}:{tag}")).collect()
        }
    };
    let mut layers = BTreeSet::new();
    for image in images {
        let image = platform.engine.image(&image).await?;
        let both = wanted.layers.iter().zip(image.map(|image| image.diff_ids).unwrap_or_default());
        layers.extend(both.map_while(|(layer, diff_id)| (layer.diff_id.as_str() == diff_id).then_some(diff_id)));
    }
    Ok(layers)
}
