//! The file system that has Docker's data: how much room is left, and when that is too little to go on.

use std::path::{Path, PathBuf};

use crate::text::bytes;

/// Where Docker keeps its data, unless it says otherwise.
pub const DOCKERS_FOLDER: &str = "/var/lib/docker";
/// What to do when it is full.
pub const FREE_SPACE: &str = "free some space: `docker system df` and `df -h` show what uses it";
/// With less than this Docker starts no container again, nor itself, and nothing is kept of what containers log.
const LEAST: u64 = 64_000_000;
/// The same for files, of which a file system can run out first.
const LEAST_FILES: u64 = 1000;

/// What is left of a file system.
#[derive(Debug)]
pub struct Room {
    /// A folder on it.
    pub folder: PathBuf,
    /// How many bytes an ordinary user may still write.
    pub bytes: u64,
    /// How many files may still be made; none where their number has no limit.
    pub files: Option<u64>,
}

impl Room {
    /// What is left at `folder`; none if it cannot be seen from here.
    pub fn at(folder: &Path) -> Option<Self> {
        let found = rustix::fs::statvfs(folder).ok()?;
        let bytes = found.f_bavail.checked_mul(found.f_frsize)?;
        Some(Self { folder: folder.to_owned(), bytes, files: (found.f_files > 0).then_some(found.f_favail) })
    }

    /// Why it is as good as full, if so; the same text for as long as it is.
    pub fn lack(&self) -> Option<String> {
        let folder = self.folder.display();
        if self.bytes < LEAST {
            return Some(format!("the disk is full: less than {} free at {folder}", bytes(LEAST)));
        }
        let lacks_files = self.files.is_some_and(|files| files < LEAST_FILES);
        lacks_files.then(|| format!("the disk has room for less than {LEAST_FILES} more files (inodes) at {folder}"))
    }
}

/// `3.1 MB and 12 files (inodes) free at /var/lib/docker`
impl std::fmt::Display for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files = self.files.map_or(String::new(), |files| format!(" and {files} files (inodes)"));
        write!(f, "{}{files} free at {}", bytes(self.bytes), self.folder.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_for_bytes_or_for_files_is_full() {
        let lack = |bytes, files| Room { folder: "/data".into(), bytes, files }.lack();
        assert_eq!(lack(LEAST - 1, None).unwrap(), "the disk is full: less than 64.0 MB free at /data");
        let files = "the disk has room for less than 1000 more files (inodes) at /data";
        assert_eq!(lack(LEAST, Some(LEAST_FILES - 1)).unwrap(), files);
        assert_eq!(lack(LEAST, Some(LEAST_FILES)), None);
        assert_eq!(lack(LEAST, None), None);
    }
}
