//! What containers write.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::release::Release;
use crate::support::Told;

#[test]
fn logs_are_those_of_the_containers() {
    let release = Release::live("evlogs", "environment");
    let world = &release.world;
    let told = world.jetway("logs local").ok();
    let mut lines: Vec<&str> = told.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["bad \u{1b}[2J", "err", "out"], "what is no terminal gets the bytes as they are");
    let lines: Vec<serde_json::Value> =
        world.jetway("logs local --json").ok().stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let err = lines.iter().find(|line| line["line"] == "err").unwrap();
    assert_eq!((&err["channel"], &err["container"], &err["release"]), (&"stderr".into(), &"web".into(), &"v1".into()));
    assert_eq!(world.jetway("logs local --tail 0").ok().stdout, "");
    assert_eq!(world.jetway("logs local --since 2099-01-01T00:00:00Z").ok().stdout, "");
    release.start("worker", "echo from the worker");
    let told = world.jetway("logs local").ok();
    assert!(
        told.stdout.contains("web    | out\n") && told.stdout.contains("worker | from the worker\n"),
        "{}",
        told.stdout
    );
    assert_eq!(world.jetway("logs local --container worker").ok().stdout, "from the worker\n");
    assert_told!(world, "logs local --container wrker", @"
    exit 2
    -- stderr
    error: there is no container `wrker`; did you mean `worker`?
    hint: there are: web, worker
    ");
    assert_told!(world, "logs local --release v9", @"
    exit 1
    -- stderr
    error: no container of v9 of evlogs is in local
    hint: without --release, those that are there are meant
    ");
    assert_told!(world, "logs local --since yesterday", @r#"
    exit 2
    -- stderr
    error: invalid value 'yesterday' for '--since <WHEN>': "yesterday" is neither a length of time, for example "10m" or "2d", nor a time, for example "TIME"

    For more information, try '--help'.
    "#);
    assert_told!(world, "logs local --previous", @"
    exit 1
    -- stderr
    error: no container of evlogs has been removed from local yet
    hint: without --previous, the containers of now are shown
    ");
    world.write("home/instances/evlogs/logs/web.log", "one\ntwo\n\u{1b}[2Jthree\n");
    assert_eq!(world.jetway("logs local --previous").ok().stdout, "one\ntwo\n\u{1b}[2Jthree\n");
    assert_eq!(world.jetway("logs local --previous --tail 1 --json").ok().json()["line"], "\u{1b}[2Jthree");
}

#[test]
fn following_ends_with_the_containers_or_with_the_reader() {
    let release = Release::live("evfollow", "environment");
    let world = &release.world;
    let follow = || {
        let mut command = world.command(["logs", "local", "--follow"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut child = follow();
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    release.remove_containers();
    std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    let told = Told::from(child.wait_with_output().unwrap()).ok();
    assert_eq!(told.stderr, "the containers are gone\n");
    release.start("web", "while true; do echo line; sleep 0.05; done");
    let mut child = follow();
    drop(child.stdout.take());
    Told::from(child.wait_with_output().unwrap()).ok();
}
