//! The ways in and out: the internet gateway and one route table for each kind of subnet.

use jetway_common::installation::Nat;
use serde_json::json;

use super::{EnvironmentInput, console_name};
use crate::template::functions::reference;
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

pub(super) fn add(template: &mut Template, input: &EnvironmentInput, tags: &Tags) {
    let gateway = Resource::new("AWS::EC2::InternetGateway", "Way to and from the internet", json!({}));
    template.resources.add("InternetGateway", gateway.named(tags, &console_name(input, "internet")));
    let attachment = Resource::new(
        "AWS::EC2::VPCGatewayAttachment",
        "Connects the network with the internet",
        json!({ "VpcId": reference("Vpc"), "InternetGatewayId": reference("InternetGateway") }),
    );
    template.resources.add("InternetAttachment", attachment);
    table(template, input, "Elb", "Routes of load balancers", tags);
    to_internet(template, "Elb");
    table(template, input, "Database", "Routes of databases: inside the network only", tags);
    if input.nat != Nat::PerAz {
        table(template, input, "Application", "Routes of instances", tags);
    }
    if input.public_addresses() {
        to_internet(template, "Application");
    }
}

/// Adds a route table; without routes of its own it leads nowhere but inside the network.
pub(super) fn table(template: &mut Template, input: &EnvironmentInput, of: &str, description: &str, tags: &Tags) {
    let table = Resource::new("AWS::EC2::RouteTable", description, json!({ "VpcId": reference("Vpc") }));
    let table = table.named(tags, &console_name(input, &format!("{} routes", of.to_lowercase())));
    template.resources.add(format!("{of}Routes"), table);
}

/// Adds the route through a NAT gateway to a table; `whose` are the instances that follow it.
pub(super) fn to_nat(template: &mut Template, of: &str, whose: &str, gateway: &str) {
    let route = default_route(of, format!("Way of {whose} to the internet")).with("NatGatewayId", reference(gateway));
    template.resources.add(format!("{of}Route"), route);
}

fn to_internet(template: &mut Template, of: &str) {
    let route = default_route(of, "Way to and from the internet").with("GatewayId", reference("InternetGateway"));
    template.resources.add(format!("{of}Route"), route.after("InternetAttachment"));
}

fn default_route(of: &str, description: impl Into<String>) -> Resource {
    let table = reference(&format!("{of}Routes"));
    Resource::new("AWS::EC2::Route", description, json!({ "RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0" }))
}
