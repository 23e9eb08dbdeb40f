//! What the commands are given that act on nothing outside.

use std::path::PathBuf;

use jetway_common::name::ApplicationName;

use crate::printer::Printer;

/// One run of the program that needs no platform.
pub struct Offline {
    /// Where to print.
    pub printer: Printer,
    /// The manifest's path.
    pub manifest_path: PathBuf,
    /// The application that `--application` names.
    pub application: Option<ApplicationName>,
    /// The region that `--region` names.
    pub region: Option<String>,
}
