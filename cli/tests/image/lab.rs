//! One user with a home, a manifest and the built program.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A user at work.
pub(crate) struct Lab {
    folder: TempDir,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Lab {
    /// A new home, and a manifest of the application `shop` whose image is `shop.tar`.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = "application = \"shop\"\n[image]\nreference = \"shop.tar\"\n[containers.web]\n";
        std::fs::write(folder.path().join("jetway.toml"), manifest).unwrap();
        Self { folder }
    }

    /// A path in the user's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the user's folder.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// The folder of the application's images.
    pub(crate) fn images(&self) -> PathBuf {
        self.path("home/store/images/shop")
    }

    /// The program, ready to be given arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jetway"));
        command.current_dir(self.folder.path()).env_clear().env("JETWAY_HOME", self.path("home"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `jetway image ...`. What is pushed is for one platform, whatever machine runs the test.
    pub(crate) fn image(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command();
        command.arg("image").args(arguments);
        if arguments.first() == Some(&"push") && !arguments.contains(&"--platform") {
            command.args(["--platform", "linux/amd64"]);
        }
        Outcome::new(command.output().unwrap())
    }

    /// Pushes an archive on standard input.
    pub(crate) fn pipe(&self, archive: &[u8]) -> Outcome {
        let mut child = self
            .command()
            .args(["image", "push", "-", "--platform", "linux/amd64"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may refuse the archive before it has read it all.
        let _ = child.stdin.take().unwrap().write_all(archive);
        Outcome::new(child.wait_with_output().unwrap())
    }

    /// Pushes an archive, which must be taken, and gives the answer in JSON.
    #[track_caller]
    pub(crate) fn pushed(&self, archive: &[u8]) -> Value {
        self.write("shop.tar", archive);
        self.image(&["push", "--json"]).json()
    }

    /// Pushes an archive, which must be refused with nothing stored, and gives what the user is told.
    #[track_caller]
    pub(crate) fn refused(&self, archive: &[u8]) -> String {
        self.write("shop.tar", archive);
        self.refused_push(&["push"])
    }

    /// As `refused`, with arguments.
    #[track_caller]
    pub(crate) fn refused_push(&self, arguments: &[&str]) -> String {
        let outcome = self.image(arguments);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, b"");
        assert_eq!(files(&self.images()), Vec::<String>::new(), "left behind in the store");
        let told = outcome.stderr.trim_end();
        told.strip_prefix("error: cannot take the image from `shop.tar`: ").unwrap_or(told).to_owned()
    }
}

impl Outcome {
    fn new(output: std::process::Output) -> Self {
        Self { code: output.status.code(), stdout: output.stdout, stderr: String::from_utf8(output.stderr).unwrap() }
    }

    /// The answer of a command that must have done its work.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// The answer in JSON of a command that must have done its work.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }
}

/// Every file in a folder, from its root, in order.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for item in std::fs::read_dir(&next).into_iter().flatten() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}
