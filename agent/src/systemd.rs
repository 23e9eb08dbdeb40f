//! Tells systemd how the agent is doing, when systemd started it.

use sd_notify::NotifyState;

use crate::platform::Supervision;

/// Sends one state; without `NOTIFY_SOCKET` it does nothing.
pub fn notify(state: Supervision<'_>) {
    let states: &[NotifyState<'_>] = match state {
        Supervision::Status(text) => &[NotifyState::Status(text)],
        Supervision::Ready => &[NotifyState::Ready],
        Supervision::Stopping => &[NotifyState::Stopping],
        Supervision::Alive => &[NotifyState::Watchdog],
    };
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}
