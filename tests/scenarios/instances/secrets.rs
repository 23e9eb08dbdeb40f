//! A config value is planted and looked for wherever an instance or AWS could keep it.

use jetway_tests::fleet::Fleet;
use jetway_tests::instance::Instance;
use serde_json::{Value, json};

const CANARY: &str = "canary-4be1d7-never-seen";

#[test]
fn a_value_in_files_is_on_no_disk_and_in_no_log() {
    let fleet = Fleet::of(1).config("GREETING", CANARY).in_files().serving();
    let instance = fleet.instance();
    let inside = "cat $(docker inspect --format '{{range .Mounts}}{{.Source}}{{end}}' $(docker ps --quiet))/GREETING";
    assert_eq!(instance.sh(inside), CANARY);
    fleet.jetway(&["run", "qa", "--", "show"]).succeeds().prints(CANARY);
    instance.sh("jetway-agent status");
    assert_eq!(files(&instance), Vec::<String>::new());
    is_in_no_log(&instance);
    assert!(!fleet.ask("commands").to_string().contains(CANARY));
    assert_eq!(in_aws(&fleet), json!([]));
    fleet.jetway(&["scale", "qa", "0"]).succeeds();
    instance.is_gone();
    assert!(!instance.console().contains(CANARY));
    assert_eq!(in_aws(&fleet), json!([]));
}

#[test]
fn a_value_in_the_environment_is_where_docker_keeps_it_alone() {
    let fleet = Fleet::of(1).config("GREETING", CANARY).serving();
    let instance = fleet.instance();
    fleet.jetway(&["run", "qa", "--", "show"]).succeeds().prints(CANARY);
    let id = instance.sh("docker ps --quiet --no-trunc");
    let kept = ["/var/lib/containerd/", "/var/lib/docker/containers/"];
    let found = files(&instance);
    assert!(found.contains(&format!("/var/lib/docker/containers/{id}/config.v2.json")), "{found:?}");
    let elsewhere: Vec<_> = found.iter().filter(|path| !kept.iter().any(|place| path.starts_with(place))).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    is_in_no_log(&instance);
    assert_eq!(in_aws(&fleet), json!([]));
}

/// The files on the instance's disk that have the canary, of all that were written since its AMI was made.
fn files(instance: &Instance<'_>) -> Vec<String> {
    let found = instance.sh(&format!(
        "find / /var/lib/docker -xdev -type f -newer /usr/local/sbin/lab-init -print0 \
         | xargs -0 grep --files-with-matches --fixed-strings --text {CANARY} || true"
    ));
    found.lines().map(str::to_owned).collect()
}

#[track_caller]
fn is_in_no_log(instance: &Instance<'_>) {
    let commands = instance.sh("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    let docker = instance.sh("docker logs $(docker ps --quiet) 2>&1; docker events --since 1h --until 0s");
    for said in [instance.journal(), instance.console(), docker, commands] {
        assert!(!said.is_empty());
        assert!(!said.contains(CANARY), "{said}");
    }
}

/// What in AWS has the canary: objects, templates, user data, logs, stacks and their events.
fn in_aws(fleet: &Fleet) -> Value {
    fleet.read(&format!(
        "s3, cloudformation, found = client('s3'), client('cloudformation'), []\n\
         def look(where, value):\n    \
             found.extend([where] if '{CANARY}' in str(value) else [])\n\
         for bucket in s3.list_buckets()['Buckets']:\n    \
             for version in s3.list_object_versions(Bucket=bucket['Name']).get('Versions', []):\n        \
                 place = dict(Bucket=bucket['Name'], Key=version['Key'], VersionId=version['VersionId'])\n        \
                 look(version['Key'], s3.get_object(**place)['Body'].read())\n\
         for stack in cloudformation.describe_stacks()['Stacks']:\n    \
             look('stack', stack)\n    \
             look('template', cloudformation.get_template(StackName=stack['StackName']))\n    \
             look('events', cloudformation.describe_stack_events(StackName=stack['StackName'])['StackEvents'])\n\
         for each in client('ec2').describe_launch_templates()['LaunchTemplates']:\n    \
             versions = client('ec2').describe_launch_template_versions(LaunchTemplateId=each['LaunchTemplateId'])\n    \
             import base64\n    \
             for version in versions['LaunchTemplateVersions']:\n        \
                 look('user data', base64.b64decode(version['LaunchTemplateData']['UserData']))\n\
         logs = client('logs')\n\
         for group in logs.describe_log_groups()['logGroups']:\n    \
             look('logs', logs.filter_log_events(logGroupName=group['logGroupName']))\n\
         print(json.dumps(found))"
    ))
}
