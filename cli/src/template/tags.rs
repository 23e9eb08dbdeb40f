//! The tags of everything that Jetway makes.

use std::collections::BTreeMap;

use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName, ReleaseName};
use serde_json::{Value, json};

/// Tags by key. The user's own tags come first: none of them can take the place of one of Jetway's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The tags of what belongs to an installation.
    pub fn new(own: &BTreeMap<String, String>, installation: &InstallationName) -> Self {
        Self(own.clone()).with("jetway:installation", installation.as_str())
    }

    /// The tags of what belongs to one of its environments.
    #[must_use]
    pub fn environment(self, environment: &EnvironmentName) -> Self {
        self.with("jetway:environment", environment.as_str())
    }

    /// The tags of what belongs to one application.
    #[must_use]
    pub fn application(self, application: &ApplicationName) -> Self {
        self.with("jetway:application", application.as_str())
    }

    /// The tags of what belongs to one release.
    #[must_use]
    pub fn release(self, release: ReleaseName) -> Self {
        self.with("jetway:release", &release.to_string())
    }

    /// The same, and the name that consoles show.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        self.clone().with("Name", name)
    }

    /// By key, as stacks want them.
    pub fn map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// As resources want them.
    pub fn list(&self) -> Value {
        self.0.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
    }

    /// As an autoscaling group wants them: it hands them on to its instances.
    pub fn propagated(&self) -> Value {
        let tag = |(key, value)| json!({ "Key": key, "Value": value, "PropagateAtLaunch": true });
        self.0.iter().map(tag).collect()
    }

    fn with(mut self, key: &str, value: &str) -> Self {
        self.0.insert(key.to_owned(), value.to_owned());
        self
    }
}
