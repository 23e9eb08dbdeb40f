//! A config value is planted and looked for everywhere that it must not be.

use std::fs;
use std::path::Path;
use std::process::Command;

use jetway_tests::images::hello;
use jetway_tests::world::World;

const CANARY: &str = "canary-7f3a9c-never-seen";

#[test]
fn a_config_value_is_nowhere_but_in_the_container() {
    let world = World::new("canary").with("JETWAY_VERBOSE", "2").with("RUST_LOG", "trace");
    let image = hello(1);
    let mut said = String::new();
    said += &world.jetway_with(&["config", "set", "local", "GREETING", "-"], CANARY.as_bytes()).succeeds().all();
    world.manifest(&image, "ok");
    said += &world.jetway(&["deploy", "local"]).succeeds().all();
    assert!(world.page().contains(CANARY));
    world.manifest(&image, "leak");
    said += &world.jetway(&["deploy", "local"]).all();
    for command in [
        &["status", "local"][..],
        &["config", "list", "local"],
        &["config", "get", "local", "GREETING"],
        &["diff", "local"],
    ] {
        said += &world.jetway(command).all();
        said += &world.jetway(&[command, &["--json"]].concat()).all();
    }
    said += &world.agent(&["status"]).all();
    assert!(!said.contains(CANARY), "{said}");
    let found = files_with(&world.home(), CANARY);
    // The log that a removed container leaves behind is the application's own words, and is not sifted.
    let elsewhere: Vec<_> = found.iter().filter(|path| !path.contains("/logs/")).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_container_that_prints_its_config_and_fails_does_not_put_it_into_the_report() {
    let world = World::new("leak");
    world.jetway(&["config", "set", "local", &format!("GREETING={CANARY}")]).succeeds();
    world.manifest(&hello(1), "leak");
    let outcome = world.jetway(&["deploy", "local", "--timeout", "30s"]);
    assert!(!outcome.all().contains(CANARY), "{outcome}");
}

#[test]
fn config_delivered_as_files_is_not_in_dockers_settings() {
    let world = World::new("files");
    let (image, port) = (hello(1), world.port);
    world.jetway(&["config", "set", "local", &format!("GREETING={CANARY}")]).succeeds();
    world.manifest_text(&format!(
        "application = \"{}\"\nconfig = \"files\"\nimage = {{ reference = \"{image}\" }}\n\
         [containers.web]\n[http]\nport = {port}\n",
        world.application()
    ));
    world.jetway(&["deploy", "local"]).succeeds();
    let container = world.only_container();
    assert!(!container.to_string().contains(CANARY));
    let mounts = container["Mounts"].as_array().unwrap();
    let config = mounts.iter().find(|mount| mount["Destination"] == "/run/jetway/config").unwrap();
    assert_eq!(config["RW"], false);
    let file = Path::new(config["Source"].as_str().unwrap()).join("GREETING");
    assert_eq!(fs::read_to_string(&file).unwrap(), CANARY);
    world.jetway(&["destroy", "local", "--yes"]).succeeds();
    assert!(!file.exists());
}

#[test]
fn config_files_open_for_any_user_of_the_container_and_for_no_other_user_of_the_machine() {
    let world = World::new("users");
    let (image, port) = (hello(1), world.port);
    world.jetway(&["config", "set", "local", &format!("GREETING={CANARY}")]).succeeds();
    world.manifest_text(&format!(
        "application = \"{}\"\nconfig = \"files\"\nimage = {{ reference = \"{image}\" }}\n\
         [containers.web]\nuser = \"4242:4242\"\ndrop_capabilities = true\n[http]\nport = {port}\n",
        world.application()
    ));
    world.jetway(&["deploy", "local"]).succeeds();
    assert!(world.page().contains(CANARY));
    let container = world.only_container();
    let source = container["Mounts"][0]["Source"].as_str().unwrap();
    let mut reader = Command::new("setpriv");
    reader
        .args(["--reuid", "4242", "--regid", "4242", "--clear-groups", "cat"])
        .arg(Path::new(source).join("GREETING"));
    let said = reader.output().unwrap();
    assert!(!said.status.success() && said.stdout.is_empty());
    assert!(String::from_utf8_lossy(&said.stderr).contains("Permission denied"), "{said:?}");
}

#[test]
fn a_config_from_another_environment_or_changed_by_a_byte_does_not_open() {
    let world = World::new("changed");
    world.jetway(&["config", "set", "local", "GREETING=x"]).succeeds();
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    let sealed = world.store(&format!("jetway/local/{}/config/c1.json", world.application()));
    let mut bytes = fs::read(&sealed).unwrap();
    let last = bytes.len() - 20;
    bytes[last] = if bytes[last] == b'A' { b'B' } else { b'A' };
    fs::write(&sealed, bytes).unwrap();
    world.jetway(&["config", "get", "local", "GREETING", "--reveal"]).exits(1).says("does not open");
    world.jetway(&["deploy", "local"]).exits(1).says("phase unseal").says("v1 goes on serving");
    assert!(world.page().contains("v1"));
}
