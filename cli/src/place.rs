//! Where an environment is: the account, region and profile that the command line and the files ask for.

use std::iter;
use std::path::{Path, PathBuf};

use jetway_common::installation::Installation;
use jetway_common::manifest::Manifest;
use jetway_common::name::{ApplicationName, EnvironmentName};

use crate::args::Globals;
use crate::error::UserError;
use crate::{installation_file, manifest_file, nearest};

/// Where an environment is wanted, before AWS was asked. What is absent, the AWS settings of this machine decide.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The profile of the AWS configuration.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The only account that may be used, as 12 digits.
    pub account: Option<String>,
    /// Why the files name no region, if it may be that the environment is not the one that was meant.
    pub unlisted: Option<Unlisted>,
}

/// An environment that no file has, while the manifest has others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// That there is no such environment, with the nearest name.
    pub message: String,
    /// The names that there are.
    pub hint: String,
}

/// What the command line and the files say of all environments.
#[derive(Debug, Clone)]
pub struct Places {
    profile: Option<String>,
    region: Option<String>,
    installation: Installation,
    installation_path: Option<PathBuf>,
    manifest: Option<Manifest>,
    manifest_path: PathBuf,
}

impl Places {
    /// Reads the files that the command line names, or that are there.
    pub fn read(globals: &Globals) -> anyhow::Result<Self> {
        let installation_path =
            globals.installation_file.clone().or_else(|| installation_file::beside(&globals.manifest));
        let installation = installation_path.as_deref().map(installation_file::read).transpose()?;
        Ok(Self {
            profile: globals.profile.clone(),
            region: globals.region.clone(),
            installation: installation.unwrap_or_default(),
            installation_path,
            manifest: manifest(&globals.manifest, globals.application.as_ref())?,
            manifest_path: globals.manifest.clone(),
        })
    }

    /// The installation, as its file has it; without a file, the defaults.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Where `environment` is. The command line overrides the manifest, and that the installation file.
    pub fn of(&self, environment: &EnvironmentName) -> anyhow::Result<Place> {
        let installed = self.installation.environments.get(environment);
        if let (None, Some(path)) = (installed, &self.installation_path) {
            let Unlisted { message, hint } = unlisted(path, environment, self.installation.environments.keys());
            return Err(UserError::usage(message).hint(hint).into());
        }
        let settings = self.manifest.as_ref().map(|manifest| manifest.settings(environment));
        let (region, account) = settings.map_or((None, None), |settings| (settings.region, settings.account));
        Ok(Place {
            profile: self.profile.clone(),
            region: self.region.clone().or(region).or_else(|| installed?.region.clone()),
            account: account.or_else(|| installed?.account.clone()),
            unlisted: self.unlisted(environment).filter(|_| installed.is_none()),
        })
    }

    /// That no file has `environment`, unless it may be one that the AWS settings alone place.
    fn unlisted(&self, environment: &EnvironmentName) -> Option<Unlisted> {
        let others = self.manifest.as_ref()?.environments().filter(|name| !name.is_local());
        let others: Vec<&EnvironmentName> = others.collect();
        let is_nearly_local = nearest::nearest(environment.as_str(), iter::once(EnvironmentName::LOCAL)).is_some();
        let is_meant = others.contains(&environment) || others.is_empty() && !is_nearly_local;
        (!is_meant).then(|| unlisted(&self.manifest_path, environment, others.into_iter()))
    }
}

/// `local` needs no entry in a file.
fn unlisted<'a>(
    file: &Path,
    environment: &EnvironmentName,
    known: impl Iterator<Item = &'a EnvironmentName>,
) -> Unlisted {
    let known: Vec<&str> = known.map(EnvironmentName::as_str).collect();
    let lack = format!("{} has no environment", file.display());
    let candidates = known.iter().copied().chain(iter::once(EnvironmentName::LOCAL));
    Unlisted {
        message: nearest::unknown(&lack, environment.as_str(), candidates),
        hint: match known.as_slice() {
            [] => "if that is its name, give its region with --region, or set AWS_REGION".to_owned(),
            known => format!("it has {}", known.join(", ")),
        },
    }
}

/// The manifest, if there is one and it is of the application that is meant: its guards are for that one alone.
fn manifest(path: &Path, application: Option<&ApplicationName>) -> anyhow::Result<Option<Manifest>> {
    if !path.exists() {
        return Ok(None);
    }
    let manifest = manifest_file::read(path)?;
    Ok(Some(manifest).filter(|manifest| application.is_none_or(|name| name == manifest.application())))
}
