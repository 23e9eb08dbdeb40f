//! What a deployer is told of instances that fail, also when they are gone already.

use jetway_tests::fleet::Fleet;

#[test]
fn the_reason_of_a_failure_comes_from_an_instance_that_is_gone() {
    let mut fleet = Fleet::of(1).serving();
    fleet.behaves("exit:7");
    let told = fleet.deploy(2).exits(1).says("exit code 7").says("leaving with exit code 7, as HELLO_MODE says");
    assert!(fleet.instances_of("v2").is_empty(), "{told}");
    assert_eq!(fleet.instance().get("/version"), Some((200, "1\n".to_owned())));
}
