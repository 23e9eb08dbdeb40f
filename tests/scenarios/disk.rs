//! A disk without room for more files, or one that fills while an image comes: the deploy says so, and what served goes on
//! serving. These stories need root.

use std::fs;
use std::process::Output;

use jetway_tests::docker::Docker;
use jetway_tests::engine::{Engine, Store};
use jetway_tests::eventually;
use jetway_tests::images::{hello, large, save};
use jetway_tests::outcome::Outcome;
use jetway_tests::world::World;

const MB: u64 = 1_000_000;

/// A world in which version 1 of the example application serves, on an engine whose disk has so many megabytes.
fn world_on(name: &str, megabytes: u32) -> (Engine, World) {
    let engine = Engine::with_disk(megabytes);
    let world = World::with_engine(name, engine.docker());
    let first = save(&Docker::default(), &hello(1));
    world.jetway_with(&["deploy", "local", "--image", "-"], &first).succeeds();
    (engine, world)
}

#[track_caller]
fn v1_serves(world: &World, outcome: &Outcome) {
    assert!(world.page().contains("v1"), "{outcome}");
    world.only_container();
}

#[test]
fn f73_a_disk_without_inodes_is_told_as_such() {
    let (engine, world) = world_on("inodes", 1500);
    engine.changes_disk("nr_inodes=5000");
    fs::write(world.path().join("second.tar"), save(&Docker::default(), &hello(2))).unwrap();
    let failed = world.jetway(&["deploy", "local", "--image", "second.tar"]).exits(1);
    let failed = failed.says("not enough inodes for the image: ").says("need 5000; each file").says("df -i");
    v1_serves(&world, &failed);
}

#[test]
fn what_was_baked_into_the_ami_needs_no_room_again() {
    let engine = Engine::debian13_with_disk(Store::Containerd, 2000);
    let world = World::with_engine("baked", engine.docker());
    let (first, second) = large(100);
    fs::write(world.path().join("first.tar"), first).unwrap();
    engine.docker().ok(&["load", "--input", world.path().join("first.tar").to_str().unwrap()]);
    // Enough beside the reserve of 537 MB for another layer, and not for another image of 200 MB, half of it the copy.
    engine.changes_disk(&format!("size={}", engine.used() + 600 * MB));
    let deploy = world.jetway_with(&["deploy", "local", "--image", "-"], &second).succeeds();
    deploy.says(" B, 1 layer pulled, 3 already in Docker");
}

/// Deploys this archive, and makes the disk so large meanwhile, in bytes beyond what is on it now.
#[track_caller]
fn deploy_on_a_disk_that_fills(engine: &Engine, world: &World, archive: &[u8], room: u64) -> Output {
    let path = world.path().join("large.tar");
    fs::write(&path, archive).unwrap();
    let before = engine.used();
    let deploy = world.start(&["deploy", "local", "--image", path.to_str().unwrap()]);
    eventually("some of the image has arrived", 60, || (engine.used() > before + 16 * MB).then_some(()));
    assert_eq!(world.phase().as_deref(), Some("pull"), "too late to fill the disk: make the image larger");
    engine.changes_disk(&format!("size={}", before + room));
    let output = deploy.wait_with_output().unwrap();
    let tries = world.agent_log().matches("trying once more without the images that nobody uses").count();
    assert_eq!(tries, 1, "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn f71_a_disk_that_fills_while_the_image_comes_is_told_after_a_second_try() {
    let (engine, world) = world_on("fills", 2000);
    let output = deploy_on_a_disk_that_fills(&engine, &world, &large(200).0, 60 * MB);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("no space left on device") && stderr.contains("docker system df"), "{stderr}");
    assert!(stderr.contains("v1 goes on serving"), "{stderr}");
    world.only_container();
}

#[test]
fn f71_a_disk_that_fills_is_freed_of_images_that_nobody_uses() {
    let (engine, world) = world_on("frees", 2000);
    let small = save(&Docker::default(), &hello(1));
    for archive in [large(200).0, small] {
        world.jetway_with(&["deploy", "local", "--image", "-"], &archive).succeeds();
    }
    let tags =
        || world.docker.ok(&["image", "ls", &format!("jetway/local/{}", world.application()), "--format", "{{.Tag}}"]);
    assert!(tags().contains("v2-web"), "{}", tags());
    let output = deploy_on_a_disk_that_fills(&engine, &world, &large(100).0, 90 * MB);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!tags().contains("v2-web"), "{}", tags());
    world.only_container();
}
