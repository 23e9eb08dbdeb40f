//! Programs in containers, and in ones of their own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Command;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::release::Release;
use crate::support::Told;

#[test]
fn exec_passes_everything_on() {
    let release = Release::live("evexec", "environment");
    let world = &release.world;
    let told = world.run(["exec", "local", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!((told.code, told.stdout.as_str(), told.stderr.as_str()), (7, "out\n", "err\n"));
    assert_eq!(world.jetway_with("exec local -- cat", "a\nb").ok().stdout, "a\nb");
    let json = world.run(["exec", "local", "--json", "--", "sh", "-c", "echo out; exit 3"]);
    assert_eq!((json.code, json.json()["stdout"].as_str()), (3, Some("out\n")));
    assert_told!(world, "exec local --container worker -- ls", @"
    exit 2
    -- stderr
    error: there is no container `worker`
    hint: there are: web
    ");
    assert_eq!(world.jetway("exec local -- no-such-program").code, 126);
    assert_eq!(world.jetway("exec local").code, 2);
}

#[test]
fn a_one_off_has_the_image_the_settings_and_the_config_of_its_release() {
    let release = Release::live("evrun", "environment");
    let world = &release.world;
    // A newer config that no release uses yet.
    world.jetway("config set local SECRET=newer").ok();
    let environment = |line: &str| {
        let told = world.jetway(line).ok();
        let wanted = ["SECRET=", "PLAIN=", "PORT=", "JETWAY_RELEASE=", "JETWAY_ENVIRONMENT="];
        let mut lines: Vec<String> = told
            .stdout
            .lines()
            .filter(|line| wanted.iter().any(|name| line.starts_with(name)))
            .map(str::to_owned)
            .collect();
        lines.sort_unstable();
        lines.join(" ")
    };
    assert_snapshot!(environment("run local -- env"), @"JETWAY_ENVIRONMENT=local JETWAY_RELEASE=v1 PLAIN=text PORT=18765 SECRET=c4n4ry");
    assert_snapshot!(environment("run local --container worker --config c2 -- env"), @"JETWAY_ENVIRONMENT=local JETWAY_RELEASE=v1 PLAIN=text SECRET=newer");
    let told = world.run(["run", "local", "--", "sh", "-c", "echo out; echo err >&2; exit 5"]);
    assert_eq!((told.code, told.stdout.as_str(), told.stderr.as_str()), (5, "out\n", "err\n"));
    assert_eq!(world.jetway_with("run local -- cat", "a\nb").ok().stdout, "a\nb");
    assert_eq!(world.jetway("run local -- no-such-program").code, 127);
    assert_eq!(world.jetway("run local --entrypoint echo -- hello").ok().stdout, "hello\n");
    let json = world.run(["run", "local", "--json", "--", "sh", "-c", "echo out; exit 3"]);
    assert_eq!((json.code, json.json()["stdout"].as_str()), (3, Some("out\n")));
    assert_told!(world, "run local --release v9 -- ls", @"
    exit 2
    -- stderr
    error: there is no release v9
    hint: `jetway releases local` lists them
    ");
    assert_told!(world, "run local --container wrker -- ls", @"
    exit 2
    -- stderr
    error: there is no container `wrker`; did you mean `worker`?
    hint: there are: web, worker
    ");
    assert_told!(world, "run local --config c9 -- ls", @"
    exit 2
    -- stderr
    error: there is no config c9 of evrun in local
    hint: `jetway config history local` lists them
    ");
    release.only_its_own_container_is_left();
}

#[test]
fn a_one_off_sees_its_config_as_files_in_memory() {
    let release = Release::live("evfiles", "files");
    let script = "stat -f -c %T $JETWAY_CONFIG_DIR; cat $JETWAY_CONFIG_DIR/SECRET; env | grep -c c4n4ry";
    let told = release.world.run(["run", "local", "--", "sh", "-c", script]);
    assert_eq!(told.stdout, "tmpfs\nc4n4ry0\n");
}

#[test]
fn a_config_that_was_replaced_is_not_used() {
    let release = Release::live("evpin", "environment");
    fs::remove_file(release.world.stored("config/c1.json")).unwrap();
    release.world.jetway("config set local SECRET=other").ok();
    assert_told!(release.world, "run local -- env", @"
    exit 1
    -- stderr
    error: config c1 is not the one that v1 was made with: it was replaced
    ");
}

#[test]
fn a_one_off_is_gone_when_it_is_interrupted() {
    let release = Release::live("evgone", "environment");
    let script = "trap 'echo bye; exit 0' TERM; echo up; while true; do sleep 0.05; done";
    for (signal, code) in [("-TERM", 143), ("-INT", 130), ("-HUP", 129)] {
        let mut command = release.world.command(["run", "local", "--", "sh", "-c", script]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut up = String::new();
        stdout.read_line(&mut up).unwrap();
        let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let mut bye = String::new();
        stdout.read_line(&mut bye).unwrap();
        let told = Told::from(child.wait_with_output().unwrap());
        assert_eq!((told.code, up.as_str(), bye.as_str()), (code, "up\n", "bye\n"), "{signal}: {}", told.stderr);
        release.only_its_own_container_is_left();
    }
}
