//! What CI may do: publish images, write release records and make release stacks. It cannot open a config, and
//! everything it makes is made by CloudFormation in the release role. The code that it deploys does get the config: that
//! is what a config is for, so who may deploy is a matter of trust all the same.

use jetway_common::layout::ObjectKey;
use serde_json::{Value, json};

use super::Statement;
use super::scope::Scope;

/// The statements of whoever deploys one application to one environment. `promote` needs those of both environments.
pub fn statements(scope: &Scope) -> Vec<Statement> {
    let mut statements = images(scope);
    statements.extend(records(scope));
    statements.push(scope.place.storage_key());
    statements.extend(stacks(scope));
    statements.extend(sight(scope));
    statements
}

fn images(scope: &Scope) -> Vec<Statement> {
    let place = &scope.place;
    let images = format!("images/{}/", scope.application);
    let objects = "s3:GetObject s3:PutObject s3:AbortMultipartUpload";
    let (own, packages) = (scope.keys().all(), ObjectKey::AGENT_PACKAGES);
    let statements = [
        Statement::allow("JetwayPublish", "a deploy uploads what the image store lacks", objects)
            .on([place.objects(&format!("{images}*"))]),
        Statement::allow(
            "JetwayTidyUploads",
            "uploads get their final name, and broken pointers go",
            "s3:DeleteObject",
        )
        .on(["uploads", "layers"].map(|folder| place.objects(&format!("{images}{folder}/*")))),
        Statement::allow(
            "JetwayForgetUploads",
            "what was uploaded under another name is not kept for weeks",
            "s3:DeleteObjectVersion",
        )
        .on([place.objects(&format!("{images}uploads/*"))]),
        // For this S3 takes the object's whole key as the prefix: https://github.com/ceph/ceph/pull/68577 and
        // https://github.com/kopia/kopia/pull/3072.
        Statement::allow("JetwayListStore", "without this, S3 answers 403 for what is not there", "s3:ListBucket")
            .on([place.bucket()])
            .when("StringLike", "s3:prefix", json!([format!("{images}*"), format!("{own}*"), format!("{packages}*")])),
    ];
    statements.into_iter().map(|statement| place.s3(statement)).collect()
}

fn records(scope: &Scope) -> Vec<Statement> {
    let place = &scope.place;
    let keys = scope.keys();
    let versions = [keys.releases(), keys.templates()].map(|prefix| format!("{prefix}*"));
    let written = versions.into_iter().chain([keys.current().to_string(), keys.lock().to_string()]);
    let statements = [
        Statement::allow("JetwayReadRecords", "a deploy reads records, reports and the config's names", "s3:GetObject")
            .on([place.objects(&format!("{}*", keys.all()))]),
        Statement::allow("JetwayFindAgent", "a deploy pins the agent's package", "s3:GetObject")
            .on([place.objects(&format!("{}*/current.json", ObjectKey::AGENT_PACKAGES))]),
        Statement::allow(
            "JetwayWriteRecords",
            "a deploy writes its record, what is live, the lock, and large templates",
            "s3:PutObject",
        )
        .on(written.map(|key| place.objects(&key))),
        Statement::allow("JetwayUnlock", "a deploy gives the lock back", "s3:DeleteObject")
            .on([place.objects(keys.lock().as_str())]),
    ];
    statements.into_iter().map(|statement| place.s3(statement)).collect()
}

fn stacks(scope: &Scope) -> Vec<Statement> {
    let release_role = scope.role(&scope.release_role_path());
    let read = "cloudformation:DescribeStackEvents cloudformation:DescribeStackResources cloudformation:DescribeStacks \
                cloudformation:GetTemplate";
    let write = "cloudformation:CreateStack cloudformation:UpdateStack cloudformation:DeleteStack";
    vec![
        Statement::allow(
            "JetwayReadParents",
            "a release takes the outputs of its parents",
            "cloudformation:DescribeStacks",
        )
        .on(scope.parent_stacks()),
        Statement::allow("JetwayReadReleases", "a deploy shows what happens in release stacks", read)
            .on([scope.release_stacks()]),
        // Without the condition, whoever deploys could act with all rights of another role.
        Statement::allow("JetwayRelease", "release stacks come and go, made in the release role and no other", write)
            .on([scope.release_stacks()])
            .when("ArnLike", "cloudformation:RoleArn", release_role.clone()),
        Statement::allow(
            "JetwayTagReleases",
            "release stacks are tagged as they are made",
            "cloudformation:TagResource",
        )
        .on([scope.release_stacks()])
        .when("StringEquals", "cloudformation:CreateAction", json!(["CreateStack", "UpdateStack"])),
        Statement::allow(
            "JetwayPassReleaseRole",
            "CloudFormation, and nobody else, gets the release role",
            "iam:PassRole",
        )
        .on([release_role])
        .when("StringEquals", "iam:PassedToService", "cloudformation.amazonaws.com".into()),
    ]
}

fn sight(scope: &Scope) -> Vec<Statement> {
    let actions = "autoscaling:DescribeAutoScalingGroups autoscaling:DescribeScalingActivities \
                   ec2:DescribeImages ec2:DescribeInstanceTypeOfferings ec2:DescribeInstanceTypes \
                   elasticloadbalancing:DescribeTargetHealth";
    let console = "a deploy that fails shows what the instance said on its console";
    let console = Statement::allow("JetwaySeeConsole", console, "ec2:GetConsoleOutput");
    vec![
        scope.tagged(console.on([scope.place.arn("ec2", "instance/*")]), "aws:ResourceTag"),
        Statement::allow("JetwayFindAmi", "a deploy pins the newest Amazon Linux", "ssm:GetParameter")
            .on([scope.place.arn_of_aws("ssm", "parameter/aws/service/ami-amazon-linux-latest/*")]),
        Statement::allow("JetwayFindBakedAmi", "or the newest AMI that was baked", "ssm:GetParameter")
            .on([scope.place.arn("ssm", &format!("parameter/{}/ami/*", scope.installation))]),
        // None of these supports a resource: the Service Authorization Reference of Auto Scaling, EC2 and Elastic Load
        // Balancing V2 gives their resource types as none.
        Statement::allow("JetwaySeeInstances", "a deploy judges by what it sees in service", actions)
            .on([Value::from("*")]),
    ]
}
