//! Images for the stories, built with no registry and no network.

use std::process::Command;
use std::sync::OnceLock;

use crate::docker::Docker;
use crate::programs::root;

/// The example application in two versions that differ in one small layer: `hello-test:1` and `hello-test:2`.
#[track_caller]
pub fn hello(version: u8) -> String {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        for version in ["1", "2"] {
            let script = root().join("examples/hello/build.sh");
            let output = Command::new(script).args([&format!("hello-test:{version}"), version]).output().unwrap();
            assert!(output.status.success(), "build.sh: {}", String::from_utf8_lossy(&output.stderr));
        }
    });
    format!("hello-test:{version}")
}

/// The archive that `docker save` writes of an image.
#[track_caller]
pub fn save(docker: &Docker, image: &str) -> Vec<u8> {
    let output = docker.run(&["save", image]);
    assert!(output.status.success(), "docker save: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Images of Debian's own programs, `real-nginx:1` and `real-python:1`; making them takes minutes the first time.
#[track_caller]
pub fn real() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let output = Command::new(root().join("tests/lab/real-images.sh")).output().unwrap();
        assert!(output.status.success(), "real-images.sh: {}", String::from_utf8_lossy(&output.stderr));
    });
}
