//! Config values as files in memory: one folder per release and container, which that container sees and nobody else.
//!
//! Whom a container's process runs as is often known to its image alone, and an agent that is not root cannot give files
//! away. So the files themselves are readable, and the folder above them is closed: the only way in is the mount that Docker,
//! which is root, makes for the container. <https://docs.docker.com/engine/storage/bind-mounts/>

use std::ffi::OsStr;
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Result, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jetway_common::name::{ApplicationName, ContainerName, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::secret::Values;
use zeroize::Zeroizing;

use crate::error::StepError;
use crate::run_dir::{RunDir, advice};

/// `TMPFS_MAGIC` of statfs(2).
const TMPFS: i64 = 0x0102_1994;
/// What a container gets to see of its folder, and of each file in it.
const OPEN_FOLDER: u32 = 0o755;
const OPEN_FILE: u32 = 0o444;

/// The folder with one container's config, written anew.
pub fn deliver(
    run_dir: &RunDir,
    record: &ReleaseRecord,
    container: &ContainerName,
    values: &Values,
) -> std::result::Result<PathBuf, StepError> {
    let base = base(run_dir, &record.application)?;
    let folder = base.join(record.release.to_string()).join(container.as_str());
    write(&folder, values).map_err(|error| {
        let reason = format!("the config of `{container}` was not written to `{}`: {error}", folder.display());
        StepError::never(reason).hint(advice(&folder, error.kind()))
    })?;
    Ok(folder)
}

/// Removes the config files of all releases but `keep`.
pub fn remove(run_dir: &RunDir, application: &ApplicationName, keep: Option<ReleaseName>) {
    for base in candidates(run_dir, application).into_iter().filter(|base| is_own_folder(base)) {
        for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
            let release: Option<ReleaseName> = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if release.is_none() || release == keep {
                continue;
            }
            if let Err(error) = std::fs::remove_dir_all(entry.path()) {
                tracing::warn!(%error, folder = %entry.path().display(), "config files not removed");
            }
        }
    }
}

/// The first folder that is in memory.
fn base(run_dir: &RunDir, application: &ApplicationName) -> std::result::Result<PathBuf, StepError> {
    let mut reasons = Vec::new();
    for folder in candidates(run_dir, application) {
        match private_in_memory(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) => reasons.push(format!("{}: {error}", folder.display())),
        }
    }
    let reason = format!("there is no folder in memory for the config files ({})", reasons.join("; "));
    Err(StepError::never(reason)
        .hint("mount a tmpfs on the run folder, or deliver the config as environment variables"))
}

fn candidates(run_dir: &RunDir, application: &ApplicationName) -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|value| !value.is_empty());
    let runtime = runtime.map(|folder| Path::new(&folder).join("jetway").join(application.as_str()));
    let shared = format!("/dev/shm/jetway-{}-{application}", rustix::process::geteuid().as_raw());
    [Some(run_dir.path().join("config")), runtime, Some(shared.into())].into_iter().flatten().collect()
}

/// Makes the folder, unless its file system is on a disk; anybody may have made it before us in a shared place.
fn private_in_memory(folder: &Path) -> Result<()> {
    let existing = folder.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/"));
    let kind = rustix::fs::statfs(existing)?.f_type;
    if i128::from(kind) != i128::from(TMPFS) {
        return Err(Error::other("not in memory (no tmpfs)"));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let found = std::fs::symlink_metadata(folder)?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o077 != 0 {
        return Err(Error::new(ErrorKind::PermissionDenied, "it is there already and not private to this user"));
    }
    Ok(())
}

/// In a shared place anybody may have put a link there, to have us remove what it points to.
fn is_own_folder(folder: &Path) -> bool {
    let own = rustix::process::geteuid().as_raw();
    std::fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir() && found.uid() == own)
}

fn write(folder: &Path, values: &Values) -> Result<()> {
    // Nothing has to be written into a file system that is full or read-only by now.
    if holds(folder, values).unwrap_or(false) {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(folder);
    DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    // A running container has this folder mounted, so it is never replaced, only filled.
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    for (name, value) in values {
        let temporary = parent.join(format!(".{name}"));
        let _ = std::fs::remove_file(&temporary);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&temporary)?;
        file.write_all(value.reveal().as_bytes())?;
        file.set_permissions(Permissions::from_mode(OPEN_FILE))?;
        std::fs::rename(&temporary, folder.join(name.as_str()))?;
    }
    for entry in std::fs::read_dir(folder)?.flatten() {
        let is_wanted = values.keys().any(|name| OsStr::new(name.as_str()) == entry.file_name());
        if !is_wanted {
            std::fs::remove_file(entry.path())?;
        }
    }
    std::fs::set_permissions(folder, Permissions::from_mode(OPEN_FOLDER))
}

/// Whether the folder has exactly these values, open to its container.
fn holds(folder: &Path, values: &Values) -> Result<bool> {
    let is_open = |path: &Path, mode: u32| Ok::<_, Error>(std::fs::symlink_metadata(path)?.mode() & 0o777 == mode);
    if !is_open(folder, OPEN_FOLDER)? || std::fs::read_dir(folder)?.count() != values.len() {
        return Ok(false);
    }
    for (name, value) in values {
        let path = folder.join(name.as_str());
        if !is_open(&path, OPEN_FILE)? || *Zeroizing::new(std::fs::read(path)?) != value.reveal().as_bytes() {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_no_place_for_secrets() {
        let folder = tempfile::tempdir_in("/var/tmp").unwrap();
        assert!(private_in_memory(&folder.path().join("config")).is_err());
    }

    #[test]
    fn a_link_in_place_of_the_folder_is_not_followed_when_config_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = RunDir::new(folder.path().join("run"));
        let (own, other) = (run_dir.path().join("config"), folder.path().join("other"));
        let application = "no-such-shop".parse().unwrap();
        for place in [&own, &other] {
            std::fs::create_dir_all(place.join("v1")).unwrap();
        }
        remove(&run_dir, &application, None);
        assert!(own.exists() && !own.join("v1").exists());
        std::fs::remove_dir(&own).unwrap();
        std::os::unix::fs::symlink(&other, &own).unwrap();
        remove(&run_dir, &application, None);
        assert!(other.join("v1").exists());
    }

    #[test]
    fn files_are_whole_and_nothing_old_stays() {
        let folder = tempfile::tempdir().unwrap();
        let leaf = folder.path().join("v1").join("web");
        let values = |pairs: &[(&str, &str)]| -> Values {
            let value = |text: &str| jetway_common::secret::SecretText::new(text.to_owned());
            pairs.iter().map(|(name, text)| (name.parse().unwrap(), value(text))).collect()
        };
        write(&leaf, &values(&[("A", "1"), ("B", "2")])).unwrap();
        write(&leaf, &values(&[("B", "3")])).unwrap();
        assert_eq!(std::fs::read_dir(&leaf).unwrap().count(), 1);
        assert_eq!(std::fs::read_to_string(leaf.join("B")).unwrap(), "3");
    }

    #[test]
    fn what_is_there_already_is_not_written_again_unless_its_container_could_not_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let leaf = folder.path().join("v1").join("web");
        let value = jetway_common::secret::SecretText::new("1".to_owned());
        let values = [("A".parse().unwrap(), value)].into();
        let mut inodes = Vec::new();
        for mode in [OPEN_FILE, OPEN_FILE, 0o400] {
            write(&leaf, &values).unwrap();
            inodes.push(std::fs::metadata(leaf.join("A")).unwrap().ino());
            std::fs::set_permissions(leaf.join("A"), Permissions::from_mode(mode)).unwrap();
        }
        // Its number is kept from others meanwhile.
        let held = std::fs::File::open(leaf.join("A")).unwrap();
        write(&leaf, &values).unwrap();
        let last = std::fs::metadata(leaf.join("A")).unwrap();
        assert!(inodes.iter().all(|inode| *inode == inodes[0]) && last.ino() != held.metadata().unwrap().ino());
        assert_eq!(last.mode() & 0o777, OPEN_FILE);
    }

    #[test]
    fn files_are_open_to_whoever_is_in_the_container_and_closed_to_all_others_on_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("v1");
        let leaf = closed.join("web");
        let value = jetway_common::secret::SecretText::new("1".to_owned());
        write(&leaf, &[("A".parse().unwrap(), value)].into()).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&closed), mode(&leaf), mode(&leaf.join("A"))), (0o700, 0o755, 0o444));
    }
}
