//! What every command is given: where to print, what to act on, and which application it is about.

use std::path::PathBuf;

use anyhow::Context as _;
use jetway_common::layout::{ApplicationKeys, ImageKeys};
use jetway_common::manifest::Manifest;
use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName};

use crate::error::UserError;
use crate::fleet::Fleet;
use crate::local::home::Home;
use crate::platform::{Keys, Platform, Store};
use crate::printer::Printer;

/// One run of the program.
pub struct Session {
    /// Where to print.
    pub printer: Printer,
    /// What to act on.
    pub platform: Platform,
    /// What a promotion takes its images from.
    pub source: Option<Platform>,
    /// The installation that is acted on.
    pub installation: InstallationName,
    /// The manifest's path.
    pub manifest_path: PathBuf,
    /// The application that `--application` names.
    pub application: Option<ApplicationName>,
    /// Where `local` keeps everything; none for an environment on AWS.
    pub home: Option<Home>,
}

/// One application in one environment, with the keys of all it has.
pub struct Target {
    /// The environment.
    pub environment: EnvironmentName,
    /// The application.
    pub application: ApplicationName,
    /// The keys of its records, configs, reports, pointer and lock.
    pub keys: ApplicationKeys,
    /// The keys of its images.
    pub images: ImageKeys,
}

impl Session {
    /// The store.
    pub fn store(&self) -> &dyn Store {
        &*self.platform.store
    }

    /// What wraps data keys.
    pub fn keys(&self) -> &dyn Keys {
        &*self.platform.keys
    }

    /// What runs releases.
    pub fn fleet(&self) -> &dyn Fleet {
        &*self.platform.fleet
    }

    /// The manifest, or every problem of it at once.
    pub fn manifest(&self) -> anyhow::Result<Manifest> {
        crate::manifest_file::read(&self.manifest_path)
    }

    /// The application that `--application` names, else that of the manifest.
    pub fn application(&self) -> anyhow::Result<ApplicationName> {
        if let Some(name) = &self.application {
            return Ok(name.clone());
        }
        let manifest = self.manifest();
        let lack = "no --application is given, so the manifest must name it";
        let manifest = if self.manifest_path.exists() { manifest } else { manifest.context(lack) };
        Ok(manifest?.application().clone())
    }

    /// The session's application in `environment`.
    pub fn target(&self, environment: &EnvironmentName) -> anyhow::Result<Target> {
        Ok(Target::new(environment.clone(), self.application()?))
    }

    /// The home of `local`; an error for an environment whose containers are not on this machine.
    pub fn home(&self) -> anyhow::Result<&Home> {
        let elsewhere = || UserError::usage("this version reaches the containers of `local` alone");
        Ok(self.home.as_ref().ok_or_else(elsewhere)?)
    }
}

impl Target {
    /// `application` in `environment`.
    pub fn new(environment: EnvironmentName, application: ApplicationName) -> Self {
        let keys = ApplicationKeys::new(&environment, &application);
        let images = ImageKeys::new(&application);
        Self { environment, application, keys, images }
    }
}
