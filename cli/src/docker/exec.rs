//! Runs programs inside running containers.

use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bollard::query_parameters::ResizeExecOptions;

use super::Engine;
use super::failure::refused;
use super::program::Program;
use crate::error::UserError;
use crate::terminal::Size;

impl Engine {
    /// Starts `command` in a running container, with a terminal if wanted. Gives Docker's id for it, and its streams.
    pub async fn exec(&self, container: &str, command: &[String], tty: bool) -> anyhow::Result<(String, Program)> {
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(tty),
            cmd: Some(command.to_vec()),
            ..CreateExecOptions::default()
        };
        let id = self.docker.create_exec(container, options).await.map_err(refused("start the program"))?.id;
        let start = StartExecOptions { detach: false, tty, output_capacity: None };
        match self.docker.start_exec(&id, Some(start)).await.map_err(refused("start the program"))? {
            StartExecResults::Attached { output, input } => Ok((id, Program::new(output, input))),
            StartExecResults::Detached => Err(UserError::failed("Docker did not attach to the program").into()),
        }
    }

    /// Tells the program that its terminal has another size.
    pub async fn resize_exec(&self, id: &str, size: Size) {
        let options = ResizeExecOptions { h: size.1.into(), w: size.0.into() };
        // The program may have ended meanwhile; a wrong width is no reason to end with an error.
        let _ = self.docker.resize_exec(id, options).await;
    }

    /// The program's exit code; none while it runs.
    pub async fn exec_exit_code(&self, id: &str) -> anyhow::Result<Option<i64>> {
        let state = self.docker.inspect_exec(id).await.map_err(refused("tell the program's exit code"))?;
        Ok(if state.running == Some(true) { None } else { state.exit_code })
    }
}
