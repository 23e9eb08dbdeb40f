//! What ends an agent's work: a signal, which leaves the containers alone, or the order to leave.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::platform::{Host, Notice};

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why the agent is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The agent alone is to stop or to be upgraded: containers stay as they are.
    Stop,
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
            let ending = tokio::select! {
                _ = terminate.recv() => Ending::Stop,
                _ = interrupt.recv() => Ending::Stop,
                () = told_to_leave(host) => Ending::Terminate,
            };
            tracing::info!(?ending, "told to end");
            let _ = sender.send(Some(ending));
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
}

async fn told_to_leave(host: Arc<dyn Host>) {
    loop {
        match host.notice().await {
            Ok(Notice::Terminate) => return,
            Ok(Notice::Stay) => {}
            Err(error) => tracing::warn!(%error, "asking for the lifecycle notice"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
