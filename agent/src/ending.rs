//! What ends an agent's work: a signal, which is for it alone or for the whole system, or the order to leave.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::platform::{Descent, Host, Notice};

/// The longest pause between two looks for a notice, while nobody answers.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Why the agent is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The agent alone is to stop or to be upgraded: containers stay as they are.
    Stop,
    /// The system goes down: containers are to be stopped in their own time, and start again with it.
    Shutdown(Descent),
    /// The instance leaves: its containers are to be stopped.
    Terminate,
}

/// Hears of the ending, once there is one.
#[derive(Clone)]
pub struct Endings(watch::Receiver<Option<Ending>>);

impl Endings {
    /// Listens to signals and to the host.
    pub fn listen(host: Arc<dyn Host>) -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (sender, receiver) = watch::channel(None);
        tokio::spawn(async move {
            let mut leave = std::pin::pin!(told_to_leave(host.as_ref()));
            let mut is_leaving = false;
            loop {
                let ending = tokio::select! {
                    _ = terminate.recv() => stop_or_shutdown(host.as_ref()).await,
                    _ = interrupt.recv() => Ending::Stop,
                    () = &mut leave, if !is_leaving => Ending::Terminate,
                };
                tracing::info!(?ending, "told to end");
                sender.send_replace(Some(ending));
                if ending != Ending::Terminate {
                    break;
                }
                is_leaving = true;
            }
            // Whoever listens later must still find the sender.
            sender.closed().await;
        });
        Ok(Self(receiver))
    }

    /// Hears only what `receiver` says.
    pub fn new(receiver: watch::Receiver<Option<Ending>>) -> Self {
        Self(receiver)
    }

    /// Waits for the ending.
    pub async fn next(&mut self) -> Ending {
        match self.0.wait_for(Option::is_some).await.map(|ending| *ending) {
            Ok(Some(ending)) => ending,
            // Nobody is left who could say so.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Waits until the agent itself is to end, whatever has become of the instance.
    pub async fn stop(&mut self) {
        let is_stop = |ending: &Option<Ending>| ending.is_some_and(|ending| ending != Ending::Terminate);
        if self.0.wait_for(is_stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn stop_or_shutdown(host: &dyn Host) -> Ending {
    host.descent().await.map_or(Ending::Stop, Ending::Shutdown)
}

async fn told_to_leave(host: &dyn Host) {
    let mut pause = host.look_every();
    loop {
        match host.notice().await {
            Ok(Notice::Terminate) => return,
            Ok(Notice::Stay) => pause = host.look_every(),
            // That nobody answers decides nothing.
            Err(error) => {
                tracing::warn!(%error, "asking for the lifecycle notice");
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        tokio::time::sleep(pause).await;
    }
}
