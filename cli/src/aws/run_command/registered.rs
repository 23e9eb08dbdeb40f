//! Which instances SSM can send commands to.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{InstanceInformation, InstanceInformationStringFilter, PingStatus};
use jetway_common::name::InstanceId;
use jiff::Timestamp;

use super::{AT_ONCE, Replies, RunCommand};
use crate::error::UserError;
use crate::reply::{Reply, Silence};

/// Some instances, told apart.
pub(super) struct Registered {
    /// SSM hears their agents.
    pub(super) online: Vec<InstanceId>,
    /// It does not hear these.
    pub(super) replies: Replies,
}

pub(super) async fn look(ssm: &RunCommand, instances: &[InstanceId]) -> Result<Registered, UserError> {
    let mut found: BTreeMap<InstanceId, InstanceInformation> = BTreeMap::new();
    for chunk in instances.chunks(AT_ONCE) {
        let names = chunk.iter().map(ToString::to_string).collect();
        let filter = InstanceInformationStringFilter::builder().key("InstanceIds").set_values(Some(names)).build();
        let filter = filter.map_err(|error| UserError::failed(error.to_string()))?;
        let request = ssm.client.describe_instance_information().filters(filter);
        let mut pages = request.into_paginator().items().send();
        while let Some(each) = pages.next().await {
            let each = each.map_err(|error| ssm.account.explain("see which instances SSM reaches", &error))?;
            found.extend(each.instance_id().and_then(|id| id.parse().ok()).map(|id| (id, each)));
        }
    }
    let (mut online, mut replies) = (Vec::new(), Replies::new());
    for instance in instances {
        match silence(found.get(instance)) {
            None => online.push(instance.clone()),
            Some(silence) => drop(replies.insert(instance.clone(), Reply::Silent(silence))),
        }
    }
    Ok(Registered { online, replies })
}

fn silence(found: Option<&InstanceInformation>) -> Option<Silence> {
    let Some(found) = found else { return Some(Silence::NotRegistered) };
    let heard = found.last_ping_date_time();
    let heard_at = heard.and_then(|at| Timestamp::from_second(at.secs()).ok());
    (found.ping_status() != Some(&PingStatus::Online)).then_some(Silence::Lost { heard_at })
}
