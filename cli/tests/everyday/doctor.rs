//! This machine looked over.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use insta::assert_snapshot;

use crate::support::Told;
use crate::support::World;
use crate::support::settings;

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let world = World::new();
    let agent = world.write("agent", format!("#!/bin/sh\necho jetway-agent {}\n", env!("CARGO_PKG_VERSION")));
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).unwrap();
    let doctor = |agent: &std::path::Path, more: &[&str]| {
        Told::from(world.command([&["doctor"], more].concat()).env("JETWAY_AGENT", agent).output().unwrap())
    };
    let healthy = doctor(&agent, &["--json"]).ok().json();
    let verdict = |report: &serde_json::Value, what: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["what"] == what).unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    for what in ["jetway", "docker", "agent", "home", "key", "store", "clock"] {
        assert_eq!(verdict(&healthy, what), "ok", "{what}: {healthy}");
    }
    world.jetway("config set local A=1").ok();
    fs::set_permissions(world.home().join("key"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(world.home(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&agent, "#!/bin/sh\necho jetway-agent 9.9.9\n").unwrap();
    let future = std::time::SystemTime::now() + Duration::from_hours(2);
    fs::File::open(world.stored("config/c1.json")).unwrap().set_modified(future).unwrap();
    let ill = doctor(&agent, &["--json"]);
    assert_eq!(ill.code, 1);
    for (what, expected) in [("agent", "fail"), ("home", "fail"), ("key", "fail"), ("clock", "warn")] {
        assert_eq!(verdict(&ill.json(), what), expected, "{}", ill.stdout);
    }
    let mut settings = settings(&world);
    // These differ from machine to machine.
    settings.add_filter(r"(?m)^.*  (docker|disk) .*\n", "");
    settings.bind(|| {
        assert_snapshot!(doctor(&world.path().join("nowhere"), &[]).all(), @"
    exit 1
    -- stdout
          WHAT    FOUND
    ok    jetway  0.1.0
    FAIL  agent   JETWAY_AGENT names `FOLDER/nowhere`, and there is no file: let JETWAY_AGENT name the program
    FAIL  home    FOLDER/home has mode 0755: others may look into it: chmod 700 FOLDER/home
    FAIL  key     FOLDER/home/key has mode 0640: others may look into it: chmod 600 FOLDER/home/key
    ok    store   FOLDER/home/store
    warn  clock   it is TIME, and the store's newest record is of TIME: set this machine's clock
    ");
    });
}

#[test]
fn without_docker_it_is_said_so() {
    let world = World::new();
    for line in ["logs local", "exec local -- ls", "run local -- ls"] {
        let mut command = world.command(line.split(' '));
        let told = Told::from(command.env("DOCKER_HOST", "unix:///nowhere/docker.sock").output().unwrap());
        assert_eq!(told.code, 1, "{line}");
        assert!(told.stderr.contains("Docker does not answer"), "{line}: {}", told.stderr);
        assert!(told.stderr.contains("hint: start the Docker engine"), "{line}: {}", told.stderr);
    }
}
