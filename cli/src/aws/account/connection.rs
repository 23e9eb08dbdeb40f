//! How AWS is spoken to: whose credentials, which region, how patiently.

use std::time::Duration;

use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_types::os_shim_internal::{Env, Fs};

use crate::error::UserError;
use crate::nearest;
use crate::place::Place;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the beginning of an answer may take; uploads have their own limit.
const READ: Duration = Duration::from_secs(30);
/// How long one call may take, with all its attempts.
const OPERATION: Duration = Duration::from_mins(3);
/// How often a call is tried.
const ATTEMPTS: u32 = 8;
/// How long the SDK waits at most after the first attempt; it doubles, up to 20 s.
const BACKOFF: Duration = Duration::from_millis(250);

/// The settings that all clients share, and the profile that is in force, if one was named.
pub(super) async fn connect(place: &Place) -> Result<(SdkConfig, Option<String>), UserError> {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let profile = place.profile.clone().or_else(|| named("AWS_PROFILE"));
    if let Some(profile) = &profile {
        check_profile(profile).await?;
    }
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_timeout(OPERATION);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(BACKOFF))
        .timeout_config(timeouts.build());
    if let Some(region) = &place.region {
        loader = loader.region(Region::new(region.clone()));
    }
    // As with the AWS CLI: a profile that is named on the command line counts more than keys in variables.
    if let Some(profile) = &place.profile {
        let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
        loader = loader.profile_name(profile).credentials_provider(credentials);
    }
    Ok((loader.load().await, profile))
}

#[expect(clippy::default_trait_access, reason = "the type of the files' places is in a crate of its own")]
async fn check_profile(profile: &str) -> Result<(), UserError> {
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await;
    let profiles: ProfileSet = profiles.map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        UserError::usage(format!("the AWS settings of this machine cannot be read: {reason}"))
    })?;
    if profiles.get_profile(profile).is_some() {
        return Ok(());
    }
    let message = nearest::unknown("the AWS settings of this machine have no profile", profile, profiles.profiles());
    Err(UserError::usage(message).hint("`aws configure list-profiles` lists them"))
}

/// The variable that sends requests elsewhere, if one is set:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
pub(super) fn other_endpoint() -> Option<(String, String)> {
    let is_ignored = std::env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_ok_and(|value| value == "true");
    let mut variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let set = variables.find(|(name, value)| name.starts_with("AWS_ENDPOINT_URL") && !value.is_empty());
    set.filter(|_| !is_ignored).map(|(name, value)| (name, value.to_string_lossy().into_owned()))
}
