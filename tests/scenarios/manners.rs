//! How the commands behave towards scripts and shells.

use std::io::Read as _;
use std::process::Stdio;

use jetway_tests::images::hello;
use jetway_tests::world::World;

#[test]
fn every_command_prints_json_alone_when_asked() {
    let world = World::new("json");
    world.manifest(&hello(1), "ok");
    let everything: &[(&[&str], i32)] = &[
        (&["check"], 0),
        (&["config-schema"], 0),
        (&["config", "set", "local", "GREETING=x"], 0),
        (&["config", "list", "local"], 0),
        (&["config", "get", "local", "GREETING"], 0),
        (&["config", "history", "local"], 0),
        (&["config", "diff", "local"], 1),
        (&["image", "push"], 0),
        (&["image", "list"], 0),
        (&["diff", "local"], 1),
        (&["deploy", "local"], 0),
        (&["status", "local"], 0),
        (&["releases", "local"], 0),
        (&["releases", "show", "local", "v1"], 0),
        (&["deploy", "local"], 0),
        (&["rollback", "local"], 0),
        (&["wait", "local"], 0),
        (&["abort", "local"], 2),
        (&["scale", "local", "2"], 2),
        (&["lock", "status", "local"], 0),
        (&["lock", "release", "local"], 2),
        (&["image", "prune"], 0),
        (&["config", "unset", "local", "GREETING"], 0),
        (&["rollback", "local", "v77"], 2),
        (&["deploy", "qa"], 2),
        (&["destroy", "local", "--yes"], 0),
        (&["status", "local"], 3),
    ];
    for (command, code) in everything {
        let arguments: Vec<&str> = command.iter().copied().chain(["--json"]).collect();
        let outcome = world.jetway(&arguments).exits(*code);
        let value = outcome.json();
        assert!(value.is_object() || value.is_array(), "{outcome}");
    }
}

#[test]
fn the_commands_that_look_into_a_release_print_json_alone_too() {
    let world = World::new("json-look");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    world.page();
    let exec = world.jetway(&["exec", "local", "--json", "--", "/no/such/program"]);
    assert!(exec.json().is_object(), "{exec}");
    let run = world.jetway(&["run", "local", "--json", "--", "--no-such-flag"]);
    assert!(run.json().is_object(), "{run}");
    let logs = world.jetway(&["logs", "local", "--json"]).succeeds();
    assert!(!logs.stdout.is_empty());
    for line in logs.stdout.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(value["container"], "web", "{line}");
    }
    let doctor = world.jetway(&["doctor", "--json"]);
    assert!(doctor.json().is_object(), "{doctor}");
    for command in [&["status", "--json"][..], &["doctor", "--json"]] {
        let outcome = world.agent(command);
        assert!(outcome.json().is_object(), "{outcome}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let world = World::new("pipe");
    for command in [&["config-schema"][..], &["man"], &["completions", "bash"], &["--help"]] {
        let mut child = world.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        child.wait().unwrap();
        assert!(!stderr.contains("panicked"), "{command:?}: {stderr}");
    }
}

#[test]
fn nothing_asks_a_question_without_a_terminal() {
    let world = World::new("ask");
    world.jetway(&["destroy", "local"]).exits(2).says("there is no terminal to ask on").says("say --yes");
    world.jetway(&["config", "set", "local", "NAME"]).exits(2);
}

#[test]
fn an_environment_that_does_not_exist_is_told() {
    let world = World::new("qa");
    world.jetway(&["deploy", "qa"]).exits(2).says("no AWS region is named");
    world.jetway(&["deploy", "QA!"]).exits(2).says("environment name");
}

#[test]
fn without_a_manifest_the_application_is_asked_for() {
    let world = World::new("none");
    std::fs::remove_file(world.path().join("jetway.toml")).unwrap();
    world.jetway(&["status", "local"]).exits(2).says("no --application is given, so the manifest must name it");
}

#[test]
fn every_problem_of_a_manifest_is_told_before_anything_is_done() {
    let world = World::new("bad");
    world.manifest_text("application = \"Bad\"\n[containers.web]\nprivileged = true\n[http]\nport = 70000\n");
    let outcome = world.jetway(&["deploy", "local"]).exits(2);
    outcome.says("jetway.toml:1:").says("jetway.toml:3:").says("70000");
    let outcome = world.jetway(&["status", "local"]).exits(2).says("error: jetway.toml:1:");
    assert!(!outcome.stderr.contains("--application"), "{outcome}");
    assert!(!world.store("jetway").exists());
}
