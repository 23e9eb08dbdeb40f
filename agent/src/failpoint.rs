//! A test hook: `JETWAY_FAILPOINT=after:fetch` makes the agent kill itself right there, as a power cut would.
//!
//! With `JETWAY_FAILPOINT_ONCE=FILE` it does so only while it can remove that file, so the next start gets further.
//!
//! It is always compiled in, so that tests kill the program that is shipped; without the variable it does nothing.
//! Places: `after:<phase>` for every phase of the boot, `during:pull`, `during:start` (predecessors set aside, nothing
//! started), `before:ready`, `after:ready` (predecessors not yet removed), `during:leave`.

/// Dies here if this is the place that the test named.
pub fn reach(place: &str) {
    let is_wanted = std::env::var_os("JETWAY_FAILPOINT").is_some_and(|wanted| wanted == place);
    if is_wanted && is_armed() {
        tracing::warn!(place, "JETWAY_FAILPOINT: killing this process");
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

fn is_armed() -> bool {
    std::env::var_os("JETWAY_FAILPOINT_ONCE").is_none_or(|file| std::fs::remove_file(file).is_ok())
}
