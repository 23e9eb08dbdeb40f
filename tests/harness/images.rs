//! Images for the stories, built with no registry and no network.

use std::fs::{self, File};
use std::io::Read as _;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use jetway_common::digest::Digest;
use serde_json::{Value, json};

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
    let blob = random(megabytes);
    grown([("blob", &blob), ("version.txt", b"2\n")])
}

/// The archive of the example application with one more layer; and with yet another, which differs from that in its end alone.
#[track_caller]
pub fn twins(megabytes: usize) -> (Vec<u8>, Vec<u8>) {
    let blob = random(megabytes);
    let mut twin = blob.clone();
    *twin.last_mut().unwrap() ^= 1;
    grown([("blob", &blob), ("blob", &twin)])
}

/// The archive of the example application with one more layer that cannot be compressed; and with yet another.
#[track_caller]
pub fn noise(first: usize, second: usize) -> (Vec<u8>, Vec<u8>) {
    grown([("first", &random(first)), ("second", &random(second))])
}

/// Bytes that cannot be compressed.
fn random(megabytes: usize) -> Vec<u8> {
    let mut bytes = vec![0; megabytes << 20];
    File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes
}

/// The archives of two images, the second of which has a layer more than the first: each a file, of the same age.
#[track_caller]
fn grown(files: [(&str, &[u8]); 2]) -> (Vec<u8>, Vec<u8>) {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("hello-test:large-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let (folder, docker, mut below) = (tempfile::tempdir().unwrap(), Docker::default(), hello(1));
    let archives = [1, 2].map(|number| {
        let ((file, bytes), tag) = (files[number - 1], format!("{name}-{number}"));
        let path = folder.path().join(file);
        fs::write(&path, bytes).unwrap();
        File::open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        fs::write(folder.path().join("Dockerfile"), format!("FROM {below}\nCOPY {file} /{file}\n")).unwrap();
        let mut build = docker.command(&["build", "--quiet", "--tag", &tag, folder.path().to_str().unwrap()]);
        let output = build.env("DOCKER_BUILDKIT", "0").output().unwrap();
        assert!(output.status.success(), "docker build: {}", String::from_utf8_lossy(&output.stderr));
        below = tag;
        save(&docker, &below)
    });
    docker.ok(&["image", "rm", &format!("{name}-1"), &format!("{name}-2")]);
    let [first, second] = archives;
    (first, second)
}

/// An OCI archive of the image `name` for two platforms, of which only that in `archive` is there: as an engine has it that
/// pulled it.
#[track_caller]
pub fn half(archive: &[u8], name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("saved.tar"), archive).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let (from, to) = (format!("docker-archive:{}", path("saved.tar")), format!("oci:{}:1", path("layout")));
    run("skopeo", &["copy", "--quiet", "--insecure-policy", &from, &to]);
    let mut index: Value = serde_json::from_slice(&fs::read(path("layout/index.json")).unwrap()).unwrap();
    let mut here = index["manifests"][0].clone();
    here.as_object_mut().unwrap().remove("annotations");
    let absent = Digest::of(b"another platform's manifest");
    let mut elsewhere = here.clone();
    let architecture = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
    here["platform"] = json!({ "os": "linux", "architecture": architecture });
    elsewhere["platform"] = json!({ "os": "linux", "architecture": "s390x" });
    elsewhere["digest"] = absent.to_string().into();
    let kind = "application/vnd.oci.image.index.v1+json";
    let both = json!({ "schemaVersion": 2, "mediaType": kind, "manifests": [here, elsewhere] }).to_string();
    let digest = Digest::of(both.as_bytes());
    fs::write(path(&format!("layout/blobs/sha256/{}", digest.hex())), &both).unwrap();
    let names = json!({ "io.containerd.image.name": format!("docker.io/library/{name}") });
    index["manifests"] = json!([{ "mediaType": kind, "digest": digest, "size": both.len(), "annotations": names }]);
    fs::write(path("layout/index.json"), index.to_string()).unwrap();
    run("tar", &["-C", &path("layout"), "-c", "."])
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
