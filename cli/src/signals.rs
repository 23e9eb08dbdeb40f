//! What people and init systems end programs with.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Listens for the signals that ask this program to end; while it lives, none of them ends it.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Option<Signal>,
}

impl Signals {
    /// Begins to listen.
    pub fn listen() -> anyhow::Result<Self> {
        // With `nohup` a hang-up is nothing to hear of.
        let hang_up = if is_hang_up_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())?, hang_up })
    }

    /// The number of the next signal.
    pub async fn next(&mut self) -> u8 {
        let Self { interrupt, terminate, hang_up } = self;
        let hung_up = async {
            match hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => 2,
            _ = terminate.recv() => 15,
            _ = hung_up => 1,
        }
    }
}

/// Cancels `stop` at the first signal, until the guard is dropped.
pub fn stop_on_signals(stop: &CancellationToken) -> anyhow::Result<DropGuard> {
    let mut signals = Signals::listen()?;
    let (stop, done) = (stop.clone(), CancellationToken::new());
    let guard = done.clone().drop_guard();
    tokio::spawn(async move {
        tokio::select! {
            _ = signals.next() => stop.cancel(),
            () = done.cancelled() => {}
        }
    });
    Ok(guard)
}

/// The kernel lists a process's ignored signals as a hexadecimal mask; a hang-up is its lowest bit.
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
