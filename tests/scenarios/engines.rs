//! The same stories on Docker 26.1 of Debian 13, with its own image store and with containerd's, and on podman. They need root.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use jetway_tests::docker::Docker;
use jetway_tests::engine::{Engine, Store};
use jetway_tests::images::{hello, large, save};
use jetway_tests::world::World;
use jetway_tests::{eventually, http};
use serde_json::Value;

#[test]
fn docker_26_with_its_own_store_gets_each_release_and_only_what_is_new() {
    releases(Store::Classic);
}

#[test]
fn docker_26_with_containerds_store_gets_each_release_and_only_what_is_new() {
    releases(Store::Containerd);
}

#[test]
fn docker_26_with_its_own_store_gets_a_large_image_although_it_is_killed() {
    large_image(Store::Classic);
}

#[test]
fn docker_26_with_containerds_store_gets_a_large_image_although_it_is_killed() {
    large_image(Store::Containerd);
}

#[test]
fn docker_26_with_its_own_store_gives_its_images_and_takes_exported_ones() {
    there_and_back(Store::Classic);
}

#[test]
fn docker_26_with_containerds_store_gives_its_images_and_takes_exported_ones() {
    there_and_back(Store::Containerd);
}

#[test]
fn docker_26_with_containerds_store_gets_what_differs_from_an_image_that_was_loaded() {
    let (engine, world) = with_loaded(Store::Containerd);
    let deploy =
        world.jetway_with(&["deploy", "local", "--image", "-"], &save(&Docker::default(), &hello(2))).succeeds();
    // Bytes, not kilobytes: nothing but the layer with the version came.
    deploy.says(" B, 1 layer pulled, 1 already in Docker");
    assert_eq!(http::body(world.port, "/version").trim(), "2");
    // What was there stays, for the releases to come.
    engine.docker().ok(&["image", "inspect", &hello(1)]);
}

#[test]
fn docker_26_with_its_own_store_gets_all_of_an_image_although_its_layers_were_loaded() {
    let (_engine, world) = with_loaded(Store::Classic);
    let deploy =
        world.jetway_with(&["deploy", "local", "--image", "-"], &save(&Docker::default(), &hello(2))).succeeds();
    deploy.says("2 layers pulled, 0 already in Docker");
    assert_eq!(http::body(world.port, "/version").trim(), "2");
}

#[test]
fn podman_does_not_pull_from_here_and_gets_the_image_as_an_archive() {
    let engine = Engine::podman();
    let world = World::with_engine("podman", engine.docker());
    let archive = save(&Docker::default(), &hello(1));
    let deploy = world.jetway_with(&["deploy", "local", "--image", "-", "--timeout", "1m"], &archive).exits(1);
    let deploy = deploy.says("2 layers loaded, 0 already in Docker");
    // Podman has no such driver, and no amount of waiting gives it one.
    let deploy = deploy.says("every container needs the log driver `local`, and the engine here has only");
    assert!(deploy.took < Duration::from_secs(30), "{deploy}");
    world.agent(&["doctor"]).exits(1).prints("and every container needs `local`");
    let image = engine.docker().inspect(&format!("jetway/local/{}:v1-web", world.application()));
    assert_eq!(image["Config"]["Entrypoint"].to_string(), r#"["/hello"]"#, "{deploy}");
}

/// First release, small change, rollback, failure.
fn releases(store: Store) {
    let engine = Engine::debian13(store);
    let world = World::with_engine(&format!("new-{store}"), engine.docker());
    let (first, second) = (save(&Docker::default(), &hello(1)), save(&Docker::default(), &hello(2)));

    let deploy = world.jetway_with(&["deploy", "local", "--image", "-"], &first).succeeds();
    deploy.says("2 layers pulled, 0 already in Docker");
    assert_eq!(http::body(world.port, "/version").trim(), "1");
    assert_eq!(world.only_container()["Image"], id_in(store, &pinned_image(&world)));
    world.agent(&["status"]).succeeds().prints(&format!("{store} image store"));
    world.agent(&["doctor"]).prints(&format!("image store   {store}"));

    let deploy = world.jetway_with(&["deploy", "local", "--image", "-"], &second).succeeds();
    // Bytes, not kilobytes: nothing but the layer with the version came.
    deploy.says(" B, 1 layer pulled, 1 already in Docker");
    assert_eq!(http::body(world.port, "/version").trim(), "2");

    let rollback = world.jetway(&["rollback", "local"]).succeeds().says("already in Docker");
    assert!(!rollback.stderr.contains("fetched"), "{rollback}");
    assert_eq!(http::body(world.port, "/version").trim(), "1");

    world.manifest(&hello(2), "exit:42");
    let failed = world.jetway_with(&["deploy", "local", "--image", "-"], &second).exits(1);
    failed.says("exit code: 42").says("v1 is serving again");
    assert_eq!(http::body(world.port, "/version").trim(), "1");
    world.only_container();
    // Docker cannot list an image that is removed meanwhile, and the agent gives up those of the later releases here.
    let list = ["images", "--digests", "--format", "{{.Repository}}@{{.Digest}}"];
    let listed = || Some(engine.docker().run(&list)).filter(|output| output.status.success());
    let names = String::from_utf8(eventually("Docker lists its images", 10, listed).stdout).unwrap();
    assert!(names.contains("jetway/local/"), "{names}");
    assert!(!names.contains("127.0.0.1"), "references to the pull endpoint are left: {names}");
}

/// A large image, with dockerd killed in the middle, then a small change of it.
fn large_image(store: Store) {
    let mut engine = Engine::debian13(store);
    let world = World::with_engine(&format!("large-{store}"), engine.docker());
    let (first, second) = large(200);
    let path = world.path().join("first.tar");
    fs::write(&path, first).unwrap();
    let deploy = world.start(&["deploy", "local", "--image", path.to_str().unwrap()]);
    eventually("some of the image has arrived", 60, || (engine.used() > 16_000_000).then_some(()));
    assert_eq!(world.phase().as_deref(), Some("pull"), "too late to kill it: make the image larger");
    engine.kill();
    engine.start_daemon();
    let output = deploy.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(world.agent_log().contains("(try 1"), "the pull was not broken off");
    let image = pinned_image(&world);
    assert_eq!(world.only_container()["Image"], id_in(store, &image));
    layers_came_as_they_are_stored(&engine, store, &world, &image);
    // What Jetway brought into the engine comes out as the same image.
    let push = world.jetway(&["image", "push", &brought(&world)]).succeeds();
    let push = push.says("all of it is stored already");
    assert!(!push.stderr.contains("what is new"), "{push}");

    let deploy = world.jetway_with(&["deploy", "local", "--image", "-"], &second).succeeds();
    deploy.says(" B, 1 layer pulled, 3 already in Docker");
    assert_eq!(http::body(world.port, "/version").trim(), "2");
}

/// An engine that has version 1 as an AMI does that it was baked into, and a world there in which nothing ran yet.
#[track_caller]
fn with_loaded(store: Store) -> (Engine, World) {
    let engine = Engine::debian13(store);
    let world = World::with_engine(&format!("loaded-{store}"), engine.docker());
    world
        .jetway_with(&["image", "push", "-"], &save(&Docker::default(), &hello(1)))
        .succeeds()
        .says("2 of 2 layers new");
    let archive = world.path().join("exported.tar");
    let archive = archive.to_str().unwrap();
    world.jetway(&["image", "export", &hello(1), "--output", archive]).succeeds();
    engine.docker().ok(&["load", "--input", archive]);
    (engine, world)
}

/// Out of the engine into Jetway's store, by name and as an archive, and into another engine.
fn there_and_back(store: Store) {
    let engine = Engine::debian13(store);
    let world = World::with_engine(&format!("back-{store}"), engine.docker());
    let image = hello(1);
    let archive = world.path().join("hello.tar");
    fs::write(&archive, save(&Docker::default(), &image)).unwrap();
    engine.docker().ok(&["load", "--input", archive.to_str().unwrap()]);

    world.jetway(&["image", "push", &image]).succeeds().says("2 of 2 layers new");
    let saved = save(&engine.docker(), &image);
    world.jetway_with(&["image", "push", "-"], &saved).succeeds().says("all of it is stored already");
    let deploy = world.jetway(&["deploy", "local"]).succeeds();
    assert_eq!(http::body(world.port, "/version").trim(), "1", "{deploy}");

    let exported = world.path().join("exported.tar");
    world.jetway(&["image", "export", "v1", "--output", exported.to_str().unwrap()]).succeeds();
    let other = Engine::debian13(store);
    let mut load = other.docker().command(&["load"]);
    let output = load.stdin(Stdio::from(File::open(&exported).unwrap())).output().unwrap();
    assert!(output.status.success(), "docker load: {}", String::from_utf8_lossy(&output.stderr));
    let container = other.docker().ok(&["create", "--network", "host", &image]);
    let copied = other.docker().run(&["cp", &format!("{container}:/version.txt"), "-"]);
    assert!(String::from_utf8_lossy(&copied.stdout).contains("1\n"), "its last layer is missing");
}

/// What v1 pins: the digests of the image's manifest and configuration.
#[track_caller]
fn pinned_image(world: &World) -> Value {
    let shown = world.jetway(&["releases", "show", "local", "v1", "--json"]).succeeds().json();
    shown["record"]["containers"]["web"]["image"].clone()
}

/// The id that an engine with this store gives the image.
fn id_in(store: Store, image: &Value) -> Value {
    match store {
        Store::Classic => image["config"].clone(),
        Store::Containerd => image["manifest"].clone(),
    }
}

/// The name of the image of v1 in the engine.
fn brought(world: &World) -> String {
    format!("jetway/local/{}:v1-web", world.application())
}

/// containerd's store has each layer byte for byte as Jetway's has it, zstd frames and all; the other one cannot.
#[track_caller]
fn layers_came_as_they_are_stored(engine: &Engine, store: Store, world: &World, image: &Value) {
    let path = image["manifest"].as_str().unwrap().replace(':', "/");
    let manifest = fs::read(world.store(&format!("images/{}/blobs/{path}", world.application()))).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let layers = manifest["layers"].as_array().unwrap();
    let largest = layers.iter().max_by_key(|layer| layer["size"].as_u64()).unwrap();
    let frames = largest["annotations"]["jetway.frames"].as_str().unwrap().split(',').count();
    assert!(frames > 20, "{frames} frames");
    let archive = save(&engine.docker(), &brought(world));
    let mut archive = tar::Archive::new(&archive[..]);
    let entries = archive.entries().unwrap();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path().unwrap().into_owned()).collect();
    for layer in layers {
        let blob = format!("blobs/{}", layer["digest"].as_str().unwrap().replace(':', "/"));
        assert_eq!(paths.contains(&PathBuf::from(&blob)), store == Store::Containerd, "{blob} in {paths:?}");
    }
}
