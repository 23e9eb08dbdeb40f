//! Values on the disk: sealed, bound to their place, and lost to no other writer.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::process::Stdio;

use crate::CANARY;
use crate::support::Told;
use crate::support::World;
use crate::two_versions;

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let world = World::new();
    let start = |index: u32| {
        let mut command = world.command(["config", "set", "local", &format!("N{index}={index}")]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let all: Vec<_> = (0..8).map(start).collect();
    let versions: std::collections::BTreeSet<String> = all
        .into_iter()
        .map(|child| Told::from(child.wait_with_output().unwrap()).ok().stdout)
        .map(|stdout| stdout.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(versions.len(), 8, "{versions:?}");
    let list = world.jetway("--json config list local").json();
    assert_eq!((&list["version"], list["names"].as_array().unwrap().len()), (&"c8".into(), 8));
}

#[test]
fn no_value_is_on_the_disk_or_in_any_output() {
    let world = two_versions();
    world.jetway("config set local LEVEL=debug").ok();
    for line in ["list", "get", "history", "diff", "unset"] {
        let name = if line == "get" || line == "unset" { " KEY" } else { "" };
        let told = world.jetway(&format!("-vv config {line} local{name}"));
        assert!(!told.all().contains(CANARY), "{line}");
    }
    let found = Command::new("grep").arg("-r").arg(CANARY).arg(world.home()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}

#[test]
fn a_config_opens_only_where_it_belongs_and_with_its_key() {
    let world = two_versions();
    fs::copy(world.stored("config/c1.json"), world.stored("config/c3.json")).unwrap();
    assert_told!(world, "config get local GREETING --reveal", @"
    exit 1
    -- stderr
    error: `jetway/local/hello/config/c3.json` cannot be used
      because: the config was sealed for hello c1 in local of jetway, not for hello c3 in local of jetway
    ");
    fs::remove_file(world.stored("config/c3.json")).unwrap();
    let sealed = fs::read_to_string(world.stored("config/c2.json")).unwrap();
    fs::write(world.stored("config/c2.json"), sealed.replace("\\\"by\\\":\\\"ann", "\\\"by\\\":\\\"eve")).unwrap();
    assert_told!(world, "config get local GREETING --reveal", @"
    exit 1
    -- stderr
    error: the config of hello c2 in local of jetway does not open: it was changed after it was sealed, or the key is another one
    ");
    fs::write(world.stored("config/c2.json"), sealed).unwrap();
    let key = world.home().join("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_told!(world, "config get local GREETING --reveal", @"
    exit 1
    -- stderr
    error: the key `FOLDER/home/key` has mode 0644: others may read it
    hint: chmod 600 FOLDER/home/key
    ");
    fs::remove_file(&key).unwrap();
    let gone = world.jetway("config get local GREETING --reveal");
    assert_eq!(gone.code, 1);
    assert!(gone.stderr.contains("is gone"), "{}", gone.stderr);
    world.jetway("config list local").ok();
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let world = two_versions();
    for line in ["config list local", "config export local --reveal", "--json config history local", "--help"] {
        let mut child = world.command(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let told = Told::from(child.wait_with_output().unwrap()).ok();
        assert!(!told.stderr.contains("panic"), "{line}: {}", told.stderr);
    }
}

/// Needs python with cryptography: tests/lab/python.sh makes it under target/python.
#[test]
fn an_independent_program_opens_a_config() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let python = root.join("target/python/bin/python");
    assert!(python.is_file(), "{} is missing: tests/lab/python.sh makes it", python.display());
    let world = two_versions();
    let open = |version: &str, key: &std::path::Path| {
        let script = root.join("tests/lab/open_sealed_config.py");
        let output = Command::new(&python)
            .arg(script)
            .args([world.stored(&format!("config/{version}.json")).as_path(), key])
            .args(["jetway", "local", "hello", "c2"])
            .output()
            .unwrap();
        Told::from(output)
    };
    let key = world.home().join("key");
    let opened = open("c2", &key).ok().json();
    assert_eq!(opened, serde_json::json!({ "GREETING": "hello there", "LEVEL": "info", "KEY": CANARY }));
    assert_eq!(open("c1", &key).code, 1, "it belongs to c1");
    let other = World::new();
    other.jetway("config set local A=1").ok();
    assert_eq!(open("c2", &other.home().join("key")).code, 1, "it was sealed with another key");
}
