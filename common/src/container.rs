//! What a container of a release is given: its Docker name, labels and environment. The agent starts containers with
//! it, and `jetway run` starts one-off ones.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::digest::Digest;
use crate::name::{ContainerName, InstanceId, ReleaseName};
use crate::release::{ConfigDelivery, ReleaseRecord};
use crate::secret::{SecretText, Values};

/// The label that carries the installation.
pub const INSTALLATION: &str = "jetway.installation";
/// The label that carries the environment.
pub const ENVIRONMENT: &str = "jetway.environment";
/// The label that carries the application.
pub const APPLICATION: &str = "jetway.application";
/// The label that carries the release.
pub const RELEASE: &str = "jetway.release";
/// The label that carries the container's name within the release; one-off containers have none.
pub const CONTAINER: &str = "jetway.container";
/// The label that carries the name of the release's container that an instance's one-off container was made like.
pub const ONE_OFF: &str = "jetway.one-off";
/// The label that carries the fingerprint of everything a container was made from.
pub const FINGERPRINT: &str = "jetway.fingerprint";

/// Where a container sees its config when it is delivered as files.
pub const CONFIG_DIR: &str = "/run/jetway/config";
/// What every container reports its log as on this machine: Docker's own format, bounded, compressed.
pub const LOG_DRIVER: &str = "local";

/// How Docker keeps a container's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    /// Docker's name of the driver.
    pub driver: &'static str,
    /// Its options.
    pub options: &'static [(&'static str, &'static str)],
}

impl LogSettings {
    /// On this machine: at most five files of 20 MB.
    pub const LOCAL: Self = Self { driver: LOG_DRIVER, options: &[("max-size", "20m"), ("max-file", "5")] };
    /// On an instance: lines of JSON, which the CloudWatch agent sends on; each tells which container wrote it.
    pub const INSTANCE: Self = Self {
        driver: "json-file",
        options: &[("max-size", "20m"), ("max-file", "5"), ("labels", "jetway.container,jetway.release")],
    };
}

/// What an instance knows of itself and tells its containers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Its name.
    pub instance: InstanceId,
    /// Its AWS region; none on `local`.
    pub region: Option<String>,
    /// The bucket of the application's own storage; none on `local`.
    pub bucket: Option<String>,
}

impl ReleaseRecord {
    /// The Docker name of one of the release's containers.
    pub fn docker_name(&self, container: &ContainerName) -> String {
        docker_name(self, self.release, container)
    }

    /// The labels that all of the release's containers carry.
    pub fn labels(&self) -> BTreeMap<String, String> {
        [
            (INSTALLATION, self.installation.to_string()),
            (ENVIRONMENT, self.environment.to_string()),
            (APPLICATION, self.application.to_string()),
            (RELEASE, self.release.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Tells whether a running container was made from exactly this: settings, image, config and facts.
    pub fn fingerprint(&self, container: &ContainerName, facts: &Facts) -> Digest {
        let made_from = (self.release, self.containers.get(container), &self.config, &self.http, facts);
        // Maps with text keys and no floating point numbers always become JSON.
        Digest::of(&serde_json::to_vec(&made_from).unwrap_or_default())
    }

    /// The environment of one of the release's containers.
    pub fn environment(
        &self,
        container: &ContainerName,
        facts: &Facts,
        config: &Values,
    ) -> BTreeMap<String, SecretText> {
        let settings = self.containers.get(container).map(|container| &container.settings);
        let plain = settings.into_iter().flat_map(|settings| &settings.env);
        let mut all: BTreeMap<String, SecretText> =
            plain.map(|(name, value)| (name.to_string(), SecretText::new(value.clone()))).collect();
        match self.config.as_ref().map(|pin| pin.delivery) {
            Some(ConfigDelivery::Environment) => {
                all.extend(config.iter().map(|(name, value)| (name.to_string(), value.clone())));
            }
            Some(ConfigDelivery::Files) => {
                all.insert("JETWAY_CONFIG_DIR".to_owned(), SecretText::new(CONFIG_DIR.to_owned()));
            }
            None => {}
        }
        all.extend(self.platform_environment(container, facts));
        all
    }

    fn platform_environment(&self, container: &ContainerName, facts: &Facts) -> BTreeMap<String, SecretText> {
        let port = self.http.as_ref().filter(|http| http.container == *container).map(|http| http.port.to_string());
        let prefix = facts.bucket.as_ref().map(|_| format!("{}/{}/", self.environment, self.application));
        let pairs = [
            ("PORT", port),
            ("JETWAY_RELEASE", Some(self.release.to_string())),
            ("JETWAY_ENVIRONMENT", Some(self.environment.to_string())),
            ("JETWAY_APPLICATION", Some(self.application.to_string())),
            ("JETWAY_INSTANCE", Some(facts.instance.to_string())),
            ("JETWAY_BUCKET", facts.bucket.clone()),
            ("JETWAY_PREFIX", prefix),
            ("AWS_REGION", facts.region.clone()),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), SecretText::new(value?)))).collect()
    }
}

/// The Docker name of a container of any release of the same application.
fn docker_name(record: &ReleaseRecord, release: ReleaseName, container: &ContainerName) -> String {
    format!("jetway-{}-{}-{container}-{release}", record.environment, record.application)
}

#[cfg(test)]
mod tests;
