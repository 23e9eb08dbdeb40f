//! What the commands make of their surroundings: variables, homes, terminals and files that are in the way.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
use std::process::{Command, Stdio};

use support::{Told, World};

#[track_caller]
fn with(world: &World, line: &str, variable: &str, value: &str) -> Told {
    Told::from(world.command(line.split_whitespace()).env(variable, value).output().unwrap())
}

#[test]
fn a_flag_can_be_a_variable_in_any_usual_spelling() {
    let world = World::new();
    world.jetway("init").ok();
    for (value, is_json) in [("1", true), ("true", true), ("yes", true), ("0", false), ("false", false), ("", false)] {
        let told = with(&world, "check", "JETWAY_JSON", value).ok();
        assert_eq!(told.stdout.starts_with('{'), is_json, "JETWAY_JSON={value}: {}", told.all());
    }
    for variable in ["JETWAY_QUIET", "JETWAY_YES"] {
        for value in ["1", "0", ""] {
            with(&world, "check", variable, value).ok();
        }
    }
}

#[test]
fn a_program_is_told_in_json_what_is_wrong_with_its_command_line() {
    let world = World::new();
    let told = world.jetway("releases local --limit many --json");
    assert_eq!(told.code, 2, "{}", told.all());
    let message = told.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("invalid value 'many'"), "{message}");
    assert!(told.stderr.starts_with("error: invalid value 'many'"), "{}", told.all());
    assert!(world.jetway("exec local --no-such -- program --json").stdout.is_empty());
    assert!(world.jetway("--version --json").ok().stdout.starts_with("jetway "));
}

#[test]
fn an_empty_home_is_none() {
    let world = World::new();
    with(&world, "releases local", "JETWAY_HOME", "").ok();
    assert!(world.path().join(".local/share/jetway/store/jetway-store").is_file());
}

#[test]
fn a_folder_with_other_files_is_not_taken_for_a_store() {
    let world = World::new();
    world.write("home/store/photo.jpg", "x");
    let told = world.jetway("releases local");
    assert_eq!(told.code, 2, "{}", told.all());
    assert!(told.stderr.contains("is no store of Jetway"), "{}", told.all());
    assert_eq!(fs::read_dir(world.home().join("store")).unwrap().count(), 1);
}

#[test]
fn an_answer_that_is_not_read_on_a_terminal_has_no_colour() {
    let world = World::new();
    let answer = world.path().join("answer");
    // `script` gives stdin and stderr a terminal, and stdout goes to a file.
    let line = format!("{} status local > {}", env!("CARGO_BIN_EXE_jetway"), answer.display());
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).stdout(Stdio::null());
    command.env("JETWAY_HOME", world.home()).env("JETWAY_APPLICATION", "hello").env_remove("NO_COLOR");
    command.env("TERM", "xterm").status().unwrap();
    let answer = fs::read_to_string(answer).unwrap();
    assert!(answer.starts_with("hello in local: unknown\n"), "{answer:?}");
}

#[test]
fn a_damaged_record_hides_no_other_release() {
    let world = World::new();
    world.jetway("releases local").ok();
    let record = world.stored("releases/v1.json");
    fs::create_dir_all(record.parent().unwrap()).unwrap();
    fs::write(&record, "{").unwrap();
    let told = world.jetway("releases local --json").ok();
    assert_eq!(told.json(), serde_json::json!([]));
    assert!(told.stderr.contains("v1 is left out"), "{}", told.all());
    assert_eq!(world.jetway("releases show local v1").code, 1);
}
