//! The keys of `[permissions]`: IAM statements, as IAM itself writes them.

use super::super::form;
use super::super::kind::{Fixed, Key, Kind, Refusal, Table};

pub(super) static PERMISSIONS: Table = Table {
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
