//! `jetway doctor` of an environment on AWS: what a deploy needs, and what is wrong with it.

use jetway_tests::aws::Aws;
use serde_json::json;

use super::installed;

/// The id of the newest Amazon Linux for this processor.
fn ami(aws: &Aws, architecture: &str) -> String {
    let name = format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}");
    let found =
        aws.read(&format!("print(json.dumps(client('ssm').get_parameter(Name='{name}')['Parameter']['Value']))"));
    found.as_str().unwrap().to_owned()
}

/// Sets the parameter that baking an AMI for this processor sets.
fn bake(aws: &Aws, architecture: &str, ami: &str) {
    aws.read(&format!(
        "client('ssm').put_parameter(Name='/jetway/ami/{architecture}', Value='{ami}', Type='String', Overwrite=True)\n\
         print(1)"
    ));
}

#[test]
fn doctor_knows_an_environment_that_is_not_there_and_where_instances_get_the_agent() {
    let aws = installed();
    let own = ami(&aws, "x86_64");
    aws.file("installation.toml", format!("[environments.qa]\nami = \"{own}\"\n[environments.production]\n"));
    aws.jetway(&["doctor", "live"]).exits(1).prints("has no environment `live`: it has production, qa");
    aws.jetway(&["doctor", "qa"]).succeeds().prints(&format!("in the AMI {own} for x86_64"));
    aws.jetway(&["doctor", "production"]).exits(1).prints("`jetway install --agent-package FILE.rpm` stores one");
    aws.file("installation.toml", "[environments.qa]\nami = \"ami-0123456789abcdef0\"\n");
    aws.jetway(&["doctor", "qa"])
        .exits(1)
        .prints("there is no AMI ami-0123456789abcdef0 in us-west-2, and deploys are");
}

#[test]
fn doctor_tells_which_amis_the_parameters_name_and_what_is_wrong_with_them() {
    let aws = installed();
    aws.file("installation.toml", "[environments.qa]\nami = \"ssm:/jetway/ami\"\n");
    let told = aws.jetway(&["doctor", "qa"]).exits(1);
    told.prints("there is no parameter /jetway/ami/arm64 or /jetway/ami/x86_64 with the id of an AMI in us-west-2");
    let [arm, intel] = ["arm64", "x86_64"].map(|architecture| ami(&aws, architecture));
    bake(&aws, "x86_64", &intel);
    aws.jetway(&["doctor", "qa"]).succeeds().prints(&format!("in the AMI {intel} for x86_64"));
    bake(&aws, "arm64", &arm);
    aws.jetway(&["doctor", "qa"]).succeeds().prints(&format!("in the AMI {arm} for arm64 and {intel} for x86_64"));
    bake(&aws, "x86_64", &arm);
    let wrong = format!("the AMI {arm}, which /jetway/ami/x86_64 names, is for arm64, and deploys are refused");
    aws.jetway(&["doctor", "qa"]).exits(1).prints(&wrong);
    aws.fault("DescribeImages", json!({ "code": "UnauthorizedOperation", "count": -1 }));
    aws.jetway(&["doctor", "qa"])
        .succeeds()
        .prints("warn  agent")
        .prints("in the AMI ssm:/jetway/ami; could not look at");
}

#[test]
fn doctor_tells_how_far_the_clocks_are_apart() {
    let aws = installed();
    let report = aws.jetway(&["doctor", "qa", "--json"]).json();
    let found = |what: &str| report["checks"].as_array().unwrap().iter().find(|check| check["what"] == what).cloned();
    assert_eq!(found("account").unwrap()["found"], "123456789012");
    assert_eq!(found("clock").unwrap()["verdict"], "ok");
    assert_eq!(found("installation").unwrap()["found"], "jetway, with the environment `qa`");
    aws.tell("settings", &json!({ "date_skew": 120.0 }));
    let report = aws.jetway(&["doctor", "qa"]);
    assert!(report.stdout.contains("how old a boot report is, shows only where clocks agree"), "{report}");
}
