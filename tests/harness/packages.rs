//! What `make package` makes of the built programs, and clean systems to install it in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use crate::docker::Docker;
use crate::outcome::Outcome;
use crate::programs::{program, root};

/// The packages of the programs as they are built now.
#[track_caller]
pub fn packages() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let out = root().join("target/packages-of-tests");
        make(&["PROFILE=dev", &format!("OUT={}", out.display())]).succeeds();
        out
    })
}

/// The .rpm alone of the agent as it is built now.
#[track_caller]
pub fn rpm() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let folder = MADE.get_or_init(|| {
        let out = root().join("target/rpm-of-tests");
        make(&["PROFILE=dev", "PARTS=rpm", &format!("OUT={}", out.display())]).succeeds();
        out
    });
    package(folder, ".rpm")
}

/// The one package whose name ends with `end`.
#[track_caller]
pub fn package(folder: &Path, end: &str) -> PathBuf {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut fitting = paths.filter(|path| path.to_str().unwrap().ends_with(end));
    let found = fitting.next().unwrap_or_else(|| panic!("{} has no *{end}", folder.display()));
    assert_eq!(fitting.next(), None, "{} has more than one *{end}", folder.display());
    found
}

/// Runs `make package` with these variables.
pub fn make(variables: &[&str]) -> Outcome {
    let mut command = Command::new("make");
    command.arg("--no-print-directory").arg("package").args(variables).current_dir(root());
    command.env("CARGO_TARGET_DIR", program("jetway").parent().unwrap().parent().unwrap());
    for inherited in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PROFILE", "TARGET", "REVISION", "PARTS", "OUT"] {
        command.env_remove(inherited);
    }
    outcome(&mut command)
}

/// Runs a command to its end.
pub fn outcome(command: &mut Command) -> Outcome {
    let started = Instant::now();
    let output = command.output().unwrap();
    Outcome::new(format!("{command:?}"), &output, started.elapsed())
}

/// A Debian in which nothing of Jetway ever was, with systemd, Docker's package, cloud-init, dpkg and dnf; without network, and
/// with no init system running, as when an image is built.
pub struct System {
    name: String,
}

impl System {
    /// A new one.
    #[track_caller]
    pub fn new() -> Self {
        Self::of(&["--init", "--network", "none", image(), "sleep", "infinity"])
    }

    /// The container that `docker run` makes with these arguments.
    #[track_caller]
    pub(crate) fn of(arguments: &[&str]) -> Self {
        let mut run = vec!["run", "--detach", "--rm"];
        run.extend(arguments);
        Self { name: Docker::default().ok(&run) }
    }

    /// Copies a file of this machine into the folder `/srv` of the system.
    #[track_caller]
    pub fn put(&self, file: &Path) -> String {
        let inside = format!("/srv/{}", file.file_name().unwrap().to_str().unwrap());
        Docker::default().ok(&["cp", file.to_str().unwrap(), &format!("{}:{inside}", self.name)]);
        inside
    }

    /// Runs a line of shell in the system, as root.
    pub fn run(&self, line: &str) -> Outcome {
        outcome(&mut Docker::default().command(&["exec", &self.name, "bash", "-euo", "pipefail", "-c", line]))
    }

    /// What a line of shell prints that must succeed.
    #[track_caller]
    pub fn read(&self, line: &str) -> String {
        self.run(line).succeeds().stdout
    }
}

impl Default for System {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        Docker::default().run(&["rm", "--force", "--volumes", &self.name]);
    }
}

/// The Docker image of the system; making it takes minutes the first time.
#[track_caller]
fn image() -> &'static str {
    static MADE: OnceLock<String> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut script = Command::new(root().join("tests/lab/instance/image.sh"));
        script.arg("system").env("CARGO_TARGET_DIR", program("jetway").parent().unwrap().parent().unwrap());
        outcome(&mut script).succeeds().stdout.trim().to_owned()
    })
}
