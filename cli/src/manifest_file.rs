//! Reads `jetway.toml` from the disk and shows every problem of it at once.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use jetway_common::manifest::{Manifest, Problems};

use crate::error::UserError;

/// The manifest at `path`.
pub fn read(path: &Path) -> anyhow::Result<Manifest> {
    Manifest::parse(&bytes(path)?).map_err(|problems| told(path, &problems).into())
}

/// Every problem of the file at `path`, one below the other.
pub(crate) fn told(path: &Path, problems: &Problems) -> UserError {
    let lines: Vec<String> = problems.iter().map(|problem| format!("{}:{problem}", path.display())).collect();
    UserError::usage(lines.join("\n       "))
}

/// What the file at `path` holds, read but not understood.
pub fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let unreadable = |reason| {
        let error = UserError::usage(format!("cannot read {}: {reason}", path.display()));
        if path.exists() { error } else { error.hint("`jetway init` writes a first one") }
    };
    Ok(read_bytes(path).map_err(unreadable)?)
}

/// Only a regular file is read, and never more than the largest manifest and one byte: a pipe could go on for ever.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|error| plain_reason(&error))?;
    if metadata.is_dir() {
        return Err("is a directory".to_owned());
    }
    if !metadata.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let file = File::open(path).map_err(|error| plain_reason(&error))?;
    let mut bytes = Vec::new();
    let limit = Manifest::LARGEST as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(|error| plain_reason(&error))?;
    Ok(bytes)
}

fn plain_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
