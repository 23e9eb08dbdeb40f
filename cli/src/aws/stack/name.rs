//! The names of stacks: `scope.rs` of the policies counts on them.

use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName, ReleaseName};

/// The base stack of a region.
pub fn base(installation: &InstallationName) -> String {
    format!("{installation}-base")
}

/// The stack of one environment.
pub fn environment(installation: &InstallationName, environment: &EnvironmentName) -> String {
    format!("{}{environment}", environments(installation))
}

/// What the names of all environment stacks begin with.
pub fn environments(installation: &InstallationName) -> String {
    format!("{installation}-env-")
}

/// The stack of one application in one environment.
pub fn application(
    installation: &InstallationName,
    environment: &EnvironmentName,
    application: &ApplicationName,
) -> String {
    format!("{}{environment}-{application}", applications(installation))
}

/// What the names of all application stacks begin with.
pub fn applications(installation: &InstallationName) -> String {
    format!("{installation}-app-")
}

/// The stack of one release.
pub fn release(
    installation: &InstallationName,
    environment: &EnvironmentName,
    application: &ApplicationName,
    release: ReleaseName,
) -> String {
    format!("{}{release}", releases(installation, environment, application))
}

/// What the names of all release stacks of an application begin with; no name of another one has two hyphens there.
pub fn releases(
    installation: &InstallationName,
    environment: &EnvironmentName,
    application: &ApplicationName,
) -> String {
    format!("{installation}-release-{environment}-{application}--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_names_fit_into_a_stack_name() {
        let installation: InstallationName = "a".repeat(12).parse().unwrap();
        let environment: EnvironmentName = "b".repeat(12).parse().unwrap();
        let name: ApplicationName = "c".repeat(24).parse().unwrap();
        let release: ReleaseName = "v999999999".parse().unwrap();
        assert!(super::release(&installation, &environment, &name, release).len() <= 128);
        assert_eq!(super::application(&installation, &environment, &name).len(), 12 + 5 + 12 + 1 + 24);
    }
}
