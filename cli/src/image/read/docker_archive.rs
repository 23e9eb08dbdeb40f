//! The image that the manifest.json of a `docker save` archive names.

use serde::Deserialize;

use super::contents::{Contents, json};
use super::image_config::Picked;
use crate::image::refusal::Refusal;

pub(crate) const MANIFEST: &str = "manifest.json";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an image")]
struct Item {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// The one image of the archive.
pub(crate) fn find(contents: &Contents) -> Result<Picked, Refusal> {
    let bytes = contents.named_document(MANIFEST)?;
    let items: Option<Vec<Item>> = json(MANIFEST, bytes)?;
    let items = items.unwrap_or_default();
    let item = match items.as_slice() {
        [] => return Err(Refusal::NoImage(MANIFEST)),
        [item] => item,
        many => {
            let names = many.iter().map(|item| item.repo_tags.iter().flatten().next().unwrap_or(&item.config));
            let names: Vec<String> = names.map(|name| crate::image::refusal::shown(name)).take(10).collect();
            return Err(Refusal::ManyImages { count: many.len(), names: names.join(", ") });
        }
    };
    let layers = item.layers.clone().unwrap_or_default();
    let names = item.repo_tags.clone().unwrap_or_default();
    Ok(Picked { config: item.config.clone(), layers, names })
}
