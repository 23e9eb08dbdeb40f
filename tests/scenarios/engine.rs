//! Stories on a Docker engine of their own, because they kill it or empty it. They need root.

use std::fs;

use jetway_tests::docker::Docker;
use jetway_tests::engine::Engine;
use jetway_tests::images::{hello, large, save};
use jetway_tests::world::World;
use jetway_tests::{eventually, http};

#[test]
fn an_image_comes_from_the_store_and_the_next_one_brings_only_its_new_layer() {
    let engine = Engine::start();
    let world = World::with_engine("pull", engine.docker());
    let docker = Docker::default();
    let (first, second) = (save(&docker, &hello(1)), save(&docker, &hello(2)));
    world.jetway_with(&["deploy", "local", "--image", "-"], &first).succeeds();
    let outcome = world.jetway_with(&["deploy", "local", "--image", "-"], &second).succeeds();
    println!("{outcome}");
    assert_eq!(http::body(world.port, "/version").trim(), "2");
    let report = world.agent(&["status", "--json"]).succeeds().json();
    let pull = report["report"]["history"].as_array().or(report["history"].as_array()).unwrap();
    println!("{pull:?}");
    // Somebody empties the engine: the next release still gets there, from the store alone.
    world.jetway(&["rollback", "local"]).succeeds();
    assert_eq!(http::body(world.port, "/version").trim(), "1");
}

#[test]
fn an_agent_that_brings_a_large_image_stays_small() {
    let engine = Engine::start();
    let world = World::with_engine("small", engine.docker());
    let (archive, _) = large(200);
    world.jetway_with(&["deploy", "local", "--image", "-"], &archive).succeeds();
    let status = fs::read_to_string(format!("/proc/{}/status", world.agent_pid().unwrap())).unwrap();
    let mebibytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
    };
    let (peak, now) = (mebibytes("VmHWM:"), mebibytes("VmRSS:"));
    assert!(peak - now <= 96, "{peak} MiB at its peak, {now} MiB now");
    // What is mapped from the program's own file can be had again at any time.
    assert!(mebibytes("RssAnon:") < 20, "{status}");
}

#[test]
fn an_agent_killed_while_it_pulls_is_started_again_and_the_release_gets_there() {
    let engine = Engine::start();
    let world = World::with_engine("pulling", engine.docker());
    let token = world.path().join("token");
    fs::write(&token, "").unwrap();
    let world = world.with("JETWAY_FAILPOINT", "during:pull").with("JETWAY_FAILPOINT_ONCE", token.to_str().unwrap());
    let archive = save(&Docker::default(), &hello(1));
    world.jetway_with(&["deploy", "local", "--image", "-"], &archive).succeeds();
    assert!(!token.exists(), "the agent was never killed");
    world.only_container();
}

#[test]
fn a_dockerd_killed_while_it_loads_is_waited_for_and_the_release_gets_there() {
    let mut engine = Engine::start();
    let world = World::with_engine("dockerd", engine.docker());
    let (archive, _) = large(300);
    let path = world.path().join("large.tar");
    fs::write(&path, archive).unwrap();
    world.jetway(&["image", "push", path.to_str().unwrap()]).succeeds();
    let deploy = world.start(&["deploy", "local", "--image", path.to_str().unwrap()]);
    eventually("the image is being pulled", 60, || (world.phase()? == "pull").then_some(()));
    engine.kill();
    engine.start_daemon();
    let output = deploy.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}\n{}", world.agent_log());
    assert!(world.page().contains("v1"));
    world.only_container();
}

#[test]
fn a_dockerd_killed_while_it_serves_is_reconciled() {
    let mut engine = Engine::start();
    let world = World::with_engine("restart", engine.docker());
    let archive = save(&Docker::default(), &hello(1));
    world.jetway_with(&["deploy", "local", "--image", "-"], &archive).succeeds();
    engine.kill();
    engine.start_daemon();
    eventually("the application answers again", 30, || http::get(world.port, "/"));
    eventually("the status is healthy again", 30, || {
        (world.jetway(&["status", "local"]).code == Some(0)).then_some(())
    });
    world.only_container();
}

#[test]
fn f70_an_image_for_which_the_disk_has_no_room_is_refused_with_the_numbers_and_the_release_before_serves_on() {
    let engine = Engine::with_disk(600);
    let world = World::with_engine("room", engine.docker());
    let docker = Docker::default();
    let (first, second) = (save(&docker, &hello(1)), save(&docker, &hello(2)));
    world.jetway_with(&["deploy", "local", "--image", "-"], &first).succeeds();
    let before = world.only_container();
    let filler = engine.fills(100);
    let told = world.jetway_with(&["deploy", "local", "--image", "-"], &second).exits(1);
    told.says("not enough disk for the image: ").says(" in reserve)").says("hint: free some space: ");
    assert_eq!(world.only_container()["Id"], before["Id"]);
    fs::remove_file(filler).unwrap();
    world.jetway_with(&["deploy", "local", "--image", "-"], &second).succeeds();
    assert_eq!(http::body(world.port, "/version").trim(), "2");
}

#[test]
fn an_image_that_somebody_deleted_is_fetched_again() {
    let engine = Engine::start();
    let world = World::with_engine("deleted", engine.docker());
    let archive = save(&Docker::default(), &hello(1));
    world.jetway_with(&["deploy", "local", "--image", "-"], &archive).succeeds();
    let container = world.only_container();
    let docker = engine.docker();
    docker.ok(&["rm", "--force", container["Id"].as_str().unwrap()]);
    let _ = docker.run(&["image", "rm", "--force", container["Image"].as_str().unwrap()]);
    eventually("the application answers again", 30, || http::get(world.port, "/"));
}

#[test]
fn a_layer_that_was_changed_in_the_store_never_runs() {
    let engine = Engine::start();
    let world = World::with_engine("tampered", engine.docker());
    let archive = save(&Docker::default(), &hello(1));
    world.jetway_with(&["image", "push", "-"], &archive).succeeds();
    let blobs = world.store(&format!("images/{}/blobs/sha256", world.application()));
    let largest = fs::read_dir(blobs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .max_by_key(|path| fs::metadata(path).unwrap().len());
    let largest = largest.unwrap();
    let mut bytes = fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&largest, bytes).unwrap();
    let outcome = world.jetway_with(&["deploy", "local", "--image", "-", "--timeout", "1m"], &archive).exits(1);
    outcome.says("phase pull");
    assert!(world.docker.containers(world.application()).is_empty());
}
