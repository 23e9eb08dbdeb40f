//! Where an instance is on EC2: all that it must be told; the rest it asks instance metadata for.

use serde::{Deserialize, Serialize};

use crate::name::{AccountId, BucketName, HookName, KeyArn, LogGroupName, LogicalId, RegionName, StackName};
use crate::seconds::Seconds;

/// What an instance on EC2 is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ec2Place {
    /// The storage bucket.
    pub bucket: BucketName,
    /// The account that owns the bucket, and that the instance must be in.
    pub account: AccountId,
    /// The region of all of it.
    pub region: RegionName,
    /// The ARN of the key that wrapped the config's data key: no other key opens it.
    pub key: KeyArn,
    /// The release stack, by name.
    pub stack: StackName,
    /// The logical id of the group in that stack, which waits for signals.
    pub resource: LogicalId,
    /// The lifecycle hook that holds an instance until it is ready.
    pub launch_hook: HookName,
    /// The lifecycle hook that holds an instance until it has drained.
    pub terminate_hook: HookName,
    /// How long the load balancer may take to let go of an instance that leaves.
    pub draining: Seconds,
    /// The log group of the containers.
    pub log_group: LogGroupName,
}
