//! Where an instance is on EC2, as its boot file says it.

use serde::{Deserialize, Serialize};

/// What an instance on EC2 must be told; all else it asks instance metadata for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ec2Place {
    /// The storage bucket.
    pub bucket: String,
    /// The account that owns the bucket, and that the instance must be in.
    pub account: String,
    /// The region of all of it.
    pub region: String,
    /// The ARN of the key that wrapped the config's data key: no other key opens it.
    pub key: String,
    /// The release stack, by name.
    pub stack: String,
    /// The logical id of the group in that stack, which waits for signals.
    pub resource: String,
    /// The lifecycle hook that holds an instance until it is ready.
    pub launch_hook: String,
    /// The lifecycle hook that holds an instance until it has drained.
    pub terminate_hook: String,
    /// The log group of the containers.
    pub log_group: String,
}
