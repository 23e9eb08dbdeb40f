//! The home of `local`: the folder that holds its store, key and instances.

use std::fs::{self, DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jetway_common::name::ApplicationName;

use crate::error::UserError;

/// The file that marks a folder store, so that no other folder is taken for one.
pub const STORE_MARK: &str = "jetway-store";

/// The home of `local`.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// The home that the environment names: `JETWAY_HOME`, else `jetway` in the user's data folder.
    pub fn find(jetway_home: Option<PathBuf>) -> anyhow::Result<Self> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let data = || {
            let own = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
            own.or_else(|| Some(variable("HOME")?.join(".local/share"))).map(|data| data.join("jetway"))
        };
        let named = jetway_home.filter(|path| !path.as_os_str().is_empty());
        let path = named.or_else(data).ok_or_else(|| {
            UserError::usage("there is no place for the local store: neither JETWAY_HOME nor HOME is set")
                .hint("set JETWAY_HOME to a folder of your own")
        })?;
        Ok(Self(std::path::absolute(&path).with_context(|| format!("could not find `{}`", path.display()))?))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file that holds the local key.
    pub fn key(&self) -> PathBuf {
        self.0.join("key")
    }

    /// The folder that is the store.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The run folder of this machine as an instance of `application`.
    pub fn instance(&self, application: &ApplicationName) -> PathBuf {
        self.0.join("instances").join(application.as_str())
    }

    /// Makes the home and the store, as far as they are missing.
    pub fn prepare(&self) -> anyhow::Result<()> {
        create_private_folder(&self.store())?;
        let mark = self.store().join(STORE_MARK);
        if mark.exists() {
            return Ok(());
        }
        if has_other_files(&self.store())? {
            let message = format!("`{}` is no store of Jetway, and has other files in it", self.store().display());
            return Err(UserError::usage(message).hint("let JETWAY_HOME name a folder of Jetway's own").into());
        }
        let written = write_new(&mark, b"a store of Jetway\n").or_else(already_there);
        written.with_context(|| format!("could not write `{}`", mark.display()))
    }
}

/// Whether there is what no store has. Names that begin with a dot are unfinished writes.
fn has_other_files(store: &Path) -> anyhow::Result<bool> {
    let entries = fs::read_dir(store).with_context(|| format!("could not read `{}`", store.display()))?;
    let is_other = |name: &str| !name.starts_with('.') && ![STORE_MARK, "images", "jetway"].contains(&name);
    Ok(entries.filter_map(Result::ok).any(|entry| is_other(&entry.file_name().to_string_lossy())))
}

/// Another command may have been faster, with the same content.
pub fn already_there(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
}

/// Makes a folder, and those above it, that only its owner can read.
pub fn create_private_folder(path: &Path) -> anyhow::Result<()> {
    let built = DirBuilder::new().recursive(true).mode(0o700).create(path);
    built.map_err(|error| {
        let message = format!("could not make the folder `{}`: {error}", path.display());
        UserError::failed(message).hint("let JETWAY_HOME name a folder that you can write to").into()
    })
}

/// Writes a file of mode 0600 that must not exist yet; it is there whole or not at all.
pub fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = write_temporary(path, bytes)?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    linked?;
    sync_folder_of(path)
}

/// Writes a file of mode 0600, or replaces it; readers see the old or the new content, never a part.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::rename(write_temporary(path, bytes)?, path)?;
    sync_folder_of(path)
}

fn write_temporary(path: &Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}", crate::nonce::nonce()));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written.map(|()| temporary)
}

/// A rename or link is only as durable as the folder that holds it.
pub fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
