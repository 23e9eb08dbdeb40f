//! stub
use crate::session::Session;
use jetway_common::layout::ImageKeys;
use jetway_common::manifest::ContainerEntry;
use jetway_common::release::ImagePin;
/// stub
pub async fn image(_s: &Session, _k: &ImageKeys, _source: &str, _e: &ContainerEntry) -> anyhow::Result<ImagePin> {
    anyhow::bail!("stub")
}
