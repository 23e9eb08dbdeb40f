//! The first boot of Amazon Linux as AWS publishes it: what cloud-init makes of the user data, by real dnf, rpm and AWS CLI, with
//! the permissions of the instance's role.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use jetway_tests::instance::Instance;
use jetway_tests::outcome::Outcome;
use serde_json::json;

const UNREACHABLE: &str = "[amazonlinux]\nname=Amazon Linux\nbaseurl=http://127.0.0.1:9/\ngpgcheck=0\n";
const NO_PACKAGES: &str = "Docker and the CloudWatch agent cannot be installed";
const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const WRONG_DIGEST: &str = "the agent's package is not the one that the release was made with";
// Where a role may not list, S3 does not tell what is missing from what is denied.
const ABSENT: &str = "jetway-agent/absent.rpm";
const FORBIDDEN: &str = "jetway/production/hello/absent.rpm";

#[test]
fn an_instance_of_a_stock_ami_gets_what_it_lacks_and_one_that_cannot_says_why() {
    let mut fleet = Fleet::of(1).stock().serving();
    has_what_it_needs(&fleet.instance());
    let first_boot = user_data(&fleet);
    a_release_whose_instances_all_fail_is_kept_with_them(&mut fleet, &first_boot.replace("--v1", "--v2"));
    an_instance_of_a_finished_stack_is_replaced(&fleet, &first_boot);
}

/// Each of its instances lacks something else.
#[track_caller]
fn a_release_whose_instances_all_fail_is_kept_with_them(fleet: &mut Fleet, first_boot: &str) {
    let troubles = [
        (json!({ "files": { "/etc/yum.repos.d/amazonlinux.repo": UNREACHABLE } }), NO_PACKAGES, "Cannot download"),
        (json!({ "metadata": { "user_data": with(first_boot, "digest", NO_DIGEST) } }), WRONG_DIGEST, "did NOT match"),
        (json!({ "metadata": { "user_data": with(first_boot, "key", ABSENT) } }), ABSENT, "AccessDenied"),
        (json!({ "metadata": { "user_data": with(first_boot, "key", FORBIDDEN) } }), FORBIDDEN, "AccessDenied"),
    ];
    for (plan, _, _) in &troubles {
        let mut plan = plan.clone();
        plan["count"] = json!(1);
        fleet.launches(&plan);
    }
    fleet.counts(4);
    // As while IAM tells of a change everywhere: an instance must not be given up for that.
    fleet.fault("RecordLifecycleActionHeartbeat", json!({ "code": "AccessDenied", "count": 4 }));
    let told = fleet.jetway(&["deploy", "qa", "--keep-failed"]).exits(1).says("v2 failed on i-");
    let told = told.says("in phase identify: the first boot failed: ");
    let instances = fleet.instances_of("v2");
    assert_eq!(instances.len(), 4, "{told}");
    let words: Vec<String> = instances.iter().map(|each| each.last_word()).collect();
    for (_, reason, because) in &troubles {
        let is_it = |each: &&Instance<'_>| each.last_word().contains(reason) && each.console().contains(because);
        let instance = instances.iter().find(is_it).unwrap_or_else(|| panic!("{reason}, {because}: {words:?}"));
        let heartbeats = format!("calls?operation=RecordLifecycleActionHeartbeat&status=200&caller=*{}", instance.id());
        eventually("it is held, to be looked at", PATIENCE, || fleet.ask(&heartbeats)["calls"].get(0).map(|_| ()));
    }
    assert!(fleet.instances_of("v2").iter().all(|each| each.state() == "Pending:Wait"));
}

/// The stack waits for no signal any more.
#[track_caller]
fn an_instance_of_a_finished_stack_is_replaced(fleet: &Fleet, first_boot: &str) {
    fleet.launches(&json!({ "metadata": { "user_data": with(first_boot, "digest", NO_DIGEST) }, "count": 1 }));
    fleet.fault("CompleteLifecycleAction", json!({ "code": "AccessDenied", "count": 2, "resource": "*--v1*" }));
    let reason = format!("the first boot failed: {WRONG_DIGEST}");
    fleet.jetway(&["scale", "qa", "2"]).exits(1).says("not every new instance is ready: v1 failed on i-").says(&reason);
    let given_up = |told: &Outcome| told.stdout.contains(&format!("was given up: {reason}"));
    let status = || Some(fleet.jetway(&["status", "qa"])).filter(given_up);
    eventually("the status says why one is missing", PATIENCE, status)
        .exits(1)
        .prints("1 of 2 instances are in service");
    let serving = eventually("another one is in service", PATIENCE, || {
        let serving: Vec<_> = fleet.instances_of("v1").into_iter().filter(|each| each.state() == "InService").collect();
        (serving.len() == 2).then_some(serving)
    });
    serving.iter().for_each(has_what_it_needs);
}

/// What the script of the user data is for.
#[track_caller]
fn has_what_it_needs(instance: &Instance<'_>) {
    assert_eq!(instance.get("/version"), Some((200, "1\n".to_owned())));
    // In another release of Amazon Linux than that of the AMI, there is version 2 of both.
    let installed =
        instance.sh("rpm --query --queryformat '%{NAME} %{VERSION}\\n' docker amazon-cloudwatch-agent jetway-agent");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(installed, format!("docker 1\namazon-cloudwatch-agent 1\njetway-agent {version}"));
    let enabled = instance.sh("systemctl is-enabled docker jetway-agent jetway-imds");
    assert_eq!(enabled, "enabled\nenabled\nenabled");
    instance.sh("cmp /usr/share/jetway-agent/daemon.json /etc/docker/daemon.json");
    instance.sh("systemctl is-active lab-log-agent && ! ls /var/cache/jetway-agent.rpm");
}

/// The user data of the newest launch template.
#[track_caller]
fn user_data(fleet: &Fleet) -> String {
    let text = fleet.read(
        "import base64\nec2 = client('ec2')\n\
         template = ec2.describe_launch_templates()['LaunchTemplates'][-1]['LaunchTemplateId']\n\
         found = ec2.describe_launch_template_versions(LaunchTemplateId=template)['LaunchTemplateVersions'][0]\n\
         print(json.dumps(base64.b64decode(found['LaunchTemplateData']['UserData']).decode()))",
    );
    text.as_str().unwrap().to_owned()
}

/// The same with another value of a variable of the script.
#[track_caller]
fn with(user_data: &str, name: &str, value: &str) -> String {
    let begin = format!("  {name}='");
    let (before, rest) = user_data.split_once(&begin).unwrap();
    let (_, after) = rest.split_once('\'').unwrap();
    format!("{before}{begin}{value}'{after}")
}
