//! `jetway policy`, and what the offline commands say about installation.toml. Needs neither AWS nor Docker.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

#[expect(dead_code, reason = "these tests need less of it than others")]
mod support;

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;
use support::{Told, World, settings};

const MANIFEST: &str = "application = \"web\"\naccount = \"123456789012\"\nregion = \"us-west-2\"\n[containers.web]\n\
                        [[permissions.statements]]\nEffect = \"Allow\"\nAction = \"sqs:SendMessage\"\n\
                        Resource = \"arn:aws:sqs:us-west-2:123456789012:orders\"\n";
const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/11111111-2222-3333-4444-555555555555";

macro_rules! assert_told {
    ($world:expr, $line:expr, @$snapshot:literal) => {
        settings(&$world).bind(|| assert_snapshot!($world.jetway($line).all(), @$snapshot))
    };
}

fn world() -> World {
    let world = World::named("web");
    world.write("jetway.toml", MANIFEST);
    world
}

fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/policies/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_policy_is_printed_as_reviewed() {
    let world = world();
    for kind in ["deploy", "operator"] {
        let line = format!("policy {kind} --bucket jetway-storage --key {KEY}");
        assert_eq!(world.jetway(&line).ok().json(), golden(kind), "{kind}");
        assert_eq!(world.jetway(&format!("{line} --json")).ok().json(), golden(kind), "{kind}");
    }
    let alias = world.jetway("policy operator --bucket jetway-storage").ok().json();
    assert_eq!(alias, golden("operator-alias"));
}

#[test]
fn the_policy_of_instances_has_the_statements_of_the_manifest() {
    let line = format!("policy instance --bucket jetway-storage --key {KEY} -v");
    let told: Told = world().jetway(&line).ok();
    let ours = golden("instance")["Statement"].as_array().unwrap().len();
    let statements = told.json()["Statement"].as_array().unwrap().clone();
    assert_eq!(statements.len(), ours + 1);
    assert_eq!(statements[ours]["Action"], serde_json::json!(["sqs:SendMessage"]));
    assert!(told.stderr.contains("JetwayCustom1: jetway.toml asks for it"), "{}", told.stderr);
}

#[test]
fn the_place_is_taken_from_the_command_line_then_the_manifest_then_the_installation() {
    let world = World::named("web");
    let line = "policy deploy --environment production --bucket b-1";
    assert_told!(world, line, @"
    exit 2
    -- stderr
    error: which account? Neither the command line nor a file here names one
    hint: name it with --account
    ");
    world.write(
        "installation.toml",
        "installation = \"acme\"\naccount = \"210987654321\"\n[environments.production]\nregion = \"eu-central-1\"\n",
    );
    let text = world.jetway(line).ok().stdout;
    assert!(text.contains(":eu-central-1:210987654321:stack/acme-release-production-web--v*/*"), "{text}");
    world.write("jetway.toml", "application = \"web\"\nregion = \"us-gov-west-1\"\n[containers.web]\n");
    let text = world.jetway(line).ok().stdout;
    assert!(text.contains("arn:aws-us-gov:cloudformation:us-gov-west-1:210987654321:stack/"), "{text}");
    let text = world.jetway(&format!("{line} --region us-east-1 --account 123456789012")).ok().stdout;
    assert!(text.contains(":us-east-1:123456789012:stack/acme-release-production-web--v*/*"), "{text}");
}

#[test]
fn what_makes_no_policy_is_told() {
    let world = world();
    for line in ["policy", "policy root --bucket b-1", "policy deploy"] {
        assert_eq!(world.jetway(line).code, 2, "{line}");
    }
    assert_told!(world, "policy deploy --bucket b-1 --environment local", @"
    exit 2
    -- stderr
    error: `local` is no environment on AWS: it is this machine
    ");
    assert_told!(world, "policy deploy --bucket b-1 --environment images", @r#"
    exit 2
    -- stderr
    error: invalid value 'images' for '--environment <NAME>': environment name "images": is a folder of the store itself; use a-z and 0-9, a letter first, 1 to 12 characters

    For more information, try '--help'.
    "#);
    assert_told!(world, "policy deploy --bucket B*", @"
    exit 2
    -- stderr
    error: invalid value 'B*' for '--bucket <NAME>': a bucket is named with 3 to 63 of a-z, 0-9, hyphen and dot

    For more information, try '--help'.
    ");
    assert_told!(world, "policy deploy --bucket b-1 --account 12", @"
    exit 2
    -- stderr
    error: invalid value '12' for '--account <DIGITS>': an account is 12 digits

    For more information, try '--help'.
    ");
    assert_told!(world, "policy deploy --bucket b-1 --region *", @"
    exit 2
    -- stderr
    error: invalid value '*' for '--region <REGION>': a region is a name such as us-west-2

    For more information, try '--help'.
    ");
    assert_told!(world, "policy deploy --bucket b-1 --key arn:aws:kms:us-west-2:123456789012:key/*", @"
    exit 2
    -- stderr
    error: invalid value 'arn:aws:kms:us-west-2:123456789012:key/*' for '--key <ARN>': a key is named by its ARN, arn:aws:kms:REGION:ACCOUNT:key/ID

    For more information, try '--help'.
    ");
}

#[test]
fn check_reads_the_installation_file_beside_the_manifest() {
    let world = world();
    world.write("installation.toml", "installation = \"acme\"\n[environments.qa]\nnat = \"none\"\n");
    assert_told!(world, "check", @"
    exit 0
    -- stdout
    jetway.toml is valid: application web; containers: web; nothing reaches it over HTTP; environments with settings of their own: none
    installation.toml is valid: installation acme; environments: qa
    ");
    assert_told!(world, "check --json", @r#"
    exit 0
    -- stdout
    {
      "application": "web",
      "containers": [
        "web"
      ],
      "environments": [],
      "http": null,
      "image": null,
      "installation_file": {
        "environments": {
          "qa": {
            "account": null,
            "ami": null,
            "cidr": null,
            "endpoints": false,
            "github": false,
            "key_pair": null,
            "nat": "none",
            "region": null,
            "zones": []
          }
        },
        "installation": "acme",
        "tags": {},
        "valid": true
      },
      "valid": true
    }
    "#);
    world.write("installation.toml", "installation = \"a-b\"\n[environments.local]\n");
    world.write("jetway.toml", "aplication = \"web\"\n[containers.web]\n");
    assert_told!(world, "check", @r#"
    exit 2
    -- stderr
    error: jetway.toml:1:1: `application` is missing: the application's name in every environment
           jetway.toml:1:1: unknown key `aplication`; did you mean `application`?
           installation.toml:1:16: installation name "a-b": '-' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
           installation.toml:2:15: `environments.local` is refused: it is built in, and is this machine
    "#);
    assert_told!(world, "check --json", @r#"
    exit 2
    -- stdout
    {
      "installation_file": {
        "problems": [
          {
            "column": 16,
            "hint": null,
            "line": 1,
            "message": "installation name \"a-b\": '-' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters"
          },
          {
            "column": 15,
            "hint": null,
            "line": 2,
            "message": "`environments.local` is refused: it is built in, and is this machine"
          }
        ],
        "valid": false
      },
      "problems": [
        {
          "column": 1,
          "hint": null,
          "line": 1,
          "message": "`application` is missing: the application's name in every environment"
        },
        {
          "column": 1,
          "hint": "did you mean `application`?",
          "line": 1,
          "message": "unknown key `aplication`"
        }
      ],
      "valid": false
    }
    "#);
    world.write("jetway.toml", MANIFEST);
    assert_told!(world, "check", @r#"
    exit 2
    -- stderr
    error: installation.toml:1:16: installation name "a-b": '-' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
           installation.toml:2:15: `environments.local` is refused: it is built in, and is this machine
    "#);
}

#[test]
fn the_schema_of_the_installation_file_is_json() {
    let world = World::new();
    assert_eq!(world.jetway("config-schema installation").ok().json()["title"], "installation.toml");
}

#[test]
fn what_contradicts_the_installation_is_told() {
    let world = World::new();
    world.write("installation.toml", "[environments.qa]\nregion = \"us-west-2\"\n");
    let http = "application = \"web\"\n[containers.web]\n[http]\nport = 80\nprotocol = \"https\"\n";
    world.write("jetway.toml", http);
    assert_told!(world, "check", @"
    exit 2
    -- stderr
    error: jetway.toml: `http.certificate` is missing: the manifest asks for HTTPS (environment `qa`); `aws acm list-certificates` lists certificates with their ARNs
    ");
    let arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1";
    world.write("jetway.toml", format!("{http}certificate = \"{arn}\"\n"));
    assert_told!(world, "check", @"
    exit 2
    -- stderr
    error: jetway.toml: `http.certificate` is in eu-central-1, and the environment is in us-west-2 (environment `qa`); `aws acm list-certificates --region us-west-2` lists those there
    ");
    let told = world.jetway("check --json").json();
    assert_eq!((&told["valid"], told["problems"].as_array().map(Vec::len)), (&false.into(), Some(1)));
    world.write("jetway.toml", format!("{http}certificate = \"{}\"\n", arn.replace("eu-central-1", "us-west-2")));
    assert_eq!(world.jetway("check").code, 0);
}
