//! One availability zone: three subnets, and a NAT gateway if it has its own.

use jetway_common::installation::Nat;
use jetway_common::network::Block;
use serde_json::json;

use super::{EnvironmentInput, console_name, routes};
use crate::template::cidr::Zone;
use crate::template::functions::{attribute, reference, select};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// Adds the zone with this number; the first is 1.
pub(super) fn add(template: &mut Template, input: &EnvironmentInput, number: usize, zone: Zone, tags: &Tags) {
    let own_nat = match input.nat {
        Nat::None => false,
        Nat::One => number == 1,
        Nat::PerAz => true,
    };
    let (elb, application) = ("ElbRoutes".to_owned(), application_routes(input, number));
    subnet(template, input, ("Elb", "load balancers"), number, zone.elb, &elb, tags);
    if own_nat {
        nat(template, input, number, tags);
    }
    subnet(template, input, ("Application", "instances"), number, zone.application, &application, tags);
    subnet(template, input, ("Database", "databases"), number, zone.database, "DatabaseRoutes", tags);
}

fn application_routes(input: &EnvironmentInput, number: usize) -> String {
    if input.nat == Nat::PerAz { format!("Application{number}Routes") } else { "ApplicationRoutes".to_owned() }
}

fn subnet(
    template: &mut Template,
    input: &EnvironmentInput,
    (kind, of): (&str, &str),
    number: usize,
    block: Block,
    routes: &str,
    tags: &Tags,
) {
    let id = format!("{kind}Subnet{number}");
    let subnet = Resource::new(
        "AWS::EC2::Subnet",
        format!("Subnet of {of} in zone {number}"),
        json!({
            "VpcId": reference("Vpc"),
            "AvailabilityZone": select(number - 1, &reference("Zones")),
            "CidrBlock": block.to_string(),
            "MapPublicIpOnLaunch": false,
        }),
    );
    let name = console_name(input, &format!("{} {number}", kind.to_lowercase()));
    template.resources.add(&id, subnet.named(tags, &name));
    let association = Resource::new(
        "AWS::EC2::SubnetRouteTableAssociation",
        format!("Gives the subnet of {of} in zone {number} its routes"),
        json!({ "SubnetId": reference(&id), "RouteTableId": reference(routes) }),
    );
    template.resources.add(format!("{id}Routes"), association);
}

/// A NAT gateway lives where the internet is reached directly: among the load balancers.
fn nat(template: &mut Template, input: &EnvironmentInput, number: usize, tags: &Tags) {
    let name = console_name(input, &format!("nat {number}"));
    let address = Resource::new(
        "AWS::EC2::EIP",
        format!("Public address of the NAT gateway in zone {number}"),
        json!({ "Domain": "vpc" }),
    );
    template.resources.add(format!("NatAddress{number}"), address.named(tags, &name).after("InternetAttachment"));
    let gateway = Resource::new(
        "AWS::EC2::NatGateway",
        format!("NAT gateway in zone {number}: instances reach the internet, nothing there reaches them"),
        json!({
            "AllocationId": attribute(&format!("NatAddress{number}"), "AllocationId"),
            "SubnetId": reference(&format!("ElbSubnet{number}")),
        }),
    );
    let id = format!("NatGateway{number}");
    template.resources.add(&id, gateway.named(tags, &name).after("ElbRoute"));
    if input.nat == Nat::PerAz {
        let (of, whose) = (format!("Application{number}"), format!("instances in zone {number}"));
        routes::table(template, input, &of, &format!("Routes of {whose}"), tags);
        routes::to_nat(template, &of, &whose, &id);
    } else {
        routes::to_nat(template, "Application", "instances", &id);
    }
}
