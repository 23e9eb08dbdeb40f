//! Config values as files in memory, for a one-off container; they go with it.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{Error, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jetway_common::secret::Values;

use crate::error::UserError;
use crate::nonce::nonce;

/// `TMPFS_MAGIC` of statfs(2).
const TMPFS: i64 = 0x0102_1994;

/// A folder with one file for each value; removed when this is dropped.
pub struct ConfigFolder {
    private: PathBuf,
}

impl ConfigFolder {
    /// Writes the files to a place that is in memory.
    pub fn write(values: &Values) -> anyhow::Result<Self> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
        let place = runtime.into_iter().chain([PathBuf::from("/dev/shm")]).find(|folder| is_in_memory(folder));
        let place = place.ok_or_else(|| {
            UserError::failed("there is no folder in memory for the config files")
                .hint("set XDG_RUNTIME_DIR to a folder on a tmpfs")
        })?;
        let folder = Self { private: place.join(format!("jetway-run-{}", nonce())) };
        let shown = folder.private.display().to_string();
        folder
            .fill(values)
            .map_err(|error| UserError::failed(format!("the config was not written to {shown}: {error}")))?;
        Ok(folder)
    }

    /// What the container sees.
    pub fn path(&self) -> PathBuf {
        self.private.join("config")
    }

    /// The container's user is anybody, so the files are readable; nobody else gets past the folder above them.
    fn fill(&self, values: &Values) -> Result<(), Error> {
        DirBuilder::new().mode(0o700).create(&self.private)?;
        DirBuilder::new().create(self.path())?;
        for (name, value) in values {
            let path = self.path().join(name.as_str());
            let mut file = File::options().write(true).create_new(true).mode(0o444).open(&path)?;
            file.write_all(value.reveal().as_bytes())?;
            // Whatever the umask left.
            fs::set_permissions(&path, Permissions::from_mode(0o444))?;
        }
        fs::set_permissions(self.path(), Permissions::from_mode(0o555))
    }
}

impl Drop for ConfigFolder {
    fn drop(&mut self) {
        let _ = fs::set_permissions(self.path(), Permissions::from_mode(0o700));
        let _ = fs::remove_dir_all(&self.private);
    }
}

fn is_in_memory(folder: &Path) -> bool {
    rustix::fs::statfs(folder).is_ok_and(|found| i128::from(found.f_type) == i128::from(TMPFS))
}

#[cfg(test)]
mod tests {
    use jetway_common::secret::SecretText;

    use super::*;

    #[test]
    fn the_files_are_there_for_as_long_as_they_are_needed() {
        let values = Values::from([("A".parse().unwrap(), SecretText::new("b\n".to_owned()))]);
        let folder = ConfigFolder::write(&values).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("A")).unwrap(), "b\n");
        assert_eq!(fs::metadata(&folder.private).unwrap().permissions().mode() & 0o777, 0o700);
        let private = folder.private.clone();
        drop(folder);
        assert!(!private.exists());
    }
}
