//! The key file that stands in for KMS.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use async_trait::async_trait;
use jetway_common::local_key::LocalKey;
use jetway_common::sealed_config::{Context, DataKey, WrappedKey};
use zeroize::Zeroizing;

use crate::error::UserError;
use crate::local::home;
use crate::platform::Keys;

/// A key in a file of mode 0600, made when it is first needed.
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key in the file `path`.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn read_or_make(&self) -> anyhow::Result<LocalKey> {
        if !self.path.exists() {
            let written = home::write_new(&self.path, LocalKey::generate()?.to_text().as_bytes());
            let written = written.or_else(home::already_there);
            written.with_context(|| format!("could not write the key `{}`", self.path.display()))?;
        }
        self.read()
    }

    fn read(&self) -> anyhow::Result<LocalKey> {
        check_private(&self.path)?;
        let text = fs::read_to_string(&self.path).map(Zeroizing::new);
        let text = text.with_context(|| format!("could not read the key `{}`", self.path.display()))?;
        LocalKey::from_text(&text).with_context(|| format!("`{}` is not usable", self.path.display()))
    }
}

#[async_trait]
impl Keys for KeyFile {
    async fn mint(&self, context: &Context) -> anyhow::Result<(DataKey, WrappedKey)> {
        Ok(self.read_or_make()?.mint(context)?)
    }

    async fn unwrap(&self, wrapped: &WrappedKey, context: &Context) -> anyhow::Result<DataKey> {
        if !self.path.exists() {
            let message = format!("the config was sealed with {}, and `{}` is gone", wrapped.key, self.path.display());
            return Err(UserError::failed(message).hint("bring the key file back: without it no config opens").into());
        }
        Ok(self.read()?.unwrap(wrapped, context)?)
    }
}

fn check_private(path: &Path) -> anyhow::Result<()> {
    let metadata = File::open(path).and_then(|file| file.metadata());
    let metadata = metadata.with_context(|| format!("could not read the key `{}`", path.display()))?;
    let (mode, owner) = (metadata.permissions().mode() & 0o777, metadata.uid());
    if owner != rustix::process::geteuid().as_raw() {
        return Err(
            UserError::failed(format!("the key `{}` belongs to user {owner}, not to you", path.display())).into()
        );
    }
    if mode.trailing_zeros() >= 6 || mode == 0 {
        return Ok(());
    }
    let message = format!("the key `{}` has mode {mode:04o}: others may read it", path.display());
    Err(UserError::failed(message).hint(format!("chmod 600 {}", path.display())).into())
}
