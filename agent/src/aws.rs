//! The platform of an instance on EC2: the store is a bucket, the key is in KMS, instance metadata says who we are.

mod answer;
mod clock;
mod connections;
pub mod credentials;
mod family;
pub mod fault;
pub mod fleet;
pub mod host;
pub mod imds;
pub mod key;
pub mod notice;
pub mod orphan;
pub mod patience;
pub mod store;

#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use jetway_common::boot_file::Ec2Place;
use jetway_common::name::RegionName;
use jetway_common::seconds::Seconds;

use self::credentials::RoleCredentials;
use self::imds::Metadata;

/// How often a report is written that tells nothing new. A write costs 0.000005 USD, and the bucket keeps versions: every
/// minute makes 0.22 USD a month and instance; every ten seconds would make 1.30. <https://aws.amazon.com/s3/pricing/>
pub const HEARTBEAT: Seconds = Seconds(60);
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the beginning of an answer may take.
const READ: Duration = Duration::from_secs(20);
/// How long one call may take, with all its attempts. What takes longer is tried again by whoever asked.
const OPERATION: Duration = Duration::from_mins(1);
/// How often a call is tried; an outage is outlasted by the steps of the boot, which say what they wait for.
const ATTEMPTS: u32 = 5;
/// How long the SDK waits at most after the first attempt; it doubles, with full jitter, up to the longest.
const BACKOFF: Duration = Duration::from_millis(250);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);
/// How long credentials may take: instance metadata that is slow is asked three times.
const IDENTITY: Duration = Duration::from_secs(40);

/// How an instance speaks to AWS, and where it belongs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ec2 {
    place: Arc<Ec2Place>,
    metadata: Metadata,
    sdk: SdkConfig,
}

impl Ec2 {
    /// The instance that belongs to `place`. Nothing is asked before somebody needs it.
    pub async fn new(place: Ec2Place) -> Self {
        Self::of(place, Metadata::new(), aws_config::defaults(BehaviorVersion::latest())).await
    }

    async fn of(place: Ec2Place, metadata: Metadata, loader: ConfigLoader) -> Self {
        let sdk = sdk(&place.region, &metadata, loader).await;
        Self { place: Arc::new(place), metadata, sdk }
    }

    /// Where the instance belongs.
    pub fn place(&self) -> &Ec2Place {
        &self.place
    }

    /// What the instance may ask about itself.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What every client of a service is made from: region, credentials, retries, timeouts, endpoint.
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }
}

/// What the clients of services in `region` are made from, with the role of the instance.
async fn sdk(region: &RegionName, metadata: &Metadata, loader: ConfigLoader) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_timeout(OPERATION);
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    loader
        .region(Region::new(region.to_string()))
        .http_client(connections::client())
        .credentials_provider(RoleCredentials::new(metadata.clone()))
        .identity_cache(IdentityCache::lazy().load_timeout(IDENTITY).build())
        .retry_config(retries.with_initial_backoff(BACKOFF).with_max_backoff(LONGEST_BACKOFF))
        .timeout_config(timeouts.build())
        .load()
        .await
}
