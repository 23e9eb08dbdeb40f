//! Metadata, user data and permissions as they should not be: what waiting can help is waited for, the rest is told.

use jetway_tests::fleet::Fleet;
use serde_json::{Value, json};

/// The agent's requests alone: cloud-init asks for a version by its date.
const AGENTS: &str = "/latest/meta-data/*";

#[test]
fn metadata_that_comes_late_is_waited_for_without_asking_all_the_time() {
    let fleet = Fleet::of(1).installed();
    fleet.launches(&json!({ "metadata_faults": [
        { "path": AGENTS, "status": 503, "count": 2 },
        { "path": AGENTS, "cut": true, "count": 1 },
    ] }));
    fleet.deploy(1).succeeds();
    let instance = fleet.instance();
    let boot = |each: &&Value| each["path"].as_str().is_some_and(|path| path.starts_with("/latest/"));
    let asked = instance.metadata_requests().iter().filter(boot).count();
    assert!(asked <= 40, "{asked} requests");
    assert_eq!(instance.requests_without_token(), Vec::<Value>::new());
}

#[test]
fn a_boot_file_of_another_record_fails_the_deploy_with_both_digests() {
    let fleet = Fleet::of(1).serving();
    let user_data = fleet.read(
        "import base64\nec2 = client('ec2')\n\
         template = ec2.describe_launch_templates()['LaunchTemplates'][0]['LaunchTemplateId']\n\
         found = ec2.describe_launch_template_versions(LaunchTemplateId=template)['LaunchTemplateVersions'][0]\n\
         print(json.dumps(base64.b64decode(found['LaunchTemplateData']['UserData']).decode()))",
    );
    let other = format!("sha256:{}", "a".repeat(64));
    let record = user_data.as_str().unwrap().split("\"record\": \"").nth(1).unwrap().split('"').next().unwrap();
    let wrong = user_data.as_str().unwrap().replace(record, &other).replace("v1", "v2");
    fleet.launches(&json!({ "metadata": { "user_data": wrong }, "count": 1 }));
    let told = fleet.deploy(2).exits(1);
    told.says(&other);
    assert_eq!(fleet.instance().get("/version"), Some((200, "1\n".to_owned())));
}

#[test]
fn a_role_without_a_permission_is_told_with_the_action_that_it_lacks() {
    let fleet = Fleet::of(1).config("GREETING", "hello").installed();
    fleet.read(
        "iam = client('iam')\n\
         role = next(each['RoleName'] for each in iam.list_roles()['Roles'] if 'InstanceRole' in each['RoleName'])\n\
         document = {'Version': '2012-10-17', 'Statement': \
             [{'Effect': 'Deny', 'Action': 'kms:Decrypt', 'Resource': '*'}]}\n\
         iam.put_role_policy(RoleName=role, PolicyName='deny', PolicyDocument=json.dumps(document))\nprint(1)",
    );
    let told = fleet.jetway(&["deploy", "qa", "--timeout", "2m"]).exits(1);
    told.says("kms:Decrypt");
}
