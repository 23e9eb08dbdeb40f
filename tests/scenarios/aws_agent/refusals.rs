//! What an instance refuses, with a reason that names it, and what then does not run.

use jetway_tests::ec2::Instance;
use serde_json::{Value, json};

/// The reason with which the instance refused to go on in that phase, from the store.
#[track_caller]
fn refused(instance: &mut Instance, phase: &str) -> String {
    instance.is_in("failed", 60);
    assert!(instance.docker.containers(instance.application()).is_empty());
    let report = instance.stored_report();
    assert_eq!([&report["phase"], &report["failure"]["phase"]], ["failed", phase], "{report}");
    report["failure"]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_release_record_that_was_changed_after_the_deploy_is_refused() {
    let mut instance = Instance::deployed();
    let key = format!("jetway/qa/{}/releases/v1.json", instance.application());
    instance.as_anybody(&format!(
        "record = s3.get_object(Bucket=bucket, Key='{key}')['Body'].read()\n\
         s3.put_object(Bucket=bucket, Key='{key}', Body=record + b' ')\nprint(1)"
    ));
    instance.boot();
    let reason = refused(&mut instance, "fetch");
    assert!(reason.starts_with(&format!("`{key}` is not what the boot file pins: digest sha256:")), "{reason}");
}

#[test]
fn a_config_of_another_environment_in_the_place_of_the_own_is_refused() {
    let mut instance = Instance::deployed();
    let key = format!("jetway/qa/{}/config/c1.json", instance.application());
    instance.as_anybody(&format!(
        "sealed = s3.get_object(Bucket=bucket, Key='{key}')['Body'].read()\n\
         s3.put_object(Bucket=bucket, Key='{key}', Body=sealed.replace(b'qa', b'production'))\nprint(1)"
    ));
    instance.boot();
    let reason = refused(&mut instance, "unseal");
    assert!(reason.starts_with(&format!("`{key}` is not what the release pins: digest sha256:")), "{reason}");
    assert_eq!(instance.aws.calls("Decrypt"), 0);
}

#[test]
fn an_image_of_which_a_byte_changed_is_refused_and_docker_has_none_of_it() {
    let mut instance = Instance::deployed_afresh(20);
    let application = instance.application().to_owned();
    instance.as_anybody(&format!(
        "blobs = s3.list_objects_v2(Bucket=bucket, Prefix='images/{application}/blobs/')['Contents']\n\
         key = max(blobs, key=lambda each: each['Size'])['Key']\n\
         bytes = bytearray(s3.get_object(Bucket=bucket, Key=key)['Body'].read())\n\
         bytes[len(bytes) // 2] ^= 1\ns3.put_object(Bucket=bucket, Key=key, Body=bytes)\nprint(1)"
    ));
    let own = format!("jetway/qa/{application}");
    instance.boot();
    let reason = refused(&mut instance, "pull");
    assert!(reason.contains("is damaged"), "{reason}");
    assert_eq!(instance.docker.ok(&["image", "ls", "--quiet", &own]), "");
}

#[test]
fn a_boot_file_for_another_account_or_region_is_refused_before_anything_is_asked_of_aws() {
    for (field, value, reason) in [
        (
            "account",
            "999999999999",
            "the boot file is for another account: it says 999999999999, and this instance is in 123456789012",
        ),
        (
            "region",
            "eu-west-1",
            "the boot file is for another region: it says eu-west-1, and this instance is in us-west-2",
        ),
    ] {
        let mut instance = Instance::deployed();
        instance.change_boot_file(|file| file["platform"][field] = json!(value));
        instance.boot();
        instance.logs(reason, 30);
        instance.logs("failed phase=failed", 30);
        assert_eq!(instance.aws.ask(&format!("calls?caller=*{}*", instance.id()))["calls"], Value::Array(Vec::new()));
    }
}

#[test]
fn a_boot_file_that_is_wrong_names_the_field() {
    let mut instance = Instance::deployed();
    instance.change_boot_file(|file| file["platform"]["bucket"] = json!("Not A Bucket"));
    instance.boot();
    assert!(!instance.ends(10).success());
    let reason = "at `platform`: `bucket`: bucket \"Not A Bucket\": is not one";
    assert!(instance.log().contains(reason), "{}", instance.log());
}

#[test]
fn the_role_of_another_application_opens_nothing() {
    let mut instance = Instance::deployed();
    let role = instance.as_anybody(
        "trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole', \
         'Principal': {'Service': 'ec2.amazonaws.com'}}]}\n\
         role = client('iam').create_role(RoleName='other', AssumeRolePolicyDocument=json.dumps(trust))\n\
         print(json.dumps(role['Role']['Arn']))",
    );
    instance.change_metadata(json!({ "role": role }));
    instance.boot();
    instance.logs("AWS denies s3:GetObject on arn:aws:s3:::", 60);
    // The report is written beside what it tells of.
    instance.is_in("fetch", 60);
    assert!(instance.docker.containers(instance.application()).is_empty());
}
