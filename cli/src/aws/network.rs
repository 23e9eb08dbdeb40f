//! What an account's region has of networks: its zones, and the addresses that are taken.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{AvailabilityZoneOptInStatus, AvailabilityZoneState, Filter};
use jetway_common::network::Block;

use super::account::Account;
use crate::error::UserError;

/// A network of the region, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// The id, for people.
    pub id: String,
    /// Its addresses; it can have several blocks.
    pub blocks: Vec<Block>,
}

/// The zones of the region that a VPC can span, in the order of their names: local and wavelength zones have neither
/// all load balancers nor NAT gateways, and zones that the account did not opt into are none.
pub async fn zones(account: &Account) -> Result<Vec<String>, UserError> {
    let kind = Filter::builder().name("zone-type").values("availability-zone").build();
    let request = Client::new(account.sdk()).describe_availability_zones().filters(kind);
    let told = |error| account.explain("list the availability zones", &error);
    let found = request.send().await.map_err(told)?.availability_zones.unwrap_or_default();
    let is_open = |zone: &aws_sdk_ec2::types::AvailabilityZone| {
        zone.state() == Some(&AvailabilityZoneState::Available)
            && zone.opt_in_status() != Some(&AvailabilityZoneOptInStatus::NotOptedIn)
            && zone.zone_type().is_none_or(|kind| kind == "availability-zone")
    };
    let mut zones: Vec<String> = found.into_iter().filter(is_open).filter_map(|zone| zone.zone_name).collect();
    zones.sort();
    Ok(zones)
}

/// The networks of the region.
pub async fn vpcs(account: &Account) -> Result<Vec<Vpc>, UserError> {
    let mut pages = Client::new(account.sdk()).describe_vpcs().into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(vpc) = pages.next().await {
        let vpc = vpc.map_err(|error| account.explain("list the networks", &error))?;
        let more = vpc.cidr_block_association_set().iter().filter_map(|more| more.cidr_block());
        let mut blocks: Vec<Block> =
            vpc.cidr_block().into_iter().chain(more).filter_map(|text| text.parse().ok()).collect();
        blocks.dedup();
        found.push(Vpc { id: vpc.vpc_id.unwrap_or_default(), blocks });
    }
    Ok(found)
}
