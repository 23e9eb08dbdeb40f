//! Config values as files in memory: one folder per release and container, which only that container's user can read.

use std::ffi::OsStr;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

use jetway_common::name::{ApplicationName, ContainerName, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::secret::Values;

use crate::error::StepError;
use crate::run_dir::RunDir;

/// `TMPFS_MAGIC` of statfs(2).
const TMPFS: i64 = 0x0102_1994;

/// The folder with one container's config, written anew. `user` is whom its process runs as.
pub fn deliver(
    run_dir: &RunDir,
    record: &ReleaseRecord,
    container: &ContainerName,
    user: &str,
    values: &Values,
) -> std::result::Result<PathBuf, StepError> {
    let own = rustix::process::geteuid().as_raw();
    let settings = record.containers.get(container).map(|container| &container.settings);
    let drops = settings.is_some_and(|settings| settings.drop_capabilities);
    let owner = owner(container, user, own, drops)?;
    let base = base(run_dir, &record.application)?;
    let folder = base.join(record.release.to_string()).join(container.as_str());
    write(&folder, owner, values).map_err(|error| {
        StepError::never(format!("the config of `{container}` was not written to `{}`: {error}", folder.display()))
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

/// Who must own the files so that the container's process can read them; none if they are right as they are made.
fn owner(
    container: &ContainerName,
    user: &str,
    own: u32,
    drops_capabilities: bool,
) -> std::result::Result<Option<(u32, Option<u32>)>, StepError> {
    let (name, group) = user.split_once(':').unwrap_or((user, ""));
    let uid = if name.is_empty() || name == "root" { Some(0) } else { name.parse().ok() };
    let explain = |why: String| {
        StepError::never(format!("`{container}` could not read its config files: {why}"))
            .hint("deliver the config as environment variables, or set a numeric `user` for the container")
    };
    match uid {
        None => Err(explain(format!("it runs as `{name}`, and only the image knows that user's number"))),
        Some(uid) if uid == own => Ok(None),
        Some(uid) if own == 0 => Ok(Some((uid, group.parse().ok()))),
        // Root may read everybody's files, unless that capability is taken away.
        Some(0) if !drops_capabilities => Ok(None),
        Some(uid) => {
            Err(explain(format!("it runs as user {uid}, and the agent, as user {own}, cannot give files away")))
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

fn write(folder: &Path, owner: Option<(u32, Option<u32>)>, values: &Values) -> Result<()> {
    // A running container has this folder mounted, so it is never replaced, only filled.
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let parent = folder.parent().unwrap_or(folder);
    for (name, value) in values {
        let temporary = parent.join(format!(".{name}"));
        let _ = std::fs::remove_file(&temporary);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&temporary)?;
        file.write_all(value.reveal().as_bytes())?;
        give(&temporary, owner)?;
        std::fs::rename(&temporary, folder.join(name.as_str()))?;
    }
    for entry in std::fs::read_dir(folder)?.flatten() {
        let is_wanted = values.keys().any(|name| OsStr::new(name.as_str()) == entry.file_name());
        if !is_wanted {
            std::fs::remove_file(entry.path())?;
        }
    }
    give(folder, owner)
}

fn give(path: &Path, owner: Option<(u32, Option<u32>)>) -> Result<()> {
    match owner {
        Some((uid, gid)) => chown(path, Some(uid), gid),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_user_decides_who_owns_the_files() {
        let web = "web".parse().unwrap();
        for (user, own, drops, expected) in [
            ("", 0, true, Some(None)),
            ("root", 0, false, Some(None)),
            ("65534:65534", 0, false, Some(Some((65534, Some(65534))))),
            ("65534", 0, false, Some(Some((65534, None)))),
            ("1000", 1000, true, Some(None)),
            ("", 1000, false, Some(None)),
            ("", 1000, true, None),
            ("1001", 1000, false, None),
            ("node", 0, false, None),
        ] {
            assert_eq!(owner(&web, user, own, drops).ok(), expected, "{user} {own} {drops}");
        }
    }

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
        write(&leaf, None, &values(&[("A", "1"), ("B", "2")])).unwrap();
        write(&leaf, None, &values(&[("B", "3")])).unwrap();
        assert_eq!(std::fs::read_dir(&leaf).unwrap().count(), 1);
        assert_eq!(std::fs::read_to_string(leaf.join("B")).unwrap(), "3");
        assert_eq!(std::fs::metadata(leaf.join("B")).unwrap().mode() & 0o777, 0o400);
    }
}
