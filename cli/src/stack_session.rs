//! What the commands are given that manage stacks: where to print, what is installed, and the accounts it is in.

use std::path::PathBuf;
use std::sync::Once;

use jetway_common::installation::Installation;
use jetway_common::manifest::Manifest;
use jetway_common::name::{ApplicationName, EnvironmentName};

use crate::args::Globals;
use crate::aws::account::{self, Account};
use crate::dispatch;
use crate::error::UserError;
use crate::place::{Place, Places};
use crate::printer::Printer;

/// One run of a command that manages stacks.
pub struct StackSession {
    /// Where to print.
    pub printer: Printer,
    /// The manifest's path; the file need not be there.
    pub manifest_path: PathBuf,
    /// The application that `--application` names.
    pub application: Option<ApplicationName>,
    places: Places,
    /// Whether people were told that requests do not go to AWS.
    endpoint: Once,
}

impl StackSession {
    /// Reads what the command line names; nothing is asked of AWS yet.
    pub fn open(globals: &Globals) -> anyhow::Result<Self> {
        Ok(Self {
            printer: dispatch::printer(globals),
            manifest_path: globals.manifest.clone(),
            application: globals.application.clone(),
            places: Places::read(globals)?,
            endpoint: Once::new(),
        })
    }

    /// The installation, as its file has it; without a file, the defaults.
    pub fn installation(&self) -> &Installation {
        self.places.installation()
    }

    /// The manifest, or every problem of it at once.
    pub fn manifest(&self) -> anyhow::Result<Manifest> {
        crate::manifest_file::read(&self.manifest_path)
    }

    /// The application that `--application` names, else that of the manifest.
    pub fn application(&self) -> anyhow::Result<ApplicationName> {
        match &self.application {
            Some(name) => Ok(name.clone()),
            None => Ok(self.manifest()?.application().clone()),
        }
    }

    /// Where `environment` is wanted; nothing is asked of AWS.
    pub fn place(&self, environment: &EnvironmentName) -> anyhow::Result<Place> {
        self.places.of(environment)
    }

    /// The account and region of `environment`, with credentials that were seen to work.
    pub async fn account(&self, environment: &EnvironmentName) -> anyhow::Result<Account> {
        if environment.is_local() {
            return Err(UserError::usage("`local` has no stacks: it is this machine").into());
        }
        let place = self.places.of(environment)?;
        self.endpoint.call_once(|| account::warn_of_endpoint(self.printer));
        Ok(Account::open(&place).await?)
    }
}
