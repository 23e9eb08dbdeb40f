//! What containers of a release are given.

use super::*;
use crate::document::Document as _;

fn record() -> ReleaseRecord {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/wire/v1/release.json");
    ReleaseRecord::from_bytes(&std::fs::read(path).unwrap()).unwrap()
}

fn facts() -> Facts {
    let bucket = Some("storage".to_owned());
    Facts { instance: "i-0abc".parse().unwrap(), region: Some("us-west-2".to_owned()), bucket }
}

fn values() -> Values {
    [("SECRET_KEY".parse().unwrap(), SecretText::new("s3cret".to_owned()))].into()
}

#[track_caller]
fn environment(record: &ReleaseRecord, container: &str, facts: &Facts) -> String {
    let environment = record.environment(&container.parse().unwrap(), facts, &values());
    let lines: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={}", value.reveal())).collect();
    lines.join("\n")
}

#[test]
fn config_delivered_as_files_is_no_environment() {
    insta::assert_snapshot!(environment(&record(), "web", &facts()), @r"
    AWS_REGION=us-west-2
    JETWAY_APPLICATION=hello
    JETWAY_BUCKET=storage
    JETWAY_CONFIG_DIR=/run/jetway/config
    JETWAY_ENVIRONMENT=production
    JETWAY_INSTANCE=i-0abc
    JETWAY_PREFIX=production/hello/
    JETWAY_RELEASE=v42
    LOG_LEVEL=info
    PORT=8000
    ");
}

#[test]
fn config_delivered_as_environment_is_there_and_only_the_web_container_has_a_port() {
    let mut record = record();
    record.config.as_mut().unwrap().delivery = ConfigDelivery::Environment;
    let local = Facts { instance: "local-laptop".parse().unwrap(), region: None, bucket: None };
    insta::assert_snapshot!(environment(&record, "worker", &local), @r"
    JETWAY_APPLICATION=hello
    JETWAY_ENVIRONMENT=production
    JETWAY_INSTANCE=local-laptop
    JETWAY_RELEASE=v42
    SECRET_KEY=s3cret
    ");
}

#[test]
fn the_fingerprint_tells_every_difference() {
    let web: ContainerName = "web".parse().unwrap();
    let same = record().fingerprint(&web, &facts());
    assert_eq!(same, record().fingerprint(&web, &facts()));
    let mut other = record();
    other.config = None;
    assert_ne!(same, other.fingerprint(&web, &facts()));
    assert_ne!(same, record().fingerprint(&"worker".parse().unwrap(), &facts()));
    assert_ne!(same, record().fingerprint(&web, &Facts { region: None, ..facts() }));
}

#[test]
fn docker_names_say_whose_container_it_is() {
    assert_eq!(record().docker_name(&"web".parse().unwrap()), "jetway-production-hello-web-v42");
}
