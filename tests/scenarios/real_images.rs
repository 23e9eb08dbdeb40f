//! Images that this project did not make.

use jetway_tests::docker::Docker;
use jetway_tests::engine::Engine;
use jetway_tests::http;
use jetway_tests::images::{real, save};
use jetway_tests::world::World;

fn manifest(world: &World, image: &str) {
    let (application, port) = (world.application(), world.port);
    world.manifest_text(&format!(
        "application = \"{application}\"\nimage = {{ reference = \"{image}\" }}\n[containers.web]\n\
         [http]\nport = {port}\nhealth = {{ path = \"/health-check\", grace = \"1m\" }}\n"
    ));
}

#[test]
fn nginx_from_debian_serves() {
    real();
    let world = World::new("nginx");
    manifest(&world, "real-nginx:1");
    world.jetway(&["deploy", "local"]).succeeds();
    assert_eq!(http::body(world.port, "/"), "nginx from Debian\n");
    world.jetway(&["logs", "local"]).succeeds().prints("GET / HTTP/1.1");
    world.jetway(&["exec", "local", "--", "nginx", "-v"]).succeeds().says("nginx/");
}

#[test]
fn a_python_application_of_several_hundred_megabytes_comes_through_an_archive_and_the_store() {
    real();
    let engine = Engine::start();
    let world = World::with_engine("python", engine.docker());
    manifest(&world, "real-python:1");
    let archive = save(&Docker::default(), "real-python:1");
    let outcome = world.jetway_with(&["deploy", "local", "--image", "-"], &archive).succeeds();
    println!("{outcome}");
    assert_eq!(http::body(world.port, "/"), "mean 2.0 release v1\n");
}
