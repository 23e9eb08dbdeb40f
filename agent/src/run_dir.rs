//! The agent's own folder: where its lock, report, logs and lifecycle notice are, and the lock itself.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// Where the agent keeps what it says about itself.
#[derive(Debug, Clone)]
pub struct RunDir(PathBuf);

/// Why the agent cannot have the folder for itself.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another agent has it.
    #[error("another jetway-agent (process {pid}) runs here")]
    Taken {
        /// Its process, or `unknown`.
        pid: String,
    },
    /// Whatever this user wrote there would be in the way of whoever it belongs to.
    #[error("the run folder `{}` belongs to user {owner}, and this is user {}", path.display(), rustix::process::geteuid().as_raw())]
    Foreign {
        /// Which folder.
        path: PathBuf,
        /// The number of the user it belongs to.
        owner: u32,
    },
    /// The folder or the lock cannot be used.
    #[error("cannot use the run folder `{}`: {source}", path.display())]
    Io {
        /// Which path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The right to act on this machine; ends with the process, however it ends.
#[derive(Debug)]
pub struct AgentLock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl RunDir {
    /// The folder at `path`.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The boot report, for people on this machine.
    pub fn report(&self) -> PathBuf {
        self.0.join("report.json")
    }

    /// What instance metadata says on EC2.
    pub fn lifecycle(&self) -> PathBuf {
        self.0.join("lifecycle")
    }

    /// The log of the container that was removed last.
    pub fn log(&self, container: &jetway_common::name::ContainerName) -> PathBuf {
        self.0.join("logs").join(format!("{container}.log"))
    }

    /// Held by the running agent.
    pub fn lock_file(&self) -> PathBuf {
        self.0.join("agent.lock")
    }

    /// Makes the folder, if need be, and takes it for this process.
    pub fn lock(&self) -> Result<AgentLock, LockError> {
        let error = |path: &Path| {
            let path = path.to_owned();
            move |source| LockError::Io { path, source }
        };
        let path = self.lock_file();
        let mut dirs = std::fs::DirBuilder::new();
        dirs.recursive(true).mode(0o700).create(&self.0).map_err(error(&self.0))?;
        let owner = std::fs::metadata(&self.0).map_err(error(&self.0))?.uid();
        if owner != rustix::process::geteuid().as_raw() {
            return Err(LockError::Foreign { path: self.0.clone(), owner });
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(error(&path))?;
        if let Err(errno) = lock_patiently(&file) {
            if errno == rustix::io::Errno::WOULDBLOCK {
                return Err(LockError::Taken { pid: holder(&mut file) });
            }
            return Err(LockError::Io { path, source: errno.into() });
        }
        // Whoever may read the report may ask whether an agent runs, whatever the umask.
        file.set_permissions(Permissions::from_mode(0o640)).map_err(error(&path))?;
        file.set_len(0).map_err(error(&path))?;
        file.rewind().map_err(error(&path))?;
        writeln!(file, "{}", std::process::id()).map_err(error(&path))?;
        Ok(AgentLock(file))
    }

    /// The process of the agent that runs here, if one does.
    pub fn running_agent(&self) -> Option<String> {
        let mut file = File::open(self.lock_file()).ok()?;
        let lock = flock(&file, FlockOperation::NonBlockingLockShared);
        lock.is_err_and(|errno| errno == rustix::io::Errno::WOULDBLOCK).then(|| holder(&mut file))
    }
}

/// Whoever asks whether an agent runs holds a shared lock for a moment; only a lock that stays is another agent's.
fn lock_patiently(file: &File) -> rustix::io::Result<()> {
    for _ in 0..20 {
        if flock(file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    flock(file, FlockOperation::NonBlockingLockExclusive)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.read_to_string(&mut text);
    if text.trim().is_empty() { "unknown".to_owned() } else { text.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_agent_is_told_who_runs_here() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = RunDir::new(folder.path().join("run"));
        assert_eq!(run_dir.running_agent(), None);
        let held = run_dir.lock().unwrap();
        let pid = std::process::id().to_string();
        assert_eq!(run_dir.running_agent(), Some(pid.clone()));
        let message = run_dir.lock().unwrap_err().to_string();
        assert_eq!(message, format!("another jetway-agent (process {pid}) runs here"));
        drop(held);
        assert_eq!(run_dir.running_agent(), None);
    }
}
