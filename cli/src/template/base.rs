//! The base stack, once per region: the key, the two buckets, the audit trail and its alarm.

mod alarm;
mod bucket;
mod github;
mod key;
mod log_bucket;
mod storage_bucket;
mod trail;

use std::collections::BTreeMap;

use jetway_common::name::InstallationName;

use super::functions::{attribute, reference};
use super::model::Template;
use super::tags::Tags;

/// What the base stack is made of.
#[derive(Debug, Clone)]
pub struct BaseInput {
    /// Whose it is.
    pub installation: InstallationName,
    /// The user's own tags.
    pub tags: BTreeMap<String, String>,
    /// Whether GitHub workflows may take on deploy roles; one installation of an account can have it.
    pub github: bool,
}

/// The template of the base stack.
pub fn template(input: &BaseInput) -> Template {
    let tags = Tags::new(&input.tags, &input.installation);
    let mut template = Template::new(format!(
        "Jetway {}: the key, the storage and log buckets, and the audit trail of one region.",
        input.installation
    ));
    key::add(&mut template, &input.installation, &tags);
    log_bucket::add(&mut template, &input.installation, &tags);
    storage_bucket::add(&mut template, &tags);
    trail::add(&mut template, &input.installation, &tags);
    alarm::add(&mut template, &tags);
    if input.github {
        github::add(&mut template, &tags);
    }
    outputs(&mut template);
    template
}

fn outputs(template: &mut Template) {
    template.output("KeyArn", "The key that seals configs and encrypts logs.", attribute("Key", "Arn"));
    template.output("StorageBucket", "The bucket that is the store.", reference("StorageBucket"));
    template.output("LogBucket", "The bucket that all logs go to.", reference("LogBucket"));
    template.output("AlarmTopic", "Who is told of alarms: subscribe here.", reference("AlarmTopic"));
}

/// The name of the trail: policies that must be there before the trail have to name it.
///
/// It holds the region, because a trail of all regions is seen in each of them under its one name.
fn trail_name(installation: &InstallationName) -> String {
    format!("{installation}-${{AWS::Region}}")
}

/// The trail's ARN, for the policies that let it write.
fn trail_arn(installation: &InstallationName) -> String {
    let name = trail_name(installation);
    format!("arn:${{AWS::Partition}}:cloudtrail:${{AWS::Region}}:${{AWS::AccountId}}:trail/{name}")
}
