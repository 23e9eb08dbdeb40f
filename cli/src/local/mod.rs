//! The platform of this machine: a folder store, a key file, and one agent per application.

pub mod agent;
pub mod agent_binary;
pub mod config_folder;
pub mod fleet;
pub mod follow;
pub mod home;
pub mod host;
pub mod key;
pub mod store;

use self::fleet::LocalFleet;
use self::home::Home;
use self::key::KeyFile;
use self::store::FolderStore;
use crate::platform::Platform;

/// The platform of this machine, with its home made ready.
pub fn platform(home: &Home) -> anyhow::Result<Platform> {
    home.prepare()?;
    Ok(Platform {
        place: None,
        caller: None,
        store: Box::new(FolderStore::new(home.store())),
        keys: Box::new(KeyFile::new(home.key())),
        fleet: Box::new(LocalFleet::new(home.clone())),
    })
}
