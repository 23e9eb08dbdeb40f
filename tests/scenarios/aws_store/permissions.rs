//! The policies that `jetway policy` prints are enough for what they are for, and for no neighbour.

use jetway_tests::docker::Docker;
use jetway_tests::images::{hello, save};

use super::installed;

#[test]
fn an_operator_has_config_and_images_of_one_environment() {
    let aws = installed();
    aws.file("hello.tar", save(&Docker::default(), &hello(1)));
    let ann = aws.user("operator");
    aws.jetway_as(&ann, &["config", "set", "qa", "A=1"]).succeeds().prints("c1 of hello in qa");
    aws.jetway_as(&ann, &["config", "get", "qa", "A", "--reveal"]).succeeds().prints("1");
    aws.jetway_as(&ann, &["image", "push", "./hello.tar", "--environment", "qa"]).succeeds().prints("layers new");
    aws.jetway_as(&ann, &["image", "prune", "--environment", "qa"]).succeeds();
    aws.jetway_as(&ann, &["lock", "status", "qa"]).succeeds();
    aws.jetway_as(&ann, &["doctor", "qa"]).exits(1).prints("ok    store").prints("has no package of it");
    aws.jetway_as(&ann, &["config", "set", "production", "A=1"]).exits(1).says("AWS denies it");
}

#[test]
fn ci_publishes_images_and_reads_the_names_of_the_config_but_no_value() {
    let aws = installed();
    aws.file("hello.tar", save(&Docker::default(), &hello(1)));
    let _ = aws.jetway(&["config", "set", "qa", "TOKEN=s3cr3t"]).succeeds();
    let ann = aws.user("deploy");
    aws.jetway_as(&ann, &["image", "push", "./hello.tar", "--environment", "qa"]).succeeds().prints("layers new");
    aws.jetway_as(&ann, &["config", "list", "qa"]).succeeds().prints("TOKEN");
    let refused = aws.jetway_as(&ann, &["config", "get", "qa", "TOKEN", "--reveal"]).exits(1).says("AWS denies it");
    assert!(!refused.all().contains("s3cr3t"), "{refused}");
    aws.jetway_as(&ann, &["config", "set", "qa", "TOKEN=other"]).exits(1).says("AWS denies it");
}
