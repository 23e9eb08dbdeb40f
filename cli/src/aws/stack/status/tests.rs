//! The table of every status: its meaning, its exit codes, and what a person is told.

use insta::assert_snapshot;

use super::*;

fn row(name: &str) -> String {
    let status = Status::named(name);
    let Status(inner) = &status;
    assert_eq!(inner.as_str(), name);
    let code = |exit| match exit {
        Exit::Done => 0,
        Exit::Failed => 1,
        Exit::Unknown => 3,
        Exit::Usage | Exit::Program(_) => panic!("{exit:?}"),
    };
    let meaning = format!("{:?}", status.meaning());
    let traits = [
        (status.is_settled(), " settled"),
        (status.is_usable(), " usable"),
        (status.is_stillborn(), " stillborn"),
        (status.is_leaving(), " leaving"),
    ];
    let traits: Vec<&str> = traits.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
    let advice = status.advice("base", "--region r").map_or_else(String::new, |advice| format!("\n    hint: {advice}"));
    format!(
        "{name}: {meaning}, exit {} (deletion {}){}\n    base {}{advice}",
        code(status.exit()),
        code(status.exit_of_deletion()),
        traits.concat(),
        status.sentence()
    )
}

#[test]
fn every_status_has_a_meaning_a_sentence_and_an_exit_code() {
    let all: Vec<String> = StackStatus::values().iter().map(|name| row(name)).collect();
    assert_snapshot!(all.join("\n"), @"
    CREATE_COMPLETE: Done, exit 0 (deletion 1) settled usable
        base is created
    CREATE_FAILED: NeedsPerson, exit 1 (deletion 1) settled
        base could not be created, and what was made of it is left
        hint: repair the cause, then `aws cloudformation delete-stack --stack-name base --region r`
    CREATE_IN_PROGRESS: InProgress, exit 3 (deletion 3)
        base is being created
    DELETE_COMPLETE: Gone, exit 1 (deletion 0) settled leaving
        base is deleted
    DELETE_FAILED: NeedsPerson, exit 1 (deletion 1) settled
        base could not be deleted completely
        hint: repair the cause, then `aws cloudformation delete-stack --stack-name base --region r`
    DELETE_IN_PROGRESS: InProgress, exit 3 (deletion 3) leaving
        base is being deleted
    IMPORT_COMPLETE: Done, exit 0 (deletion 1) settled usable
        base has taken over resources
    IMPORT_IN_PROGRESS: InProgress, exit 3 (deletion 3)
        base is taking over resources
    IMPORT_ROLLBACK_COMPLETE: Failed, exit 1 (deletion 1) settled usable
        base could not take over resources; it is as it was
    IMPORT_ROLLBACK_FAILED: NeedsPerson, exit 1 (deletion 1) settled
        base could not take over resources, and could not be put back as it was
    IMPORT_ROLLBACK_IN_PROGRESS: InProgress, exit 3 (deletion 3)
        base could not take over resources; it is being put back as it was
    REVIEW_IN_PROGRESS: Empty, exit 1 (deletion 1) settled stillborn
        base holds nothing: its first change set was never run
    ROLLBACK_COMPLETE: Failed, exit 1 (deletion 1) settled stillborn
        base could not be created; what was made of it is removed
    ROLLBACK_FAILED: NeedsPerson, exit 1 (deletion 1) settled
        base could not be created, and what was made of it could not be removed
        hint: repair the cause, then `aws cloudformation delete-stack --stack-name base --region r`
    ROLLBACK_IN_PROGRESS: InProgress, exit 3 (deletion 3)
        base could not be created; what was made of it is being removed
    UPDATE_COMPLETE: Done, exit 0 (deletion 1) settled usable
        base is changed
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: InProgress, exit 3 (deletion 3)
        base is changed; what it no longer needs is being removed
    UPDATE_FAILED: NeedsPerson, exit 1 (deletion 1) settled
        base could not be changed, and is left half-changed
        hint: repair the cause, then `aws cloudformation rollback-stack --stack-name base --region r`
    UPDATE_IN_PROGRESS: InProgress, exit 3 (deletion 3)
        base is being changed
    UPDATE_ROLLBACK_COMPLETE: Failed, exit 1 (deletion 1) settled usable
        base could not be changed; it is as it was
    UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: InProgress, exit 3 (deletion 3)
        base could not be changed and is as it was; what is left over is being removed
    UPDATE_ROLLBACK_FAILED: NeedsPerson, exit 1 (deletion 1) settled
        base could not be changed, and could not be put back as it was
        hint: repair the cause, then `aws cloudformation continue-update-rollback --stack-name base --region r`
    UPDATE_ROLLBACK_IN_PROGRESS: InProgress, exit 3 (deletion 3)
        base could not be changed; it is being put back as it was
    ");
}

#[test]
fn a_status_of_tomorrow_is_unknown_and_never_success() {
    assert_snapshot!(row("UPDATE_PAUSED_FOR_TEA"), @"
    UPDATE_PAUSED_FOR_TEA: Unknown, exit 3 (deletion 3) settled
        base has a status that this version of jetway does not know
    ");
}

#[test]
fn none_that_the_sdk_knows_is_unknown() {
    for name in StackStatus::values() {
        assert_ne!(Status::named(name).meaning(), Meaning::Unknown, "{name}");
    }
}
