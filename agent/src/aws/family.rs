//! Whose an instance is by its own tags, whatever a boot file says: whom to tell when that file is of no use.

use aws_config::ConfigLoader;
use aws_sdk_autoscaling::Client as Scaling;
use aws_sdk_cloudformation::Client as Formation;
use aws_sdk_cloudformation::types::ResourceSignalStatus;
use jetway_common::boot_file::LAUNCH_HOOK;
use jetway_common::name::{InstanceId, RegionName};
use serde_json::Value;

use super::answer::{Answer, Said};
use super::fault::Call;
use super::fleet::GROUP;
use super::host::IDENTITY;
use super::imds::Metadata;
use super::patience::Patience;
use crate::error::StepError;
use crate::platform::Fate;

/// CloudFormation gives these tags to the instances of each group that it makes:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-autoscaling-autoscalinggroup-tagproperty.html>.
pub(super) const STACK: &str = "/latest/meta-data/tags/instance/aws:cloudformation:stack-name";
const RESOURCE: &str = "/latest/meta-data/tags/instance/aws:cloudformation:logical-id";

/// The stack and the group that launched an instance.
pub(super) struct Family {
    metadata: Metadata,
    instance: InstanceId,
    region: RegionName,
    stack: String,
    resource: String,
    group: String,
}

impl Family {
    /// What the instance's metadata tells. A missing tag may come while `untagged` lasts: an agent can be quicker than the
    /// tags of its instance.
    pub(super) async fn of(metadata: &Metadata, untagged: &Patience) -> Result<Self, StepError> {
        let get = async |path| get(metadata, path, untagged).await;
        let document: Value = serde_json::from_str(&get(IDENTITY).await?).unwrap_or_default();
        let unknown = || StepError::never("instance metadata does not tell which instance this is");
        let instance = document["instanceId"].as_str().and_then(|text| text.parse().ok()).ok_or_else(unknown)?;
        let region = document["region"].as_str().and_then(|text| text.parse().ok()).ok_or_else(unknown)?;
        let (stack, resource, group) = (get(STACK).await?, get(RESOURCE).await?, get(GROUP).await?);
        Ok(Self { metadata: metadata.clone(), instance, region, stack, resource, group })
    }

    /// Tells that the instance failed. A stack that is complete takes no signal, and then the group may replace an instance
    /// that its launch hook still holds. One that is in service stays, for its containers may serve; so does one of a stack
    /// that has failed, for people may want to look at it.
    pub(super) async fn hears_of_failure(&self, aws: ConfigLoader, denied: &Patience) -> Result<Fate, StepError> {
        let said = Said::default();
        let sdk = super::sdk(&self.region, &self.metadata, aws).await;
        let request = Formation::new(&sdk).signal_resource().stack_name(&self.stack);
        let request = request.logical_resource_id(&self.resource).unique_id(self.instance.as_str());
        let answer = request.status(ResourceSignalStatus::Failure).send().await;
        let resource = format!("stack/{}", self.stack);
        let call = Call { action: "cloudformation:SignalResource", resource, patience: denied };
        if Answer::of(&call, &self.stack, answer, &said)? != Answer::Unawaited {
            return Ok(Fate::StackDecides);
        }
        let request = Scaling::new(&sdk).complete_lifecycle_action().auto_scaling_group_name(&self.group);
        let request = request.lifecycle_hook_name(LAUNCH_HOOK).instance_id(self.instance.as_str());
        let answer = request.lifecycle_action_result("ABANDON").send().await;
        let resource = format!("autoScalingGroupName/{}", self.group);
        let call = Call { action: "autoscaling:CompleteLifecycleAction", resource, patience: denied };
        Ok(if Answer::of(&call, LAUNCH_HOOK, answer, &said)?.is_taken() { Fate::Replaced } else { Fate::Untold })
    }
}

async fn get(metadata: &Metadata, path: &str, untagged: &Patience) -> Result<String, StepError> {
    let found = metadata.get(path).await.map_err(|error| error.about("whose it is"))?;
    found.ok_or_else(|| {
        let reason = format!("instance metadata has no `{path}`: no stack launched this instance");
        StepError { wait: untagged.refused(), ..StepError::never(reason) }
    })
}

#[cfg(test)]
mod tests;
