//! A home of its own for each test, and the built `jetway` run in it.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with a home for `local`, and an application's name.
pub(crate) struct World {
    folder: TempDir,
    application: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::named("hello")
    }

    pub(crate) fn named(application: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), application: application.to_owned() }
    }

    /// The folder that the commands run in.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    /// What the store has of the application, or would have.
    pub(crate) fn stored(&self, name: &str) -> PathBuf {
        self.home().join("store/jetway/local").join(&self.application).join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program, with nothing of the caller's environment but the PATH.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jetway"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("JETWAY_HOME", self.home()).env("JETWAY_APPLICATION", &self.application);
        command.env("USER", "ann").env("TZ", "UTC").env("HOME", self.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// Runs it, without a terminal.
    #[track_caller]
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Told {
        Told::from(self.command(arguments).output().unwrap())
    }

    /// Runs the words of `line`, which have no spaces in them.
    #[track_caller]
    pub(crate) fn jetway(&self, line: &str) -> Told {
        self.run(line.split_whitespace())
    }

    /// Runs the words of `line` with `input` on standard input.
    #[track_caller]
    pub(crate) fn jetway_with(&self, line: &str, input: impl AsRef<[u8]>) -> Told {
        let mut command = self.command(line.split_whitespace());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // The program may rightly end before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        Told::from(child.wait_with_output().unwrap())
    }
}

/// What a command told.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Told {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Told {
    /// Fails the test unless the command succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }

    /// Stdout as JSON; there is nothing else on it.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// Everything, as a snapshot shows it.
    pub(crate) fn all(&self) -> String {
        let Self { code, stdout, stderr } = self;
        let part = |name: &str, text: &str| if text.is_empty() { String::new() } else { format!("-- {name}\n{text}") };
        format!("exit {code}\n{}{}", part("stdout", stdout), part("stderr", stderr))
    }
}

/// Snapshots without what differs from run to run.
pub(crate) fn settings(world: &World) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"ann@[^\s,\x22]+", "ann@host");
    settings.add_filter(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)", "TIME");
    // The column is as wide as the name of the host.
    settings.add_filter(r"BY +NAMES", "BY  NAMES");
    settings.add_filter(&regex_escaped(&world.path().display().to_string()), "FOLDER");
    settings
}

fn regex_escaped(text: &str) -> String {
    text.replace('.', r"\.")
}
