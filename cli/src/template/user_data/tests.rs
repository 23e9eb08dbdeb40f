//! What instances are told, which `tests/lab/lint-user-data.sh` reads with the parser that cloud-init has.

use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;

use super::*;

fn place() -> Ec2Place {
    Ec2Place {
        bucket: "jetway-storage".parse().unwrap(),
        account: "123456789012".parse().unwrap(),
        region: "us-west-2".parse().unwrap(),
        key: "arn:aws:kms:us-west-2:123456789012:key/11111111-2222-3333-4444-555555555555".parse().unwrap(),
        stack: "jetway-release-qa-web--v42".parse().unwrap(),
        resource: "Group".parse().unwrap(),
        launch_hook: "jetway-launch".parse().unwrap(),
        terminate_hook: "jetway-terminate".parse().unwrap(),
        draining: Seconds(30),
        log_group: "/jetway/qa/web".parse().unwrap(),
    }
}

fn input(ami: Ami) -> UserDataInput {
    UserDataInput {
        installation: "jetway".parse().unwrap(),
        environment: "qa".parse().unwrap(),
        application: "web".parse().unwrap(),
        release: "v42".parse().unwrap(),
        record: format!("sha256:{}", "a".repeat(64)).parse().unwrap(),
        deadline: Seconds(900),
        imds: Imds::Allow,
        place: place(),
        ami,
    }
}

fn stock() -> Ami {
    Ami::Stock(AgentPackage {
        key: "jetway-agent/0.1.0/jetway-agent-0.1.0.aarch64.rpm".to_owned(),
        digest: format!("sha256:{}", "b".repeat(64)).parse().unwrap(),
    })
}

#[track_caller]
fn is_golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/user-data/{name}.yaml"));
    if std::env::var("JETWAY_GOLDEN").as_deref() == Ok("write") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{} differs; JETWAY_GOLDEN=write writes it anew", path.display());
}

#[test]
fn a_stock_ami_installs_what_it_lacks() {
    is_golden("stock", &cloud_config(&input(stock())).unwrap());
}

#[test]
fn a_baked_ami_gets_the_boot_file_and_where_its_logs_go() {
    is_golden("baked", &cloud_config(&input(Ami::Baked)).unwrap());
}

#[test]
fn the_boot_file_is_what_the_agent_reads() {
    let file = BootFile::from_bytes(boot_file(&input(Ami::Baked)).unwrap().as_bytes()).unwrap();
    assert_eq!(file.platform, Platform::Ec2(place()));
}

#[test]
fn nothing_in_it_is_a_variable_of_cloudformation() {
    for ami in [Ami::Baked, stock()] {
        let text = cloud_config(&input(ami)).unwrap();
        assert!(!text.contains("${"), "{text}");
    }
}

#[test]
fn the_longest_names_leave_room() {
    let mut input = input(stock());
    input.environment = "abcdefghijkl".parse().unwrap();
    input.application = "abcdefghijkl-nopqrstuvwx".parse().unwrap();
    input.place.bucket = "b".repeat(63).parse().unwrap();
    input.place.stack = "s".repeat(128).parse().unwrap();
    input.place.resource = "r".repeat(255).parse().unwrap();
    input.place.log_group = "l".repeat(512).parse().unwrap();
    assert!(cloud_config(&input).unwrap().len() < LARGEST / 2);
}

fn stock_from(key: String) -> Ami {
    let Ami::Stock(package) = stock() else { return stock() };
    Ami::Stock(AgentPackage { key, ..package })
}

#[test]
fn what_is_too_large_is_told_with_its_largest_part() {
    let error = cloud_config(&input(stock_from("k".repeat(LARGEST)))).unwrap_err();
    assert_snapshot!(error, @"user data has 21998 bytes, EC2 allows 16384 before base64; the largest part is the installation script");
}

#[test]
fn what_is_named_oddly_stays_one_word_of_the_shell() {
    let text = cloud_config(&input(stock_from("it's $(odd); `x` \"y\"".to_owned()))).unwrap();
    assert!(text.contains(r#"key='it'\''s $(odd); `x` "y"'"#), "{text}");
}
