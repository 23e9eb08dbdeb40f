//! Commands that are told to end, that lose their lock, or that cannot launch: nothing is lost and nothing is in the way.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use jetway_tests::images::hello;
use jetway_tests::outcome::Outcome;
use jetway_tests::world::World;
use jetway_tests::{eventually, http};
use rustix::process::{Pid, Signal, kill_process};

/// A world in which v1 serves.
#[track_caller]
fn serving(name: &str) -> World {
    let world = World::new(name);
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    world
}

fn key(world: &World, name: &str) -> std::path::PathBuf {
    world.store(&format!("jetway/local/{}/{name}", world.application()))
}

#[track_caller]
fn is_pending(world: &World, release: &str) {
    eventually("the release is launched", 30, || {
        let current = std::fs::read_to_string(key(world, "current.json")).ok()?;
        (current.contains("\"by\"") && current.contains(release)).then_some(())
    });
}

#[track_caller]
fn end_with(child: Child, signal: Signal) -> Outcome {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
    let started = Instant::now();
    let output = child.wait_with_output().unwrap();
    Outcome::new("the interrupted command".to_owned(), &output, started.elapsed())
}

#[test]
fn a_followed_deploy_that_is_told_to_end_says_what_goes_on() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let world = serving("told");
        world.manifest(&hello(1), "slow:4");
        let deploy = world.start(&["deploy", "local"]);
        is_pending(&world, "v2");
        let outcome = end_with(deploy, signal).exits(3).says("interrupted: v2 goes on without this command");
        assert!(outcome.took < Duration::from_secs(2), "{outcome}");
        world.jetway(&["lock", "status", "local"]).succeeds().prints("nobody holds the deploy lock");
        world.jetway(&["wait", "local"]).succeeds().prints("v2 of told");
    }
}

#[test]
fn a_deploy_that_is_told_to_end_before_the_launch_leaves_nothing() {
    let world = serving("early");
    let mut command = world.command(&["deploy", "local", "--image", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut deploy = command.spawn().unwrap();
    let mut stdin = deploy.stdin.take().unwrap();
    stdin.write_all(&[0; 100]).unwrap();
    eventually("the deploy holds the lock", 10, || key(&world, "lock.json").exists().then_some(()));
    eventually("the deploy reads the image", 10, || (rustix::io::ioctl_fionread(&stdin).unwrap() == 0).then_some(()));
    end_with(deploy, Signal::TERM).exits(1).says("interrupted");
    drop(stdin);
    assert!(!key(&world, "lock.json").exists());
    assert!(!key(&world, "releases/v2.json").exists());
    world.jetway(&["status", "local"]).succeeds().prints("live      v1");
}

#[test]
fn a_deploy_that_is_told_to_end_while_it_waits_for_the_lock_ends() {
    let world = serving("queue");
    world.manifest(&hello(1), "slow:3");
    let first = world.start(&["deploy", "local"]);
    is_pending(&world, "v2");
    let mut second = world.start(&["deploy", "local", "--wait", "1m"]);
    let mut told = BufReader::new(second.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.starts_with("waiting: ")), "nobody was told what the second deploy waits for");
    end_with(second, Signal::INT).exits(1);
    assert!(told.any(|line| line.contains("interrupted; nothing was launched")));
    assert!(key(&world, "lock.json").exists(), "the lock is the first deploy's");
    assert!(first.wait_with_output().unwrap().status.success());
}

#[test]
fn the_previous_release_is_brought_back_even_if_the_deploy_is_told_to_end_meanwhile() {
    let world = serving("back");
    world.manifest(&hello(1), "exit:1");
    let deploy = world.start(&["deploy", "local"]);
    eventually("v2 has failed", 30, || {
        // The one in the run folder is the previous release's again in no time.
        let mut reports = std::fs::read_dir(key(&world, "instances/v2")).ok()?.flatten();
        reports
            .any(|file| std::fs::read_to_string(file.path()).is_ok_and(|text| text.contains("\"failed\"")))
            .then_some(())
    });
    let outcome = end_with(deploy, Signal::INT);
    assert!(matches!(outcome.code, Some(1 | 3)), "{outcome}");
    let _settled = world.jetway(&["wait", "local"]);
    world.jetway(&["status", "local"]).succeeds().prints("live      v1");
    assert!(world.page().contains("v1"));
}

#[test]
fn a_launch_without_an_agent_leaves_what_is_live_and_nothing_in_progress() {
    let world = serving("agentless");
    let agent = world.agent_pid();
    let mut command = world.command(&["deploy", "local"]);
    let output = command.env("JETWAY_AGENT", "/nonexistent/agent").output().unwrap();
    Outcome::new("jetway deploy".to_owned(), &output, Duration::ZERO).exits(2).says("/nonexistent/agent");
    assert_eq!(world.agent_pid(), agent);
    world.jetway(&["status", "local"]).succeeds().prints("live      v1");
    world.jetway(&["deploy", "local"]).succeeds().prints("v3 of agentless");
}

#[test]
fn a_command_whose_launch_another_has_cancelled_does_not_judge_it() {
    let world = serving("judged");
    world.manifest(&hello(1), "slow:3");
    let deploy = world.start(&["deploy", "local"]);
    is_pending(&world, "v2");
    let text = std::fs::read_to_string(key(&world, "current.json")).unwrap();
    let mut current: serde_json::Value = serde_json::from_str(&text).unwrap();
    current["pending"] = serde_json::Value::Null;
    std::fs::write(key(&world, "current.json"), current.to_string()).unwrap();
    let output = deploy.wait_with_output().unwrap();
    let outcome = Outcome::new("jetway deploy".to_owned(), &output, Duration::ZERO);
    outcome.exits(1).says("another command has judged or cancelled v2 meanwhile");
    let current: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(key(&world, "current.json")).unwrap()).unwrap();
    assert_eq!(current["live"], "v1", "{current}");
    // The agent of v2 goes on, for it is the other command's to judge; what it has not made yet nobody would remove.
    eventually("only v2 is left", 30, || {
        let left = world.docker.containers(world.application());
        let [only] = &left[..] else { return None };
        world.docker.inspect(only)["Name"].as_str()?.ends_with("-v2").then_some(())
    });
}

#[test]
fn a_report_from_before_the_clock_was_set_back_speaks_of_an_earlier_launch() {
    let world = serving("clock");
    world.jetway(&["deploy", "local"]).succeeds();
    let reports = std::fs::read_dir(key(&world, "instances/v1")).unwrap();
    for report in reports.map(|entry| entry.unwrap().path()) {
        let mut value: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
        value["phase"] = "ready".into();
        value["history"][0]["at"] = "2999-01-01T00:00:00Z".into();
        std::fs::write(&report, value.to_string()).unwrap();
    }
    world.jetway(&["rollback", "local"]).succeeds().says("  probe ");
    assert!(world.page().contains("v1"));
}

#[test]
fn an_agent_that_is_killed_while_it_stops_the_containers_is_started_again() {
    let world = World::new("drain");
    world.manifest_text(&format!(
        "application = \"{}\"\nimage = {{ reference = \"{}\" }}\n\
         [containers.web]\nenv = {{ HELLO_MODE = \"deaf\" }}\nstop_timeout = \"3s\"\n",
        world.application(),
        hello(1)
    ));
    world.jetway(&["deploy", "local"]).succeeds();
    rustix::process::kill_process(agent(&world), Signal::STOP).unwrap();
    let destroy = world.start(&["destroy", "local", "--yes"]);
    eventually("the order stands", 10, || world.run_dir("lifecycle").exists().then_some(()));
    world.kill_agent();
    assert!(destroy.wait_with_output().unwrap().status.success());
    assert!(world.docker.containers(world.application()).is_empty());
}

fn agent(world: &World) -> Pid {
    Pid::from_raw(world.agent_pid().unwrap()).unwrap()
}

#[test]
fn an_application_that_was_destroyed_comes_back_with_a_release_that_is_named() {
    let world = serving("again");
    world.jetway(&["destroy", "local", "--yes"]).succeeds();
    world.jetway(&["rollback", "local"]).exits(2).says("name the release to go back to");
    world.jetway(&["rollback", "local", "v1"]).succeeds().prints("v1 of again");
    world.jetway(&["destroy", "local", "--yes", "--purge"]).succeeds();
    assert!(http::get(world.port, "/").is_none());
    assert!(!key(&world, "lock.json").exists());
    assert!(!key(&world, "releases/v1.json").exists());
}
