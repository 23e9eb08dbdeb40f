//! What the one-off container is made from: everything of one release, its own config included.

use jetway_common::container::{CONTAINER, Facts};
use jetway_common::name::{ContainerName, ReleaseName};
use jetway_common::release::{ConfigDelivery, ConfigPin, Container, ReleaseRecord};
use jetway_common::secret::Values;

use super::Arguments;
use crate::config;
use crate::docker::Engine;
use crate::docker::one_off::OneOff;
use crate::error::UserError;
use crate::local::config_folder::ConfigFolder;
use crate::local::host;
use crate::nonce::nonce;
use crate::releases;
use crate::running::{several, unknown};
use crate::session::{Session, Target};

/// Everything that is needed to run it.
pub(super) struct Plan {
    /// The container to create.
    pub(super) one_off: OneOff,
    /// The files that it sees; they live as long as this.
    pub(super) folder: Option<ConfigFolder>,
    /// What it is made from, for people.
    pub(super) origin: String,
}

pub(super) async fn plan(
    session: &Session,
    engine: &Engine,
    target: &Target,
    arguments: &Arguments,
    tty: bool,
) -> anyhow::Result<Plan> {
    let mut record = record(session, target, arguments.release).await?;
    let name = container(&record, arguments.container.as_ref())?;
    let Container { image, mut settings } = record.containers[&name].clone();
    let image = image_id(engine, target, &record, &name, [image.config.as_str(), image.manifest.as_str()]).await?;
    let values = values(session, target, &mut record, arguments).await?;
    let delivery = record.config.as_ref().map(|pin| pin.delivery);
    let folder = if delivery == Some(ConfigDelivery::Files) { Some(ConfigFolder::write(&values)?) } else { None };
    let facts = Facts { instance: host::instance_id()?, region: None, bucket: None };
    if let Some(program) = &arguments.entrypoint {
        // One empty text is how Docker is told to have no entry point.
        settings.entrypoint = Some(vec![program.clone()]);
    }
    let mut labels = record.labels();
    labels.remove(CONTAINER);
    let origin = super::origin(&name, &record);
    let one_off = OneOff {
        name: format!("jetway-{}-{}-run-{}", target.environment, target.application, &nonce()[..8]),
        image,
        settings,
        command: arguments.command.clone(),
        environment: record.environment(&name, &facts, &values),
        labels,
        config_folder: folder.as_ref().map(ConfigFolder::path),
        tty,
    };
    Ok(Plan { one_off, folder, origin })
}

async fn record(session: &Session, target: &Target, wanted: Option<ReleaseName>) -> anyhow::Result<ReleaseRecord> {
    let Target { environment, application, .. } = target;
    let live = releases::current(session.store(), &target.keys).await?.live;
    let release = wanted.or(live).ok_or_else(|| {
        UserError::failed(format!("no release of {application} is live in {environment}"))
            .hint(format!("`jetway deploy {environment}` makes one"))
    })?;
    Ok(releases::get(session.store(), &target.keys, release).await?.record)
}

/// The container that is meant: the one named, the only one, or the one that answers HTTP.
fn container(record: &ReleaseRecord, wanted: Option<&ContainerName>) -> anyhow::Result<ContainerName> {
    let names = || record.containers.keys();
    match wanted {
        Some(name) if record.containers.contains_key(name) => Ok(name.clone()),
        Some(name) => Err(unknown(name, names().map(ContainerName::as_str)).into()),
        None if record.containers.len() == 1 => names().next().cloned().ok_or_else(|| several(names()).into()),
        None => record.http.as_ref().map(|http| http.container.clone()).ok_or_else(|| several(names()).into()),
    }
}

/// Docker's id of the release's image: that of the running container, else whichever of its digests Docker knows.
async fn image_id(
    engine: &Engine,
    target: &Target,
    record: &ReleaseRecord,
    name: &ContainerName,
    digests: [&str; 2],
) -> anyhow::Result<String> {
    let containers = engine.containers(target).await?;
    let running = containers.iter().find(|found| found.release == record.release && found.name == *name);
    let candidates: Vec<&str> = running.iter().map(|found| found.image.as_str()).chain(digests).collect();
    let image = engine.first_image(&candidates).await?;
    let (release, environment) = (record.release, &target.environment);
    let missing = || {
        let reference = &record.containers[name].image.reference;
        UserError::failed(format!("the image of {release} ({reference}) is not in Docker"))
            .hint(format!("`jetway rollback {environment} {release}` or a deploy brings it there"))
    };
    Ok(image.ok_or_else(missing)?)
}

/// The values of the config that the release pins, or of the version that is named, which the record then pins.
async fn values(
    session: &Session,
    target: &Target,
    record: &mut ReleaseRecord,
    arguments: &Arguments,
) -> anyhow::Result<Values> {
    let delivery = record.config.as_ref().map(|pin| pin.delivery).unwrap_or_default();
    let Some(version) = arguments.config.or(record.config.as_ref().map(|pin| pin.version)) else {
        return Ok(Values::new());
    };
    let sealed = config::at(session, target, version).await?;
    let pin = ConfigPin { version, digest: sealed.digest(), delivery };
    if arguments.config.is_none() && record.config.as_ref() != Some(&pin) {
        let message = format!("config {version} is not the one that {} was made with: it was replaced", record.release);
        return Err(UserError::failed(message).into());
    }
    record.config = Some(pin);
    config::open(session, target, &sealed).await
}
