//! From a tree without problems to typed settings, with the defaults of the table of keys filled in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use super::keys::ROOT;
use super::kind::{Kind, Table};
use super::{ContainerEntry, Exposure, LoadBalancer, Settings};
use crate::certificate::Certificate;
use crate::metadata::Imds;
use crate::name::{ApplicationName, ContainerName};
use crate::network::Block;
use crate::release::{ConfigDelivery, ContainerSettings, Health, Http, Instances, Protocol};
use crate::repository::Repository;
use crate::seconds::Seconds;

/// Builds the settings; an error means that the table of keys and the types disagree.
pub(crate) fn settings(tree: &DeTable<'_>) -> Result<Settings, serde_json::Error> {
    let mut root = object(tree);
    fill(&ROOT, &mut root);
    fill_http_container(&mut root);
    let filled: Filled = serde_json::from_value(Value::Object(root))?;
    let containers = filled.containers.into_iter().map(entry).collect::<Result<_, _>>()?;
    let (http, load_balancer) = filled.http.map(HttpTable::parts).unzip();
    let InstancesTable { count, instance_type, volume, keep, ssh_from } = filled.instances;
    Ok(Settings {
        application: filled.application,
        account: filled.account,
        region: filled.region,
        image: filled.image.and_then(|image| image.reference),
        config: filled.config,
        imds: filled.imds,
        containers,
        http,
        load_balancer,
        instances: Instances { count, instance_type },
        volume_gib: volume,
        keep,
        ssh_from,
        github: filled.github.map(|github| github.repository),
        permissions: filled.permissions.statements,
    })
}

/// The manifest as its types see it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    application: ApplicationName,
    account: Option<String>,
    region: Option<String>,
    image: Option<Image>,
    config: ConfigDelivery,
    imds: Imds,
    containers: BTreeMap<ContainerName, Map<String, Value>>,
    http: Option<HttpTable>,
    instances: InstancesTable,
    permissions: Permissions,
    github: Option<Github>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpTable {
    container: ContainerName,
    port: u16,
    protocol: Protocol,
    exposure: Exposure,
    certificate: Option<Certificate>,
    draining: Option<Seconds>,
    health: Health,
}

impl HttpTable {
    /// What a release keeps, and what only the application stack needs.
    fn parts(self) -> (Http, LoadBalancer) {
        let Self { container, port, protocol, exposure, certificate, draining, health } = self;
        (Http { container, port, protocol, health }, LoadBalancer { exposure, certificate, draining })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstancesTable {
    count: u32,
    #[serde(rename = "type")]
    instance_type: String,
    volume: u32,
    keep: Seconds,
    #[serde(default)]
    ssh_from: Vec<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Github {
    repository: Repository,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Permissions {
    #[serde(default)]
    statements: Vec<Value>,
    /// Already obeyed by the rules.
    #[serde(rename = "allow_wildcards")]
    _allow_wildcards: bool,
}

fn entry(
    (name, mut fields): (ContainerName, Map<String, Value>),
) -> Result<(ContainerName, ContainerEntry), serde_json::Error> {
    let image = fields.remove("image").map(serde_json::from_value).transpose()?;
    let settings: ContainerSettings = serde_json::from_value(Value::Object(fields))?;
    Ok((name, ContainerEntry { image, settings }))
}

/// Puts in the defaults of absent keys.
pub(crate) fn fill(table: &Table, fields: &mut Map<String, Value>) {
    for key in table.keys {
        if let Some(default) = key.default() {
            fields.entry(key.name).or_insert(default);
        }
        match (key.kind, fields.get_mut(key.name)) {
            (Kind::Table(table), Some(Value::Object(fields))) => fill(table, fields),
            (Kind::Map { of: Kind::Table(table), .. }, Some(Value::Object(entries))) => {
                entries.values_mut().filter_map(Value::as_object_mut).for_each(|fields| fill(table, fields));
            }
            _ => {}
        }
    }
}

fn fill_http_container(root: &mut Map<String, Value>) {
    let only =
        root.get("containers").and_then(Value::as_object).and_then(|containers| containers.keys().next()).cloned();
    if let (Some(only), Some(Value::Object(http))) = (only, root.get_mut("http")) {
        http.entry("container").or_insert(Value::String(only));
    }
}

/// The same table in JSON.
pub(crate) fn object(tree: &DeTable<'_>) -> Map<String, Value> {
    let pair = |(key, node): (&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<DeValue<'_>>)| {
        Some((key.get_ref().to_string(), json(node.get_ref())?))
    };
    tree.iter().filter_map(pair).collect()
}

/// The same value in JSON; `None` for what JSON does not have.
pub(crate) fn json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok()?.into(),
        DeValue::Float(number) => Number::from_f64(number.as_str().parse().ok()?)?.into(),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(_) => return None,
        DeValue::Array(list) => Value::Array(list.iter().filter_map(|node| json(node.get_ref())).collect()),
        DeValue::Table(tree) => Value::Object(object(tree)),
    })
}
