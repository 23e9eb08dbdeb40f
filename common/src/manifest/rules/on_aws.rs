//! The rules for what only AWS has: certificates of load balancers, and networks that reach instances by SSH.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use super::node_at;
use crate::certificate::Certificate;
use crate::manifest::merge::Merged;
use crate::manifest::problem::Findings;
use crate::manifest::words::{Path, shown};

/// A security group has 60 rules unless its account asks for more, and some are the load balancer's:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>.
const MOST_SSH_SOURCES: usize = 50;

/// A load balancer takes only certificates of its own region and account.
pub(super) fn certificate_place(merged: &Merged<'_>, findings: &mut Findings) {
    let Some(node) = node_at(&merged.tree, &["http", "certificate"]) else { return };
    let Some(certificate) = node.get_ref().as_str().and_then(|arn| arn.parse::<Certificate>().ok()) else { return };
    for (key, found, what) in [("region", certificate.region(), "in"), ("account", certificate.account(), "of account")]
    {
        let Some(own) = merged.tree.get(key) else { continue };
        if let Some(wanted) = own.get_ref().as_str().filter(|wanted| *wanted != found) {
            let at = merged.blame(&node.span(), &own.span());
            let message = format!("`http.certificate`: is {what} {}, but `{key}` is `{}`", shown(found), shown(wanted));
            findings.add(at, message);
        }
    }
}

/// A certificate beside the default protocol would give the false impression of HTTPS.
pub(super) fn certificate_use(merged: &Merged<'_>, findings: &mut Findings) {
    let Some(node) = node_at(&merged.tree, &["http", "certificate"]) else { return };
    if node_at(&merged.tree, &["http", "protocol"]).is_none() {
        let hint = Some("add `protocol = \"http+https\"` or `protocol = \"https\"`".to_owned());
        let message = "`http.certificate` is not used: without `http.protocol` the load balancer speaks plain HTTP";
        findings.add_with(node.span().start, message, hint);
    }
}

/// An environment that speaks HTTPS says with which certificate.
pub(super) fn https_has_a_certificate(merged: &Merged<'_>, findings: &mut Findings) {
    let Some(node) = node_at(&merged.tree, &["http", "protocol"]) else { return };
    let protocol = node.get_ref().as_str().filter(|protocol| protocol.ends_with("https"));
    if let (Some(protocol), None) = (protocol, node_at(&merged.tree, &["http", "certificate"])) {
        let message = format!("`http.certificate` is missing: `{}` needs an ACM certificate", shown(protocol));
        findings.add(node.span().start, message);
    }
}

/// EC2 refuses the same rule twice.
pub(super) fn ssh_sources(tree: &DeTable<'_>, findings: &mut Findings) {
    let Some(node) = node_at(tree, &["instances", "ssh_from"]) else { return };
    let DeValue::Array(list) = node.get_ref() else { return };
    let path = Path::of(&["instances", "ssh_from"]);
    if list.len() > MOST_SSH_SOURCES {
        let message = format!("{path} has {} networks, the limit is {MOST_SSH_SOURCES}", list.len());
        findings.add(node.span().start, message);
    }
    let mut seen = BTreeSet::new();
    for (index, node) in list.iter().enumerate() {
        let Some(text) = node.get_ref().as_str() else { continue };
        if !seen.insert(text) {
            findings.add(node.span().start, format!("{}: `{}` is given twice", path.index(index), shown(text)));
        }
    }
}
