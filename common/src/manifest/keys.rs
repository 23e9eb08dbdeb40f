//! The table of the manifest's keys: the one place that says what `jetway.toml` may hold.

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

static IMAGE: Table = Table {
    keys: &[Key::optional(
        "reference",
        Kind::Text(&form::REFERENCE),
        "The image to deploy unless the command line or a container names another.",
    )
    .alias(&["name", "tag"])],
    refused: &[],
};

static CONTAINER: Table = Table {
    keys: &[
        Key::optional("image", Kind::Text(&form::REFERENCE), "The image of this container, if it has its own."),
        Key::optional("entrypoint", Kind::List(&ARGUMENT), "Replaces the image's entry point."),
        Key::optional("command", Kind::List(&ARGUMENT), "Replaces the image's command.").alias(&["cmd", "args"]),
        Key::optional(
            "env",
            Kind::Map { names: &form::VARIABLE, of: &Kind::Text(&form::VARIABLE_VALUE), least: 0, most: usize::MAX },
            "Environment variables that are no secrets.",
        )
        .alias(&["environment", "variables"]),
        Key::optional("user", Kind::Text(&form::USER), "The user, or user and group, instead of the image's."),
        Key::optional(
            "stop_timeout",
            // Ten minutes is the longest that draining may hold back a replaced instance.
            Kind::Duration { least: Seconds(1), most: Seconds(600) },
            "How long the container may take to stop before it is killed.",
        )
        .or(Fixed::Text("30s"))
        .alias(&["stop_grace_period"]),
        Key::optional("read_only", Kind::Flag, "Whether the container's root file system is read-only.")
            .or(Fixed::Flag(false))
            .alias(&["readonly_root_filesystem"]),
        Key::optional("drop_capabilities", Kind::Flag, "Whether all Linux capabilities are dropped.")
            .or(Fixed::Flag(false))
            .alias(&["cap_drop"]),
    ],
    refused: CONTAINER_REFUSED,
};

static ARGUMENT: Kind = Kind::Text(&form::ARGUMENT);

const NEVER_PRIVILEGED: &str = "Jetway containers never run privileged: one that does owns the whole instance";
const NEVER_MOUNT: &str =
    "Jetway containers never mount anything of the host: an instance can be replaced at any time, so keep data in S3";
const NEVER_PORTS: &str =
    "Jetway containers never map ports: they use the host's network, and `[http]` names the port that is reached";
const NEVER_NETWORK: &str = "Jetway containers never choose a network: they all use the host's";
const NEVER_NAMESPACE: &str = "Jetway containers never join namespaces of the host: they could reach its processes";
const NEVER_CAPABILITIES: &str =
    "Jetway containers never gain Linux capabilities or devices: they could change the instance";
const NEVER_RESTART: &str = "Jetway containers never choose a restart policy: they are always started again";
const NEVER_BUILD: &str = "Jetway containers never build images: build one first and name it in `[image]`";
const NEVER_ENV_FILE: &str =
    "Jetway containers never read env files: write plain values to `env`, and secrets with `jetway config import`";

const CONTAINER_REFUSED: &[Refusal] = &[
    Refusal { name: "privileged", why: NEVER_PRIVILEGED },
    Refusal { name: "volumes", why: NEVER_MOUNT },
    Refusal { name: "volume", why: NEVER_MOUNT },
    Refusal { name: "volumes_from", why: NEVER_MOUNT },
    Refusal { name: "mounts", why: NEVER_MOUNT },
    Refusal { name: "binds", why: NEVER_MOUNT },
    Refusal { name: "ports", why: NEVER_PORTS },
    Refusal { name: "expose", why: NEVER_PORTS },
    Refusal { name: "network", why: NEVER_NETWORK },
    Refusal { name: "networks", why: NEVER_NETWORK },
    Refusal { name: "network_mode", why: NEVER_NETWORK },
    Refusal { name: "pid", why: NEVER_NAMESPACE },
    Refusal { name: "ipc", why: NEVER_NAMESPACE },
    Refusal { name: "uts", why: NEVER_NAMESPACE },
    Refusal { name: "userns_mode", why: NEVER_NAMESPACE },
    Refusal { name: "cap_add", why: NEVER_CAPABILITIES },
    Refusal { name: "capabilities", why: NEVER_CAPABILITIES },
    Refusal { name: "devices", why: NEVER_CAPABILITIES },
    Refusal { name: "security_opt", why: NEVER_CAPABILITIES },
    Refusal { name: "restart", why: NEVER_RESTART },
    Refusal { name: "build", why: NEVER_BUILD },
    Refusal { name: "env_file", why: NEVER_ENV_FILE },
];

static HTTP: Table = Table {
    keys: &[
        Key::optional(
            "container",
            Kind::Text(&form::CONTAINER),
            "The container that answers; it may be left out when there is only one.",
        ),
        Key::required(
            "port",
            Kind::Number { least: 1, most: 65535 },
            "The port that the container listens on, which it also finds in PORT.",
        ),
        Key::optional("protocol", Kind::Choice(PROTOCOL), "What the load balancer accepts from outside.")
            .or(Fixed::Text("http")),
        Key::optional("health", Kind::Table(&HEALTH), "When the application counts as healthy.")
            .or(Fixed::Table)
            .alias(&["healthcheck", "health_check"]),
    ],
    refused: &[],
};

const PROTOCOL: &[(&str, &str)] =
    &[("http", "plain HTTP"), ("https", "HTTPS alone"), ("http+https", "HTTPS, and HTTP redirected to it")];

/// How often the health check asks when the manifest does not say.
pub(super) const INTERVAL: &str = "5s";
/// How long one answer may take when the manifest does not say.
pub(super) const TIMEOUT: &str = "2s";

// The limits of a target group:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
static HEALTH: Table = Table {
    keys: &[
        Key::optional(
            "path",
            Kind::Text(&form::HEALTH_PATH),
            "The path that answers with a status from 200 to 299 when all is well.",
        )
        .or(Fixed::Text("/health-check")),
        Key::optional(
            "interval",
            Kind::Duration { least: Seconds(5), most: Seconds(300) },
            "The pause between two questions.",
        )
        .or(Fixed::Text(INTERVAL)),
        Key::optional(
            "timeout",
            Kind::Duration { least: Seconds(2), most: Seconds(120) },
            "How long one answer may take; less than the interval.",
        )
        .or(Fixed::Text(TIMEOUT)),
        Key::optional(
            "grace",
            Kind::Duration { least: Seconds(1), most: Seconds(3600) },
            "How long the application may take from its start to its first good answer.",
        )
        .or(Fixed::Text("120s"))
        .alias(&["grace_period", "start_period"]),
    ],
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
    ],
    refused: &[],
};

static PERMISSIONS: Table = Table {
    keys: &[
        Key::optional("statements", Kind::List(&Kind::Table(&STATEMENT)), "IAM statements for the instances' role."),
        Key::optional(
            "allow_wildcards",
            Kind::Flag,
            "Whether a statement may allow every action, every IAM action or every resource.",
        )
        .or(Fixed::Flag(false)),
    ],
    refused: &[],
};

const EFFECT: &[(&str, &str)] = &[("Allow", "the actions are allowed"), ("Deny", "the actions are denied")];
const NEVER_NOT: &str = "Jetway permissions never say what is left out: what they allow would grow by itself";

static STATEMENT: Table = Table {
    keys: &[
        Key::optional("Sid", Kind::Text(&form::STATEMENT_ID), "The statement's own name."),
        Key::required("Effect", Kind::Choice(EFFECT), "Whether the statement allows or denies."),
        Key::required("Action", Kind::OneOrMore(&form::ACTION), "The actions it is about."),
        Key::required("Resource", Kind::OneOrMore(&form::RESOURCE), "The resources it is about."),
        Key::optional("Condition", Kind::Json, "When it applies, as in any IAM policy."),
    ],
    refused: &[
        Refusal { name: "NotAction", why: NEVER_NOT },
        Refusal { name: "NotResource", why: NEVER_NOT },
        Refusal {
            name: "Principal",
            why: "Jetway permissions never name a principal: it is always the instances' role",
        },
    ],
};
