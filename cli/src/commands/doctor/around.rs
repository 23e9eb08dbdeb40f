//! The programs around: Docker and the agent.

use std::time::Duration;

use tokio::process::Command;

use super::Check;
use crate::docker::Engine;
use crate::docker::about::ImageStore;
use crate::error::hint_of;
use crate::local::agent_binary;
use crate::printer::harmless;

const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");
/// A program that does not tell its version by then is not the agent.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn docker() -> Check {
    let about = async { Engine::connect().await?.about().await };
    match about.await {
        Err(error) => Check::fail("docker", error.to_string(), hint_of(&error).unwrap_or("start the Docker engine")),
        Ok(about) => {
            let store = match about.image_store {
                ImageStore::Classic(driver) => driver,
                ImageStore::Containerd(snapshotter) => format!("containerd's, {snapshotter}"),
            };
            Check::ok("docker", format!("version {}, API {}, image store {store}", about.version, about.api))
        }
    }
}

pub(super) async fn agent() -> Check {
    let path = match agent_binary::find() {
        Ok(path) => path,
        Err(error) => {
            let advice = hint_of(&error).unwrap_or("let JETWAY_AGENT name the program");
            return Check::fail("agent", error.to_string(), advice);
        }
    };
    let shown = path.display();
    let asked = Command::new(&path).arg("version").kill_on_drop(true).output();
    let answer = match tokio::time::timeout(PATIENCE, asked).await {
        Err(_) => Err(format!("{shown} does not tell its version")),
        Ok(Err(error)) => Err(format!("{shown} does not run: {error}")),
        Ok(Ok(output)) if !output.status.success() => {
            Err(format!("{shown} does not tell its version: {}", output.status))
        }
        Ok(Ok(output)) => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
    };
    match answer {
        Err(found) => Check::fail("agent", found, "install the one that came with this program"),
        Ok(answer) if answer.split_whitespace().any(|word| word == OWN_VERSION) => {
            Check::ok("agent", format!("{OWN_VERSION}, {shown}"))
        }
        Ok(answer) => {
            let found = format!("{shown} says {:?}, and jetway is {OWN_VERSION}", harmless(&answer));
            Check::fail("agent", found, "install both programs from one release")
        }
    }
}
