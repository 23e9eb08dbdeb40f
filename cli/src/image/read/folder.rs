//! Reads an image from an OCI layout folder: only the parts of the image that is wanted.

use std::io::Read as _;
use std::path::Path;

use jetway_common::digest::Digest;

use super::contents::{Contents, LARGEST_DOCUMENT};
use super::image_config::{Chosen, ImageConfig, choose};
use super::input::{Counted, SteadyFile};
use super::layer::LayerIntake;
use super::oci::{self, Documents};
use super::platform::ImagePlatform;
use crate::image::refusal::{Failure, Refusal, shown};

struct Folder<'a>(&'a Path);

impl Documents for Folder<'_> {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let path = self.0.join(name);
        if !path.exists() {
            return Ok(None);
        }
        let file = SteadyFile::open(&path).map_err(|failure| Refusal::json(name, failure))?;
        let mut bytes = Vec::new();
        file.take(LARGEST_DOCUMENT + 1).read_to_end(&mut bytes).map_err(|error| Refusal::json(name, error))?;
        let too_large = bytes.len() as u64 > LARGEST_DOCUMENT;
        if too_large {
            Err(Refusal::json(name, format!("it has more than {LARGEST_DOCUMENT} bytes")))
        } else {
            Ok(Some(bytes))
        }
    }
}

/// The image for `wanted` in the layout at `path`. Its layers are on their way to the store when this returns.
pub(crate) fn read(path: &Path, wanted: &ImagePlatform, intake: &mut LayerIntake) -> Result<Chosen, Failure> {
    let folder = Folder(path);
    if folder.read(oci::INDEX)?.is_none() {
        return Err(Refusal::NoLayout.into());
    }
    let picked = oci::find(&folder, wanted)?;
    let mut contents = Contents::default();
    let config = folder.read(&picked.config)?.ok_or_else(|| Refusal::Missing(shown(&picked.config)))?;
    contents.documents.insert(picked.config.clone(), config);
    let (parsed, ..) = ImageConfig::find(&contents, &picked.config)?;
    parsed.check_count(picked.layers.len())?;
    for (name, diff_id) in picked.layers.iter().zip(parsed.diff_ids()) {
        if !contents.has(name) {
            take_layer(path, name, diff_id, intake, &mut contents)?;
        }
    }
    Ok(choose(&contents, picked, wanted)?)
}

fn take_layer(
    folder: &Path,
    name: &str,
    diff_id: &Digest,
    intake: &mut LayerIntake,
    contents: &mut Contents,
) -> Result<(), Failure> {
    let path = folder.join(name);
    if !path.exists() {
        return Err(Refusal::MissingLayer(shown(name)).into());
    }
    let file = SteadyFile::open(&path)?;
    let witness = file.witness()?;
    let layer = intake.take(Counted::new(file, intake.meter.clone()), Some(diff_id), None, None)?;
    witness.check()?;
    match layer {
        Some(layer) => drop(contents.layers.insert(name.to_owned(), layer)),
        None => drop(contents.others.insert(name.to_owned(), "it does not begin like one".to_owned())),
    }
    Ok(())
}
