//! The forms of what AWS and GitHub name: certificates, networks, repositories, machine images.

use super::{Check, Form, unless};
use crate::ami::Ami;
use crate::certificate::Certificate;
use crate::network::Block;
use crate::repository::Repository;

pub(crate) static CERTIFICATE: Form = Form {
    what: "the ARN of a certificate",
    pattern: "^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$",
    check: Check::Value(|text| text.parse::<Certificate>().err().map(|error| error.to_string())),
};

pub(crate) static REPOSITORY: Form = Form {
    what: "a string such as \"octo-org/hello\"",
    pattern: "^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$",
    check: Check::Value(|text| text.parse::<Repository>().err().map(|error| error.to_string())),
};

pub(crate) static SSH_SOURCE: Form = Form {
    what: "a string such as \"198.51.100.0/24\"",
    pattern: "^([0-9]{1,3}\\.){3}[0-9]{1,3}/([89]|[12][0-9]|3[0-2])$",
    check: Check::Value(ssh_source),
};

pub(crate) static AMI: Form = Form {
    what: "a string such as \"ami-0123456789abcdef0\" or \"ssm:/jetway/ami\"",
    pattern: "^(ami-([0-9a-f]{8}|[0-9a-f]{17})|ssm:(/[A-Za-z0-9_.-]+)+)$",
    check: Check::Value(|text| text.parse::<Ami>().err().map(|error| error.to_string())),
};

/// No organisation has more addresses than a /8, so what is wider is meant to be everybody.
const WIDEST_SSH_SOURCE: u8 = 8;

fn ssh_source(text: &str) -> Option<String> {
    match text.parse::<Block>() {
        Err(error) => Some(error.to_string()),
        Ok(block) => unless(
            block.prefix() >= WIDEST_SSH_SOURCE,
            "opens SSH to the whole internet; name the network of a VPN or an office",
        ),
    }
}
