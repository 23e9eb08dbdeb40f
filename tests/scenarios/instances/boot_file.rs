//! Boot files that are missing, or that are not for the instance that finds them: told at once, and never acted on.

use jetway_tests::fleet::Fleet;
use serde_json::{Value, json};

const RECORD: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[test]
fn f30_f35_f36_an_instance_without_a_boot_file_of_its_own_fails_the_deploy_and_says_what_is_wrong_with_it() {
    let wrong = [
        (Value::Null, "this instance has no user data"),
        (user_data("{\"format\": 1, "), "the boot file cannot be read: EOF"),
        (user_data(&boot_file("v1", "123456789012").replace("\"format\":1", "\"format\":7")), "has format 7"),
        (user_data(&boot_file("v1", "210987654321")), "the boot file is for another account: it says 210987654321"),
        (
            user_data(&boot_file("v9", "123456789012")),
            "the boot file is for another stack: it says jetway-release-qa-hello--v9",
        ),
    ];
    let fleet = Fleet::of(5).installed();
    for (user_data, _) in &wrong {
        fleet.launches(&json!({ "metadata": { "user_data": user_data }, "count": 1 }));
    }
    let told = fleet.jetway(&["deploy", "qa", "--keep-failed"]).exits(1);
    let first = told.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(wrong.iter().any(|(_, reason)| first.contains(reason)), "{told}");
    let instances = fleet.every_instance();
    let last_words: Vec<String> = instances.iter().map(|instance| instance.last_word()).collect();
    for (_, reason) in &wrong {
        let at = last_words.iter().position(|word| word.contains(reason));
        let instance = &instances[at.unwrap_or_else(|| panic!("nobody said `{reason}`: {last_words:?}"))];
        fleet.heard_in_time_of(instance);
        instance.tells_admin(reason);
        assert_eq!(instance.requests_without_token(), Vec::<Value>::new());
        assert_eq!(instance.sh("docker ps --all --quiet"), "");
    }
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
    let record = user_data.as_str().unwrap().split("\"record\": \"").nth(1).unwrap().split('"').next().unwrap();
    let wrong = user_data.as_str().unwrap().replace(record, RECORD).replace("v1", "v2");
    fleet.launches(&json!({ "metadata": { "user_data": wrong }, "count": 1 }));
    fleet.deploy(2).exits(1).says(RECORD).says("digest sha256:");
    let instances = fleet.every_instance();
    fleet.heard_in_time_of(instances.last().unwrap());
    assert_eq!(fleet.instance().get("/version"), Some((200, "1\n".to_owned())));
}

/// What cloud-init writes the boot file from.
fn user_data(boot_file: &str) -> Value {
    let files = json!({ "write_files": [{ "path": "/etc/jetway/boot.json", "content": boot_file }] });
    format!("#cloud-config\n{files}\n").into()
}

/// A boot file as a deploy of this release would write it in this account.
fn boot_file(release: &str, account: &str) -> String {
    let place = json!({
        "kind": "ec2", "bucket": "somewhere", "account": account, "region": "us-west-2",
        "key": format!("arn:aws:kms:us-west-2:{account}:key/1"), "stack": format!("jetway-release-qa-hello--{release}"),
        "resource": "Group", "launch_hook": "jetway-launch", "terminate_hook": "jetway-terminate", "draining": "2s",
        "log_group": "/jetway/qa/hello",
    });
    let file = json!({
        "format": 1, "installation": "jetway", "environment": "qa", "application": "hello", "release": release,
        "record": RECORD, "deadline": "10m", "platform": place,
    });
    file.to_string()
}
