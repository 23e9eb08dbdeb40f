//! Releases that cannot run: the deploy says so at once and why, and the previous release serves again.

use std::net::TcpListener;
use std::time::Duration;

use jetway_tests::images::hello;
use jetway_tests::outcome::Outcome;
use jetway_tests::world::World;
use jetway_tests::{eventually, http};

/// A world in which v1 serves, and a deploy of v2 that behaves in this way.
#[track_caller]
fn second_release(name: &str, mode: &str) -> (World, Outcome) {
    let world = World::new(name);
    let image = hello(1);
    world.manifest(&image, "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    world.manifest(&image, mode);
    let outcome = world.jetway(&["deploy", "local"]).exits(1).says("v2 failed");
    (world, outcome)
}

/// What must be true after every failed release.
#[track_caller]
fn v1_serves_again(world: &World, outcome: Outcome) {
    let outcome = outcome.says("v1 is serving again");
    assert!(world.page().contains("v1"), "{outcome}");
    let container = world.only_container();
    assert_eq!(container["HostConfig"]["RestartPolicy"]["Name"], "always");
    world.jetway(&["status", "local"]).succeeds().prints("live      v1");
    world.jetway(&["releases", "local"]).succeeds().prints("failed");
}

#[test]
fn a_container_that_exits_is_told_with_its_exit_code_and_log() {
    let (world, outcome) = second_release("exits", "exit:42");
    assert!(outcome.took < Duration::from_secs(15), "{outcome}");
    let outcome = outcome.says("exit code: 42").says("last lines of the log of `web`");
    v1_serves_again(&world, outcome);
}

#[test]
fn a_release_that_fails_costs_nobody_the_image_to_roll_back_to() {
    let world = World::new("rollback");
    for (mode, code) in [("ok", 0), ("ok", 0), ("exit:1", 1)] {
        world.manifest(&hello(1), mode);
        let _deployed = world.jetway(&["deploy", "local"]).exits(code);
    }
    let image = format!("jetway/local/{}", world.application());
    let tags = || world.docker.ok(&["image", "ls", &image, "--format", "{{.Tag}}"]);
    eventually("the failed release is forgotten", 10, || (!tags().contains("v3-web")).then_some(()));
    assert!(tags().contains("v1-web") && tags().contains("v2-web"), "{}", tags());
}

#[test]
fn a_container_that_crashes_a_moment_later_is_never_taken_for_healthy() {
    let (world, outcome) = second_release("crashes", "crash");
    assert!(outcome.took < Duration::from_secs(15), "{outcome}");
    v1_serves_again(&world, outcome.says("exit code: 3"));
}

#[test]
fn f78_a_container_that_answers_well_and_then_crashes_is_not_taken_for_healthy() {
    let (world, outcome) = second_release("lapses", "lapse:2");
    assert!(outcome.took < Duration::from_secs(20), "{outcome}");
    v1_serves_again(&world, outcome.says("exit code: 3").says("crashing after 2 s"));
}

#[test]
fn f76_a_container_that_crashes_over_and_over_is_ill_however_well_it_answers_in_between() {
    let world = World::new("loops");
    world.manifest(&hello(1), "lapse:6");
    world.jetway(&["deploy", "local"]).succeeds();
    eventually("the loop is seen", 60, || world.agent_log().contains("restarted 3 times or more within").then_some(()));
    // It is ill while it answers, too.
    eventually("it answers", 20, || http::get(world.port, "/health-check").filter(|(status, _)| *status == 200));
    let told = || Some(world.agent(&["status"])).filter(|status| status.stdout.contains("crashing after 6 s"));
    let status = eventually("what it wrote last is told", 20, told).exits(1);
    status.prints("does not stay up").prints("it last exited with code 3");
    world.jetway(&["status", "local"]).exits(1).prints("does not stay up");
}

#[test]
fn an_application_that_answers_badly_is_told_with_its_answer() {
    let (world, outcome) = second_release("unwell", "unhealthy");
    v1_serves_again(&world, outcome.says("503"));
}

#[test]
fn an_application_that_never_answers_is_told() {
    let (world, outcome) = second_release("deaf", "deaf");
    v1_serves_again(&world, outcome.says("refused"));
}

#[test]
fn a_port_that_somebody_else_has_is_told_with_the_holder() {
    let world = World::new("port");
    let _holder = TcpListener::bind(("0.0.0.0", world.port)).unwrap();
    world.manifest(&hello(1), "ok");
    let outcome = world.jetway(&["deploy", "local"]).exits(1);
    assert!(outcome.took < Duration::from_secs(15), "{outcome}");
    outcome.says(&format!("port {}", world.port)).says(&format!("process {}", std::process::id()));
    assert!(world.docker.containers(world.application()).is_empty());
}

#[test]
fn the_first_release_that_fails_leaves_nothing_running() {
    let world = World::new("first");
    world.manifest(&hello(1), "exit:1");
    world.jetway(&["deploy", "local"]).exits(1).says("nothing serves");
    assert!(world.docker.containers(world.application()).is_empty());
    world.jetway(&["status", "local"]).exits(3);
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds().prints("v2 of first");
}

#[test]
fn a_program_that_is_not_in_the_image_is_told() {
    let world = World::new("missing");
    let (image, port) = (hello(1), world.port);
    world.manifest_text(&format!(
        "application = \"{}\"\nimage = {{ reference = \"{image}\" }}\n\
         [containers.web]\nentrypoint = [\"/no/such/program\"]\n[http]\nport = {port}\n",
        world.application()
    ));
    world.jetway(&["deploy", "local"]).exits(1).says("no such file or directory");
}
