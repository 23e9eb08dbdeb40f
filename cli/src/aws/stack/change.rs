//! What a change set does to one resource, in plain words, and which changes nobody gets without having named them.

use aws_sdk_cloudformation::types::{ChangeAction, Replacement, ResourceChange};

use super::words::Words;
use crate::error::UserError;

/// What a change set does to one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The logical name.
    pub resource: String,
    /// The type.
    pub kind: String,
    /// What becomes of it.
    pub effect: Effect,
    /// Which of its properties change, in the order of their names.
    pub properties: Vec<String>,
}

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It is made.
    Add,
    /// It is changed and stays the same resource.
    Modify,
    /// It is changed; whether another takes its place shows only then.
    MayReplace,
    /// Another takes its place.
    Replace,
    /// It goes.
    Remove,
    /// CloudFormation says something that this version has never heard of.
    Unknown,
}

/// What holds what nothing brings back, or what others outside Jetway rely on: data, keys, logs, networks, addresses.
const STATEFUL: [&str; 13] = [
    "AWS::CloudTrail::Trail",
    "AWS::EC2::EIP",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    // Another one has no targets: nothing answers until the next deploy.
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
];

impl Change {
    /// What CloudFormation says; none if it names no resource.
    pub(super) fn of(change: &ResourceChange) -> Option<Self> {
        let names = change.details().iter().filter_map(|detail| {
            let target = detail.target()?;
            let attribute = target.attribute().map(|attribute| attribute.as_str().to_owned());
            target.name().map(str::to_owned).or(attribute)
        });
        let mut properties: Vec<String> = names.collect();
        properties.sort();
        properties.dedup();
        Some(Self {
            resource: change.logical_resource_id()?.to_owned(),
            kind: change.resource_type().unwrap_or_default().to_owned(),
            effect: effect(change),
            properties,
        })
    }

    /// Whether it loses what nothing brings back, or may do so.
    pub fn is_loss(&self) -> bool {
        STATEFUL.contains(&self.kind.as_str()) && !matches!(self.effect, Effect::Add | Effect::Modify)
    }

    /// Changes as lines for people. Those of tags alone are one line together: a tag of an installation is on everything.
    pub fn tell_all(changes: &[Self], words: &Words) -> Vec<String> {
        let (tagged, others): (Vec<&Self>, Vec<&Self>) = changes.iter().partition(|change| change.is_of_tags());
        let mut lines: Vec<String> = others.iter().map(|change| change.tell(words)).collect();
        match tagged.as_slice() {
            [] => {}
            [one] => lines.push(one.tell(words)),
            many => lines.push(format!("change: the tags of {} resources", many.len())),
        }
        lines
    }

    fn is_of_tags(&self) -> bool {
        self.effect == Effect::Modify
            && self.properties.iter().all(|name| name == "Tags")
            && !self.properties.is_empty()
    }

    /// The change as a line for people.
    pub fn tell(&self, words: &Words) -> String {
        let verb = match self.effect {
            Effect::Add => "add",
            Effect::Modify => "change",
            Effect::MayReplace => "may replace",
            Effect::Replace => "replace",
            Effect::Remove => "remove",
            Effect::Unknown => "do something unknown to",
        };
        let what = words.tell(&self.resource, &self.kind);
        if self.effect == Effect::Add || self.properties.is_empty() {
            format!("{verb}: {what}")
        } else {
            format!("{verb}: {what} ({})", self.properties.join(", "))
        }
    }
}

fn effect(change: &ResourceChange) -> Effect {
    match (change.action(), change.replacement()) {
        (Some(ChangeAction::Add | ChangeAction::Import), _) => Effect::Add,
        (Some(ChangeAction::Remove), _) => Effect::Remove,
        (Some(ChangeAction::Modify), Some(Replacement::True)) => Effect::Replace,
        (Some(ChangeAction::Modify), Some(Replacement::Conditional)) | (Some(ChangeAction::Dynamic), _) => {
            Effect::MayReplace
        }
        (Some(ChangeAction::Modify), Some(Replacement::False) | None) => Effect::Modify,
        _ => Effect::Unknown,
    }
}

/// Refuses changes of the stack `name` that lose what nothing brings back, unless each such resource is in `allowed`,
/// as the stack's name, `/`, and its own: a command may change several stacks whose resources have the same names.
pub fn refuse_losses(name: &str, changes: &[Change], allowed: &[String], words: &Words) -> Result<(), UserError> {
    let full_name = |change: &Change| format!("{name}/{}", change.resource);
    let is_refused = |change: &&Change| change.is_loss() && !allowed.contains(&full_name(change));
    let refused: Vec<&Change> = changes.iter().filter(is_refused).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = refused.iter().map(|change| change.tell(words)).collect();
    let options: Vec<String> = refused.iter().map(|change| format!("--allow-replace {}", full_name(change))).collect();
    let message = format!("the stack {name} would lose what nothing brings back, so nothing was changed:\n       ");
    Err(UserError::failed(message + &lines.join("\n       ")).hint(format!("say {} if you mean it", options.join(" "))))
}

#[cfg(test)]
mod tests;
