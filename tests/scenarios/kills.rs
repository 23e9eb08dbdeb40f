//! Programs killed at the worst moments: the next start converges, and what serves goes on serving.

use jetway_tests::images::{hello, save};
use jetway_tests::world::World;
use jetway_tests::{eventually, http};

/// Every place at which the agent can be told to kill itself, once.
const PLACES: [&str; 9] = [
    "after:identify",
    "after:fetch",
    "after:unseal",
    "after:pull",
    "during:start",
    "after:start",
    "after:probe",
    "before:ready",
    "after:ready",
];

#[test]
fn an_agent_killed_after_any_phase_is_started_again_and_the_release_gets_there() {
    let image = hello(1);
    for place in PLACES {
        let world = World::new("killed");
        let token = world.path().join("token");
        let world = world.with("JETWAY_FAILPOINT", place).with("JETWAY_FAILPOINT_ONCE", token.to_str().unwrap());
        world.jetway(&["config", "set", "local", "GREETING=still here"]).succeeds();
        world.manifest(&image, "ok");
        world.jetway(&["deploy", "local"]).succeeds();
        std::fs::write(&token, "").unwrap();
        world.jetway(&["deploy", "local"]).succeeds().prints("v2 of killed");
        assert!(!token.exists(), "the agent was never killed at {place}");
        // Nothing but `wait` watches over an agent on this machine once the deploy has ended.
        world.jetway(&["wait", "local"]).succeeds();
        eventually("only v2 is left", 10, || (world.docker.containers(world.application()).len() == 1).then_some(()));
        assert!(world.page().contains("v2"), "killed at {place}");
    }
}

#[test]
fn an_agent_killed_while_serving_leaves_the_container_alone() {
    let world = World::new("serving");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    let before = world.only_container()["State"]["Pid"].clone();
    world.kill_agent();
    world.agent(&["status"]).prints("ready");
    world.jetway(&["status", "local"]).exits(1).prints("the agent does not run");
    world.jetway(&["wait", "local"]).succeeds();
    assert_eq!(world.only_container()["State"]["Pid"], before);
    world.jetway(&["status", "local"]).succeeds();
}

#[test]
fn an_agent_that_is_told_to_end_leaves_the_container_alone() {
    let world = World::new("ended");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    let before = world.only_container()["State"]["Pid"].clone();
    let pid = rustix::process::Pid::from_raw(world.agent_pid().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    eventually("the agent is gone", 5, || world.agent_pid().is_none().then_some(()));
    assert_eq!(world.only_container()["State"]["Pid"], before);
}

#[test]
fn a_deploy_whose_command_was_killed_is_finished_by_wait() {
    let world = World::new("orphan");
    world.manifest(&hello(1), "slow:2");
    let mut deploy = world.start(&["deploy", "local"]);
    eventually("the agent runs", 30, || world.agent_pid());
    deploy.kill().unwrap();
    deploy.wait().unwrap();
    // The lease of a killed command runs out; nobody has to free it.
    world.jetway(&["wait", "local", "--timeout", "3m"]).succeeds().prints("v1 of orphan");
    assert!(world.page().contains("v1"));
}

#[test]
fn a_container_that_is_removed_by_hand_is_made_again() {
    let world = World::new("removed");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    let id = world.only_container()["Id"].as_str().unwrap().to_owned();
    world.docker.ok(&["rm", "--force", &id]);
    eventually("the application answers again", 15, || http::get(world.port, "/"));
    assert_ne!(world.only_container()["Id"], id.as_str());
}

#[test]
fn a_second_agent_says_who_is_there_and_leaves() {
    let world = World::new("second");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    let pid = world.agent_pid().unwrap();
    world.agent(&["run"]).exits(75).says(&format!("another jetway-agent (process {pid})"));
    assert_eq!(world.agent_pid(), Some(pid));
}

#[test]
fn an_image_that_docker_has_lost_is_fetched_from_the_store() {
    let world = World::new("lost");
    let archive = save(&world.docker, &hello(2));
    world.jetway_with(&["deploy", "local", "--image", "-"], &archive).succeeds();
    assert_eq!(http::body(world.port, "/version").trim(), "2");
}
