//! The table of the manifest's keys: the one place that says what `jetway.toml` may hold.

mod container;
mod http;
mod permissions;

use self::container::CONTAINER;
use self::http::HTTP;
pub(super) use self::http::{INTERVAL, TIMEOUT};
use self::permissions::PERMISSIONS;
use super::form;
use super::kind::{Fixed, Key, Kind, Refusal, Table};
use crate::seconds::Seconds;

/// The manifest itself.
pub(super) static ROOT: Table = Table {
    keys: &[
        Key::required("application", Kind::Text(&form::APPLICATION), "The application's name in every environment.")
            .alias(&["app", "name", "service"]),
        Key::optional(
            "account",
            Kind::Text(&form::ACCOUNT),
            "The only AWS account that a deploy may use, as a guard against the wrong credentials.",
        ),
        Key::optional("region", Kind::Text(&form::REGION), "The AWS region that the application runs in."),
        Key::optional("config", Kind::Choice(CONFIG), "How config values reach the containers.")
            .or(Fixed::Text("environment")),
        Key::optional(
            "imds",
            Kind::Choice(IMDS),
            "Whether the containers reach instance metadata, and the credentials of the instance's role.",
        )
        .or(Fixed::Text("allow"))
        .alias(&["metadata", "instance_metadata"]),
        Key::optional("image", Kind::Table(&IMAGE), "The image that a deploy publishes."),
        Key::required(
            "containers",
            Kind::Map { names: &form::CONTAINER, of: &Kind::Table(&CONTAINER), least: 1, most: 100 },
            "The containers that run on every instance, at least one, by name.",
        )
        .alias(&["container", "services"]),
        Key::optional("http", Kind::Table(&HTTP), "How the application is reached; absent for a worker.").alias(&[
            "web",
            "load_balancer",
            "routing",
        ]),
        Key::optional("instances", Kind::Table(&INSTANCES), "How many instances run, and of which type.")
            .or(Fixed::Table)
            .alias(&["scale", "scaling"]),
        Key::optional("permissions", Kind::Table(&PERMISSIONS), "What the application may do in the AWS account.")
            .or(Fixed::Table)
            .alias(&["iam", "policy"]),
        Key::optional("github", Kind::Table(&GITHUB), "Which workflows on GitHub deploy the application.")
            .alias(&["ci", "workflows"]),
        Key::optional(
            "environments",
            Kind::Map { names: &form::ENVIRONMENT, of: &Kind::Overrides, least: 0, most: MOST_ENVIRONMENTS },
            "What differs in an environment: tables are merged key by key, everything else is replaced.",
        ),
    ],
    refused: &[],
};

/// The most environments; each is checked as a whole, so that thousands would take minutes and gigabytes.
pub(super) const MOST_ENVIRONMENTS: usize = 50;

/// Keys that cannot differ between environments.
pub(super) static OVERRIDES_REFUSED: &[Refusal] = &[
    Refusal { name: "application", why: "an application has one name in all environments" },
    Refusal { name: "environments", why: "an environment cannot hold another one" },
];

const CONFIG: &[(&str, &str)] = &[
    ("environment", "as environment variables"),
    ("files", "as one file per value in the folder that JETWAY_CONFIG_DIR names"),
];

const IMDS: &[(&str, &str)] = &[
    ("allow", "as every process on the instance does"),
    ("deny", "not at all, so that the application has no credentials of AWS"),
];

static IMAGE: Table = Table {
    keys: &[Key::optional(
        "reference",
        Kind::Text(&form::REFERENCE),
        "The image to deploy unless the command line or a container names another.",
    )
    .alias(&["name", "tag"])],
    refused: &[],
};

static INSTANCES: Table = Table {
    keys: &[
        Key::optional("count", Kind::Number { least: 1, most: 1000 }, "How many instances run.")
            .or(Fixed::Number(1))
            .alias(&["desired", "replicas"]),
        Key::optional("type", Kind::Text(&form::INSTANCE_TYPE), "The EC2 instance type; it does not apply to `local`.")
            .or(Fixed::Text("t4g.small"))
            .alias(&["instance_type"]),
        // An Amazon Linux AMI fills 8 GiB; gp3: https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
        Key::optional("volume", Kind::Number { least: 8, most: 16384 }, "The size of an instance's disk in GiB.")
            .or(Fixed::Number(20))
            .alias(&["volume_size", "disk", "disk_size", "storage"]),
        Key::optional(
            "keep",
            Kind::Duration { least: Seconds(0), most: Seconds(7 * 24 * 3600) },
            "How long the instances of the release before stay on standby, ready for a rollback.",
        )
        .or(Fixed::Text("30m"))
        .alias(&["keep_time", "standby"]),
        Key::optional(
            "ssh_from",
            Kind::List(&Kind::Text(&form::aws::SSH_SOURCE)),
            "The networks that reach instances by SSH, such as that of a VPN; without any, Session Manager alone.",
        )
        .alias(&["ssh", "ssh_cidr"]),
    ],
    refused: &[],
};

static GITHUB: Table = Table {
    keys: &[Key::required(
        "repository",
        Kind::Text(&form::aws::REPOSITORY),
        "The repository whose workflows get a role that deploys, in the GitHub environment of the same name.",
    )
    .alias(&["repo", "name"])],
    refused: &[],
};
