//! What is wrong between the manifest and the installation file, where each by itself is right.

use jetway_common::installation::Installation;
use jetway_common::manifest::Manifest;

use crate::certificate;
use crate::error::UserError;

/// Every contradiction, for each environment of the installation.
pub(super) fn contradictions(manifest: &Manifest, installation: &Installation) -> Vec<UserError> {
    let mut problems = Vec::new();
    for (name, environment) in &installation.environments {
        let settings = manifest.settings(name);
        let place = |own: &Option<String>, installed: &Option<String>| own.clone().or_else(|| installed.clone());
        let (region, account) =
            (place(&settings.region, &environment.region), place(&settings.account, &environment.account));
        if let Err(mut error) = certificate::check(&settings, region.as_deref(), account.as_deref()) {
            error.message = format!("{} (environment `{name}`)", error.message);
            problems.push(error);
        }
    }
    problems
}
