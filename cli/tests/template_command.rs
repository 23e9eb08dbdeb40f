//! `jetway template`, as it is seen from outside. Needs neither AWS nor Docker.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

#[expect(dead_code, reason = "these tests need less of it than others")]
mod support;

use insta::assert_snapshot;
use support::World;

fn golden(name: &str) -> String {
    let path = format!("{}/tests/golden/templates/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn each_kind_prints_what_its_golden_file_shows() {
    let world = World::new();
    for (line, name) in [
        ("base", "base"),
        ("base --tag cost-centre=4711", "base-tags"),
        ("environment --cidr 10.1.0.0/16", "environment-3-zones"),
        ("environment qa --cidr 10.1.0.0/16 --zones 6 --nat per-az --endpoints", "environment-largest"),
        ("environment qa --cidr 10.1.0.0/16 --nat none", "environment-nat-none"),
        ("application", "application-http"),
        ("application qa --protocol http+https", "application-http-and-https"),
        ("application qa --internal --protocol https", "application-internal-https"),
        ("application qa --worker", "application-worker"),
        ("application qa --github octo-org/hello", "application-github"),
    ] {
        let told = world.jetway(&format!("template {line}")).ok();
        assert!(told.stdout == golden(name), "`jetway template {line}` differs from {name}.yaml");
        assert_eq!(told.stderr, "", "{line}");
    }
}

#[test]
fn the_manifest_says_how_an_application_is_reached_and_what_it_runs_on() {
    let world = World::named("shop");
    let manifest = r#"
        application = "shop"
        [containers.web]
        stop_timeout = "45s"
        [http]
        port = 9000
        health = { path = "/up", interval = "10s", timeout = "3s" }
        [permissions]
        statements = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "arn:aws:sqs:*:*:orders" }]
        [environments.production]
        instances = { count = 3, type = "m7g.large" }
        http = { protocol = "https", certificate = "arn:aws:acm:us-west-2:123456789012:certificate/1", draining = "90s" }
    "#;
    world.write("jetway.toml", manifest);
    let application = world.jetway("--json template application production").ok().json();
    let resources = &application["Resources"];
    let target = &resources["TargetGroup"]["Properties"];
    let seen = [&target["Port"], &target["HealthCheckPath"], &target["HealthCheckIntervalSeconds"]];
    assert_eq!(seen.map(ToString::to_string), ["9000", "\"/up\"", "10"]);
    assert_eq!(target["TargetGroupAttributes"][0]["Value"], "90");
    assert!(resources["HttpsListener"].is_object() && resources["HttpListener"].is_null(), "{application}");
    let policy = &resources["InstancePolicy"]["Properties"]["PolicyDocument"]["Statement"];
    assert_eq!(policy.as_array().unwrap().last().unwrap()["Action"][0], "sqs:SendMessage");

    let release = world.jetway("--json template release production --release v7").ok().json();
    assert_eq!(release["Parameters"]["InstanceCount"]["Default"], "3");
    let data = &release["Resources"]["LaunchTemplate"]["Properties"]["LaunchTemplateData"];
    assert_eq!(data["InstanceType"], "m7g.large");
    let user_data = data["UserData"]["Fn::Base64"].as_str().unwrap();
    assert!(user_data.starts_with("#cloud-config\n") && user_data.contains("\"release\": \"v7\""), "{user_data}");
}

#[test]
fn both_files_say_what_is_made() {
    let world = World::named("shop");
    let manifest = r#"
        application = "shop"
        [containers.web]
        [http]
        port = 9000
        exposure = "internal"
        [instances]
        volume = 50
        ssh_from = ["198.51.100.0/24"]
        [github]
        repository = "octo-org/shop"
    "#;
    world.write("jetway.toml", manifest);
    let installation = r#"
        installation = "acme"
        tags = { cost = "4711" }
        [environments.qa]
        zones = ["us-west-2a", "us-west-2b"]
        cidr = "10.9.0.0/16"
        nat = "none"
        key_pair = "ops"
        ami = "ami-0123456789abcdef0"
        github = true
    "#;
    world.write("installation.toml", installation);
    let base = world.jetway("--json template base").ok().json();
    assert!(base["Resources"]["Github"].is_object(), "{base}");
    let environment = world.jetway("--json template environment qa").ok().json();
    assert_eq!(environment["Resources"]["Vpc"]["Properties"]["CidrBlock"], "10.9.0.0/16");
    assert!(environment["Resources"]["ApplicationSubnet3"].is_null(), "{environment}");
    let application = world.jetway("--json template application qa").ok().json();
    let resources = &application["Resources"];
    assert_eq!(resources["LoadBalancer"]["Properties"]["Scheme"], "internal");
    assert_eq!(resources["SshFrom198x51x100x0n24"]["Properties"]["CidrIp"], "198.51.100.0/24");
    assert!(resources["DeployRole"].is_object(), "{application}");
    assert_eq!(application["Description"], "Jetway acme: load balancer, security groups, role and logs of shop in qa.");
    let release = world.jetway("--json template release qa").ok().json();
    let data = &release["Resources"]["LaunchTemplate"]["Properties"]["LaunchTemplateData"];
    assert_eq!(data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"], 50);
    assert_eq!(data["NetworkInterfaces"][0]["AssociatePublicIpAddress"], true);
    assert_eq!(data["KeyName"]["Ref"], "KeyName");
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    let world = World::new();
    assert_snapshot!(world.jetway("template environment --zones 9").all(), @r"
    exit 2
    -- stderr
    error: 9 zones: an environment has from 2 to 8 of them
    ");
    assert_snapshot!(world.jetway("template release --tag a/b=c").all(), @r"
    exit 2
    -- stderr
    error: LaunchTemplate: tag `a/b`: its key has other characters than letters, digits and + - = . , _ : @
           Group: tag `a/b`: its key has other characters than letters, digits and + - = . , _ : @
    ");
    assert_snapshot!(world.jetway("template base --tag nothing").all(), @r"
    exit 2
    -- stderr
    error: invalid value 'nothing' for '--tag <KEY=VALUE>': a tag has the form KEY=VALUE

    For more information, try '--help'.
    ");
    assert_snapshot!(world.jetway("--manifest other.toml template application").all(), @r"
    exit 2
    -- stderr
    error: cannot read other.toml: there is no such file
    hint: `jetway init` writes a first one
    ");
}
