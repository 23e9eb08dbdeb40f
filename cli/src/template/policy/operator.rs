//! What a person may do who looks after one application in one environment: deploy, and all of config, logs, sessions.
//!
//! `install` and `app create` need an administrator: they make keys, networks and roles.

use jetway_common::layout::ObjectKey;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Statement, deploy};

/// The statements of an operator.
pub fn statements(scope: &Scope) -> Vec<Statement> {
    let mut statements = deploy::statements(scope);
    statements.extend(config(scope));
    statements.push(removal(scope));
    statements.extend(pruning(scope));
    statements.push(stacks());
    statements.push(logs(scope));
    statements.extend(instances(scope));
    statements.extend(commands(scope));
    statements
}

fn config(scope: &Scope) -> [Statement; 2] {
    let place = &scope.place;
    let write = Statement::allow("JetwayWriteConfig", "an operator writes new versions of the config", "s3:PutObject")
        .on([place.objects(&format!("{}*", scope.keys().configs()))]);
    let seal = "an operator seals and opens the config of this application and environment, and no other";
    let seal = Statement::allow("JetwaySealConfig", seal, "kms:Decrypt kms:GenerateDataKey");
    [place.s3(write), scope.config_key(seal)]
}

fn removal(scope: &Scope) -> Statement {
    let place = &scope.place;
    let prefixes = [format!("images/{}/*", scope.application), format!("{}*", scope.keys().all())];
    let statement =
        Statement::allow("JetwayRemove", "`image prune` and `destroy` remove what is stored", "s3:DeleteObject");
    place.s3(statement.on(prefixes.map(|prefix| place.objects(&prefix))))
}

/// All environments share an application's images, so what goes is decided by the releases of them all.
fn pruning(scope: &Scope) -> [Statement; 2] {
    let place = &scope.place;
    let everywhere = ObjectKey::environments();
    let records = ["releases/*", "current.json"].map(|key| format!("{everywhere}*/{}/{key}", scope.application));
    let reason = "`image prune` keeps what a release of any environment runs";
    let list = Statement::allow("JetwayListPins", reason, "s3:ListBucket").on([place.bucket()]).when(
        "StringLike",
        "s3:prefix",
        json!([everywhere.as_str(), records[0], records[1]]),
    );
    let read =
        Statement::allow("JetwaySeePins", reason, "s3:GetObject").on(records.clone().map(|key| place.objects(&key)));
    [place.s3(list), place.s3(read)]
}

/// It supports no resource: the Service Authorization Reference of CloudFormation gives its resource types as none.
fn stacks() -> Statement {
    let reason = "`destroy` finds release stacks that have no instances, too";
    Statement::allow("JetwayListStacks", reason, "cloudformation:ListStacks").on([Value::from("*")])
}

fn logs(scope: &Scope) -> Statement {
    let actions = "logs:DescribeLogStreams logs:FilterLogEvents logs:GetLogEvents logs:StartLiveTail";
    Statement::allow("JetwayReadLogs", "`logs` shows what the containers wrote", actions).on(scope.log_group_arns())
}

fn instances(scope: &Scope) -> Vec<Statement> {
    let place = &scope.place;
    let all = || place.arn("ec2", "instance/*");
    let documents = ["AWS-StartInteractiveCommand", "AWS-StartSSHSession", "AWS-StartPortForwardingSession"];
    let shell = place.arn("ssm", "document/SSM-SessionManagerRunShell");
    let documents = documents.map(|name| place.arn_of_aws("ssm", &format!("document/{name}")));
    let session = Statement::allow(
        "JetwayStartSession",
        "`exec`, `run` and `ssh` reach the application's instances",
        "ssm:StartSession",
    )
    .on([all()]);
    let console = "the serial console tells why an instance died before it could report";
    let console = Statement::allow("JetwayConsole", console, "ec2:GetConsoleOutput").on([all()]);
    let end = "ssm:ResumeSession ssm:TerminateSession";
    vec![
        scope.tagged(session, "aws:ResourceTag"),
        Statement::allow("JetwaySessionKinds", "sessions of these kinds alone", "ssm:StartSession")
            .on([shell])
            .on(documents),
        // The id of a session begins with who started it.
        Statement::allow("JetwayEndSession", "an operator ends own sessions", end)
            .on([place.arn("ssm", "session/${!aws:userid}-*")]),
        scope.tagged(console, "aws:ResourceTag"),
        // Supports no resource: the Service Authorization Reference of EC2 gives its resource types as none.
        Statement::allow("JetwayFindInstances", "`status` and `ssh` name instances and zones", "ec2:DescribeInstances")
            .on([Value::from("*")]),
    ]
}

/// A command runs as root, as does who opens a session: whoever may send one may do anything on these instances.
fn commands(scope: &Scope) -> [Statement; 3] {
    let place = &scope.place;
    let send = "`status --live`, `exec` and `run` reach the application's instances, and no others";
    let send = Statement::allow("JetwaySendCommand", send, "ssm:SendCommand").on([place.arn("ec2", "instance/*")]);
    // These support no resource: the Service Authorization Reference of Systems Manager gives their resource types as none.
    let follow =
        "ssm:CancelCommand ssm:DescribeInstanceInformation ssm:GetCommandInvocation ssm:ListCommandInvocations";
    [
        scope.tagged(send, "ssm:resourceTag"),
        Statement::allow("JetwayCommandKind", "commands of this kind alone", "ssm:SendCommand")
            .on([place.arn_of_aws("ssm", "document/AWS-RunShellScript")]),
        Statement::allow("JetwayFollowCommand", "who sends a command reads its answer, or cancels it", follow)
            .on([Value::from("*")]),
    ]
}
