//! A release before it has a number: where it would run, which config it takes, and the record that is made of it.

use std::collections::BTreeMap;
use std::path::Path;

use jetway_common::machine::Machine;
use jetway_common::manifest::Settings;
use jetway_common::name::ContainerName;
use jetway_common::release::{ConfigPin, Container, ImagePin, Origin, ReleaseRecord};

use crate::config;
use crate::error::UserError;
use crate::fleet::Wish;
use crate::origin;
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};

/// What a release is to be, as far as its environment and the manifest say.
pub struct Draft<'a> {
    /// Where to print and what to act on.
    pub session: &'a Session,
    /// Of what, and where.
    pub target: &'a Target,
    /// What the manifest says.
    pub settings: &'a Settings,
    /// The machine that it would run on; none if it is there before any release.
    pub machine: Option<Machine>,
}

impl<'a> Draft<'a> {
    /// What the manifest says of `target`. Refuses what could not run, while nothing is changed.
    pub async fn new(session: &'a Session, target: &'a Target, settings: &'a Settings) -> anyhow::Result<Self> {
        check_application(target, settings)?;
        let machine = session.fleet().machine(&Wish { target, settings, store: session.store() }).await?;
        Ok(Self { session, target, settings, machine })
    }

    /// The platform that its images must be for; none if it is that of this machine.
    pub fn platform(&self) -> Option<&str> {
        self.machine.as_ref().map(|machine| machine.platform.as_str())
    }

    /// The newest config, if the application has any.
    pub async fn config(&self) -> anyhow::Result<Option<ConfigPin>> {
        let Self { session, target, settings, .. } = self;
        let Some((version, sealed)) = config::latest(session, target).await? else { return Ok(None) };
        let names = &sealed.header().names;
        if settings.http.is_some() && names.keys().any(|name| name.as_str() == "PORT") {
            let message = format!("{version} has a value `PORT`, and the manifest's [http] says which port is used");
            let hint = format!("jetway config unset {} PORT", target.environment);
            return Err(UserError::usage(message).hint(hint).into());
        }
        for (container, entry) in &settings.containers {
            if let Some(name) = entry.settings.env.keys().find(|name| names.contains_key(*name)) {
                let message =
                    format!("`{name}` is set twice: in the manifest for container `{container}`, and in {version}");
                return Err(UserError::usage(message).hint("remove one of the two").into());
            }
        }
        Ok(Some(ConfigPin { version, digest: sealed.digest(), delivery: settings.config }))
    }

    /// Stores the release under the next free number.
    pub async fn store(
        self,
        config: Option<ConfigPin>,
        images: &BTreeMap<ContainerName, ImagePin>,
        message: Option<String>,
    ) -> anyhow::Result<StoredRelease> {
        self.check_platform(images)?;
        let Self { session, target, settings, machine } = self;
        let container = |(name, entry): (&ContainerName, &jetway_common::manifest::ContainerEntry)| {
            let image = images.get(name)?.clone();
            Some((name.clone(), Container { image, settings: entry.settings.clone() }))
        };
        let containers: BTreeMap<_, _> = settings.containers.iter().filter_map(container).collect();
        let origin = origin(session, message);
        let release = releases::create(session.store(), &target.keys, |release| ReleaseRecord {
            installation: session.installation.clone(),
            environment: target.environment.clone(),
            application: target.application.clone(),
            release,
            origin: origin.clone(),
            config: config.clone(),
            containers: containers.clone(),
            http: settings.http.clone(),
            imds: settings.imds,
            instances: settings.instances.clone(),
            machine: machine.clone(),
        })
        .await?;
        session.printer.say(format_args!("  {:<10} {}", "release", release.record.release));
        Ok(release)
    }

    /// Refuses images that the machine cannot run.
    pub fn check_platform(&self, images: &BTreeMap<ContainerName, ImagePin>) -> Result<(), UserError> {
        let Some(platform) = self.platform() else { return Ok(()) };
        let Some((name, pin)) = images.iter().find(|(_, pin)| pin.platform != platform) else { return Ok(()) };
        let kind = &self.settings.instances.instance_type;
        let message = format!("the image of container `{name}` is for {}, and `{kind}` runs {platform}", pin.platform);
        Err(UserError::usage(message)
            .hint("build the image for that platform, or set another `type` under [instances]"))
    }
}

/// `--application` is for commands without a manifest; what makes a release uses one, and the two must agree.
fn check_application(target: &Target, settings: &Settings) -> Result<(), UserError> {
    if target.application == settings.application {
        return Ok(());
    }
    let Target { application, .. } = target;
    let message = format!("--application says `{application}`, and the manifest is that of `{}`", settings.application);
    Err(UserError::usage(message))
}

fn origin(session: &Session, message: Option<String>) -> Origin {
    let folder = session.manifest_path.parent().filter(|path| !path.as_os_str().is_empty());
    origin::of(session, folder.unwrap_or(Path::new(".")), message)
}
