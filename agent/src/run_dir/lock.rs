//! One agent per folder. It holds the folder itself, also on a file system that is full or read-only, and a file in it that
//! names its process.

use std::convert::Infallible;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Read as _, Result, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::RunDir;
use super::unwritable::advice;

/// How often it is tried to name the process in a folder that could not be written.
const SIGN_EVERY: Duration = Duration::from_secs(5);
/// The process of an agent that could not write which it is.
const UNKNOWN: &str = "unknown";

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
    /// The folder is not there and cannot be made, or neither it nor the file in it can be locked.
    #[error("cannot use the run folder `{}`: {source}", path.display())]
    Io {
        /// Which path.
        path: PathBuf,
        /// Why.
        source: Error,
    },
}

impl LockError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Taken { .. } => "jetway-agent status shows what it does".to_owned(),
            Self::Foreign { .. } => {
                "`systemctl start jetway-agent` runs it as whom it should be, or --run-dir names another folder"
                    .to_owned()
            }
            Self::Io { path, source } => advice(path, source.kind()),
        }
    }
}

/// The right to act on this machine; ends with the process, however it ends.
#[derive(Debug)]
pub struct AgentLock {
    run_dir: RunDir,
    /// None where a file system locks only what is open for writing, as NFS does:
    /// <https://man7.org/linux/man-pages/man2/flock.2.html>. The file alone is locked there.
    #[expect(dead_code, reason = "the open folder is the lock")]
    folder: Option<File>,
    /// The file that names this process, once it could be written.
    signature: OnceLock<File>,
}

impl RunDir {
    /// Makes the folder, if need be, and takes it for this process.
    pub fn lock(&self) -> std::result::Result<AgentLock, LockError> {
        let error = |source| LockError::Io { path: self.0.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(error)?;
        let owner = std::fs::metadata(&self.0).map_err(error)?.uid();
        if owner != rustix::process::geteuid().as_raw() {
            return Err(LockError::Foreign { path: self.0.clone(), owner });
        }
        let folder = self.unless_taken(File::open(&self.0).and_then(locked))?;
        let signature = self.unless_taken(self.sign())?;
        match (folder, signature) {
            (Err(_), Err(source)) => Err(LockError::Io { path: self.lock_file(), source }),
            (folder, signature) => {
                let signature = signature.map_or_else(|_| OnceLock::new(), OnceLock::from);
                Ok(AgentLock { run_dir: self.clone(), folder: folder.ok(), signature })
            }
        }
    }

    /// The process of the agent that runs here, if one does.
    pub fn running_agent(&self) -> Option<String> {
        let named = held(&self.lock_file()).map(holder);
        named.or_else(|| held(&self.0).map(|_| UNKNOWN.to_owned()))
    }

    fn unless_taken(&self, tried: Result<File>) -> std::result::Result<Result<File>, LockError> {
        if tried.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
            return Err(LockError::Taken { pid: self.running_agent().unwrap_or_else(|| UNKNOWN.to_owned()) });
        }
        Ok(tried)
    }

    /// Names this process in the file that it holds from now on.
    fn sign(&self) -> Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = locked(options.open(self.lock_file())?)?;
        // Whoever may read the report may ask whether an agent runs, whatever the umask.
        file.set_permissions(Permissions::from_mode(0o640))?;
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(file)
    }
}

impl AgentLock {
    /// Names this process in the folder as soon as that can be written, if it could not be yet.
    pub async fn sign_when_possible(&self) -> Infallible {
        while self.signature.get().is_none() {
            tokio::time::sleep(SIGN_EVERY).await;
            if let Ok(file) = self.run_dir.sign() {
                self.signature.get_or_init(|| file);
            }
        }
        std::future::pending().await
    }
}

/// Whoever asks whether an agent runs holds a shared lock for a moment; only a lock that stays is another agent's.
fn locked(file: File) -> Result<File> {
    for _ in 0..20 {
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Ok(file);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// The file or folder, if an agent holds it.
fn held(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    let lock = flock(&file, FlockOperation::NonBlockingLockShared);
    lock.is_err_and(|errno| errno == rustix::io::Errno::WOULDBLOCK).then_some(file)
}

fn holder(mut file: File) -> String {
    let mut text = String::new();
    let _ = file.read_to_string(&mut text);
    if text.trim().is_empty() { UNKNOWN.to_owned() } else { text.trim().to_owned() }
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

    /// A folder in the place of the file can be written by nobody, root included.
    #[tokio::test(start_paused = true)]
    async fn an_agent_that_cannot_write_which_process_it_is_keeps_others_out_and_tells_it_later() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = RunDir::new(folder.path().to_owned());
        std::fs::create_dir(run_dir.lock_file()).unwrap();
        let held = run_dir.lock().unwrap();
        assert_eq!(run_dir.running_agent().as_deref(), Some(UNKNOWN));
        assert!(matches!(run_dir.lock(), Err(LockError::Taken { .. })));
        std::fs::remove_dir(run_dir.lock_file()).unwrap();
        let signed = tokio::time::timeout(2 * SIGN_EVERY, held.sign_when_possible());
        signed.await.unwrap_err();
        assert_eq!(run_dir.running_agent(), Some(std::process::id().to_string()));
    }
}
