//! The variants that have golden files: one of each kind with the defaults, then one for everything that can differ.

use std::collections::BTreeMap;

use jetway::template::application::{self, ApplicationInput, Entrance};
use jetway::template::base::{self, BaseInput};
use jetway::template::environment::{self, EnvironmentInput};
use jetway::template::model::Template;
use jetway::template::release::{self, ReleaseInput};
use jetway_common::installation::Nat;
use jetway_common::manifest::Exposure;
use jetway_common::release::{Health, Http, Protocol};
use jetway_common::seconds::Seconds;
use serde_json::json;

/// Every variant with the name of its golden file.
pub(crate) fn all() -> Vec<(String, Template)> {
    let mut all = bases();
    all.extend(environments());
    all.extend(applications());
    all.extend(releases());
    all.into_iter().map(|(name, template)| (name.to_owned(), template)).collect()
}

fn bases() -> Vec<(&'static str, Template)> {
    let input = || BaseInput { installation: "jetway".parse().unwrap(), tags: BTreeMap::new(), github: false };
    let tags = BTreeMap::from([("cost-centre".to_owned(), "4711".to_owned())]);
    vec![
        ("base", base::template(&input())),
        ("base-tags", base::template(&BaseInput { tags, ..input() })),
        ("base-github", base::template(&BaseInput { github: true, ..input() })),
    ]
}

fn environments() -> Vec<(&'static str, Template)> {
    let input = |zones, nat, endpoints| EnvironmentInput {
        installation: "jetway".parse().unwrap(),
        environment: "qa".parse().unwrap(),
        tags: BTreeMap::new(),
        network: "10.1.0.0/16".parse().unwrap(),
        zones,
        nat,
        endpoints,
    };
    [
        ("environment-2-zones", input(2, Nat::One, false)),
        ("environment-3-zones", input(3, Nat::One, false)),
        ("environment-4-zones", input(4, Nat::One, false)),
        ("environment-6-zones", input(6, Nat::One, false)),
        ("environment-nat-none", input(3, Nat::None, false)),
        ("environment-nat-per-az", input(3, Nat::PerAz, false)),
        ("environment-endpoints", input(3, Nat::One, true)),
        ("environment-endpoints-nat-none", input(3, Nat::None, true)),
        ("environment-largest", input(6, Nat::PerAz, true)),
    ]
    .map(|(name, input)| (name, environment::template(&input).unwrap()))
    .into()
}

fn entrance(exposure: Exposure, protocol: Protocol) -> Entrance {
    let health =
        Health { path: "/health-check".to_owned(), interval: Seconds(5), timeout: Seconds(2), grace: Seconds(120) };
    let http = Http { container: "web".parse().unwrap(), port: 8000, protocol, health };
    Entrance { exposure, http, draining: Seconds(30) }
}

fn applications() -> Vec<(&'static str, Template)> {
    let input = |entrance| ApplicationInput {
        installation: "jetway".parse().unwrap(),
        environment: "qa".parse().unwrap(),
        application: "hello".parse().unwrap(),
        tags: BTreeMap::new(),
        entrance,
        permissions: Vec::new(),
        ssh_from: Vec::new(),
        github: None,
    };
    let http = || input(Some(entrance(Exposure::Public, Protocol::Http)));
    let statement = json!({ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:orders" });
    let longest = ApplicationInput {
        installation: "abcdefghijkl".parse().unwrap(),
        environment: "abcdefghijkl".parse().unwrap(),
        application: "abcdefghijklmnopqrstuvwx".parse().unwrap(),
        permissions: vec![statement.clone()],
        ssh_from: vec!["198.51.100.0/24".parse().unwrap()],
        github: Some("octo-org/hello".parse().unwrap()),
        ..input(Some(entrance(Exposure::Public, Protocol::Both)))
    };
    [
        ("application-http", http()),
        ("application-https", input(Some(entrance(Exposure::Public, Protocol::Https)))),
        ("application-http-and-https", input(Some(entrance(Exposure::Public, Protocol::Both)))),
        ("application-internal", input(Some(entrance(Exposure::Internal, Protocol::Http)))),
        ("application-internal-https", input(Some(entrance(Exposure::Internal, Protocol::Https)))),
        ("application-worker", input(None)),
        ("application-permissions", ApplicationInput { permissions: vec![statement], ..http() }),
        ("application-ssh", ApplicationInput { ssh_from: vec!["198.51.100.0/24".parse().unwrap()], ..http() }),
        ("application-github", ApplicationInput { github: Some("octo-org/hello".parse().unwrap()), ..http() }),
        ("application-longest-names", longest),
    ]
    .map(|(name, input)| (name, application::template(&input)))
    .into()
}

/// The user data that another golden file shows.
fn user_data(ami: &str) -> String {
    let path = format!("{}/tests/golden/user-data/{ami}.yaml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn releases() -> Vec<(&'static str, Template)> {
    let input = || ReleaseInput {
        installation: "jetway".parse().unwrap(),
        environment: "qa".parse().unwrap(),
        application: "hello".parse().unwrap(),
        release: "v42".parse().unwrap(),
        tags: BTreeMap::new(),
        instance_type: "t4g.small".to_owned(),
        count: 2,
        user_data: user_data("stock"),
        balanced: true,
        public_addresses: false,
        key_pair: false,
        volume_gib: 20,
        ready_within: Seconds(900),
        drained_within: Seconds(120),
    };
    let x86 = ReleaseInput { instance_type: "t3.small".to_owned(), user_data: user_data("baked"), ..input() };
    let longest = ReleaseInput {
        installation: "abcdefghijkl".parse().unwrap(),
        environment: "abcdefghijkl".parse().unwrap(),
        application: "abcdefghijklmnopqrstuvwx".parse().unwrap(),
        release: "v4294967294".parse().unwrap(),
        tags: (1..=40).map(|n| (format!("{}{n:02}", "k".repeat(40)), "v".repeat(60))).collect(),
        ready_within: Seconds(43_200),
        drained_within: Seconds(7_200),
        key_pair: true,
        ..input()
    };
    [
        ("release-arm64", input()),
        ("release-x86-64", x86),
        ("release-worker", ReleaseInput { balanced: false, ..input() }),
        ("release-key-pair", ReleaseInput { key_pair: true, ..input() }),
        ("release-public-addresses", ReleaseInput { public_addresses: true, ..input() }),
        ("release-longest-names", longest),
    ]
    .map(|(name, input)| (name, release::template(&input)))
    .into()
}
