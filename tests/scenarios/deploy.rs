//! From `jetway deploy` to a healthy container, and what people do from there.

use std::time::Duration;

use jetway_tests::eventually;
use jetway_tests::http;
use jetway_tests::images::hello;
use jetway_tests::world::World;

#[test]
fn a_deploy_ends_with_a_container_that_answers_and_the_next_ones_replace_it() {
    let world = World::new("story");
    let (first, second) = (hello(1), hello(2));
    world.jetway_with(&["config", "set", "local", "GREETING", "-"], b"good morning\n").succeeds();
    world.manifest(&first, "ok");
    world.jetway(&["deploy", "local", "--message", "the first"]).succeeds().prints("v1 of story");
    let page = world.page();
    assert!(page.contains("good morning") && page.contains("v1"), "{page}");
    assert_eq!(http::body(world.port, "/version").trim(), "1");

    world.jetway(&["config", "set", "local", "GREETING=good evening"]).succeeds();
    world.jetway(&["diff", "local", "--image", &second]).exits(1).prints("config.GREETING");
    world.jetway(&["deploy", "local", "--image", &second]).succeeds().prints("`jetway rollback local` goes back");
    let page = world.page();
    assert!(page.contains("good evening") && page.contains("v2"), "{page}");
    assert_eq!(http::body(world.port, "/version").trim(), "2");
    world.only_container();

    world.jetway(&["rollback", "local"]).succeeds().prints("v1 of story");
    let page = world.page();
    assert!(page.contains("good morning") && page.contains("v1"), "{page}");
    world.only_container();

    let list = world.jetway(&["releases", "local"]).succeeds();
    let states: Vec<(&str, &str)> = list.stdout.lines().skip(1).filter_map(first_two_words).collect();
    assert_eq!(states, [("v2", "retired"), ("v1", "live")], "{list}");
    world.jetway(&["releases", "show", "local", "v1"]).succeeds().prints("the first");

    world.jetway(&["destroy", "local", "--yes"]).succeeds();
    assert!(world.docker.containers(world.application()).is_empty());
    assert!(http::get(world.port, "/").is_none());
    world.jetway(&["status", "local"]).exits(3).prints("nothing is deployed");
}

fn first_two_words(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    Some((words.next()?, words.next()?))
}

#[test]
fn the_container_is_run_as_the_design_says() {
    let world = World::new("shape");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    let container = world.only_container();
    let host = &container["HostConfig"];
    assert_eq!(host["NetworkMode"], "host");
    assert_eq!(host["RestartPolicy"]["Name"], "always");
    assert_eq!(host["LogConfig"]["Type"], "local");
    assert_eq!(host["LogConfig"]["Config"]["max-size"], "20m");
    assert_eq!(container["Config"]["StopTimeout"], 3);
    assert_eq!(container["Config"]["Labels"]["jetway.release"], "v1");
    let environment = container["Config"]["Env"].to_string();
    for expected in ["JETWAY_RELEASE=v1", "JETWAY_ENVIRONMENT=local", &format!("PORT={}", world.port)] {
        assert!(environment.contains(expected), "{environment}");
    }
}

#[test]
fn one_deploy_runs_several_containers() {
    let world = World::new("several");
    let (image, port) = (hello(1), world.port);
    world.manifest_text(&format!(
        "application = \"{}\"\nimage = {{ reference = \"{image}\" }}\n\
         [containers.web]\n[containers.side]\nenv = {{ HELLO_MODE = \"deaf\" }}\n\
         [http]\ncontainer = \"web\"\nport = {port}\n",
        world.application()
    ));
    world.jetway(&["deploy", "local"]).succeeds();
    assert_eq!(world.docker.containers(world.application()).len(), 2);
    world.jetway(&["status", "local"]).succeeds().prints("side: running");
    world.agent(&["status"]).succeeds().prints("side");
}

#[test]
fn a_release_can_be_looked_into() {
    let world = World::new("look");
    world.manifest(&hello(1), "ok");
    world.jetway_with(&["config", "set", "local", "GREETING", "-"], b"looked into").succeeds();
    world.jetway(&["deploy", "local"]).succeeds();
    world.page();
    world.jetway(&["logs", "local"]).succeeds().prints("GET /");
    world.jetway(&["status", "local"]).succeeds().prints("healthy").prints("Docker");
    world.agent(&["status"]).succeeds().prints("ready");
    let exec = world.jetway(&["exec", "local", "--", "/no/such/program"]);
    assert_ne!(exec.code, Some(0), "{exec}");
    let doctor = world.agent(&["doctor", "--json"]);
    assert!(doctor.json().is_object(), "{doctor}");
    world.jetway(&["scale", "local", "2"]).exits(2).says("this machine, which is exactly one instance");
}

#[test]
fn a_change_of_config_alone_is_a_release_with_the_same_image() {
    let world = World::new("config");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    let before = world.only_container()["Image"].clone();
    world.jetway(&["config", "set", "local", "GREETING=changed"]).succeeds();
    world.jetway(&["deploy", "local", "--image", "current"]).succeeds();
    assert_eq!(world.only_container()["Image"], before);
    assert!(world.page().contains("changed"));
}

#[test]
fn a_detached_deploy_is_finished_by_wait_and_cancelled_by_abort() {
    let world = World::new("detach");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local", "--detach"]).succeeds().prints("v1 is launched");
    world.jetway(&["deploy", "local"]).exits(1).says("v1 was launched by");
    world.jetway(&["wait", "local"]).succeeds().prints("v1 of detach");
    world.jetway(&["wait", "local"]).succeeds().prints("nothing is in progress");

    world.manifest(&hello(1), "slow:4");
    world.jetway(&["deploy", "local", "--detach"]).succeeds().prints("v2 is launched");
    world.jetway(&["abort", "local"]).succeeds().prints("v2 is cancelled");
    assert!(world.page().contains("v1"));
    world.jetway(&["status", "local"]).succeeds().prints("live      v1");
    world.jetway(&["abort", "local"]).exits(2).says("nothing is in progress");
}

#[test]
fn a_wait_ends_when_its_time_is_over() {
    let world = World::new("patience");
    world.manifest(&hello(1), "slow:30");
    world.jetway(&["deploy", "local", "--detach"]).succeeds();
    let waited = world.jetway(&["wait", "local", "--timeout", "1s"]).exits(3).says("jetway wait local");
    assert!(waited.took < Duration::from_secs(15), "{waited}");
    world.jetway(&["abort", "local"]).succeeds();
}

#[test]
fn a_destroy_in_the_middle_of_a_deploy_leaves_nothing_running() {
    let world = World::new("midway");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    world.manifest(&hello(1), "slow:30");
    world.jetway(&["deploy", "local", "--detach"]).succeeds();
    eventually("v2 beside v1", 30, || (world.docker.containers(world.application()).len() == 2).then_some(()));
    world.jetway(&["destroy", "local", "--yes"]).succeeds().prints("no longer runs");
    assert_eq!(world.docker.containers(world.application()), Vec::<String>::new());
    world.jetway(&["status", "local"]).exits(3).prints("nothing is deployed");
}

#[test]
fn the_agent_of_this_machine_is_asked_how_it_is() {
    let world = World::new("asked");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    world.jetway(&["status", "local", "--instances"]).succeeds().prints("ready  healthy  web healthy");
    let told = world.jetway(&["status", "local", "--live"]).succeeds().prints("ASKED NOW").prints("it serves");
    assert_eq!(told.stdout.matches("healthy").count(), 4, "{told}");
    let told = world.jetway(&["--json", "status", "local", "--live"]).succeeds().json();
    assert_eq!(told["instances"][0]["live"]["status"]["agent"]["running"], true, "{told}");
}

#[test]
fn a_release_whose_image_was_pruned_is_neither_gone_back_to_nor_exported() {
    let world = World::new("pruned");
    world.manifest(&hello(1), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    world.manifest(&hello(2), "ok");
    world.jetway(&["deploy", "local"]).succeeds();
    world.jetway(&["deploy", "local"]).succeeds();
    let record = std::fs::read(world.store(&format!("jetway/local/{}/releases/v1.json", world.application()))).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let digest = record["containers"]["web"]["image"]["manifest"].as_str().unwrap();
    let blob = format!("images/{}/blobs/{}", world.application(), digest.replace(':', "/"));
    std::fs::remove_file(world.store(&blob)).unwrap();
    let told = world.jetway(&["rollback", "local", "v1"]).exits(2);
    told.says(&format!("the image {} of `web` in v1 is not in the store any more; nothing was changed", &digest[..19]));
    let told = world.jetway(&["image", "export", "v1", "-o", "web.tar", "--environment", "local"]).exits(2);
    told.says(&format!("the image {} is not in the store", &digest[..19]))
        .says("keeps the images of the newest releases");
    assert!(world.page().contains("v3"));
}
