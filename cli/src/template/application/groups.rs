//! The three security groups: load balancer, instances, databases. Each lets in only what the one before sends.

use jetway_common::manifest::Exposure;
use jetway_common::network::Block;
use serde_json::{Value, json};

use super::{ApplicationInput, Entrance};
use crate::template::functions::reference;
use crate::template::model::{Parameter, Template};
use crate::template::resource::Resource;
use crate::template::tags::Tags;

pub(super) fn add(template: &mut Template, input: &ApplicationInput, tags: &Tags) {
    if let Some(entrance) = &input.entrance {
        load_balancer(template, input, entrance, tags);
    }
    instances(template, input, tags);
    if let Some(entrance) = &input.entrance {
        between(template, entrance);
    }
    for source in &input.ssh_from {
        ssh(template, *source);
    }
    databases(template, input, tags);
    template.output("InstanceGroup", "The security group of instances.", reference("InstanceGroup"));
    template.output("DatabaseGroup", "The security group for databases.", reference("DatabaseGroup"));
}

fn load_balancer(template: &mut Template, input: &ApplicationInput, entrance: &Entrance, tags: &Tags) {
    let from = match entrance.exposure {
        Exposure::Public => json!("0.0.0.0/0"),
        Exposure::Internal => {
            let cidr = Parameter::text("The addresses of the environment's network.").like(CIDR);
            template.parameters.add("VpcCidr", cidr);
            reference("VpcCidr")
        }
    };
    let accepts = |port: u16, what: &str| json!({ "Description": format!("{what} from clients"), "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": from });
    let rules: Vec<Value> = [(entrance.has_http(), 80, "HTTP"), (entrance.has_https(), 443, "HTTPS")]
        .into_iter()
        .filter(|(wanted, _, _)| *wanted)
        .map(|(_, port, what)| accepts(port, what))
        .collect();
    let properties = json!({
        "GroupDescription": format!("Load balancer of {}", input.application),
        "VpcId": reference("VpcId"),
        "SecurityGroupIngress": rules,
        "SecurityGroupEgress": [nothing("Nothing, but instances by a rule of their own")],
    });
    let group = Resource::new("AWS::EC2::SecurityGroup", "Who reaches the load balancer", properties);
    let group = group.named(tags, &name(input, "load balancer"));
    let is_open = entrance.exposure == Exposure::Public && entrance.has_http();
    let reason = "port 80 is open on purpose: jetway.toml asks for HTTP, alone or to redirect to HTTPS";
    let group = if is_open { group.skip("CKV_AWS_260", reason) } else { group };
    template.resources.add("LoadBalancerGroup", group);
}

fn instances(template: &mut Template, input: &ApplicationInput, tags: &Tags) {
    let group = Resource::new(
        "AWS::EC2::SecurityGroup",
        "What instances reach, and who reaches them",
        json!({
            "GroupDescription": format!("Instances of {}", input.application),
            "VpcId": reference("VpcId"),
            "SecurityGroupEgress": [{
                "Description": "Whatever the application calls",
                "IpProtocol": "-1", "CidrIp": "0.0.0.0/0",
            }],
        }),
    );
    template.resources.add("InstanceGroup", group.named(tags, &name(input, "instance")));
}

/// The rules between load balancer and instances are resources of their own: each group names the other.
fn between(template: &mut Template, entrance: &Entrance) {
    let port = entrance.http.port;
    let out = Resource::new(
        "AWS::EC2::SecurityGroupEgress",
        "Lets the load balancer speak to instances, and to nothing else",
        json!({
            "Description": "Requests and health checks to instances",
            "GroupId": reference("LoadBalancerGroup"),
            "DestinationSecurityGroupId": reference("InstanceGroup"),
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
        }),
    );
    template.resources.add("LoadBalancerToInstances", out);
    let into = Resource::new(
        "AWS::EC2::SecurityGroupIngress",
        "Lets instances hear the load balancer",
        json!({
            "Description": "Requests and health checks from the load balancer",
            "GroupId": reference("InstanceGroup"),
            "SourceSecurityGroupId": reference("LoadBalancerGroup"),
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
        }),
    );
    template.resources.add("InstancesFromLoadBalancer", into);
}

/// The rule is named after its network, because a rule that took another's place would be made while the other is there.
fn ssh(template: &mut Template, source: Block) {
    let rule = Resource::new(
        "AWS::EC2::SecurityGroupIngress",
        format!("Lets SSH into instances from {source}"),
        json!({
            "Description": format!("SSH from {source}"),
            "GroupId": reference("InstanceGroup"),
            "CidrIp": source.to_string(),
            "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
        }),
    );
    let name = source.to_string().replace('.', "x").replace('/', "n");
    template.resources.add(format!("SshFrom{name}"), rule);
}

/// What a database listens on is its own business; who speaks to it is not.
fn databases(template: &mut Template, input: &ApplicationInput, tags: &Tags) {
    let group = Resource::new(
        "AWS::EC2::SecurityGroup",
        "Lets the application's instances, and nothing else, reach its databases",
        json!({
            "GroupDescription": format!("Databases of {}", input.application),
            "VpcId": reference("VpcId"),
            "SecurityGroupIngress": [{
                "Description": "Instances of the application",
                "SourceSecurityGroupId": reference("InstanceGroup"),
                "IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535,
            }],
            "SecurityGroupEgress": [nothing("Nothing: a database only answers")],
        }),
    );
    template.resources.add("DatabaseGroup", group.named(tags, &name(input, "database")));
}

/// A rule that lets nothing out. Without any rule in the group itself, EC2 adds one that lets everything out:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html>.
fn nothing(description: &str) -> Value {
    json!({ "Description": description, "IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "127.0.0.1/32" })
}

const CIDR: &str = r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$";

fn name(input: &ApplicationInput, what: &str) -> String {
    format!("{} {} {} {what}", input.installation, input.environment, input.application)
}
