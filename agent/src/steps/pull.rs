//! Gets the images of the release into the engine by content. The proof is inspection, never a status code.

use std::collections::BTreeMap;

use jetway_common::image::{LARGEST_JSON, StoredImage};
use jetway_common::layout::ImageKeys;
use jetway_common::name::{ApplicationName, ContainerName, EnvironmentName, ReleaseName};
use jetway_common::release::{ImagePin, ReleaseRecord};
use jetway_common::report::EngineReport;

use crate::engine::facts::EngineFacts;
use crate::error::StepError;
use crate::platform::Platform;
use crate::predecessors::{Kin, Survey};
use crate::reporter::Reporter;

mod disk;
mod transfer;
mod usable;

use transfer::Transfer;

/// Proof that the engine has every image of the release.
#[derive(Clone, Default)]
pub struct Images(BTreeMap<ContainerName, EngineImage>);

/// One image as the engine has it.
#[derive(Clone)]
pub struct EngineImage {
    /// The engine's id of it.
    pub id: String,
    /// The user that the image says its process runs as; empty for root.
    pub user: String,
}

impl Images {
    /// The image of one container; every container of the release has one.
    pub fn get(&self, container: &ContainerName) -> Result<&EngineImage, StepError> {
        self.0.get(container).ok_or_else(|| StepError::never(format!("container `{container}` has no image")))
    }
}

/// Brings every image of the release into the engine, unless it is there.
pub async fn pull(platform: &Platform, reporter: &Reporter, record: &ReleaseRecord) -> Result<Images, StepError> {
    let (engine, stored) = tokio::join!(ask_engine(platform, reporter), stored_images(platform, record));
    // An engine that is away is what people wait for, whatever else is wrong.
    let (engine, stored) = (engine?, stored?);
    let mut images = Images::default();
    let mut notes = Vec::new();
    let mut done: BTreeMap<String, EngineImage> = BTreeMap::new();
    for (container, image) in record.containers.keys().zip(&stored) {
        let (id, digests) = if let Some(known) = done.get(image.manifest.as_str()) {
            (known.id.clone(), Vec::new())
        } else {
            let transfer = Transfer { platform, reporter, record, container, engine: &engine };
            let (found, note) = transfer.bring(image).await?;
            notes.push(note);
            (found.id, found.digests)
        };
        let repository = repository(&record.environment, &record.application);
        platform.engine.tag(&id, &repository, &tag_of(record, container)).await?;
        forget_endpoint(platform, &record.application, &digests).await;
        let brought = EngineImage { id, user: user_of(image) };
        done.insert(image.manifest.to_string(), brought.clone());
        images.0.insert(container.clone(), brought);
    }
    reporter.images(record.containers.iter().map(|(name, c)| (name.clone(), c.image.manifest.clone())).collect());
    reporter.note(notes.join("; "));
    Ok(images)
}

/// The repository under which the images of this application are tagged.
pub fn repository(environment: &EnvironmentName, application: &ApplicationName) -> String {
    format!("jetway/{environment}/{application}")
}

/// The tag of one container's image: it keeps the image from being pruned, and tells people whose it is.
pub fn tag_of(record: &ReleaseRecord, container: &ContainerName) -> String {
    format!("{}-{container}", record.release)
}

async fn ask_engine(platform: &Platform, reporter: &Reporter) -> Result<EngineFacts, StepError> {
    // Said before the question: an engine that hangs does not answer it at all.
    reporter.note("waiting for Docker");
    let mut error = match platform.engine.describe().await {
        Ok(engine) => {
            let store = engine.store.as_str().to_owned();
            reporter.engine(EngineReport { version: engine.version.clone(), api: engine.api.clone(), store });
            return Ok(engine);
        }
        Err(error) => StepError::from(error),
    };
    let said = platform.host.wake_engine().await.map(|said| format!(" ({said})")).unwrap_or_default();
    error.reason = format!("waiting for Docker: {}{said}", error.reason);
    Err(error)
}

/// What the store says of the image of each container, in the order of the containers.
async fn stored_images(platform: &Platform, record: &ReleaseRecord) -> Result<Vec<StoredImage>, StepError> {
    let images = record.containers.values().map(|container| stored_image(platform, record, &container.image));
    futures_util::future::try_join_all(images).await
}

async fn stored_image(platform: &Platform, record: &ReleaseRecord, pin: &ImagePin) -> Result<StoredImage, StepError> {
    let keys = ImageKeys::new(&record.application);
    let never =
        |error: jetway_common::image::ImageError| StepError::never(format!("image `{}`: {error}", pin.reference));
    let missing = |what: &str| StepError::never(format!("image `{}`: its {what} is not in the store", pin.reference));
    let read = async |digest| platform.store.get(&keys.blob(digest), LARGEST_JSON).await;
    let (manifest, config_bytes) = tokio::try_join!(read(&pin.manifest), read(&pin.config))?;
    let manifest = manifest.ok_or_else(|| missing("manifest"))?;
    let config = StoredImage::config_of(&pin.manifest, &manifest).map_err(never)?;
    if config != pin.config {
        let reason = format!("image `{}` has configuration {config}, the release pins {}", pin.reference, pin.config);
        return Err(StepError::never(reason));
    }
    let config_bytes = config_bytes.ok_or_else(|| missing("configuration"))?;
    StoredImage::new(&pin.manifest, &manifest, config_bytes).map_err(never)
}

fn user_of(image: &StoredImage) -> String {
    let config = oci_spec::image::ImageConfiguration::from_reader(&image.config_bytes[..]).ok();
    config.as_ref().and_then(|all| all.config().as_ref()?.user().clone()).unwrap_or_default()
}

/// Takes away the references to the endpoint's port, which is closed by now: they would only confuse people.
async fn forget_endpoint(platform: &Platform, application: &ApplicationName, digests: &[String]) {
    let repository = format!("/{application}@");
    let is_ours = |reference: &&String| reference.starts_with("127.0.0.1:") && reference.contains(&repository);
    for reference in digests.iter().filter(is_ours) {
        if let Err(error) = platform.engine.untag(reference).await {
            tracing::debug!(%error, reference, "not untagged");
        }
    }
}

/// Whether the engine still has all of these images.
pub async fn are_present(platform: &Platform, images: &Images) -> Result<bool, StepError> {
    for image in images.0.values() {
        if platform.engine.image(&image.id).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes the tags from the images of all of the application's releases but `keep` and the one before our `own`, so that
/// Docker can drop them.
pub async fn forget_images(platform: &Platform, repository: &str, own: Option<ReleaseName>, keep: &[ReleaseName]) {
    let tags = platform.engine.tags(repository).await.unwrap_or_default();
    for tag in forgettable(&tags, own, keep) {
        if let Err(error) = platform.engine.untag(&format!("{repository}:{tag}")).await {
            tracing::debug!(%error, tag, "an old image was not forgotten");
        }
    }
}

/// Gives up the images of the application that no container here is made from, because the disk is full: the store has them.
async fn make_room(platform: &Platform, record: &ReleaseRecord) {
    let Ok(survey) = Survey::take(platform, &Kin::of(record)).await else { return };
    let keep: Vec<_> = survey.others.keys().copied().chain([record.release]).collect();
    tracing::info!("making room on Docker's disk");
    forget_images(platform, &repository(&record.environment, &record.application), None, &keep).await;
}

/// The tags of releases that nobody goes back to at once. The newest one before ours is what a rollback wants, even when
/// a later release has failed and its containers are long gone.
fn forgettable<'a>(tags: &'a [String], own: Option<ReleaseName>, keep: &[ReleaseName]) -> Vec<&'a str> {
    let release_of = |tag: &str| tag.split('-').next().and_then(|release| release.parse::<ReleaseName>().ok());
    let before = own.and_then(|own| tags.iter().filter_map(|tag| release_of(tag)).filter(|found| *found < own).max());
    let is_kept = |release| keep.contains(&release) || [own, before].contains(&Some(release));
    let tags = tags.iter().map(String::as_str);
    tags.filter(|tag| release_of(tag).is_some_and(|release| !is_kept(release))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_images_those_of_the_release_before_and_those_still_here_are_kept() {
        let release = |name: &str| name.parse::<ReleaseName>().unwrap();
        for (tags, own, keep, forgotten) in [
            // v4 has failed; v3 serves again, and v2 is what a rollback would want.
            ("v2-web v3-web v3-worker v4-web v1-web", "v3", "", "v4-web v1-web"),
            ("v9-web v10-web v11-web", "v11", "", "v9-web"),
            ("v3-web v5-web v2-web", "v3", "v5", ""),
            ("v3-web latest v2", "", "", "v3-web v2"),
        ] {
            let tags: Vec<String> = tags.split(' ').map(str::to_owned).collect();
            let keep: Vec<_> = keep.split_terminator(' ').map(release).collect();
            let own = (!own.is_empty()).then(|| release(own));
            assert_eq!(forgettable(&tags, own, &keep).join(" "), forgotten, "{tags:?}");
        }
    }
}
