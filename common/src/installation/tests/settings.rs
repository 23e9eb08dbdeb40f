//! What right installation files say.

use insta::{assert_debug_snapshot, assert_snapshot};

use crate::installation::{Installation, json_schema};

const EXAMPLE: &str = r#"
installation = "acme"
account = "123456789012"
region = "us-west-2"
tags = { team = "shop", "cost-center" = "4711" }

[environments.qa]
cidr = "10.1.0.0/16"

[environments.production]
account = "210987654321"
region = "eu-central-1"
zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
cidr = "10.2.0.0/16"
nat = "per-az"
key_pair = "ops"
"#;

#[test]
fn the_example_says_what_it_says() {
    assert_debug_snapshot!(Installation::parse(EXAMPLE.as_bytes()).unwrap(), @r#"
    Installation {
        name: InstallationName(
            "acme",
        ),
        tags: {
            "cost-center": "4711",
            "team": "shop",
        },
        environments: {
            EnvironmentName(
                "production",
            ): Environment {
                region: Some(
                    "eu-central-1",
                ),
                account: Some(
                    "210987654321",
                ),
                zones: [
                    "eu-central-1a",
                    "eu-central-1b",
                    "eu-central-1c",
                ],
                network: Some(
                    Network(
                        10.2.0.0/16,
                    ),
                ),
                nat: PerAz,
                key_pair: Some(
                    "ops",
                ),
                ami: None,
                endpoints: false,
                github: false,
            },
            EnvironmentName(
                "qa",
            ): Environment {
                region: Some(
                    "us-west-2",
                ),
                account: Some(
                    "123456789012",
                ),
                zones: [],
                network: Some(
                    Network(
                        10.1.0.0/16,
                    ),
                ),
                nat: One,
                key_pair: None,
                ami: None,
                endpoints: false,
                github: false,
            },
        },
    }
    "#);
}

#[test]
fn what_is_not_said_has_a_default() {
    let installation = Installation::parse(b"installation = \"jetway\"\n").unwrap();
    assert_eq!(installation, Installation::default());
    assert_debug_snapshot!(installation, @r#"
    Installation {
        name: InstallationName(
            "jetway",
        ),
        tags: {},
        environments: {
            EnvironmentName(
                "production",
            ): Environment {
                region: None,
                account: None,
                zones: [],
                network: None,
                nat: One,
                key_pair: None,
                ami: None,
                endpoints: false,
                github: false,
            },
            EnvironmentName(
                "qa",
            ): Environment {
                region: None,
                account: None,
                zones: [],
                network: None,
                nat: One,
                key_pair: None,
                ami: None,
                endpoints: false,
                github: false,
            },
        },
    }
    "#);
}

#[test]
fn the_schema_is_what_editors_get() {
    assert_snapshot!(serde_json::to_string_pretty(&json_schema()).unwrap());
}
