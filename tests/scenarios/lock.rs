//! Two deploys at once, and locks whose owners are gone.

use jetway_tests::eventually;
use jetway_tests::images::hello;
use jetway_tests::world::World;

#[test]
fn of_two_deploys_at_once_one_wins_and_the_other_names_it() {
    let world = World::new("two");
    world.manifest(&hello(1), "slow:3");
    let winner = world.start(&["deploy", "local"]);
    eventually("the first deploy holds the lock", 30, || {
        world.store(&format!("jetway/local/{}/lock.json", world.application())).exists().then_some(())
    });
    let pid = winner.id();
    world.jetway(&["deploy", "local"]).exits(1).says(&format!("(process {pid}) holds the deploy lock"));
    world.jetway(&["lock", "status", "local"]).succeeds().prints(&format!("(process {pid})"));
    let output = winner.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    world.jetway(&["lock", "status", "local"]).succeeds().prints("nobody holds the deploy lock");
}

#[test]
fn a_deploy_can_wait_for_another() {
    let world = World::new("queue");
    world.manifest(&hello(1), "slow:2");
    let first = world.start(&["deploy", "local", "--wait", "2m"]);
    let second = world.start(&["deploy", "local", "--wait", "2m"]);
    for deploy in [first, second] {
        let output = deploy.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    world.jetway(&["status", "local"]).succeeds().prints("live      v2");
}

#[test]
fn a_lock_whose_owner_is_gone_is_taken_over_when_its_lease_ends() {
    let world = World::new("stale");
    world.manifest(&hello(1), "ok");
    let lock = world.store(&format!("jetway/local/{}/lock.json", world.application()));
    let held = r#"{"format":1,"owner":"ann@laptop (process 7)","reason":"a test","nonce":"0","taken_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T00:01:00Z"}"#;
    std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
    std::fs::write(&lock, held).unwrap();
    world.jetway(&["deploy", "local"]).exits(1).says("ann@laptop (process 7) holds the deploy lock").says("a test");
    world.jetway(&["lock", "release", "local"]).exits(2).says("say --yes");
    world.jetway(&["lock", "release", "local", "--yes"]).succeeds();
    std::fs::write(&lock, held).unwrap();
    let written = std::time::SystemTime::now() - std::time::Duration::from_secs(61);
    std::fs::File::options().write(true).open(&lock).unwrap().set_modified(written).unwrap();
    world.jetway(&["deploy", "local"]).succeeds();
}
