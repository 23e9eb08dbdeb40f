//! The life of a one-off container: started, attached to, and stopped when it is out of time or nobody wants it any more.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use jetway_common::seconds::Seconds;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::FAULT;
use crate::engine::Engine;
use crate::engine::facts::ContainerFacts;
use crate::error::StepError;
use crate::output;

/// What a shell adds to the number of the signal that ended a program.
pub(super) const BY_SIGNAL: u8 = 128;
/// What timeout(1) exits with when it has ended a program.
const OUT_OF_TIME: u8 = 124;

/// A container that was made and not started.
pub(super) struct Life<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) id: &'a str,
    /// Whether it is connected with this terminal.
    pub(super) terminal: bool,
    /// How long it may run.
    pub(super) limit: Option<Seconds>,
    pub(super) stop_timeout: Duration,
}

/// Why it is over.
enum Over {
    /// Docker's program has ended, as it does with the container's.
    Ended(u8),
    /// This process was told to end by this signal.
    Signal(u8),
    /// It was out of time.
    Overdue(Seconds),
}

impl Life<'_> {
    /// Starts it and waits for its end; the exit code that tells of it. The container does not run any more then, unless a second
    /// signal came before its stop timeout was over.
    pub(super) async fn live(&self, signals: &mut Signals) -> Result<u8, StepError> {
        let mut docker = self.start()?;
        let over = tokio::select! {
            status = docker.wait() => Over::Ended(status.map_or(FAULT, |status| code(status.code(), status.signal()))),
            number = signals.next() => Over::Signal(number),
            limit = out_of_time(self.limit) => Over::Overdue(limit),
        };
        if let Over::Overdue(limit) = over {
            output::say(&format!("it did not end within {limit}"));
        }
        let found = self.engine.container(self.id).await?;
        if found.as_ref().is_some_and(|found| found.is_running) {
            tokio::select! {
                // What it says at its end is shown, too.
                () = self.stop(found.as_ref(), &mut docker) => {}
                _ = signals.next() => {}
            }
        }
        Ok(match over {
            Over::Ended(code) => self.exit_code(code).await?,
            Over::Signal(number) => BY_SIGNAL + number,
            Over::Overdue(_) => OUT_OF_TIME,
        })
    }

    /// Docker's own program knows terminals, their sizes and their keys.
    fn start(&self) -> Result<Child, StepError> {
        let mut docker = Command::new("docker");
        docker.args(["start", "--attach"]).kill_on_drop(true);
        if self.terminal {
            docker.arg("--interactive");
        }
        let started = docker.arg(self.id).spawn();
        started.map_err(|error| StepError::never(format!("cannot run Docker's program `docker`: {error}")))
    }

    async fn stop(&self, found: Option<&ContainerFacts>, docker: &mut Child) {
        let Some(found) = found else { return };
        let grace = self.stop_timeout.as_secs();
        output::say(&format!("stopping the container, for at most {grace} s; a second signal ends it at once"));
        // What does not stop is removed with force.
        if self.engine.stop(found).await.is_ok() {
            let _ = docker.wait().await;
        }
    }

    /// What Docker has seen the container end with; where it has not, what its own program ended with.
    async fn exit_code(&self, of_docker: u8) -> Result<u8, StepError> {
        let Some(found) = self.engine.container(self.id).await? else { return Ok(of_docker) };
        let code = u8::try_from(found.exit_code).unwrap_or(u8::MAX);
        let never_ran = found.started_at.is_none();
        Ok(if never_ran && code == 0 { FAULT } else { code })
    }
}

fn code(code: Option<i32>, signal: Option<i32>) -> u8 {
    let by_signal = || signal.map_or(i32::from(FAULT), |number| i32::from(BY_SIGNAL) + number);
    u8::try_from(code.unwrap_or_else(by_signal)).unwrap_or(u8::MAX)
}

async fn out_of_time(limit: Option<Seconds>) -> Seconds {
    match limit {
        Some(limit) => {
            tokio::time::sleep(limit.duration()).await;
            limit
        }
        None => std::future::pending().await,
    }
}

/// What ends the command: keys, whoever manages it, and the loss of its terminal.
pub(super) struct Signals([(u8, Signal); 3]);

impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self([
            (2, signal(SignalKind::interrupt())?),
            (15, signal(SignalKind::terminate())?),
            (1, signal(SignalKind::hangup())?),
        ]))
    }

    /// The number of the next signal.
    pub(super) async fn next(&mut self) -> u8 {
        let [(interrupt, first), (terminate, second), (hang_up, third)] = &mut self.0;
        tokio::select! {
            _ = first.recv() => *interrupt,
            _ = second.recv() => *terminate,
            _ = third.recv() => *hang_up,
        }
    }
}
