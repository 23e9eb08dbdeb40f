//! The ways to AWS itself that do not leave the network.

use jetway_common::installation::Nat;
use serde_json::{Value, json};

use super::{EnvironmentInput, console_name, subnets};
use crate::template::functions::{reference, substitute};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// What the agent, the CloudWatch agent and Session Manager speak to.
const SERVICES: [(&str, &str, &str); 7] = [
    ("AutoScaling", "autoscaling", "to report their state"),
    ("CloudFormation", "cloudformation", "to signal that they are ready"),
    ("Kms", "kms", "to open their config"),
    ("Logs", "logs", "to write logs"),
    ("Monitoring", "monitoring", "to write metrics"),
    ("Ssm", "ssm", "to be managed"),
    ("SsmMessages", "ssmmessages", "to open sessions"),
];

pub(super) fn add(template: &mut Template, input: &EnvironmentInput, tags: &Tags) {
    // Free, unlike the others. Amazon Linux has its package repositories in S3, so no narrower policy fits everyone:
    // https://docs.aws.amazon.com/linux/al2023/ug/package-repositories.html
    let s3 = Resource::new(
        "AWS::EC2::VPCEndpoint",
        "Way of instances to S3 inside AWS",
        json!({
            "VpcId": reference("Vpc"),
            "ServiceName": substitute("com.amazonaws.${AWS::Region}.s3"),
            "VpcEndpointType": "Gateway",
            "RouteTableIds": application_tables(input),
        }),
    );
    template.resources.add("S3Endpoint", s3.named(tags, &console_name(input, "s3")));
    if input.endpoints {
        security_group(template, input, tags);
        for (id, service, purpose) in SERVICES {
            let endpoint = interface(input, service, purpose).named(tags, &console_name(input, service));
            template.resources.add(format!("{id}Endpoint"), endpoint);
        }
    }
}

fn application_tables(input: &EnvironmentInput) -> Vec<Value> {
    if input.nat == Nat::PerAz {
        (1..=input.zones).map(|zone| reference(&format!("Application{zone}Routes"))).collect()
    } else {
        vec![reference("ApplicationRoutes")]
    }
}

fn security_group(template: &mut Template, input: &EnvironmentInput, tags: &Tags) {
    let network = input.network.to_string();
    let group = Resource::new(
        "AWS::EC2::SecurityGroup",
        "Who reaches the private endpoints: the network itself",
        json!({
            "GroupDescription": "Private endpoints of AWS services",
            "VpcId": reference("Vpc"),
            "SecurityGroupIngress": [{
                "Description": "HTTPS from the network",
                "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": network,
            }],
            "SecurityGroupEgress": [{
                "Description": "Answers only: an endpoint begins nothing",
                "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "127.0.0.1/32",
            }],
        }),
    );
    template.resources.add("EndpointGroup", group.named(tags, &console_name(input, "endpoints")));
}

fn interface(input: &EnvironmentInput, service: &str, purpose: &str) -> Resource {
    Resource::new(
        "AWS::EC2::VPCEndpoint",
        format!("Private endpoint for instances {purpose}"),
        json!({
            "VpcId": reference("Vpc"),
            "ServiceName": substitute(format!("com.amazonaws.${{AWS::Region}}.{service}")),
            "VpcEndpointType": "Interface",
            "PrivateDnsEnabled": true,
            "SubnetIds": subnets(input, "ApplicationSubnet"),
            "SecurityGroupIds": [reference("EndpointGroup")],
        }),
    )
}
