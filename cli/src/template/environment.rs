//! The environment stack: a network of its own over several zones, and its ways in and out.

mod endpoints;
mod flow_log;
mod groups;
mod routes;
mod zone;

use std::collections::BTreeMap;

use jetway_common::installation::Nat;
use jetway_common::name::{EnvironmentName, InstallationName};
use jetway_common::network::{FEWEST_ZONES, MOST_ZONES, Network};
use serde_json::{Value, json};

use super::cidr;
use super::functions::{attribute, join, reference};
use super::model::{Parameter, Template};
use super::resource::Resource;
use super::tags::Tags;
use crate::error::UserError;

/// What the environment stack is made of.
#[derive(Debug, Clone)]
pub struct EnvironmentInput {
    /// Whose it is.
    pub installation: InstallationName,
    /// Its name.
    pub environment: EnvironmentName,
    /// The user's own tags.
    pub tags: BTreeMap<String, String>,
    /// Its addresses, which no other network has.
    pub network: Network,
    /// Over how many zones it spreads; which ones, a parameter says.
    pub zones: usize,
    /// How instances reach the internet.
    pub nat: Nat,
    /// Whether instances reach AWS itself through addresses inside the network, which costs money by the hour.
    pub endpoints: bool,
}

impl EnvironmentInput {
    /// Whether instances need public addresses to reach the internet.
    pub fn public_addresses(&self) -> bool {
        self.nat == Nat::None && !self.endpoints
    }
}

/// The template of an environment stack.
pub fn template(input: &EnvironmentInput) -> anyhow::Result<Template> {
    let Some(zones) = cidr::subnets(input.network, input.zones) else {
        let asked = input.zones;
        let message = format!("{asked} zones: an environment has from {FEWEST_ZONES} to {MOST_ZONES} of them");
        return Err(UserError::usage(message).into());
    };
    let tags = Tags::new(&input.tags, &input.installation).environment(&input.environment);
    let mut template =
        Template::new(format!("Jetway {}: the network of the environment {}.", input.installation, input.environment));
    parameters(&mut template);
    vpc(&mut template, input, &tags);
    flow_log::add(&mut template, &tags);
    routes::add(&mut template, input, &tags);
    for (index, zone) in zones.into_iter().enumerate() {
        zone::add(&mut template, input, index + 1, zone, &tags);
    }
    groups::add(&mut template, input, &tags);
    endpoints::add(&mut template, input, &tags);
    outputs(&mut template, input);
    Ok(template)
}

fn parameters(template: &mut Template) {
    let zones = Parameter::new(
        "List<AWS::EC2::AvailabilityZone::Name>",
        "The zones, as many as there are subnets of each kind.",
    );
    template.parameters.add("Zones", zones);
    template.parameters.add("KeyArn", Parameter::text("The key of the base stack.").like("^arn:.+:key/.+$"));
}

fn vpc(template: &mut Template, input: &EnvironmentInput, tags: &Tags) {
    // The default security group cannot be emptied here: CloudFormation has no resource for it, and custom resources are
    // out. Nothing is ever in it, because everything that Jetway makes names its own groups.
    // https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/658
    let vpc = Resource::new(
        "AWS::EC2::VPC",
        "Network of the environment",
        json!({ "CidrBlock": input.network.to_string(), "EnableDnsSupport": true, "EnableDnsHostnames": true }),
    );
    template.resources.add("Vpc", vpc.named(tags, &console_name(input, "network")));
}

fn outputs(template: &mut Template, input: &EnvironmentInput) {
    template.output("VpcId", "The network.", reference("Vpc"));
    template.output("VpcCidr", "The network's addresses.", attribute("Vpc", "CidrBlock"));
    for (name, description, kind) in [
        ("ElbSubnets", "The subnets of load balancers, one per zone.", "ElbSubnet"),
        ("ApplicationSubnets", "The subnets of instances, one per zone.", "ApplicationSubnet"),
        ("DatabaseSubnets", "The subnets of databases, one per zone.", "DatabaseSubnet"),
    ] {
        template.output(name, description, join(",", subnets(input, kind)));
    }
    template.output("DatabaseSubnetGroup", "Where RDS puts databases.", reference("DatabaseSubnetGroup"));
    template.output("CacheSubnetGroup", "Where ElastiCache puts caches.", reference("CacheSubnetGroup"));
    template.output("WarehouseSubnetGroup", "Where Redshift puts clusters.", reference("WarehouseSubnetGroup"));
    let public = json!(input.public_addresses().to_string());
    template.output("PublicAddresses", "Whether instances need public addresses to reach the internet.", public);
}

/// References to the subnets of one kind, zone by zone.
fn subnets(input: &EnvironmentInput, kind: &str) -> Vec<Value> {
    (1..=input.zones).map(|zone| reference(&format!("{kind}{zone}"))).collect()
}

fn console_name(input: &EnvironmentInput, what: &str) -> String {
    format!("{} {} {what}", input.installation, input.environment)
}
