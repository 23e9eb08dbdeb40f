//! Every object key in the store. Image keys form a valid OCI image layout under `images/{application}/`.

use std::fmt;

use crate::digest::Digest;
use crate::name::{ApplicationName, ConfigVersion, EnvironmentName, InstanceId, ReleaseName};

/// The key of one object: relative, `/`-separated, without `.` or `..`, because only the functions here make one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A key of the agent's packages. No environment can have a hyphen in its name.
    pub(crate) fn of_agent(rest: &str) -> Self {
        Self(format!("{}{rest}", Self::AGENT_PACKAGES))
    }

    /// What the keys of the agent's packages begin with.
    pub const AGENT_PACKAGES: &str = "jetway-agent/";

    /// What the templates of environments begin with that are too large for a request. No environment can have a hyphen in
    /// its name.
    pub fn templates() -> Self {
        Self("jetway-templates/".to_owned())
    }

    /// What the records of all environments begin with; the next part of a key is the environment.
    pub fn environments() -> Self {
        Self("jetway/".to_owned())
    }

    /// The key of an object that a listing of `prefix` named.
    pub fn listed(prefix: &Self, name: &str) -> Self {
        Self(format!("{prefix}{name}"))
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The keys of one application in one environment.
#[derive(Debug, Clone)]
pub struct ApplicationKeys {
    environment: EnvironmentName,
    prefix: String,
    storage: String,
}

impl ApplicationKeys {
    /// The keys of `application` in `environment`.
    pub fn new(environment: &EnvironmentName, application: &ApplicationName) -> Self {
        let storage = format!("{environment}/{application}");
        Self { environment: environment.clone(), prefix: format!("jetway/{storage}"), storage }
    }

    /// The environment that the keys are of.
    pub fn environment(&self) -> &EnvironmentName {
        &self.environment
    }

    /// A sealed config; never rewritten.
    pub fn config(&self, version: ConfigVersion) -> ObjectKey {
        self.key(&format!("config/{version}.json"))
    }

    /// What all sealed configs begin with.
    pub fn configs(&self) -> ObjectKey {
        self.key("config/")
    }

    /// A release record; never rewritten.
    pub fn release(&self, release: ReleaseName) -> ObjectKey {
        self.key(&format!("releases/{release}.json"))
    }

    /// What all release records begin with.
    pub fn releases(&self) -> ObjectKey {
        self.key("releases/")
    }

    /// Which release is live.
    pub fn current(&self) -> ObjectKey {
        self.key("current.json")
    }

    /// The deploy lock.
    pub fn lock(&self) -> ObjectKey {
        self.key("lock.json")
    }

    /// A boot report; written by that instance alone.
    pub fn report(&self, release: ReleaseName, instance: &InstanceId) -> ObjectKey {
        self.key(&format!("instances/{release}/{instance}.json"))
    }

    /// What all boot reports of one release begin with.
    pub fn reports(&self, release: ReleaseName) -> ObjectKey {
        self.key(&format!("instances/{release}/"))
    }

    /// What everything of this application and environment begins with.
    pub fn all(&self) -> ObjectKey {
        self.key("")
    }

    /// What all templates begin with that are too large for a request.
    pub fn templates(&self) -> ObjectKey {
        self.key("templates/")
    }

    /// What the keys of the application's own objects begin with.
    pub fn storage(&self) -> ObjectKey {
        ObjectKey(format!("{}/", self.storage))
    }

    fn key(&self, rest: &str) -> ObjectKey {
        ObjectKey(format!("{}/{rest}", self.prefix))
    }
}

/// The keys of one application's images, shared by its environments.
#[derive(Debug, Clone)]
pub struct ImageKeys {
    prefix: String,
}

impl ImageKeys {
    /// The keys of the images of `application`.
    pub fn new(application: &ApplicationName) -> Self {
        Self { prefix: format!("images/{application}") }
    }

    /// The file that marks an OCI image layout.
    pub fn layout(&self) -> ObjectKey {
        self.key("oci-layout")
    }

    /// The index of the layout: which images there are, by tag and digest.
    pub fn index(&self) -> ObjectKey {
        self.key("index.json")
    }

    /// A blob: a manifest, an image configuration or a layer.
    pub fn blob(&self, digest: &Digest) -> ObjectKey {
        self.key(&format!("blobs/sha256/{}", digest.hex()))
    }

    /// What all blobs begin with.
    pub fn blobs(&self) -> ObjectKey {
        self.key("blobs/sha256/")
    }

    /// Which blob holds the layer whose uncompressed tar has this digest.
    pub fn layer(&self, diff_id: &Digest) -> ObjectKey {
        self.key(&format!("layers/sha256/{}.json", diff_id.hex()))
    }

    /// What all layer pointers begin with.
    pub fn layers(&self) -> ObjectKey {
        self.key("layers/sha256/")
    }

    /// Where a blob whose digest is not known yet grows; `nonce` is lower-case letters and digits.
    pub fn upload(&self, nonce: &str) -> ObjectKey {
        debug_assert!(nonce.bytes().all(|b| b.is_ascii_alphanumeric()), "{nonce}");
        self.key(&format!("uploads/{nonce}"))
    }

    /// What all unfinished uploads begin with.
    pub fn uploads(&self) -> ObjectKey {
        self.key("uploads/")
    }

    fn key(&self, rest: &str) -> ObjectKey {
        ObjectKey(format!("{}/{rest}", self.prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
    const S3_LIMIT: usize = 1024;

    #[test]
    fn the_longest_names_fit_into_a_key_of_s3() {
        let application: ApplicationName = "a".repeat(24).parse().unwrap();
        let keys = ApplicationKeys::new(&"e".repeat(12).parse().unwrap(), &application);
        let images = ImageKeys::new(&application);
        let instance = format!("i-{}", "0".repeat(62)).parse().unwrap();
        let all = [
            keys.report("v4294967294".parse().unwrap(), &instance),
            keys.config("c4294967294".parse().unwrap()),
            images.layer(&Digest::of(b"")),
            images.upload(&"0".repeat(32)),
        ];
        for key in all {
            assert!(key.as_str().len() <= S3_LIMIT, "{key}");
        }
    }
}
