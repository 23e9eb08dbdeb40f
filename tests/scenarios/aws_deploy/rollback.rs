//! Back to a release that was live before.

use serde_json::json;

use super::*;

#[test]
fn a_release_on_standby_comes_back_by_parameters_alone() {
    let aws = serving();
    aws.jetway(&["deploy", "qa", "--image", &hello(2)]).succeeds();
    let created = aws.calls("CreateStack");
    aws.jetway(&["rollback", "qa"]).succeeds().prints("v1 of hello is live");
    assert_eq!(aws.calls("CreateStack"), created);
    is_order(&changes(&aws), &["UpdateStack v1", "UpdateStack v1", "UpdateStack v2"]);
    assert_eq!(stacks(&aws), json!({"v1": "true 1 UPDATE_COMPLETE", "v2": "false 1 UPDATE_COMPLETE"}));
    aws.jetway(&["status", "qa"]).succeeds().prints("live      v1 (before it v2)");
}

#[test]
fn a_standby_that_was_scaled_to_zero_comes_back_with_its_instances() {
    let aws = serving();
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds();
    aws.tell("scheduled-actions/run", &json!({"group": "*--v1*"}));
    let members = || {
        let status = aws.jetway(&["status", "qa", "--json"]).json();
        let releases = status["releases"].as_array().unwrap().clone();
        releases.iter().find(|each| each["release"] == "v1").map(|each| each["members"].as_array().unwrap().len())
    };
    jetway_tests::eventually("standby has ended", 20, || (members() == Some(0)).then_some(()));
    aws.jetway(&["rollback", "qa"]).succeeds().prints("v1 of hello is live");
    assert_eq!(members(), Some(1));
}

#[test]
fn an_older_release_is_made_again_from_its_record() {
    let aws = serving();
    aws.jetway(&["deploy", "qa", "--image", &hello(2)]).succeeds();
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds();
    assert!(stacks(&aws)["v1"].is_null());
    aws.jetway(&["rollback", "qa", "v1"]).succeeds().prints("v1 of hello is live");
    is_order(&changes(&aws), &["DeleteStack v1", "CreateStack v1", "UpdateStack v3", "DeleteStack v2"]);
    aws.jetway(&["rollback", "qa", "v1"]).exits(2).says("v1 is live already");
    aws.jetway(&["rollback", "qa", "v9"]).exits(2).says("there is no release v9");
}

#[test]
fn a_standby_that_does_not_get_well_goes_back_to_standby() {
    let aws = serving();
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds();
    for instance in aws.ask("instances")["instances"].as_array().unwrap() {
        if instance["group"].as_str().unwrap().contains("--v1") {
            aws.tell("instances/serving", &json!({"id": instance["id"], "serving": false}));
        }
    }
    aws.jetway(&["rollback", "qa", "--timeout", "3s"]).exits(1).says("v2 serves as before");
    assert_eq!(stacks(&aws), json!({"v1": "false 1 UPDATE_COMPLETE", "v2": "true 1 CREATE_COMPLETE"}));
    aws.jetway(&["status", "qa"]).succeeds().prints("live      v2");
}
