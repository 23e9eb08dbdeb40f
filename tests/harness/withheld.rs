//! A Docker engine as a program sees it that is not told the end of something yet.

use std::io::{Read, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tempfile::TempDir;

use crate::eventually;

/// A socket in front of an engine's.
pub struct Withheld {
    folder: TempDir,
    is_released: Arc<AtomicBool>,
}

impl Withheld {
    /// In front of the engine that listens on `engine`: of an answer, the piece with `mark` in it waits, and all after it.
    #[track_caller]
    pub fn from(engine: PathBuf, mark: &'static str) -> Self {
        let folder = tempfile::Builder::new().prefix("jetway-withheld-").tempdir_in("/tmp").unwrap();
        let listener = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
        let is_released = Arc::new(AtomicBool::new(false));
        let gate = Arc::clone(&is_released);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, engine) = (client.unwrap(), UnixStream::connect(&engine).unwrap());
                let (asking, asked) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
                let gate = Arc::clone(&gate);
                thread::spawn(move || pass(asking, asked, |_| ()));
                thread::spawn(move || pass(engine, client, |piece| wait_at(&gate, mark, piece)));
            }
        });
        Self { folder, is_released }
    }

    /// What `DOCKER_HOST` must say for a program to use it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    /// Lets everything pass from now on.
    pub fn release(&self) {
        self.is_released.store(true, Ordering::Relaxed);
    }
}

fn wait_at(gate: &AtomicBool, mark: &str, piece: &[u8]) {
    if String::from_utf8_lossy(piece).contains(mark) {
        eventually("what is withheld is released", 120, || gate.load(Ordering::Relaxed).then_some(()));
    }
}

/// Passes on everything until one end is gone, each piece after a word with `before`.
fn pass(mut from: UnixStream, mut to: UnixStream, before: impl Fn(&[u8])) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        before(&piece[..length]);
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
