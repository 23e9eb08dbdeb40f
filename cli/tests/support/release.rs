//! A live release that no deploy made: its record in the store, and its containers in a real Docker engine.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::World;

/// An image with a shell, made here with no registry.
const IMAGE: &str = "jetway-everyday:1";

/// How long Docker may list a container that it does not know any more.
const FORGETTING: Duration = Duration::from_secs(5);

/// The release v1 of an application of its own, with two containers; removed with all it started.
pub(crate) struct Release {
    pub(crate) world: World,
    application: String,
}

impl Release {
    /// `delivery` is how the config reaches the containers.
    #[track_caller]
    pub(crate) fn live(application: &str, delivery: &str) -> Self {
        let world = World::named(application);
        let release = Self { world, application: application.to_owned() };
        release.remove_containers();
        build_image();
        release.world.jetway_with("config set local SECRET -", "c4n4ry").ok();
        release.write_records(delivery);
        release.start("web", "echo out; echo err >&2; printf 'bad \\033[2J\\n'; exec sleep 1000");
        release
    }

    fn write_records(&self, delivery: &str) {
        let sealed = std::fs::read(self.world.stored("config/c1.json")).unwrap();
        let config = jetway_common::digest::Digest::of(&sealed);
        let image = json!({
            "manifest": format!("sha256:{:064}", 1),
            "config": docker(&["image", "inspect", "--format", "{{.Id}}", IMAGE]),
            "platform": "linux/amd64",
            "reference": IMAGE,
        });
        let container = json!({ "image": image, "settings": { "stop_timeout": "2s", "env": { "PLAIN": "text" } } });
        let record = json!({
            "format": 1,
            "installation": "jetway",
            "environment": "local",
            "application": self.application,
            "release": "v1",
            "origin": { "at": "2026-01-02T03:04:05Z", "by": "ann@laptop" },
            "config": { "version": "c1", "digest": config, "delivery": delivery },
            "containers": { "web": container, "worker": container },
            "http": {
                "container": "web", "port": 18765, "protocol": "http",
                "health": { "path": "/", "interval": "5s", "timeout": "2s", "grace": "2s" },
            },
            "instances": { "count": 1, "type": "t4g.small" },
        });
        let current = json!({
            "format": 1, "live": "v1", "previous": null, "pending": null, "updated_at": "2026-01-02T03:04:05Z",
        });
        self.store("releases/v1.json", &record);
        self.store("current.json", &current);
    }

    fn store(&self, name: &str, document: &Value) {
        let path = self.world.stored(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, document.to_string()).unwrap();
    }

    /// Starts a container of the release, as the agent would.
    pub(crate) fn start(&self, container: &str, script: &str) -> String {
        let label = |name: &str, value: &str| format!("--label=jetway.{name}={value}");
        docker(&[
            "run",
            "--detach",
            "--network=host",
            "--stop-timeout=0",
            &label("installation", "jetway"),
            &label("environment", "local"),
            &label("application", &self.application),
            &label("release", "v1"),
            &label("container", container),
            IMAGE,
            "sh",
            "-c",
            script,
        ])
    }

    /// The ids of all containers of the application, one-off ones included.
    pub(crate) fn containers(&self) -> Vec<String> {
        let filter = format!("label=jetway.application={}", self.application);
        docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]).lines().map(str::to_owned).collect()
    }

    /// Waits until Docker lists no other: it still does for a moment after it has answered that one is gone.
    #[track_caller]
    pub(crate) fn only_its_own_container_is_left(&self) {
        let deadline = Instant::now() + FORGETTING;
        while self.containers().len() > 1 && Instant::now() < deadline {}
        assert_eq!(self.containers().len(), 1, "something but the release's own container is left");
    }

    pub(crate) fn remove_containers(&self) {
        for id in self.containers() {
            docker(&["rm", "--force", &id]);
        }
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.remove_containers();
        }
    }
}

/// What a `docker` command that must succeed printed.
#[track_caller]
pub(crate) fn docker(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the docker command is there: `make docker` installs and starts it");
    assert!(status.success(), "docker {}: {}", arguments.join(" "), String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim().to_owned()
}

/// Busybox alone; the tests run at the same time, and the engine makes it once.
fn build_image() {
    static BUILT: std::sync::Once = std::sync::Once::new();
    BUILT.call_once(|| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy("/bin/busybox", folder.path().join("busybox"))
            .expect("busybox is there: `make test` installs busybox-static");
        let dockerfile =
            "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"--install\", \"/bin\"]\nENV PATH=/bin\n";
        std::fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
        // The classic builder: BuildKit is a plug-in that a machine may lack.
        let mut build = Command::new("docker");
        build.env("DOCKER_BUILDKIT", "0").args(["build", "--quiet", "--network=none", "--tag", IMAGE]);
        let output = build.arg(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    });
}
