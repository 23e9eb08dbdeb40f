//! The real Docker engine, seen through its own command line.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A Docker engine.
#[derive(Debug, Clone, Default)]
pub struct Docker {
    host: Option<String>,
}

impl Docker {
    /// The engine that listens on this socket, instead of the machine's own.
    pub fn at(socket: &std::path::Path) -> Self {
        Self { host: Some(format!("unix://{}", socket.display())) }
    }

    /// What `DOCKER_HOST` must say for a program to use this engine.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// A `docker` command for this engine.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(arguments).stdin(Stdio::null());
        if let Some(host) = &self.host {
            command.env("DOCKER_HOST", host);
        }
        command
    }

    /// Runs a `docker` command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the docker command is there: `make docker` installs and starts it")
    }

    /// What a `docker` command that must succeed printed.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {}: {stderr}", arguments.join(" "));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The ids of all containers of `application`, running or not.
    pub fn containers(&self, application: &str) -> Vec<String> {
        let filter = format!("label=jetway.application={application}");
        self.ok(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]).lines().map(str::to_owned).collect()
    }

    /// Everything that Docker knows of a container or image.
    #[track_caller]
    pub fn inspect(&self, name: &str) -> Value {
        let all: Value = serde_json::from_str(&self.ok(&["inspect", name])).unwrap();
        all[0].clone()
    }
}
