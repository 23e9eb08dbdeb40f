//! What leaves a Docker engine when an image is published, and what stays in it. These stories have engines of their own.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jetway_tests::docker::Docker;
use jetway_tests::engine::{Engine, Store};
use jetway_tests::images::{half, hello, large, noise, save, twins};
use jetway_tests::withheld::Withheld;
use jetway_tests::world::World;
use jetway_tests::{eventually, http};
use rustix::process::{Pid, Signal, kill_process};

const SAVED: &str = "; Docker saved the whole image (";
const PUSHED: &str = "; Docker pushed only what is new (";

#[test]
fn docker_20_pushes_a_small_change_and_keeps_no_name_of_it() {
    small_change(&Engine::start(), "push-20", SAVED);
}

#[test]
fn docker_26_with_its_own_store_pushes_a_small_change_and_keeps_no_name_of_it() {
    small_change(&Engine::debian13(Store::Classic), "push-26", SAVED);
}

#[test]
fn docker_26_with_containerds_store_pushes_a_small_change_and_keeps_no_name_of_it() {
    small_change(&Engine::debian13(Store::Containerd), "push-ctd", PUSHED);
}

#[test]
fn an_engine_that_does_not_reach_this_program_saves_the_whole_image() {
    let engine = Engine::start();
    let world = World::with_engine("far", engine.docker());
    load_hello(&world);
    world.jetway(&["image", "push", &hello(1)]).succeeds();
    // As an engine on another machine: its 127.0.0.1 is not that of the command.
    let push = world.command(&["image", "push", &hello(2)]);
    let mut elsewhere = Command::new("unshare");
    elsewhere.args(["--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
    elsewhere.arg(push.get_program()).args(push.get_args()).current_dir(world.path());
    elsewhere.envs(push.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = elsewhere.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.contains("; Docker saved the whole image ("), "{told}");
    assert!(!told.contains("warning"), "{told}");
    assert_eq!(names(&world.docker), "");
}

#[test]
fn a_push_that_is_interrupted_leaves_no_name_and_one_that_is_killed_leaves_it_to_the_next() {
    let mut engine = Engine::start();
    let world = World::with_engine("cut", engine.docker());
    // The first push has Docker compress these bytes, which takes it some seconds.
    let [first, second] = load_large(&world);
    world.jetway(&["image", "push", &first]).succeeds().says("; Docker saved the whole image");

    let push = push_begun(&world, &second);
    kill_process(Pid::from_child(&push), Signal::INT).unwrap();
    let output = push.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), told.contains("interrupted; nothing was stored")), (Some(1), true), "{told}");
    assert_eq!(names(&world.docker), "");

    let mut push = push_begun(&world, &second);
    push.kill().unwrap();
    push.wait().unwrap();
    assert_ne!(names(&world.docker), "");

    let push = push_begun(&world, &second);
    engine.kill();
    let output = push.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    engine.start_daemon();

    // An engine that has only just been started again was seen to break a push off; then it saves.
    world.jetway(&["image", "push", &second]).succeeds().prints("1 of 4 layers new");
    assert_eq!(names(&world.docker), "");
}

#[test]
fn an_engine_that_published_nothing_saves_rather_than_compress_what_another_has_stored() {
    let engine = Engine::start();
    let world = World::with_engine("fresh", engine.docker());
    let (first, second) = large(40);
    world.jetway_with(&["image", "push", "-"], &first).succeeds().says("3 of 3 layers new");
    let image = load(&world, &second);
    let push = world.jetway(&["image", "push", &image, "--json"]).succeeds().says("1 of 4 layers new").says(SAVED);
    assert_eq!(push.json()["warnings"].as_array().map(Vec::len), Some(0), "{push}");
    assert_eq!(names(&world.docker), "");
}

#[test]
fn a_new_layer_that_looks_like_a_stored_one_as_neither_can_be_compressed_is_pushed() {
    let engine = Engine::start();
    let world = World::with_engine("noise", engine.docker());
    let (first, second) = noise(80, 10);
    let [first, second] = [first, second].map(|archive| load(&world, &archive));
    world.jetway(&["image", "push", &first]).succeeds().says("3 of 3 layers new").says(SAVED);
    let push = world.jetway(&["image", "push", &second, "--json"]).succeeds().says("1 of 4 layers new").says(PUSHED);
    assert_eq!(push.json()["warnings"].as_array().map(Vec::len), Some(0), "{push}");
}

#[test]
fn a_layer_that_begins_like_a_stored_one_of_the_same_image_is_published_all_the_same() {
    let engine = Engine::start();
    let world = World::with_engine("twins", engine.docker());
    let (first, second) = twins(20);
    world.jetway_with(&["image", "push", "-"], &first).succeeds().says("3 of 3 layers new");
    let image = load(&world, &second);
    world.jetway(&["image", "push", &image]).succeeds().says("1 of 4 layers new").says(SAVED);
    let exported = world.path().join("exported.tar");
    world.jetway(&["image", "export", &image, "--output", exported.to_str().unwrap()]).succeeds();
}

#[test]
fn an_image_for_two_platforms_of_which_the_engine_has_one_is_saved_without_a_word() {
    let engine = Engine::debian13(Store::Containerd);
    let world = World::with_engine("half", engine.docker());
    let archive = half(&save(&Docker::default(), &hello(1)), "half-hello:1");
    let image = load(&world, &archive);
    let push = world.jetway(&["image", "push", &image, "--json"]).succeeds().says("2 of 2 layers new").says(SAVED);
    assert_eq!(push.json()["warnings"].as_array().map(Vec::len), Some(0), "{push}");
    assert_eq!(names(&world.docker), "");
}

#[test]
fn two_publishes_at_the_same_time_do_not_disturb_each_other() {
    let engine = Engine::start();
    let worlds = ["one", "two"].map(|name| World::with_engine(name, engine.docker()));
    load_hello(&worlds[0]);
    for world in &worlds {
        world.jetway(&["image", "push", &hello(1)]).succeeds();
    }
    let both = [0, 1].map(|number| worlds[number].start(&["image", "push", &hello(2)]));
    for push in both {
        let output = push.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("; Docker pushed only what is new"), "{told}");
    }
    assert_eq!(names(&engine.docker()), "");
}

#[test]
fn what_docker_pushed_is_stored_while_docker_still_ends_the_push() {
    let engine = Engine::start();
    let (world, push, withheld) = push_withheld(&engine, "ending");
    assert_ne!(names(&engine.docker()), "");
    withheld.release();
    let told = stored(push);
    assert!(told.contains(PUSHED) && !told.contains("warning"), "{told}");
    assert_eq!(names(&world.docker), "");
}

#[test]
fn ctrl_c_after_the_image_is_stored_does_not_wait_for_docker_to_end_the_push() {
    let engine = Engine::start();
    let (world, push, _withheld) = push_withheld(&engine, "unended");
    let asked = Instant::now();
    kill_process(Pid::from_child(&push), Signal::INT).unwrap();
    let _ = stored(push);
    assert!(asked.elapsed() < Duration::from_secs(15));
    assert_eq!(names(&world.docker), "");
}

/// A push of an image that is in the store by now, as the engine has told all but the end of it.
fn push_withheld(engine: &Engine, name: &str) -> (World, Child, Withheld) {
    let world = World::with_engine(name, engine.docker());
    load_hello(&world);
    world.jetway(&["image", "push", &hello(1)]).succeeds().says(SAVED);
    // What an engine says of a push last, when the registry has all of the image.
    let withheld = Withheld::from(engine.socket(), ": digest: sha256:");
    let mut push = world.command(&["image", "push", &hello(2)]);
    let push = push.env("DOCKER_HOST", withheld.host()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let index = world.store(&format!("images/{}/index.json", world.application()));
    let is_listed = || fs::read_to_string(&index).unwrap().contains(&hello(2));
    eventually("the image is in the store", 20, || is_listed().then_some(()));
    (world, push, withheld)
}

/// What a push says that succeeds.
fn stored(push: Child) -> String {
    let output = push.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Two versions that differ in one layer, the second of which then runs; the first is told to have come as `first`.
fn small_change(engine: &Engine, name: &str, first: &str) {
    let world = World::with_engine(name, engine.docker());
    load_hello(&world);
    world.jetway(&["image", "push", &hello(1)]).succeeds().says("2 of 2 layers new").says(first);
    // As a publish leaves it that was killed.
    world.docker.ok(&["tag", &hello(1), "127.0.0.1:9/jetway/push:0123456789abcdef"]);
    let push = world.jetway(&["image", "push", &hello(2), "--json"]).succeeds();
    let push = push.says("  publish    hello-test:2 (").says("): 1 of 2 layers new, ").says(PUSHED);
    let answer = push.json();
    assert_eq!((answer["way"].as_str(), answer["layers_stored"].as_u64()), (Some("push"), Some(1)), "{push}");
    assert!(answer["bytes_stored"].as_u64().unwrap() < 1000, "{push}");
    assert_eq!(answer["warnings"].as_array().map(Vec::len), Some(0), "{push}");
    world.jetway(&["image", "push", &hello(2)]).succeeds().says("all of it is stored already (");
    assert_eq!(names(&world.docker), "");

    // Docker knows its layers by other digests now; to a store that has none of them they are new all the same.
    let other = World::with_engine(&format!("{name}-b"), engine.docker());
    other.jetway(&["image", "push", &hello(2)]).succeeds().says("2 of 2 layers new");
    world.manifest(&hello(2), "ok");
    world.jetway(&["deploy", "local"]).succeeds().says("all of it is stored already (");
    assert_eq!(http::body(world.port, "/version").trim(), "2");
}

/// A push of an image, as soon as Docker has the name for it.
fn push_begun(world: &World, image: &str) -> Child {
    let before = names(&world.docker);
    let push = world.start(&["image", "push", image]);
    eventually("Docker pushes", 60, || {
        let now = names(&world.docker);
        (!now.is_empty() && now != before).then_some(())
    });
    push
}

/// The names of images that a push needs, as far as the engine has any.
fn names(docker: &Docker) -> String {
    let all = docker.ok(&["images", "--all", "--digests", "--format", "{{.Repository}}:{{.Tag}}@{{.Digest}}"]);
    all.lines().filter(|name| name.starts_with("127.0.0.1")).collect::<Vec<_>>().join("\n")
}

fn load_hello(world: &World) {
    for version in [1, 2] {
        load(world, &save(&Docker::default(), &hello(version)));
    }
}

fn load_large(world: &World) -> [String; 2] {
    let (first, second) = large(150);
    [first, second].map(|archive| load(world, &archive))
}

/// Loads an archive into the world's engine; the name of its image.
#[track_caller]
fn load(world: &World, archive: &[u8]) -> String {
    let path = world.path().join("loaded.tar");
    fs::write(&path, archive).unwrap();
    let told = world.docker.ok(&["load", "--input", path.to_str().unwrap()]);
    told.rsplit_once("Loaded image: ").unwrap().1.to_owned()
}
