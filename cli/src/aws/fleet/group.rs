//! The groups of instances that releases are: found by their tags, with what the load balancer says of each instance.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::{Activity, AutoScalingGroup, Filter, Instance};
use jetway_common::name::{InstanceId, ReleaseName};
use jiff::Timestamp;

use super::trouble::{Trouble, of_last_launch};
use crate::aws::account::Account;
use crate::error::UserError;
use crate::session::Target;
use crate::survey::Member;

/// The state of an instance that Auto Scaling counts as serving:
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html>.
const IN_SERVICE: &str = "InService";
/// What the load balancer calls a target that it sends requests to.
pub(super) const HEALTHY: &str = "healthy";

/// The group of one release.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) release: ReleaseName,
    pub(super) members: Vec<Member>,
    name: String,
}

/// What asks Auto Scaling and the load balancer.
#[derive(Debug, Clone)]
pub(super) struct Groups {
    account: Account,
    scaling: aws_sdk_autoscaling::Client,
    balancing: aws_sdk_elasticloadbalancingv2::Client,
}

impl Groups {
    pub(super) fn new(account: &Account) -> Self {
        Self {
            account: account.clone(),
            scaling: aws_sdk_autoscaling::Client::new(account.sdk()),
            balancing: aws_sdk_elasticloadbalancingv2::Client::new(account.sdk()),
        }
    }

    /// The groups of `target`'s releases, or that of one release.
    pub(super) async fn of(
        &self,
        installation: &str,
        target: &Target,
        release: Option<ReleaseName>,
    ) -> Result<Vec<Group>, UserError> {
        let release = release.map(|release| release.to_string());
        let tags = [
            ("installation", Some(installation)),
            ("environment", Some(target.environment.as_str())),
            ("application", Some(target.application.as_str())),
            ("release", release.as_deref()),
        ];
        let filter = |(key, value): (&str, Option<&str>)| {
            Some(Filter::builder().name(format!("tag:jetway:{key}")).values(value?).build())
        };
        let filters = tags.into_iter().filter_map(filter).collect();
        let request = self.scaling.describe_auto_scaling_groups().set_filters(Some(filters));
        let mut pages = request.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(group) = pages.next().await {
            found.extend(parsed(
                group.map_err(|error| self.account.explain("look at the groups of instances", &error))?,
            ));
        }
        found.sort_by_key(|group| std::cmp::Reverse(group.release));
        Ok(found)
    }

    /// What the load balancer says of its targets, and why: `healthy`, or for example `unhealthy (Health checks failed)`.
    pub(super) async fn targets(&self, target_group: &str) -> Result<BTreeMap<String, String>, UserError> {
        let request = self.balancing.describe_target_health().target_group_arn(target_group).send().await;
        let answer = request.map_err(|error| self.account.explain("look at the load balancer's targets", &error))?;
        let each = answer.target_health_descriptions.unwrap_or_default().into_iter().filter_map(|found| {
            let (id, health) = (found.target?.id?, found.target_health?);
            let state = health.state.map(|state| state.as_str().to_owned()).unwrap_or_default();
            let because = health.description.filter(|_| state != HEALTHY).map(|why| format!(" ({why})"));
            Some((id, state + &because.unwrap_or_default()))
        });
        Ok(each.collect())
    }

    /// Why the group could not get an instance since `since`.
    pub(super) async fn trouble(&self, group: &Group, since: Option<Timestamp>) -> Result<Option<Trouble>, UserError> {
        Ok(Trouble::of(&self.activities(group).await?, since))
    }

    /// Why the newest launch that is over came to nothing, if it did.
    pub(super) async fn trouble_of_last_launch(&self, group: &Group) -> Result<Option<String>, UserError> {
        Ok(of_last_launch(&self.activities(group).await?))
    }

    async fn activities(&self, group: &Group) -> Result<Vec<Activity>, UserError> {
        let request = self.scaling.describe_scaling_activities().auto_scaling_group_name(&group.name).max_records(20);
        let told = |error| self.account.explain("look at the activities of the group of instances", &error);
        Ok(request.send().await.map_err(told)?.activities.unwrap_or_default())
    }
}

impl Group {
    /// The instances that Auto Scaling counts as serving.
    pub(super) fn in_service(&self) -> Vec<InstanceId> {
        self.members.iter().filter(|member| member.state == IN_SERVICE).map(|member| member.instance.clone()).collect()
    }

    /// The instance that is on its way out, if one is.
    pub(super) fn leaving(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.state.starts_with("Terminating"))
    }
}

fn parsed(group: AutoScalingGroup) -> Option<Group> {
    let tags = group.tags.unwrap_or_default();
    let release = tags.iter().find(|tag| tag.key() == Some("jetway:release"))?.value()?.parse().ok()?;
    let members = group.instances.unwrap_or_default().into_iter().filter_map(member).collect();
    Some(Group { release, members, name: group.auto_scaling_group_name? })
}

fn member(instance: Instance) -> Option<Member> {
    Some(Member {
        instance: instance.instance_id?.parse().ok()?,
        state: instance.lifecycle_state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        zone: instance.availability_zone.unwrap_or_default(),
        target: None,
    })
}
