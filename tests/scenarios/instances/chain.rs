//! From nothing to a release on two instances, the next release, and back.

use jetway_tests::fleet::Fleet;
use jetway_tests::http;
use serde_json::{Value, json};

#[test]
fn a_release_is_live_when_every_instance_serves_it() {
    let fleet = Fleet::of(2).config("GREETING", "hello from qa").installed();
    let told = fleet.deploy(1).succeeds().prints("v1 of hello is live in qa: http://");
    let manifest = fleet.image_of("v1");
    let digest = &manifest.as_str().unwrap()[.."sha256:".len() + 12];
    let serving = fleet.in_service(2);
    for instance in &serving {
        assert_eq!(instance.get("/version"), Some((200, "1\n".to_owned())));
        assert_eq!(instance.requests_without_token(), Vec::<Value>::new());
        let line = format!("  {} runs web {digest}\n", instance.id());
        assert!(told.stdout.contains(&line), "{line}{told}");
        let report = fleet.report("v1", instance.id());
        assert_eq!([&report["phase"], &report["images"]["web"]], [&json!("ready"), &manifest]);
    }
    assert_eq!(http::get(fleet.balancer(), "/version"), Some((200, "1\n".to_owned())));
    let page = http::body(fleet.balancer(), "/");
    assert!(page.contains("hello from qa"), "{page}");
    let status = fleet.jetway(&["status", "qa", "--json"]).succeeds().json();
    assert_eq!([&status["health"], &status["live"]], [&json!("healthy"), &json!("v1")]);
}

#[test]
fn neither_the_next_release_nor_the_way_back_costs_a_request() {
    let fleet = Fleet::of(2).serving();
    let requests = fleet.requests("/version");
    fleet.deploy(2).succeeds().prints("v2 of hello is live in qa");
    assert_eq!(http::get(fleet.balancer(), "/version"), Some((200, "2\n".to_owned())));
    assert!(requests.has_no_failure() > 20);
    let requests = fleet.requests("/version");
    fleet.jetway(&["rollback", "qa"]).succeeds().prints("v1 of hello is live in qa");
    assert_eq!(http::get(fleet.balancer(), "/version"), Some((200, "1\n".to_owned())));
    assert!(requests.has_no_failure() > 20);
    // Whoever is on standby still runs, and is asked for nothing.
    assert_eq!(fleet.instances_of("v2").len(), 2);
}
