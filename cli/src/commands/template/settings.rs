//! What a template takes from `jetway.toml`, or its defaults where there is no such file.

use jetway_common::manifest::{Manifest, Settings};
use jetway_common::name::{ApplicationName, EnvironmentName};

use crate::manifest_file;
use crate::offline::Offline;

/// The application whose templates are printed where no manifest and no option names one.
const EXAMPLE: &str =
    "application = \"hello\"\n[image]\nreference = \"hello\"\n[containers.web]\n[http]\nport = 8000\n";

/// The manifest's settings for an environment. Without a manifest an example stands in, so that templates can be read
/// anywhere; a manifest that was asked for by name has to be there.
pub(super) fn settings(offline: &Offline, environment: &EnvironmentName) -> anyhow::Result<Settings> {
    let path = &offline.manifest_path;
    let manifest = if path.as_os_str() == Manifest::FILE_NAME && !path.exists() {
        Manifest::parse(EXAMPLE.as_bytes()).map_err(|problems| anyhow::anyhow!("the example manifest: {problems:?}"))?
    } else {
        manifest_file::read(path)?
    };
    Ok(manifest.settings(environment))
}

/// The application: `--application`, else the manifest's.
pub(super) fn application(offline: &Offline, settings: &Settings) -> ApplicationName {
    offline.application.clone().unwrap_or_else(|| settings.application.clone())
}
