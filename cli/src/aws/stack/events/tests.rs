//! Which event is told as the first cause.

use super::*;

fn event(resource: &str, status: &str, reason: &str) -> StackEvent {
    StackEvent {
        id: format!("{resource}-{status}"),
        at: None,
        resource: resource.to_owned(),
        kind: "AWS::EC2::VPC".to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
        token: None,
        is_of_stack: resource == "stack",
    }
}

fn first(events: &[(&str, &str, &str)]) -> Option<String> {
    let known = events.iter().map(|(resource, status, reason)| event(resource, status, reason)).collect();
    let events = Events { known };
    events.first_failure().map(|event| event.tell(&Words::default()))
}

#[test]
fn the_first_failure_is_the_first_that_is_nobody_elses_consequence() {
    let told = first(&[
        ("stack", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Vpc", "CREATE_IN_PROGRESS", ""),
        ("Bucket", "CREATE_FAILED", "Resource creation cancelled"),
        ("Vpc", "CREATE_FAILED", "The maximum number of VPCs has been reached."),
        ("stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Vpc, Bucket]."),
    ]);
    assert_eq!(told.as_deref(), Some("Vpc (AWS::EC2::VPC): The maximum number of VPCs has been reached."));
}

#[test]
fn where_no_resource_failed_the_stack_says_why() {
    let told = first(&[
        ("stack", "UPDATE_IN_PROGRESS", "User Initiated"),
        ("stack", "UPDATE_ROLLBACK_IN_PROGRESS", "Transient\u{1b}[2J error"),
    ]);
    assert_eq!(told.as_deref(), Some("the stack stack: Transient\\u{1b}[2J error"));
}

#[test]
fn an_operation_without_a_failure_has_no_cause() {
    assert_eq!(first(&[("stack", "CREATE_IN_PROGRESS", ""), ("stack", "CREATE_COMPLETE", "")]), None);
}
