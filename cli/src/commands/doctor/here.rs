//! What `local` has on this machine: home, key, store, room and time.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::local::home::{Home, STORE_MARK};
use crate::local_time::local;
use crate::progress::size;
use crate::session::{Session, Target};

/// Below this, an image of the usual size and what Docker makes of it may not fit.
const LITTLE_ROOM: u64 = 5_000_000_000;
/// Below this, hardly any image fits.
const NO_ROOM: u64 = 500_000_000;
/// Clocks may differ by so much without doing harm.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn home(home: &Home) -> Check {
    private("home", home.path(), 0o700)
}

pub(super) fn key(home: &Home) -> Check {
    let path = home.key();
    if path.exists() { private("key", &path, 0o600) } else { Check::ok("key", "none yet; the first config makes it") }
}

/// Mine alone, or what to do about it.
fn private(what: &'static str, path: &Path, wanted: u32) -> Check {
    let shown = path.display();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            return Check::fail(what, format!("{shown}: {error}"), "let JETWAY_HOME name a folder of your own");
        }
    };
    let (mode, own) = (metadata.permissions().mode() & 0o777, rustix::process::geteuid().as_raw());
    if metadata.uid() != own {
        let found = format!("{shown} belongs to user {}, not to you", metadata.uid());
        return Check::fail(what, found, format!("chown {own} {shown}"));
    }
    if mode & 0o077 != 0 {
        let found = format!("{shown} has mode {mode:04o}: others may look into it");
        return Check::fail(what, found, format!("chmod {wanted:o} {shown}"));
    }
    Check::ok(what, format!("{shown}, mode {mode:04o}"))
}

pub(super) fn store(home: &Home) -> Check {
    let store = home.store();
    if store.join(STORE_MARK).is_file() {
        return Check::ok("store", store.display().to_string());
    }
    let found = format!("{} has no file `{STORE_MARK}`", store.display());
    Check::fail("store", found, "it is no store of Jetway; let JETWAY_HOME name another folder")
}

pub(super) fn disk(home: &Home) -> Check {
    match rustix::fs::statvfs(home.path()) {
        Err(error) => Check::warn("disk", format!("how much room there is, nobody knows: {error}"), "look yourself"),
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let text = format!("{} free at {}", size(free), home.path().display());
            match free {
                0..NO_ROOM => Check::fail("disk", text, "make room; `jetway image prune` removes old images"),
                NO_ROOM..LITTLE_ROOM => Check::warn("disk", text, "a large image may not fit"),
                _ => Check::ok("disk", text),
            }
        }
    }
}

/// Whether anything in the store was written later than now.
pub(super) async fn clock(session: &Session) -> Check {
    let now = Timestamp::now();
    let newest = match newest(session).await {
        Err(error) => return Check::fail("clock", error.to_string(), "see whether the store can be read"),
        Ok(newest) => newest,
    };
    match newest {
        Some(newest) if newest.duration_since(now) > TOLERANCE => {
            let found = format!("it is {}, and the store's newest record is of {}", local(now), local(newest));
            Check::warn("clock", found, "set this machine's clock")
        }
        Some(newest) => Check::ok("clock", format!("the store's newest record is of {}", local(newest))),
        None => Check::ok("clock", "nothing in the store to compare it with"),
    }
}

async fn newest(session: &Session) -> anyhow::Result<Option<Timestamp>> {
    let Ok(application) = session.application() else { return Ok(None) };
    let target = Target::new(jetway_common::name::EnvironmentName::local(), application);
    let entries = session.store().list(&target.keys.all()).await?;
    Ok(entries.iter().map(|entry| entry.written_at).max())
}
