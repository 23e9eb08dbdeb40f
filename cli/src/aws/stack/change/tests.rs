//! Changes in plain words, and what is refused.

use super::*;

fn modify(kind: &str, replacement: Replacement) -> Change {
    let change = ResourceChange::builder().logical_resource_id("It").resource_type(kind);
    Change::of(&change.action(ChangeAction::Modify).replacement(replacement).build()).unwrap()
}

fn with(kind: &str, action: ChangeAction) -> Change {
    Change::of(&ResourceChange::builder().logical_resource_id("It").resource_type(kind).action(action).build()).unwrap()
}

#[test]
fn a_bucket_that_would_be_replaced_or_removed_is_refused_unless_it_is_named() {
    let bucket = "AWS::S3::Bucket";
    let losses = [
        modify(bucket, Replacement::True),
        modify(bucket, Replacement::Conditional),
        modify(bucket, Replacement::from("Perhaps")),
        with(bucket, ChangeAction::Remove),
        with(bucket, ChangeAction::Dynamic),
        with(bucket, ChangeAction::from("Melt")),
    ];
    for change in losses {
        let changes = [change];
        let refused = refuse_losses("jetway-base", &changes, &[], &Words::default()).unwrap_err();
        assert_eq!(refused.hint.as_deref(), Some("say --allow-replace jetway-base/It if you mean it"), "{changes:?}");
        let allowed = ["jetway-base/It".to_owned()];
        refuse_losses("jetway-base", &changes, &allowed, &Words::default()).unwrap();
        refuse_losses("jetway-env-qa", &changes, &allowed, &Words::default()).unwrap_err();
    }
}

#[test]
fn what_loses_nothing_is_not_refused() {
    let harmless = [
        modify("AWS::S3::Bucket", Replacement::False),
        with("AWS::S3::Bucket", ChangeAction::Add),
        modify("AWS::S3::BucketPolicy", Replacement::True),
        with("AWS::EC2::Route", ChangeAction::Remove),
    ];
    refuse_losses("jetway-base", &harmless, &[], &Words::default()).unwrap();
}

#[test]
fn every_type_of_the_templates_is_known_to_hold_something_or_not() {
    // A name with a slip in it would protect nothing.
    for kind in STATEFUL {
        assert_eq!(kind.split("::").count(), 3, "{kind}");
    }
}
