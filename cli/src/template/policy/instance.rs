//! What an instance may do: read what it runs, tell how it is, use the application's own storage and logs.

use jetway_common::layout::ObjectKey;
use serde_json::{Value, json};

use super::Statement;
use super::scope::Scope;

/// The statements of the instances' role, those of the manifest (`custom`) last.
///
/// Accepted: no condition can name one instance, so an instance may write the boot reports of its siblings and mark
/// them as unhealthy.
pub fn statements(scope: &Scope, custom: &[Value]) -> Vec<Statement> {
    let mut statements = Vec::from(store(scope));
    statements.extend(storage(scope));
    statements.extend([config(scope), scope.place.storage_key()]);
    statements.extend(lifecycle(scope));
    statements.push(logs(scope));
    statements.extend(session_manager(scope));
    statements.extend(custom.iter().enumerate().map(|(index, statement)| Statement::custom(index + 1, statement)));
    statements
}

fn store(scope: &Scope) -> [Statement; 5] {
    let place = &scope.place;
    let all = scope.keys().all();
    let images = format!("images/{}/*", scope.application);
    let own = ["releases", "config"].map(|folder| format!("{all}{folder}/*"));
    let prefixes = [images.clone(), own[0].clone(), own[1].clone()];
    [
        Statement::allow("JetwayReadImages", "an instance pulls the application's images", "s3:GetObject")
            .on([place.objects(&images)]),
        Statement::allow("JetwayReadRelease", "an instance reads its release record and sealed config", "s3:GetObject")
            .on(own.map(|objects| place.objects(&objects))),
        Statement::allow(
            "JetwayFindMissing",
            "an instance tells what is missing from what it may not read",
            "s3:ListBucket",
        )
        .on([place.bucket()])
        .when("StringLike", "s3:prefix", json!(prefixes)),
        Statement::allow("JetwayReadAgent", "a stock AMI installs the agent at its first boot", "s3:GetObject")
            .on([place.objects(&format!("{}*", ObjectKey::AGENT_PACKAGES))]),
        Statement::allow("JetwayWriteReports", "an instance tells how its boot goes", "s3:PutObject")
            .on([place.objects(&format!("{all}instances/*"))]),
    ]
    .map(|statement| place.s3(statement))
}

fn storage(scope: &Scope) -> [Statement; 2] {
    let place = &scope.place;
    let prefix = format!("{}*", scope.keys().storage());
    let objects = "s3:GetObject s3:GetObjectVersion s3:GetObjectTagging s3:PutObject s3:PutObjectTagging \
                   s3:DeleteObject s3:DeleteObjectVersion s3:DeleteObjectTagging s3:AbortMultipartUpload \
                   s3:ListMultipartUploadParts";
    [
        Statement::allow("JetwayStorage", "the application keeps its own files in the bucket", objects)
            .on([place.objects(&prefix)]),
        Statement::allow(
            "JetwayListStorage",
            "the application lists its own files",
            "s3:ListBucket s3:ListBucketVersions",
        )
        .on([place.bucket()])
        .when("StringLike", "s3:prefix", json!([prefix])),
    ]
    .map(|statement| place.s3(statement))
}

/// Decrypt alone: who seals a config is a person with the operator's policy.
fn config(scope: &Scope) -> Statement {
    let reason = "an instance opens the config of its own application and environment, and no other";
    scope.config_key(Statement::allow("JetwayOpenConfig", reason, "kms:Decrypt"))
}

fn lifecycle(scope: &Scope) -> [Statement; 2] {
    let signal = "an instance tells its release stack that it is ready, or why not";
    let group = "an instance ends its own waits at launch and termination, and asks to be replaced when it is ill";
    let actions = "autoscaling:CompleteLifecycleAction autoscaling:RecordLifecycleActionHeartbeat \
                   autoscaling:SetInstanceHealth";
    [
        Statement::allow("JetwaySignal", signal, "cloudformation:SignalResource").on([scope.release_stacks()]),
        Statement::allow("JetwayLifecycle", group, actions).on([scope.groups()]),
    ]
}

fn logs(scope: &Scope) -> Statement {
    let actions = "logs:CreateLogStream logs:PutLogEvents logs:DescribeLogStreams logs:GetLogEvents \
                   logs:FilterLogEvents";
    Statement::allow("JetwayLogs", "the containers' logs go to the application's log group", actions)
        .on(scope.log_group_arns())
}

/// What the SSM agent needs for sessions and commands, which both come through its channels; `ec2messages` is what older
/// agents ask: <https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html>.
/// AWS's own policy, `AmazonSSMManagedInstanceCore`, would also let every instance read all parameters of the account.
fn session_manager(scope: &Scope) -> [Statement; 2] {
    let reason = "Session Manager reaches an instance without SSH and without an open port";
    // https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
    let channels = "ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel \
                    ssmmessages:OpenDataChannel";
    [
        Statement::allow("JetwaySession", reason, "ssm:UpdateInstanceInformation")
            .on([scope.place.arn("ec2", "instance/*")]),
        // These support no resource:
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsessionmanagermessagegatewayservice.html
        Statement::allow("JetwaySessionChannels", reason, channels).on([Value::from("*")]),
    ]
}
