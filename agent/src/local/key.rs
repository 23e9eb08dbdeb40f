//! The key file that stands in for KMS on this machine.

use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jetway_common::local_key::LocalKey;
use jetway_common::sealed_config::{Context, DataKey, WrappedKey};
use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use crate::platform::{KeyError, KeyOpener};

/// No key file is longer.
const LONGEST: u64 = 4096;

/// Opens data keys with the key in a file, which is read each time: nothing of it stays in memory.
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key in the file at `path`.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

#[async_trait]
impl KeyOpener for KeyFile {
    async fn open(&self, wrapped: &WrappedKey, context: &Context) -> Result<DataKey, KeyError> {
        let key = read(&self.path).map_err(|reason| KeyError::Refused(format!("{}: {reason}", self.path.display())))?;
        key.unwrap(wrapped, context).map_err(|error| KeyError::Refused(error.to_string()))
    }
}

fn read(path: &Path) -> Result<LocalKey, String> {
    // A link could point at a file that somebody else swaps between the check and the reading; a pipe would block us.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| std::io::Error::from(errno).to_string())?;
    let file = std::fs::File::from(file);
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    check(&metadata)?;
    let mut text = Zeroizing::new(String::with_capacity(4096));
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| error.to_string())?;
    LocalKey::from_text(&text).map_err(|error| error.to_string())
}

fn check(metadata: &std::fs::Metadata) -> Result<(), String> {
    let mode = metadata.mode() & 0o7777;
    let own = rustix::process::geteuid().as_raw();
    if !metadata.is_file() {
        Err("is not a regular file".to_owned())
    } else if mode != 0o600 {
        Err(format!("has mode {mode:04o}, and a key must have 0600: run chmod 600 on it if nobody else has read it"))
    } else if metadata.uid() != own {
        Err(format!("belongs to user {}, and this is user {own}", metadata.uid()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        crate::file::replace(&path, LocalKey::generate().unwrap().to_text().as_bytes(), 0o600).unwrap();
        assert!(read(&path).is_ok());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).err().unwrap().contains("has mode 0644"));
    }

    #[test]
    fn a_link_to_a_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        crate::file::replace(&path, LocalKey::generate().unwrap().to_text().as_bytes(), 0o600).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(read(&link).is_err());
    }
}
