//! The image store beside the programs of others. These tests need a Docker engine, skopeo, buildah and podman
//! (`apt-get install skopeo buildah podman`), and fail where one is missing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends with a panic")]

#[path = "image/archive.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod archive;
#[path = "image/lab.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod lab;

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use archive::{Image, layer};
use lab::Lab;

/// Runs a program that must do its work, and gives what it prints.
#[track_caller]
fn tool(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("this test needs `{program}`: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {}: {told}", arguments.join(" "));
    output.stdout
}

/// An image in the Docker engine that goes when the test ends.
struct Loaded(String);

impl Loaded {
    /// Loads `image` under a tag of this test.
    fn new(test: &str, image: &Image) -> Self {
        let tag = format!("jetway-test-{test}-{}:v1", std::process::id());
        let mut manifest = image.manifest();
        manifest[0]["RepoTags"] = json!([tag]);
        tool("docker", &["load"], &image.parts().json("manifest.json", &manifest).bytes());
        Self(tag)
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rmi", "--force", &self.0]).output();
    }
}

/// An image that no other test and no other run has.
fn own_image(test: &str) -> Image {
    let own = layer("own", format!("{test} {}", std::process::id()).as_bytes());
    let layers = [layer("bin/shop", b"the program"), own];
    let image = Image::new().layers(&layers);
    if cfg!(target_arch = "aarch64") { image.with("architecture", &json!("arm64")) } else { image }
}

fn push(lab: &Lab, source: &str) -> Value {
    let platform = if cfg!(target_arch = "aarch64") { "linux/arm64" } else { "linux/amd64" };
    lab.image(&["push", "--json", source, "--platform", platform]).json()
}

#[test]
fn an_image_of_the_engine_is_published_once() {
    let lab = Lab::new();
    let loaded = Loaded::new("once", &own_image("once"));
    let first = push(&lab, &loaded.0);
    assert_eq!((&first["layers_stored"], &first["tag"]), (&json!(2), &json!(loaded.0)));
    let second = push(&lab, &loaded.0);
    assert_eq!((&second["manifest"], &second["bytes_read"]), (&first["manifest"], &json!(0)));
    let saved = tool("docker", &["save", &loaded.0], b"");
    lab.write("saved.tar", &saved);
    assert_eq!(push(&lab, "saved.tar")["manifest"], first["manifest"]);
}

#[test]
fn what_is_exported_loads_and_has_the_same_id() {
    let lab = Lab::new();
    let image = own_image("load");
    let loaded = Loaded::new("load", &image);
    push(&lab, &loaded.0);
    let id = || tool("docker", &["image", "inspect", "--format", "{{.Id}} {{.RootFS.Layers}}", &loaded.0], b"");
    let before = id();
    tool("docker", &["rmi", &loaded.0], b"");
    let exported = lab.image(&["export", &loaded.0]);
    assert_eq!(exported.code, Some(0), "{}", exported.stderr);
    tool("docker", &["load"], &exported.stdout);
    assert_eq!(id(), before);
}

#[test]
fn an_image_that_the_engine_lacks_is_an_error_with_a_hint() {
    let lab = Lab::new();
    let loaded = Loaded::new("hint", &own_image("hint"));
    let name = loaded.0.replace(":v1", ":v2");
    let outcome = lab.image(&["push", &name]);
    assert_eq!(outcome.code, Some(2));
    assert_eq!(
        outcome.stderr,
        format!(
            "error: the local Docker engine has no image `{name}`; nothing was changed\nhint: it has `{}`\n",
            loaded.0
        )
    );
    for (name, told) in [("", "the name of the image is empty"), ("http://a/b", "has no image `http://a/b`")] {
        let outcome = lab.image(&["push", name]);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    }
}

#[test]
fn skopeo_and_podman_read_the_store() {
    let lab = Lab::new();
    let image = own_image("layout");
    lab.write("shop.tar", &image.saved().bytes());
    let pushed = push(&lab, "shop.tar");
    let layout = format!("oci:{}:shop:v1", lab.images().display());
    let inspected: Value = serde_json::from_slice(&tool("skopeo", &["inspect", &layout], b"")).unwrap();
    assert_eq!(inspected["Digest"], pushed["manifest"]);
    let copy = lab.path("copy");
    tool("skopeo", &["copy", &layout, &format!("oci:{}:again", copy.display())], b"");
    assert_eq!(push(&lab, "./copy")["manifest"], pushed["manifest"]);
    let (root, run) = (lab.path("storage").display().to_string(), lab.path("run").display().to_string());
    tool("skopeo", &["copy", &layout, &format!("containers-storage:[vfs@{root}+{run}]localhost/shop:v1")], b"");
    let listed = String::from_utf8(podman(&lab, &["images", "--quiet", "--no-trunc"])).unwrap();
    assert_eq!(listed.trim(), format!("sha256:{}", image.id()));
    let archive = lab.path("podman.tar");
    podman(&lab, &["save", "--format", "oci-archive", "--output", archive.to_str().unwrap(), &image.id()]);
    assert_eq!(push(&lab, "podman.tar")["manifest"], pushed["manifest"]);
}

#[test]
fn archives_of_skopeo_podman_and_buildah_are_the_same_image() {
    let lab = Lab::new();
    let image = own_image("others");
    lab.write("shop.tar", &image.saved().bytes());
    let config = push(&lab, "shop.tar")["config"].clone();
    let source = format!("docker-archive:{}", lab.path("shop.tar").display());
    let place = |name: &str| lab.path(name).display().to_string();
    tool("skopeo", &["copy", &source, &format!("docker-archive:{}:localhost/shop:v1", place("skopeo.tar"))], b"");
    tool("skopeo", &["copy", &source, &format!("oci-archive:{}:v1", place("skopeo-oci.tar"))], b"");
    podman(&lab, &["load", "--quiet", "--input", &place("shop.tar")]);
    podman(&lab, &["save", "--quiet", "--format", "docker-archive", "--output", &place("podman.tar"), &image.id()]);
    buildah(&lab, &["push", "--quiet", &image.id(), &format!("oci-archive:{}:v1", place("buildah-oci.tar"))]);
    buildah(
        &lab,
        &["push", "--quiet", &image.id(), &format!("docker-archive:{}:localhost/shop:v1", place("buildah.tar"))],
    );
    for archive in ["skopeo.tar", "podman.tar"] {
        assert_eq!(push(&lab, archive)["config"], config, "{archive}");
    }
    // These two write the configuration anew when they change the format; the layers are the same.
    for archive in ["skopeo-oci.tar", "buildah-oci.tar", "buildah.tar"] {
        assert_eq!(push(&lab, archive)["layers_stored"], 0, "{archive}");
    }
}

fn podman(lab: &Lab, arguments: &[&str]) -> Vec<u8> {
    in_storage("podman", lab, arguments)
}

fn buildah(lab: &Lab, arguments: &[&str]) -> Vec<u8> {
    in_storage("buildah", lab, arguments)
}

/// Podman and buildah share a storage of their own for each test.
fn in_storage(program: &str, lab: &Lab, arguments: &[&str]) -> Vec<u8> {
    let (root, run) = (lab.path("storage").display().to_string(), lab.path("run").display().to_string());
    let storage = ["--root", &root, "--runroot", &run, "--storage-driver", "vfs"];
    tool(program, &[&storage[..], arguments].concat(), b"")
}
