//! `jetway app delete`.

use jetway_tests::eventually;
use serde_json::json;

use super::{WEB, created, listeners, resources};

#[test]
fn what_is_deleted_is_gone_but_for_its_logs_and_can_be_made_again() {
    let aws = created(WEB);
    let _ = aws.jetway(&["app", "delete", "qa"]).exits(2).says("this removes hello from qa").says("hint: say --yes");
    let told = aws.jetway(&["--yes", "app", "delete", "qa"]).succeeds();
    let _ = told.prints("hello is removed from qa").prints("stays: the log group /jetway/qa/hello");
    assert_eq!(listeners(&aws), json!([]));
    let _ = aws.jetway(&["--yes", "app", "delete", "qa"]).succeeds().prints("hello is not in qa");
    let again = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    let _ = again.says("but for the log group").prints("hello is created in qa");
    assert!(resources(&aws)["LogGroup"].is_null());
    let _ = aws.jetway(&["--yes", "app", "update", "qa"]).succeeds().prints("hello is unchanged in qa");
}

#[test]
fn on_a_terminal_only_the_typed_name_deletes() {
    let aws = created(WEB);
    let told = aws.on_a_terminal(&[], &["app", "delete", "qa"], "hullo").exits(1);
    let _ = told.prints("type `hello` to go on: ").prints("error:").prints("not confirmed; nothing was changed");
    assert_eq!(aws.calls("DeleteStack"), 0);
    let _ = aws.on_a_terminal(&[], &["app", "delete", "qa"], "hello").succeeds().prints("hello is removed from qa");
    assert_eq!(listeners(&aws), json!([]));
}

#[test]
fn what_stays_is_what_is_there() {
    let aws = created(WEB);
    let told = aws.jetway(&["--yes", "app", "delete", "qa"]).succeeds();
    assert!(!told.stdout.contains("releases") && !told.stdout.contains("images"), "{told}");
    let _ = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    let _ = aws.jetway(&["config", "set", "qa", "A=1"]).succeeds();
    let told = aws.jetway(&["--yes", "app", "delete", "qa"]).succeeds().prints("stays: its configs: s3://");
    assert!(!told.stdout.contains("its own files"), "{told}");
}

#[test]
fn releases_have_to_go_first() {
    let aws = created(WEB);
    aws.read(
        "client('cloudformation').create_stack(StackName='jetway-release-qa-hello--v1', TemplateBody=json.dumps(\n    \
             {'Resources': {'Group': {'Type': 'AWS::Logs::LogGroup', 'Properties': {'LogGroupName': 'a'}}}}))\nprint('1')",
    );
    let told = aws.jetway(&["--yes", "app", "delete"]).exits(1);
    let told = told.says("hello still has releases in qa: the stack jetway-release-qa-hello--v1; nothing was changed");
    let _ = told.says("hint: `jetway destroy qa` removes them");
    assert_eq!(aws.calls("DeleteStack"), 0);
    let _ = aws.jetway(&["app", "show", "qa"]).succeeds().prints("releases: v1");
}

#[test]
fn an_interrupted_deletion_is_gone_on_with() {
    let aws = created(WEB);
    let mut killed = aws.spawn(&["--yes", "app", "delete", "qa"]);
    eventually("the stack is told to go", 30, || (aws.calls("UpdateStack") == 1).then_some(()));
    killed.kill().unwrap();
    killed.wait().unwrap();
    let _ = aws.jetway(&["--yes", "app", "delete", "qa"]).succeeds();
    assert_eq!(listeners(&aws), json!([]));
}
