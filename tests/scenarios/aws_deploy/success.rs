//! What a person sees when all goes well.

use serde_json::json;

use super::*;

#[test]
fn a_release_is_live_when_each_instance_and_each_target_is_well() {
    let aws = prepared(&manifest(2));
    let told = aws.jetway(&["deploy", "qa", "--message", "the first"]).succeeds();
    let told = told.prints("v1 of hello is live in qa: http://");
    let told = told.says("stack      What instances begin with").says("stack      Instances of v1; each signals");
    assert_eq!(told.stderr.matches("  probe      i-").count(), 2, "{told}");
    let status = aws.jetway(&["status", "qa", "--json"]).succeeds().json();
    assert_eq!([&status["health"], &status["live"]], [&json!("healthy"), &json!("v1")]);
    assert_eq!(status["releases"][0]["members"].as_array().unwrap().len(), 2);
    assert_eq!(status["releases"][0]["members"][0]["target"], "healthy");
    let record = aws.jetway(&["releases", "show", "qa", "v1", "--json"]).succeeds().json();
    assert!(record["record"]["machine"]["image"].as_str().unwrap().starts_with("ami-"), "{record}");
    assert_eq!(record["record"]["machine"]["agent"]["key"], "jetway-agent/x86_64/a.rpm");
}

#[test]
fn the_release_before_leaves_rotation_only_after_the_new_one_is_healthy() {
    let aws = serving();
    aws.jetway(&["deploy", "qa", "--image", &hello(2)]).succeeds().prints("`jetway rollback qa` goes back");
    assert_eq!(changes(&aws), ["CreateStack v1", "CreateStack v2", "UpdateStack v1"]);
    assert_eq!(stacks(&aws), json!({"v1": "false 1 UPDATE_COMPLETE", "v2": "true 1 CREATE_COMPLETE"}));
    let status = aws.jetway(&["status", "qa"]).succeeds();
    status.prints("live      v2 (before it v1)").prints("v1: standby until ");
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds();
    is_order(&changes(&aws), &["CreateStack v3", "UpdateStack v2", "DeleteStack v1"]);
    assert_eq!(stacks(&aws).as_object().unwrap().len(), 2);
}

#[test]
fn a_release_of_config_or_image_alone_is_shown_by_diff_before() {
    let aws = serving();
    aws.jetway(&["diff", "qa"]).succeeds().prints("would change nothing against v1");
    aws.jetway(&["config", "set", "qa", "GREETING=hello"]).succeeds();
    let decrypted = aws.calls("Decrypt");
    let changed = aws.jetway(&["diff", "qa", "--image", "current"]).exits(1).prints("+ config.GREETING = c1");
    assert!(!changed.stdout.contains("containers"), "{changed}");
    assert_eq!(aws.calls("Decrypt"), decrypted);
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds().prints("v2 of hello is live");
    let image = |release: &str| {
        let shown = aws.jetway(&["releases", "show", "qa", release, "--json"]).succeeds().json();
        shown["record"]["containers"]["web"]["image"]["manifest"].clone()
    };
    assert_eq!(image("v1"), image("v2"));
    let short = |release: &str| image(release).as_str().unwrap()["sha256:".len()..][..12].to_owned();
    let told = aws.jetway(&["diff", "qa", "--image", &hello(2)]).exits(1);
    told.prints(&format!("~ containers.web.image: {} ({}) -> {} (not stored yet)", hello(1), short("v2"), hello(2)));
    aws.jetway(&["deploy", "qa", "--image", &hello(2)]).succeeds();
    assert_ne!(image("v2"), image("v3"));
    let told = aws.jetway(&["diff", "qa", "--image", &hello(1)]).exits(1);
    told.prints(&format!("{} ({}) -> {} ({})", hello(2), short("v3"), hello(1), short("v2")));
}

#[test]
fn a_worker_has_no_load_balancer_and_its_standby_does_no_work() {
    let text = manifest(1).replace("[http]\nport = 8000\n", "");
    let aws = prepared(&text);
    aws.jetway(&["deploy", "qa"]).succeeds().prints("v1 of hello is live in qa\n");
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds();
    assert_eq!(stacks(&aws), json!({"v1": "- 0 UPDATE_COMPLETE", "v2": "- 1 CREATE_COMPLETE"}));
    aws.jetway(&["rollback", "qa"]).succeeds().prints("v1 of hello is live");
    assert_eq!(stacks(&aws), json!({"v1": "- 1 UPDATE_COMPLETE", "v2": "- 0 UPDATE_COMPLETE"}));
}

#[test]
fn scaling_changes_a_parameter_and_nothing_else() {
    let aws = serving();
    let told = aws.jetway(&["scale", "qa", "2"]).succeeds().prints("v1 has 2 instances");
    told.says("  probe      i-");
    aws.jetway(&["status", "qa"]).succeeds().prints("2 of 2 instances");
    assert_eq!(stacks(&aws), json!({"v1": "true 2 UPDATE_COMPLETE"}));
    aws.jetway(&["diff", "qa", "--image", "current"]).exits(1).prints("~ instances.count: 2 -> 1");
    aws.jetway(&["scale", "qa", "1"]).succeeds().prints("v1 has 1 instance\n");
    aws.jetway(&["scale", "qa", "2", "--detach"]).succeeds().prints("v1 is to have 2 instances");
}

#[test]
fn an_instance_that_scaling_adds_in_vain_is_told_and_the_others_serve() {
    let aws = serving();
    behave(&aws, "fail", &json!({"phase": "probe", "reason": "the container exited"}));
    let told = aws.jetway(&["scale", "qa", "2"]).exits(1).says("not every new instance is ready: v1 failed on i-");
    told.says("in phase probe: the container exited").says("hint: Auto Scaling goes on trying");
    assert_eq!(stacks(&aws), json!({"v1": "true 2 UPDATE_COMPLETE"}));
}

#[test]
fn a_promotion_has_the_images_of_the_one_and_the_config_of_the_other() {
    let aws = serving();
    aws.jetway(&["--yes", "app", "create", "production"]).succeeds();
    aws.jetway(&["config", "set", "production", "GREETING=production"]).succeeds();
    aws.file("jetway.toml", format!("{}[environments.production]\ninstances = {{ count = 2 }}\n", manifest(1)));
    let told = aws.jetway(&["promote", "qa", "production"]).succeeds().prints("v1 of hello is live in production");
    assert!(!told.stderr.contains("publish"), "{told}");
    let record =
        |environment: &str| aws.jetway(&["releases", "show", environment, "v1", "--json"]).json()["record"].clone();
    let (from, to) = (record("qa"), record("production"));
    assert_eq!(from["containers"]["web"]["image"], to["containers"]["web"]["image"]);
    assert_eq!([&to["config"]["version"], &to["instances"]["count"]], [&json!("c1"), &json!(2)]);
    aws.jetway(&["promote", "qa", "qa"]).exits(2).says("is where it comes from");
}

#[test]
fn images_go_from_this_machine_to_a_bucket_byte_for_byte() {
    let aws = prepared(&manifest(1));
    aws.jetway(&["promote", "local", "qa"]).exits(2).says("nothing of hello is live in local");
    aws.jetway(&["deploy", "local", "--detach"]).succeeds();
    let waited = aws.jetway(&["wait", "local"]);
    let promoted = aws.jetway(&["promote", "local", "qa"]);
    aws.jetway(&["destroy", "local", "--yes"]).succeeds();
    waited.succeeds();
    promoted.succeeds().says("copy       hello-test:1").prints("v1 of hello is live in qa");
}

#[test]
fn images_go_from_the_bucket_of_one_region_to_that_of_another() {
    let regions = INSTALLATION.replace(
        "[environments.production]\nzones = [\"us-west-2a\", \"us-west-2b\"]",
        "[environments.production]\nregion = \"eu-west-1\"\nzones = [\"eu-west-1a\", \"eu-west-1b\"]",
    );
    let aws = prepared_in(&regions, &manifest(1));
    agent_package(&aws, "eu-west-1");
    aws.jetway(&["--yes", "app", "create", "production"]).succeeds();
    aws.jetway(&["deploy", "qa"]).succeeds();
    let told = aws.jetway(&["promote", "qa", "production"]).succeeds().prints("v1 of hello is live in production");
    told.says("copy       hello-test:1");
    aws.jetway(&["status", "production"]).succeeds().prints("in eu-west-1");
    aws.jetway(&["image", "list", "--environment", "production"]).succeeds().prints("hello-test:1");
}

#[test]
fn a_destroy_removes_releases_and_says_what_stays() {
    let aws = serving();
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds();
    aws.jetway(&["destroy", "qa"]).exits(2).says("there is no terminal to ask on");
    aws.on_a_terminal(&[], &["destroy", "qa"], "qa").exits(1).prints("not confirmed; nothing was changed");
    let told = aws.on_a_terminal(&[], &["destroy", "qa"], "hello").succeeds().prints("hello no longer runs in qa");
    told.prints("the stack jetway-app-qa-hello stays; `jetway app delete qa` removes it");
    assert_eq!(stacks(&aws), json!({}));
    aws.jetway(&["status", "qa"]).exits(3).prints("nothing is deployed");
    aws.jetway(&["rollback", "qa", "v1"]).succeeds().prints("v1 of hello is live");
}

#[test]
fn the_longest_names_are_released() {
    let (installation, environment, application) = ("i".repeat(12), "e".repeat(12), "a".repeat(24));
    let aws = Aws::start();
    let zones = "zones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"\n";
    aws.file("installation.toml", format!("installation = \"{installation}\"\n[environments.{environment}]\n{zones}"));
    aws.file("jetway.toml", manifest(1).replace("\"hello\"", &format!("\"{application}\"")));
    aws.jetway(&["--yes", "install"]).succeeds();
    agent_package(&aws, REGION);
    aws.jetway(&["--yes", "app", "create"]).succeeds();
    aws.jetway(&["deploy", &environment]).succeeds().prints(&format!("v1 of {application} is live in {environment}"));
    aws.jetway(&["deploy", &environment, "--image", "current"]).succeeds();
    aws.jetway(&["rollback", &environment]).succeeds().prints("v1 of ");
    aws.jetway(&["--yes", "destroy", &environment]).succeeds();
    aws.jetway(&["--yes", "app", "delete"]).succeeds();
}
