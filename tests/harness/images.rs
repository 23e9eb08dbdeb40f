//! Images for the stories, built with no registry and no network.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

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

/// The archive of the example application, version 1, with one more layer that takes Docker a while; and the archive of
/// version 2, which has one more layer of a few bytes.
#[track_caller]
pub fn large(megabytes: usize) -> (Vec<u8>, Vec<u8>) {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("hello-test:large-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let (first, second) = (format!("{name}-1"), format!("{name}-2"));
    let folder = tempfile::tempdir().unwrap();
    let (blob, version) = (folder.path().join("blob"), folder.path().join("version.txt"));
    let input = format!("count={megabytes}");
    let output = format!("of={}", blob.display());
    let written = Command::new("dd").args(["if=/dev/urandom", "bs=1M", &input, &output]).output().unwrap();
    assert!(written.status.success(), "dd: {}", String::from_utf8_lossy(&written.stderr));
    fs::write(version, "2\n").unwrap();
    let docker = Docker::default();
    let build = |tag: &str, dockerfile: String| {
        fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
        let mut build = docker.command(&["build", "--quiet", "--tag", tag, folder.path().to_str().unwrap()]);
        let output = build.env("DOCKER_BUILDKIT", "0").output().unwrap();
        assert!(output.status.success(), "docker build: {}", String::from_utf8_lossy(&output.stderr));
    };
    build(&first, format!("FROM {}\nCOPY blob /blob\n", hello(1)));
    build(&second, format!("FROM {first}\nCOPY version.txt /version.txt\n"));
    let archives = (save(&docker, &first), save(&docker, &second));
    docker.ok(&["image", "rm", &first, &second]);
    archives
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
