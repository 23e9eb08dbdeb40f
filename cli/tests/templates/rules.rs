//! Rules that hold for every variant and that no linter knows.

use std::collections::BTreeSet;

use serde_json::Value;

use super::variants;

/// Every resource of every variant: the variant, its logical name, and itself.
fn resources() -> Vec<(String, String, Value)> {
    let of = |(variant, template): (String, jetway::template::model::Template)| {
        let json = template.json().unwrap();
        let resources = json["Resources"].as_object().unwrap().clone();
        resources.into_iter().map(move |(name, resource)| (variant.clone(), name, resource))
    };
    variants::all().into_iter().flat_map(of).collect()
}

#[test]
fn what_people_would_lose_outlives_its_stack() {
    for (variant, name, resource) in resources() {
        let kind = resource["Type"].as_str().unwrap();
        if ["AWS::KMS::Key", "AWS::S3::Bucket", "AWS::Logs::LogGroup"].contains(&kind) {
            assert!(
                resource["DeletionPolicy"].as_str().is_some_and(|policy| policy.starts_with("Retain")),
                "{variant} {name}"
            );
            assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{variant} {name}");
        }
    }
}

#[test]
fn nothing_runs_code_of_its_own_and_no_stack_locks_another() {
    for (variant, template) in variants::all() {
        let text = template.json().unwrap().to_string();
        for never in
            ["Custom::", "AWS::Lambda::", "AWS::CloudFormation::CustomResource", "\"Export\"", "Fn::ImportValue"]
        {
            assert!(!text.contains(never), "{variant}: {never}");
        }
    }
}

#[test]
fn whatever_can_have_tags_has_them() {
    // Types without tags; a launch template has its tags in a place of its own, a policy none of its own at all.
    let never = BTreeSet::from([
        "AWS::AutoScaling::ScheduledAction",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::Route",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::Policy",
        "AWS::KMS::Alias",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
    ]);
    for (variant, name, resource) in resources() {
        if !never.contains(resource["Type"].as_str().unwrap()) {
            let tags = resource["Properties"]["Tags"].as_array().unwrap_or_else(|| panic!("{variant} {name}: no tags"));
            assert!(tags.iter().any(|tag| tag["Key"] == "jetway:installation"), "{variant} {name}");
        }
    }
}

#[test]
fn databases_have_no_way_out() {
    for (variant, name, resource) in resources() {
        if resource["Type"] == "AWS::EC2::Route" {
            assert_ne!(resource["Properties"]["RouteTableId"]["Ref"], "DatabaseRoutes", "{variant} {name}");
        }
        if name.starts_with("DatabaseSubnet") && name.ends_with("Routes") {
            assert_eq!(resource["Properties"]["RouteTableId"]["Ref"], "DatabaseRoutes", "{variant} {name}");
        }
    }
}

#[test]
fn the_world_reaches_load_balancers_alone() {
    for (variant, name, resource) in resources() {
        let properties = &resource["Properties"];
        let inline = properties["SecurityGroupIngress"].as_array().cloned().unwrap_or_default();
        let own = (resource["Type"] == "AWS::EC2::SecurityGroupIngress").then(|| properties.clone());
        let open = inline.into_iter().chain(own).any(|rule| rule["CidrIp"] == "0.0.0.0/0");
        assert!(!open || (name == "LoadBalancerGroup" && !variant.contains("internal")), "{variant} {name}");
    }
}

#[test]
fn every_group_begins_with_the_hooks_and_the_patience_that_its_launch_needs() {
    for (variant, name, resource) in resources() {
        if resource["Type"] != "AWS::AutoScaling::AutoScalingGroup" {
            continue;
        }
        let properties = &resource["Properties"];
        let hooks: Vec<(&Value, &Value)> = properties["LifecycleHookSpecificationList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hook| (&hook["LifecycleTransition"], &hook["DefaultResult"]))
            .collect();
        assert_eq!(hooks[0], (&"autoscaling:EC2_INSTANCE_LAUNCHING".into(), &"ABANDON".into()), "{variant} {name}");
        assert_eq!(hooks[1], (&"autoscaling:EC2_INSTANCE_TERMINATING".into(), &"CONTINUE".into()), "{variant} {name}");
        let signal = &resource["CreationPolicy"]["ResourceSignal"];
        let grace = properties["HealthCheckGracePeriod"].as_u64().unwrap();
        assert_eq!(signal["Timeout"], format!("PT{grace}S"), "{variant} {name}");
        assert_eq!(signal["Count"]["Ref"], "InstanceCount", "{variant} {name}");
    }
}
