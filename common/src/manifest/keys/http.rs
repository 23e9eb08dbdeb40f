//! The keys of `[http]`: how the application is reached, and when it is healthy.

use super::super::form;
use super::super::kind::{Fixed, Key, Kind, Table};
use crate::seconds::Seconds;

pub(super) static HTTP: Table = Table {
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
        Key::optional("exposure", Kind::Choice(EXPOSURE), "From where the load balancer is reached.")
            .or(Fixed::Text("public"))
            .alias(&["scheme", "visibility", "internal"]),
        Key::optional(
            "certificate",
            Kind::Text(&form::aws::CERTIFICATE),
            "The ACM certificate of the application's domain, in the environment's region; HTTPS needs it.",
        )
        .alias(&["certificate_arn", "cert", "ssl_certificate"]),
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
        Key::optional(
            "draining",
            Kind::Duration { least: Seconds(1), most: Seconds(3600) },
            "How long an instance that leaves may finish its requests; by default, the longest stop_timeout.",
        )
        .alias(&["deregistration_delay", "drain"]),
        Key::optional("health", Kind::Table(&HEALTH), "When the application counts as healthy.")
            .or(Fixed::Table)
            .alias(&["healthcheck", "health_check"]),
    ],
    refused: &[],
};

const PROTOCOL: &[(&str, &str)] =
    &[("http", "plain HTTP"), ("https", "HTTPS alone"), ("http+https", "HTTPS, and HTTP redirected to it")];

const EXPOSURE: &[(&str, &str)] =
    &[("public", "from everywhere"), ("internal", "from the environment's own network alone")];

/// How often the health check asks when the manifest does not say.
pub(in crate::manifest) const INTERVAL: &str = "5s";
/// How long one answer may take when the manifest does not say.
pub(in crate::manifest) const TIMEOUT: &str = "2s";

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
            "How long the application may take from its start to its first good answer; at a boot, less than 10s counts as 10s.",
        )
        .or(Fixed::Text("120s"))
        .alias(&["grace_period", "start_period"]),
    ],
    refused: &[],
};
