//! The real proxies, asked over a pair of sockets of an object that answers as systemd does.
#![expect(clippy::unused_self, clippy::needless_pass_by_value, reason = "what the bus calls looks so")]

use std::os::unix::net::UnixStream;

use zbus::{Guid, interface};

use super::*;

const DOCKER_PATH: &str = "/org/freedesktop/systemd1/unit/docker_2eservice";
const GONE_PATH: &str = "/org/freedesktop/systemd1/unit/gone_2eservice";

struct FakeManager {
    state: &'static str,
    target: &'static str,
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl FakeManager {
    #[zbus(property)]
    fn system_state(&self) -> String {
        self.state.to_owned()
    }

    fn load_unit(&self, name: &str) -> OwnedObjectPath {
        let path = if name == "docker.service" { DOCKER_PATH } else { GONE_PATH };
        path.try_into().unwrap()
    }

    fn list_jobs(&self) -> Vec<ListedJob> {
        let none: OwnedObjectPath = "/".try_into().unwrap();
        let job =
            |unit: &str| (1, unit.to_owned(), "start".to_owned(), "waiting".to_owned(), none.clone(), none.clone());
        ["shutdown.target", self.target].map(job).into()
    }

    fn start_unit(&self, name: &str, mode: &str) -> fdo::Result<OwnedObjectPath> {
        assert_eq!((name, mode), ("docker.service", "replace"));
        Err(fdo::Error::AccessDenied("Interactive authentication required.".to_owned()))
    }

    fn list_units_filtered(&self, states: Vec<String>) -> Vec<ListedUnit> {
        assert_eq!(states, ["failed"]);
        ["b.service", "a.mount"].map(failed).into()
    }
}

fn failed(name: &str) -> ListedUnit {
    let text = |text: &str| text.to_owned();
    let none: OwnedObjectPath = "/".try_into().unwrap();
    (text(name), text(""), text("loaded"), text("failed"), text("failed"), text(""), none.clone(), 0, text(""), none)
}

struct FakeUnit {
    load: &'static str,
    active: &'static str,
}

#[interface(name = "org.freedesktop.systemd1.Unit")]
impl FakeUnit {
    #[zbus(property)]
    fn load_state(&self) -> String {
        self.load.to_owned()
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        self.active.to_owned()
    }

    #[zbus(property)]
    fn sub_state(&self) -> String {
        "dead".to_owned()
    }
}

struct FakeService;

#[interface(name = "org.freedesktop.systemd1.Service")]
impl FakeService {
    #[zbus(property)]
    fn result(&self) -> String {
        "exit-code".to_owned()
    }

    #[zbus(property, name = "NRestarts")]
    fn restarts(&self) -> u32 {
        3
    }

    #[zbus(property, name = "WatchdogTimestampMonotonic")]
    fn sign_of_life(&self) -> u64 {
        0
    }

    #[zbus(property)]
    fn status_text(&self) -> String {
        "loading".to_owned()
    }
}

/// A line to such an object, and that object, which lives as long as it is held.
async fn systemd(state: &'static str) -> (Bus, Connection) {
    systemd_for(state, "poweroff.target").await
}

/// The same, with a job to start that target.
async fn systemd_for(state: &'static str, target: &'static str) -> (Bus, Connection) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let server = connection::Builder::unix_stream(theirs)
        .server(Guid::generate())
        .p2p()
        .serve_at("/org/freedesktop/systemd1", FakeManager { state, target })
        .serve_at(DOCKER_PATH, FakeUnit { load: "loaded", active: "failed" })
        .serve_at(DOCKER_PATH, FakeService)
        .serve_at(GONE_PATH, FakeUnit { load: "not-found", active: "inactive" });
    let (bus, server) = tokio::join!(Bus::over(connection::Builder::unix_stream(ours).p2p(), LIMIT), server.build());
    (bus.unwrap(), server.unwrap())
}

#[tokio::test]
async fn the_system_goes_down_only_when_systemd_says_so() {
    let cases = [
        ("running", "reboot.target", None),
        ("degraded", "multi-user.target", None),
        ("stopping", "reboot.target", Some(Descent::Reboot)),
        ("stopping", "kexec.target", Some(Descent::Reboot)),
        ("stopping", "poweroff.target", Some(Descent::PowerOff)),
        ("stopping", "halt.target", Some(Descent::PowerOff)),
    ];
    for (state, target, expected) in cases {
        let (bus, _server) = systemd_for(state, target).await;
        assert_eq!(bus.descent().await.unwrap(), expected, "{state}, {target}");
    }
}

#[tokio::test]
async fn a_unit_is_told_with_its_state_result_and_restarts() {
    let (bus, _server) = systemd("running").await;
    let unit = bus.unit("docker.service").await.unwrap();
    assert_eq!(unit.to_string(), "docker.service is failed (exit-code), restarted 3 times");
    assert_eq!(unit.said.as_deref(), Some("loading"));
    let unit = bus.unit("gone.service").await.unwrap();
    assert_eq!(unit.to_string(), "gone.service is not installed");
}

#[tokio::test]
async fn failed_units_are_told_in_order() {
    let (bus, _server) = systemd("degraded").await;
    assert_eq!(bus.failed_units().await.unwrap(), ["a.mount", "b.service"]);
}

#[tokio::test]
async fn who_may_not_start_a_unit_is_told_so() {
    let (bus, _server) = systemd("running").await;
    let error = bus.start("docker.service").await.unwrap_err();
    assert_eq!(error.to_string(), "systemd refused it: Interactive authentication required.");
}

#[tokio::test]
async fn a_bus_on_which_nobody_answers_is_given_up() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let error = Bus::over(connection::Builder::unix_stream(ours).p2p(), LIMIT).await.err().unwrap();
    assert_eq!(error.to_string(), "systemd does not answer: nobody on the system's bus within 700 ms");
    drop(theirs);
}
