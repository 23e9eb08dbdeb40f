//! The rules between the keys of an installation file; wrong types are somebody else's report.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::manifest::problem::Findings;
use crate::manifest::words::{Path, shown};
use crate::name::EnvironmentName;
use crate::network::{FEWEST_ZONES, MOST_ZONES, Network};

/// Reports what contradicts another key, or is built in.
pub(super) fn check(tree: &DeTable<'_>, findings: &mut Findings) {
    let environments = tree.get("environments").and_then(|node| node.get_ref().as_table());
    let mut networks: Vec<(&str, Network)> = Vec::new();
    identity_providers(tree, environments, findings);
    for (name, node) in environments.into_iter().flatten() {
        let path = Path::root_of(&super::keys::ROOT).key("environments").key(name.get_ref());
        if name.get_ref() == EnvironmentName::LOCAL {
            findings.add(name.span().start, format!("{path} is refused: it is built in, and is this machine"));
        }
        let Some(environment) = node.get_ref().as_table() else { continue };
        let region = [environment, tree].iter().find_map(|table| text_of(table.get("region")?));
        zones(environment, region, &path, findings);
        if let Some(node) = environment.get("cidr")
            && let Some(network) = text_of(node).and_then(|text| text.parse::<Network>().ok())
        {
            overlaps(network, node.span().start, &networks, &path, findings);
            networks.push((name.get_ref(), network));
        }
    }
}

fn text_of<'t>(node: &'t Spanned<DeValue<'_>>) -> Option<&'t str> {
    node.get_ref().as_str()
}

/// Also in another region or account: networks that overlap can never be joined.
fn overlaps(network: Network, at: usize, others: &[(&str, Network)], path: &Path, findings: &mut Findings) {
    for (name, other) in others.iter().filter(|(_, other)| other.block().overlaps(network.block())) {
        let message = format!("{}: `{network}` overlaps `{other}` of `{}`", path.key("cidr"), shown(name));
        findings.add(at, message);
    }
}

/// Of one address, an account has one identity provider, and the base stacks of two regions would both make it:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>.
fn identity_providers(tree: &DeTable<'_>, environments: Option<&DeTable<'_>>, findings: &mut Findings) {
    let mut seen: BTreeMap<Option<&str>, (&str, Option<&str>)> = BTreeMap::new();
    for (name, node) in environments.into_iter().flatten() {
        let Some(environment) = node.get_ref().as_table() else { continue };
        let Some(wanted) = environment.get("github").filter(|node| node.get_ref().as_bool() == Some(true)) else {
            continue;
        };
        let [account, region] =
            ["account", "region"].map(|key| [environment, tree].iter().find_map(|table| text_of(table.get(key)?)));
        let (other, place) = *seen.entry(account).or_insert((name.get_ref(), region));
        if place != region {
            let path = Path::root_of(&super::keys::ROOT).key("environments").key(name.get_ref()).key("github");
            let message = format!("{path}: an account has this once, and `{}` in another region has it", shown(other));
            findings.add(wanted.span().start, message);
        }
    }
}

fn zones(environment: &DeTable<'_>, region: Option<&str>, path: &Path, findings: &mut Findings) {
    let Some((node, list)) = environment.get("zones").and_then(|node| Some((node, node.get_ref().as_array()?))) else {
        return;
    };
    let path = path.key("zones");
    if !(FEWEST_ZONES..=MOST_ZONES).contains(&list.len()) {
        let message = format!("{path}: expected from {FEWEST_ZONES} to {MOST_ZONES} zones, found {}", list.len());
        findings.add(node.span().start, message);
    }
    let mut seen = BTreeSet::new();
    for node in list {
        let Some(zone) = text_of(node) else { continue };
        if !seen.insert(zone) {
            findings.add(node.span().start, format!("{path}: `{}` is given twice", shown(zone)));
        }
        if let Some(region) = region.filter(|region| !zone.starts_with(*region)) {
            findings.add(node.span().start, format!("{path}: `{}` is not in {}", shown(zone), shown(region)));
        }
    }
}
