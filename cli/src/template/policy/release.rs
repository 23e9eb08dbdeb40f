//! What CloudFormation may do in the release role: one application's autoscaling groups and launch templates.

use serde_json::{Value, json};

use super::Statement;
use super::scope::Scope;

/// The statements of the role that CloudFormation assumes for release stacks. It writes nothing in IAM but the one role
/// that Auto Scaling itself must have.
pub fn statements(scope: &Scope) -> Vec<Statement> {
    let mut statements = groups(scope);
    statements.extend(launch_templates(scope));
    statements.extend(launches(scope));
    statements.extend(roles(scope));
    statements.push(sight());
    statements
}

fn groups(scope: &Scope) -> Vec<Statement> {
    let actions = "autoscaling:AttachLoadBalancerTargetGroups autoscaling:AttachTrafficSources \
                   autoscaling:CreateAutoScalingGroup autoscaling:CreateOrUpdateTags autoscaling:DeleteAutoScalingGroup \
                   autoscaling:DeleteLifecycleHook autoscaling:DeleteScheduledAction autoscaling:DeleteTags \
                   autoscaling:DetachLoadBalancerTargetGroups autoscaling:DetachTrafficSources \
                   autoscaling:DisableMetricsCollection autoscaling:EnableMetricsCollection \
                   autoscaling:PutLifecycleHook autoscaling:PutScheduledUpdateGroupAction autoscaling:ResumeProcesses \
                   autoscaling:SetDesiredCapacity autoscaling:SuspendProcesses autoscaling:UpdateAutoScalingGroup";
    vec![Statement::allow("JetwayGroups", "a release is an autoscaling group", actions).on([scope.groups()])]
}

fn launch_templates(scope: &Scope) -> Vec<Statement> {
    let place = &scope.place;
    let all = || place.arn("ec2", "launch-template/*");
    let create = "the group's instances begin with a launch template of this application";
    let create = Statement::allow("JetwayCreateLaunchTemplate", create, "ec2:CreateLaunchTemplate").on([all()]);
    let actions = "ec2:CreateLaunchTemplateVersion ec2:DeleteLaunchTemplate ec2:ModifyLaunchTemplate";
    let change = Statement::allow("JetwayChangeLaunchTemplate", "this application's launch templates alone", actions)
        .on([all()]);
    vec![
        scope.tagged(create, "aws:RequestTag"),
        scope.tagged(change, "aws:ResourceTag"),
        Statement::allow("JetwayTagNew", "what is made gets its tags as it is made, never later", "ec2:CreateTags")
            .on([all()])
            .on(["instance/*", "network-interface/*", "volume/*"].map(|resource| place.arn("ec2", resource)))
            .when("StringEquals", "ec2:CreateAction", json!(["CreateLaunchTemplate", "RunInstances"])),
    ]
}

/// Auto Scaling checks that whoever makes a group could launch its instances:
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html>.
fn launches(scope: &Scope) -> Vec<Statement> {
    let place = &scope.place;
    let parts = ["key-pair/*", "launch-template/*", "network-interface/*", "security-group/*", "subnet/*", "volume/*"];
    let parts = parts.map(|resource| place.arn("ec2", resource));
    vec![
        Statement::allow("JetwayLaunch", "instances are launched only with IMDSv2", "ec2:RunInstances")
            .on([place.arn("ec2", "instance/*")])
            .when("StringEquals", "ec2:MetadataHttpTokens", "required".into()),
        Statement::allow("JetwayLaunchWith", "what an instance is made of", "ec2:RunInstances")
            .on(parts)
            // An AMI may be of AWS or of another account, so its ARN has no account.
            .on([place.arn_of_aws("ec2", "image/*")]),
    ]
}

fn roles(scope: &Scope) -> Vec<Statement> {
    let place = &scope.place;
    let service = "autoscaling.amazonaws.com";
    let own = place.iam(&format!("role/aws-service-role/{service}/AWSServiceRoleForAutoScaling"));
    let first = "the first group of an account makes the role that Auto Scaling works with";
    vec![
        Statement::allow(
            "JetwayPassInstanceRole",
            "instances, and nothing else, get the instances' role",
            "iam:PassRole",
        )
        .on([scope.role(&scope.instance_role_path())])
        .when("StringEquals", "iam:PassedToService", "ec2.amazonaws.com".into()),
        Statement::allow("JetwayAutoScalingRole", first, "iam:CreateServiceLinkedRole").on([own]).when(
            "StringEquals",
            "iam:AWSServiceName",
            service.into(),
        ),
    ]
}

/// None of these supports a resource: the Service Authorization Reference of Auto Scaling and EC2 gives their resource
/// types as none.
fn sight() -> Statement {
    let actions = "autoscaling:DescribeAutoScalingGroups autoscaling:DescribeLifecycleHooks \
                   autoscaling:DescribeScalingActivities autoscaling:DescribeScheduledActions \
                   autoscaling:DescribeTags autoscaling:DescribeTrafficSources ec2:DescribeImages \
                   ec2:DescribeInstances ec2:DescribeLaunchTemplateVersions ec2:DescribeLaunchTemplates ec2:DescribeTags";
    Statement::allow("JetwaySee", "CloudFormation waits until it sees what it made", actions).on([Value::from("*")])
}
