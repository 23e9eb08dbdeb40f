//! What travels: only what changed.

use jetway_tests::images::{hello, save};
use jetway_tests::world::World;

#[test]
fn a_second_image_that_differs_in_one_small_layer_stores_and_loads_only_that() {
    let world = World::new("small");
    let (first, second) = (save(&world.docker, &hello(1)), save(&world.docker, &hello(2)));
    let pushed = world.jetway_with(&["image", "push", "-", "--json"], &first).succeeds().json();
    let again = world.jetway_with(&["image", "push", "-", "--json"], &second).succeeds().json();
    println!("first push: {pushed}\nsecond push: {again}");
    assert_eq!(pushed["layers_stored"], pushed["layers"]);
    assert_eq!(again["layers_stored"], 1);
    assert!(again["bytes_stored"].as_u64().unwrap() < 10_000, "{again}");
}
