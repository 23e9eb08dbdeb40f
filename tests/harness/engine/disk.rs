//! The disk of an engine of a story's own, in memory: how large it is, and what takes its room.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Engine, Kind, Store};

impl Engine {
    /// An engine of this machine's own Docker, whose data has a disk of its own of so many megabytes.
    #[track_caller]
    pub fn with_disk(megabytes: u32) -> Self {
        Self::on_disk(Self::prepared(Kind::Docker, "{}"), megabytes)
    }

    /// The same of Debian 13, with this store.
    #[track_caller]
    pub fn debian13_with_disk(store: Store, megabytes: u32) -> Self {
        Self::on_disk(Self::prepared_debian13(store), megabytes)
    }

    #[track_caller]
    fn on_disk(engine: Self, megabytes: u32) -> Self {
        fs::create_dir(engine.data()).unwrap();
        engine.mount(&["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "jetway-engine"]);
        engine.started()
    }

    /// Takes so many megabytes of its disk; the file that does.
    #[track_caller]
    pub fn fills(&self, megabytes: usize) -> PathBuf {
        let path = self.data().join("filler");
        fs::write(&path, vec![0; megabytes * 1_000_000]).unwrap();
        path
    }

    /// Gives its disk other options instead, as `size=600m` and `nr_inodes=5000`.
    #[track_caller]
    pub fn changes_disk(&self, options: &str) {
        self.mount(&["-o", &format!("remount,{options}")]);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    #[track_caller]
    fn mount(&self, arguments: &[&str]) {
        let status = Command::new("mount").args(arguments).arg(self.data()).status();
        assert!(status.unwrap().success(), "mount {} failed", arguments.join(" "));
    }
}
