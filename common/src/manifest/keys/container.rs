//! The keys of a container, and what other tools let a container do that Jetway refuses.

use super::super::form;
use super::super::kind::{Fixed, Key, Kind, Refusal, Table};
use crate::seconds::Seconds;

pub(super) static CONTAINER: Table = Table {
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
