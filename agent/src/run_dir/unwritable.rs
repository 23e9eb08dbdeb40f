//! A folder that cannot be written: what is wrong with it, and what to do. The agent learns it by trying, others by a look.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use rustix::io::Errno;

use super::RunDir;

/// Why nothing can be written into the run folder. The agent goes on all the same.
#[derive(Debug, thiserror::Error)]
#[error("the run folder `{}` cannot be written: {source}", path.display())]
pub struct Unwritable {
    path: PathBuf,
    source: Error,
}

impl RunDir {
    /// What is wrong when a write into the folder ended with `source`.
    pub fn unwritable(&self, source: Error) -> Unwritable {
        Unwritable { path: self.0.clone(), source }
    }

    /// Why an agent could not write its report anew, as far as that can be seen without writing. A file is replaced by a new one,
    /// so that there has to be room for both.
    pub fn look(&self) -> Option<Unwritable> {
        let found = statvfs(&self.0).ok()?;
        let report = std::fs::metadata(self.report()).map_or(1, |report| report.len());
        // A file system that counts no blocks or files has no limit of them.
        let is_short = found.f_blocks > 0 && found.f_bavail.saturating_mul(found.f_frsize) < report;
        let is_short_of_files = found.f_files > 0 && found.f_favail == 0;
        let errno = if found.f_flag.contains(StatVfsMountFlags::RDONLY) {
            Errno::ROFS
        } else if is_short || is_short_of_files {
            Errno::NOSPC
        } else {
            return None;
        };
        Some(self.unwritable(errno.into()))
    }
}

impl Unwritable {
    /// What to do about it.
    pub fn hint(&self) -> String {
        advice(&self.path, self.source.kind())
    }
}

/// What to do about a folder whose writing, or making, ended with an error of this kind.
pub(crate) fn advice(path: &Path, kind: ErrorKind) -> String {
    let there = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(path).display();
    let mount = format!("$(findmnt -no TARGET -T {there})");
    match kind {
        ErrorKind::ReadOnlyFilesystem => format!("mount it writable again: sudo mount -o remount,rw {mount}"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!("free some space there: `sudo du -xah {mount} | sort -h | tail` shows what uses it")
        }
        _ => format!("see whom it belongs to, and that the agent may write it: ls -la {there}"),
    }
}
