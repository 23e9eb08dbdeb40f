//! What the commands are given that act on nothing outside.

use std::path::PathBuf;

use jetway_common::installation::Installation;
use jetway_common::name::ApplicationName;

use crate::installation_file;
use crate::printer::Printer;

/// One run of the program that needs no platform.
pub struct Offline {
    /// Where to print.
    pub printer: Printer,
    /// The manifest's path.
    pub manifest_path: PathBuf,
    /// The installation file that `--installation-file` names.
    pub installation_file: Option<PathBuf>,
    /// The application that `--application` names.
    pub application: Option<ApplicationName>,
    /// The region that `--region` names.
    pub region: Option<String>,
}

impl Offline {
    /// Where the installation file is: where the command line says, else beside the manifest if there is one.
    pub fn installation_path(&self) -> Option<PathBuf> {
        self.installation_file.clone().or_else(|| installation_file::beside(&self.manifest_path))
    }

    /// The installation; without a file, the defaults.
    pub fn installation(&self) -> anyhow::Result<Installation> {
        self.installation_path().map_or_else(|| Ok(Installation::default()), |path| installation_file::read(&path))
    }
}
