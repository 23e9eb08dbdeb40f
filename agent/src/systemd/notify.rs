//! Tells systemd how the agent is doing, when systemd started it.

use sd_notify::NotifyState;

use crate::platform::Supervision;
use crate::text::escape;

/// How long a sign of life lasts while the agent boots or drains, in microseconds; as long as `WatchdogSec=` of the unit. The
/// watchdog itself only begins with `READY=1`: <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>.
const PATIENCE: u32 = 45_000_000;

/// Sends one state; without `NOTIFY_SOCKET` it does nothing.
pub fn notify(state: Supervision<'_>) {
    let states: &[NotifyState<'_>] = match state {
        // A line break would begin another field of the message.
        Supervision::Status(text) => &[NotifyState::Status(&escape(text))],
        Supervision::Ready => &[NotifyState::Ready],
        Supervision::Stopping => &[NotifyState::Stopping],
        Supervision::Alive => &[NotifyState::Watchdog, NotifyState::ExtendTimeoutUsec(PATIENCE)],
    };
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}
