//! `jetway diff`: what a deploy would change. Exit code 0 nothing, 1 changes, 2 error. Nothing is decrypted.

use jetway_common::digest::Digest;
use jetway_common::machine::Machine;
use jetway_common::manifest::Settings;
use jetway_common::metadata::Imds;
use jetway_common::name::{EnvironmentName, ReleaseName};
use jetway_common::release::{ConfigPin, ReleaseRecord};
use serde::Serialize;
use serde_json::{Value, json};

use crate::config;
use crate::docker::Engine;
use crate::draft::Draft;
use crate::error::{Exit, UserError};
use crate::image::{ImageIndex, Source, not_found};
use crate::printer::harmless;
use crate::releases;
use crate::session::{Session, Target};

/// What to compare with what is live.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    pub environment: EnvironmentName,
    /// The image that would be deployed instead of the manifest's.
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
}

/// One difference. Values of the config are not among them, only their names.
#[derive(Serialize)]
struct Change {
    what: String,
    live: Option<String>,
    new: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    live: Option<ReleaseName>,
    changes: Vec<Change>,
}

/// Shows what a deploy would change. Any failure here is an error, never «there are changes».
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    compare(session, arguments).await.map_err(|error| match error.downcast::<UserError>() {
        Ok(user) => UserError { exit: Exit::Usage, ..user }.into(),
        Err(other) => UserError::usage(format!("{other:#}")).into(),
    })
}

async fn compare(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let settings = session.manifest()?.settings(&arguments.environment);
    let target = session.target(&arguments.environment)?;
    let draft = Draft::new(session, &target, &settings).await?;
    let live = live(session, &target).await?;
    let mut changes = settings_changes(live.as_ref(), &settings)?;
    changes.extend(machine_changes(live.as_ref(), draft.machine.as_ref())?);
    changes.extend(image_changes(session, &target, live.as_ref(), (&settings, arguments.image.as_deref())).await?);
    changes.extend(config_changes(session, &target, live.as_ref(), &settings).await?);
    let answer = Answer { live: live.map(|record| record.release), changes };
    session.printer.answer(&answer, || describe(&answer, &target))?;
    Ok(if answer.changes.is_empty() { Exit::Done } else { Exit::Failed })
}

/// The live release, with as many instances as it was scaled to.
async fn live(session: &Session, target: &Target) -> anyhow::Result<Option<ReleaseRecord>> {
    let current = releases::current(session.store(), &target.keys).await?;
    let Some(live) = current.live else { return Ok(None) };
    let mut record = releases::get(session.store(), &target.keys, live).await?.record;
    let survey = session.fleet().survey(target, &current).await?;
    if let Some(seen) = survey.releases.iter().find(|seen| seen.release == live) {
        record.instances.count = seen.asked;
    }
    Ok(Some(record))
}

/// What instances are made of: the AMI, the agent's package, and what they take from the stacks below them.
fn machine_changes(live: Option<&ReleaseRecord>, new: Option<&Machine>) -> anyhow::Result<Vec<Change>> {
    let mut changes = Vec::new();
    let before = serde_json::to_value(live.and_then(|record| record.machine.as_ref()))?;
    collect("machine", &before, &serde_json::to_value(new)?, &mut changes);
    Ok(changes)
}

/// The settings as one flat list of paths and values, from a record or from a manifest, so that they can be compared.
fn settings_changes(live: Option<&ReleaseRecord>, settings: &Settings) -> anyhow::Result<Vec<Change>> {
    let containers = |record: &ReleaseRecord| -> anyhow::Result<Value> {
        let each = record.containers.iter().map(|(name, container)| Ok((name.to_string(), json!(container.settings))));
        Ok(Value::Object(each.collect::<anyhow::Result<_>>()?))
    };
    let before = match live {
        Some(record) => json!({
            "containers": containers(record)?, "http": record.http, "instances": record.instances,
        }),
        None => Value::Null,
    };
    let entries = settings.containers.iter().map(|(name, entry)| (name.to_string(), json!(entry.settings)));
    let after = json!({
        "containers": Value::Object(entries.collect()), "http": settings.http, "instances": settings.instances,
    });
    let mut changes = Vec::new();
    collect("", &before, &after, &mut changes);
    Ok(changes)
}

fn collect(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let empty = serde_json::Map::new();
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(_) | Value::Null, Value::Object(_)) | (Value::Object(_), Value::Null) => {
            let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
            let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let missing = &Value::Null;
                collect(&path, before.get(key).unwrap_or(missing), after.get(key).unwrap_or(missing), changes);
            }
        }
        (before, after) => changes.push(Change { what: path.to_owned(), live: text(before), new: text(after) }),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// An image is compared by content where that is known without publishing it: when it is in the local engine.
async fn image_changes(
    session: &Session,
    target: &Target,
    live: Option<&ReleaseRecord>,
    (settings, image): (&Settings, Option<&str>),
) -> anyhow::Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (name, entry) in &settings.containers {
        let Some(new) = entry.image.as_deref().or(image).or(settings.image.as_deref()) else { continue };
        let pin = live.and_then(|record| record.containers.get(name)).map(|container| &container.image);
        if new == "current" && pin.is_some() {
            continue;
        }
        let id = engine_id(new).await?;
        let stored = match &id {
            Some(id) => manifest_of(session, target, id).await?,
            None => None,
        };
        let is_same = pin.is_some_and(|pin| {
            let is_id = id.as_ref().is_some_and(|id| *id == pin.config.as_str() || *id == pin.manifest.as_str());
            is_id || stored.as_ref() == Some(&pin.manifest)
        });
        if !is_same {
            let digest = stored.map_or("not stored yet".to_owned(), |manifest| manifest.short().to_owned());
            let live = pin.map(|pin| format!("{} ({})", pin.reference, pin.manifest.short()));
            let new = Some(format!("{new} ({digest})"));
            changes.push(Change { what: format!("containers.{name}.image"), live, new });
        }
    }
    Ok(changes)
}

/// What the local engine calls an image; none for one that comes from elsewhere.
async fn engine_id(image: &str) -> anyhow::Result<Option<String>> {
    match Source::parse(image) {
        Source::Engine(_) => {
            let engine = Engine::connect().await?;
            match engine.find_image(image).await? {
                Some(found) => Ok(Some(found.id)),
                None => Err(not_found(&engine, image).await.into()),
            }
        }
        Source::Input | Source::Path(_) => Ok(None),
    }
}

/// The manifest of the image that an engine calls so, if it was stored before.
async fn manifest_of(session: &Session, target: &Target, id: &str) -> anyhow::Result<Option<Digest>> {
    let index = ImageIndex::read(session.store(), &target.images).await?;
    Ok(index.manifests.into_iter().find(|entry| entry.has_engine_id(id)).map(|entry| entry.digest))
}

async fn config_changes(
    session: &Session,
    target: &Target,
    live: Option<&ReleaseRecord>,
    settings: &Settings,
) -> anyhow::Result<Vec<Change>> {
    let before = match live.and_then(|record| record.config.as_ref()) {
        Some(ConfigPin { version, .. }) => config::at(session, target, *version).await?.header().names.clone(),
        None => std::collections::BTreeMap::new(),
    };
    let after = config::latest(session, target).await?;
    let after = after.map(|(_, sealed)| sealed.header().names.clone()).unwrap_or_default();
    let mut changes = Vec::new();
    let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        if old != new {
            let version = |version: Option<&_>| version.map(ToString::to_string);
            changes.push(Change { what: format!("config.{name}"), live: version(old), new: version(new) });
        }
    }
    changes.extend(delivery_change(live, settings));
    changes.extend(live.and_then(|live| imds_change(live.imds, settings.imds)));
    Ok(changes)
}

fn delivery_change(live: Option<&ReleaseRecord>, settings: &Settings) -> Option<Change> {
    let before = live?.config.as_ref()?.delivery;
    (before != settings.config).then(|| Change {
        what: "config".to_owned(),
        live: text(&json!(before)),
        new: text(&json!(settings.config)),
    })
}

fn imds_change(before: Imds, new: Imds) -> Option<Change> {
    (before != new).then(|| Change { what: "imds".to_owned(), live: text(&json!(before)), new: text(&json!(new)) })
}

fn describe(answer: &Answer, target: &Target) -> String {
    let Target { application, environment, .. } = target;
    let live = answer.live.map_or("nothing".to_owned(), |live| live.to_string());
    if answer.changes.is_empty() {
        return format!("a deploy of {application} to {environment} would change nothing against {live}\n");
    }
    let mut lines = vec![format!("a deploy of {application} to {environment} would change, against {live}:")];
    for Change { what, live, new } in &answer.changes {
        lines.push(match (live, new) {
            (None, Some(new)) => format!("  + {what} = {}", harmless(new)),
            (Some(live), None) => format!("  - {what} = {}", harmless(live)),
            (live, new) => {
                let text = |value: &Option<String>| value.as_deref().map_or(String::new(), harmless);
                format!("  ~ {what}: {} -> {}", text(live), text(new))
            }
        });
    }
    lines.join("\n") + "\n"
}
