//! The table of the installation's keys: the one place that says what `installation.toml` may hold.

use super::form;
use crate::manifest::form::aws::AMI;
use crate::manifest::form::{ACCOUNT, ENVIRONMENT, REGION};
use crate::manifest::kind::{Fixed, Key, Kind, Refusal, Table};

/// The installation itself.
pub(super) static ROOT: Table = Table {
    keys: &[
        Key::optional("installation", Kind::Text(&form::INSTALLATION), "The name with which all stacks begin.")
            .or(Fixed::Text("jetway"))
            .alias(&["name"]),
        Key::optional(
            "account",
            Kind::Text(&ACCOUNT),
            "The only AWS account that may be used, where an environment names no other.",
        ),
        Key::optional("region", Kind::Text(&REGION), "The AWS region, where an environment names no other."),
        Key::optional(
            "tags",
            Kind::Map { names: &form::TAG, of: &Kind::Text(&form::TAG_VALUE), least: 0, most: MOST_TAGS },
            "The tags of everything that is made, beside Jetway's own.",
        )
        .or(Fixed::Table),
        Key::optional(
            "environments",
            Kind::Map { names: &ENVIRONMENT, of: &Kind::Table(&ENVIRONMENT_KEYS), least: 1, most: MOST_ENVIRONMENTS },
            "The environments; without this, `qa` and `production`.",
        ),
    ],
    refused: &[],
};

/// A resource may have 50 tags, and Jetway gives it up to four:
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>.
const MOST_TAGS: usize = 46;

/// As many as a manifest may have.
const MOST_ENVIRONMENTS: usize = 50;

static ENVIRONMENT_KEYS: Table = Table {
    keys: &[
        Key::optional("region", Kind::Text(&REGION), "The AWS region; without one, that of the caller."),
        Key::optional(
            "account",
            Kind::Text(&ACCOUNT),
            "The only AWS account that may be used, as a guard against the wrong credentials.",
        ),
        Key::optional(
            "zones",
            Kind::List(&Kind::Text(&form::ZONE)),
            "The availability zones, at least two; without any, all of the region.",
        )
        .alias(&["availability_zones", "azs"]),
        Key::optional(
            "cidr",
            Kind::Text(&form::NETWORK),
            "Its private addresses, from /16 to /20; without any, the first network that overlaps no other.",
        )
        .alias(&["network", "vpc_cidr"]),
        Key::optional("nat", Kind::Choice(NAT), "How instances reach the internet.")
            .or(Fixed::Text("one"))
            .alias(&["nat_gateway", "nat_gateways"]),
        Key::optional(
            "key_pair",
            Kind::Text(&form::KEY_PAIR),
            "The EC2 key pair that opens instances to SSH; without one, Session Manager alone.",
        )
        .alias(&["key_name", "ssh_key", "keys"]),
        Key::optional(
            "ami",
            Kind::Text(&AMI),
            "The AMI that instances start from, with Docker and the agent in it, or `ssm:` and the name below which parameters \
             have the ids for `arm64` and `x86_64`; without one, the newest Amazon Linux.",
        )
        .alias(&["image_id", "ami_id"]),
        Key::optional(
            "endpoints",
            Kind::Flag,
            "Whether instances reach AWS itself through private endpoints, which cost money by the hour.",
        )
        .or(Fixed::Flag(false))
        .alias(&["vpc_endpoints", "private_link"]),
        Key::optional(
            "github",
            Kind::Flag,
            "Whether GitHub workflows can take on deploy roles: the base stack then makes GitHub's identity provider, of \
             which an account has one.",
        )
        .or(Fixed::Flag(false))
        .alias(&["oidc", "github_oidc"]),
    ],
    refused: &[
        Refusal {
            name: "vpc_id",
            why: "an environment has a network of its own, and cannot be put into one that is there already",
        },
        Refusal {
            name: "zone_count",
            why: "zones are not counted: name them in `zones`, or leave that out for all of them",
        },
    ],
};

const NAT: &[(&str, &str)] = &[
    ("none", "by public addresses of their own"),
    ("one", "through one NAT gateway"),
    ("per-az", "through a NAT gateway in each zone"),
];
