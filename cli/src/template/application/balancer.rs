//! The load balancer, its listeners and the group of targets behind it.

use jetway_common::manifest::Exposure;
use serde_json::{Value, json};

use super::{ApplicationInput, Entrance};
use crate::template::functions::{attribute, reference, substitute};
use crate::template::model::{Parameter, Template};
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// TLS 1.2 and 1.3 with forward secrecy and post-quantum key exchange: what AWS recommends, and not what CloudFormation
/// takes by itself.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
const TLS_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";

const HTTP_WANTED: &str = "jetway.toml asks for plain HTTP; `protocol = \"https\"` changes it";

pub(super) fn add(template: &mut Template, input: &ApplicationInput, entrance: &Entrance, tags: &Tags) {
    parameters(template, entrance);
    template.resources.add("LoadBalancer", load_balancer(input, entrance, tags));
    template.resources.add("TargetGroup", target_group(entrance, tags));
    listeners(template, entrance);
    outputs(template, entrance);
}

fn parameters(template: &mut Template, entrance: &Entrance) {
    template.parameters.add("LogBucket", Parameter::text("The log bucket of the base stack."));
    let subnets = "The subnets of load balancers of the environment stack.";
    template.parameters.add("ElbSubnets", Parameter::new("List<AWS::EC2::Subnet::Id>", subnets));
    let protection = "Whether the load balancer refuses to be deleted; `jetway app delete` turns it off first.";
    template.parameters.add("DeletionProtection", Parameter::flag(protection, true));
    if entrance.has_https() {
        let certificate = Parameter::text("The certificate of the application's domain, in this region.");
        template.parameters.add("CertificateArn", certificate.like("^arn:.+:(certificate|server-certificate)/.+$"));
    }
}

fn load_balancer(input: &ApplicationInput, entrance: &Entrance, tags: &Tags) -> Resource {
    let scheme = match entrance.exposure {
        Exposure::Public => "internet-facing",
        Exposure::Internal => "internal",
    };
    let prefix = format!("alb/{}/{}", input.environment, input.application);
    let attributes = [
        ("access_logs.s3.enabled", json!("true")),
        ("access_logs.s3.bucket", reference("LogBucket")),
        ("access_logs.s3.prefix", json!(prefix)),
        ("deletion_protection.enabled", reference("DeletionProtection")),
        ("idle_timeout.timeout_seconds", json!("60")),
        ("routing.http.desync_mitigation_mode", json!("defensive")),
        ("routing.http.drop_invalid_header_fields.enabled", json!("true")),
        ("routing.http2.enabled", json!("true")),
    ];
    let balancer = Resource::new(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Load balancer",
        json!({
            "Type": "application",
            "Scheme": scheme,
            "IpAddressType": "ipv4",
            "Subnets": reference("ElbSubnets"),
            "SecurityGroups": [reference("LoadBalancerGroup")],
            "LoadBalancerAttributes": pairs(attributes),
        }),
    );
    balancer.tagged(tags)
}

fn target_group(entrance: &Entrance, tags: &Tags) -> Resource {
    let health = &entrance.http.health;
    let attributes = [
        ("deregistration_delay.timeout_seconds", json!(entrance.draining.0.to_string())),
        ("load_balancing.algorithm.type", json!("least_outstanding_requests")),
    ];
    let group = Resource::new(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Instances that the load balancer sends requests to, and when they count as healthy",
        // TLS ends at the load balancer; only its own security group reaches instances.
        json!({
            "TargetType": "instance",
            "VpcId": reference("VpcId"),
            "Protocol": "HTTP",
            "Port": entrance.http.port,
            "HealthCheckEnabled": true,
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckPath": health.path,
            "HealthCheckIntervalSeconds": health.interval.0,
            "HealthCheckTimeoutSeconds": health.timeout.0,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 3,
            "Matcher": { "HttpCode": "200-299" },
            "TargetGroupAttributes": pairs(attributes),
        }),
    );
    group.tagged(tags)
}

fn listeners(template: &mut Template, entrance: &Entrance) {
    let forward = json!({ "Type": "forward", "TargetGroupArn": reference("TargetGroup") });
    if entrance.has_https() {
        let listener = listener("Listener for HTTPS", 443, "HTTPS", &forward)
            .with("SslPolicy", TLS_POLICY)
            .with("Certificates", json!([{ "CertificateArn": reference("CertificateArn") }]));
        template.resources.add("HttpsListener", listener);
        let redirect = json!({ "Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301" });
        let redirect = json!({ "Type": "redirect", "RedirectConfig": redirect });
        if entrance.has_http() {
            let listener = self::listener("Listener for HTTP: sends clients to HTTPS", 80, "HTTP", &redirect);
            template.resources.add("HttpListener", listener);
        }
    } else {
        let listener = listener("Listener for HTTP", 80, "HTTP", &forward);
        template
            .resources
            .add("HttpListener", listener.skip("CKV_AWS_2", HTTP_WANTED).skip("CKV_AWS_103", HTTP_WANTED));
    }
}

fn listener(description: &str, port: u16, protocol: &str, action: &Value) -> Resource {
    Resource::new(
        "AWS::ElasticLoadBalancingV2::Listener",
        description,
        json!({
            "LoadBalancerArn": reference("LoadBalancer"),
            "Port": port,
            "Protocol": protocol,
            "DefaultActions": [action],
        }),
    )
}

fn outputs(template: &mut Template, entrance: &Entrance) {
    let scheme = if entrance.has_https() { "https" } else { "http" };
    let url = substitute(format!("{scheme}://${{LoadBalancer.DNSName}}"));
    template.output("Url", "Where the load balancer answers.", url);
    let zone = attribute("LoadBalancer", "CanonicalHostedZoneID");
    template.output(
        "LoadBalancerDns",
        "The load balancer's name, for a DNS alias.",
        attribute("LoadBalancer", "DNSName"),
    );
    template.output("LoadBalancerZone", "The hosted zone of that name.", zone);
    template.output("LoadBalancerArn", "The load balancer.", reference("LoadBalancer"));
    template.output("TargetGroupArn", "What releases put their instances into.", reference("TargetGroup"));
    let port = json!(entrance.http.port.to_string());
    template.output("Port", "The port that instances are asked on.", port);
}

fn pairs<const N: usize>(attributes: [(&str, Value); N]) -> Vec<Value> {
    attributes.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}
