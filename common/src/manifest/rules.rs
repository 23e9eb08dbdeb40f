//! The rules between keys, checked on what one environment gets; wrong types are somebody else's report.

mod on_aws;

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::form::LONGEST_ARGUMENT;
use super::keys::{INTERVAL, ROOT, TIMEOUT};
use super::merge::Merged;
use super::problem::Findings;
use super::words::{Path, nearest, shown};
use super::{check, wildcards};
use crate::seconds::Seconds;

/// Everything that is wrong between the keys of one environment.
pub(super) fn findings(merged: &Merged<'_>) -> Findings {
    let mut findings = Findings::default();
    check::required(&ROOT, &merged.tree, 0, &Path::root(), &mut findings);
    http_container(merged, &mut findings);
    health(merged, &mut findings);
    for (name, container) in table_at(&merged.tree, &["containers"]).into_iter().flatten() {
        if let Some(env) = container.get_ref().as_table().and_then(|container| table_at(container, &["env"])) {
            variables(env, &Path::of(&["containers", name.get_ref(), "env"]), merged, &mut findings);
        }
    }
    wildcards::check(&merged.tree, &mut findings);
    on_aws::certificate_place(merged, &mut findings);
    on_aws::certificate_use(merged, &mut findings);
    on_aws::ssh_sources(&merged.tree, &mut findings);
    findings
}

/// What is wrong in an environment on AWS, and would be right on this machine.
pub(super) fn findings_on_aws(merged: &Merged<'_>) -> Findings {
    let mut findings = Findings::default();
    on_aws::https_has_a_certificate(merged, &mut findings);
    findings
}

/// The node at the end of a path of tables.
pub(super) fn node_at<'t, 'a>(tree: &'t DeTable<'a>, path: &[&str]) -> Option<&'t Spanned<DeValue<'a>>> {
    let (last, tables) = path.split_last()?;
    table_at(tree, tables)?.get(*last)
}

fn table_at<'t, 'a>(tree: &'t DeTable<'a>, path: &[&str]) -> Option<&'t DeTable<'a>> {
    path.iter().try_fold(tree, |tree, key| tree.get(*key)?.get_ref().as_table())
}

fn http_container(merged: &Merged<'_>, findings: &mut Findings) {
    let Some(http) = node_at(&merged.tree, &["http"]).filter(|node| node.get_ref().is_table()) else { return };
    let Some(containers) = table_at(&merged.tree, &["containers"]) else { return };
    let names = || containers.keys().map(|name| name.get_ref().as_ref());
    match node_at(&merged.tree, &["http", "container"]) {
        None if containers.len() > 1 => {
            let message =
                format!("`http.container` is missing: there are {} containers to choose from", containers.len());
            findings.add(http.span().start, message);
        }
        Some(node) => {
            if let Some(name) = node.get_ref().as_str().filter(|name| !containers.contains_key(*name)) {
                let hint = nearest(name, names()).map(|near| format!("did you mean `{}`?", shown(near)));
                let message = format!("`http.container`: there is no container `{}`", shown(name));
                findings.add_with(node.span().start, message, hint);
            }
        }
        None => {}
    }
}

fn health(merged: &Merged<'_>, findings: &mut Findings) {
    let read = |key: &str, default: &str| {
        let node = node_at(&merged.tree, &["http", "health", key]);
        let text = node.map_or(Some(default), |node| node.get_ref().as_str());
        text.and_then(|text| text.parse::<Seconds>().ok()).map(|length| (length, node.map(Spanned::span)))
    };
    let (Some((timeout, first)), Some((interval, second))) = (read("timeout", TIMEOUT), read("interval", INTERVAL))
    else {
        return;
    };
    if timeout >= interval
        && let Some(place) = first.clone().or(second.clone())
    {
        let at = merged.blame(&place, &second.unwrap_or(place.clone()));
        findings
            .add(at, format!("`http.health`: the timeout `{timeout}` is not shorter than the interval `{interval}`"));
    }
}

fn variables(env: &DeTable<'_>, path: &Path, merged: &Merged<'_>, findings: &mut Findings) {
    let has_http = merged.tree.contains_key("http");
    let mut seen: BTreeMap<String, (&str, Range<usize>)> = BTreeMap::new();
    for (name, value) in in_file_order(env) {
        let text = name.get_ref().as_ref();
        if has_http && text == "PORT" {
            let message = format!("{} is refused: the platform sets it to `http.port`", path.key(text));
            findings.add(name.span().start, message);
        }
        if let Some((other, place)) = seen.get(&text.to_ascii_uppercase()) {
            let at = merged.blame(&name.span(), place);
            findings.add(at, format!("{path}: `{}` and `{}` differ in case only", shown(other), shown(text)));
        }
        variable_size(text, value, path, findings);
        seen.insert(text.to_ascii_uppercase(), (text, name.span()));
    }
}

fn in_file_order<'t, 'a>(tree: &'t DeTable<'a>) -> Vec<(&'t Spanned<DeString<'a>>, &'t Spanned<DeValue<'a>>)> {
    let mut entries: Vec<_> = tree.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// The sum of all variables needs no limit of its own: the file's is the same mebibyte.
fn variable_size(name: &str, value: &Spanned<DeValue<'_>>, path: &Path, findings: &mut Findings) {
    let bytes = value.get_ref().as_str().map_or(0, |text| name.len() + "=".len() + text.len());
    if bytes > LONGEST_ARGUMENT {
        let message = format!("{}: {bytes} bytes, the kernel allows {LONGEST_ARGUMENT} for NAME=value", path.key(name));
        findings.add(value.span().start, message);
    }
}
