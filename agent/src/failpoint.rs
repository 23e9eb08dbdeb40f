//! A test hook: `JETWAY_FAILPOINT=after:fetch` makes the agent kill itself right there, as a power cut would.
//!
//! It is always compiled in, so that tests kill the program that is shipped; without the variable it does nothing.
//! Places: `after:<phase>` for every phase of the boot, `during:pull`, `during:start` (predecessors set aside, nothing
//! started), `before:ready`, `after:ready` (predecessors not yet removed), `during:leave`.

/// Dies here if this is the place that the test named.
pub fn reach(place: &str) {
    if std::env::var_os("JETWAY_FAILPOINT").is_some_and(|wanted| wanted == place) {
        tracing::warn!(place, "JETWAY_FAILPOINT: killing this process");
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}
