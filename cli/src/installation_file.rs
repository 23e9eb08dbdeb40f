//! Reads `installation.toml`, which stands beside the manifest if there is one.

use std::path::{Path, PathBuf};

use jetway_common::installation::Installation;

use crate::error::UserError;
use crate::manifest_file;

/// Where the installation file of this manifest is, if there is one.
pub fn beside(manifest: &Path) -> Option<PathBuf> {
    let path = manifest.with_file_name(Installation::FILE_NAME);
    path.exists().then_some(path)
}

/// The installation at `path`.
pub fn read(path: &Path) -> anyhow::Result<Installation> {
    let bytes = bytes(path)?;
    Installation::parse(&bytes).map_err(|problems| manifest_file::told(path, &problems).into())
}

/// What the file at `path` holds, read but not understood.
pub fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let unreadable = |reason| UserError::usage(format!("cannot read {}: {reason}", path.display()));
    Ok(manifest_file::read_bytes(path).map_err(unreadable)?)
}
