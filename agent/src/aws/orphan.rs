//! An instance without a valid boot file: the console is told, and the stack, if the instance's own tags say which.

use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_autoscaling::Client as Scaling;
use aws_sdk_cloudformation::Client as Formation;
use aws_sdk_cloudformation::types::ResourceSignalStatus;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jetway_common::boot_file::LAUNCH_HOOK;
use jetway_common::console::ConsoleLine;
use jetway_common::name::{InstanceId, RegionName};
use jetway_common::report::{Failure, Phase};
use jiff::Timestamp;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use super::fault::Call;
use super::fleet::GROUP;
use super::host::IDENTITY;
use super::imds::Metadata;
use super::patience::Patience;
use crate::error::StepError;
use crate::platform::Supervision;
use crate::run::RunError;
use crate::{output, systemd, tell};

/// CloudFormation gives these tags to the instances of each group that it makes:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-autoscaling-autoscalinggroup-tagproperty.html>.
const STACK: &str = "/latest/meta-data/tags/instance/aws:cloudformation:stack-name";
const RESOURCE: &str = "/latest/meta-data/tags/instance/aws:cloudformation:logical-id";
/// How long somebody is tried to be told.
const LIMIT: Duration = Duration::from_mins(5);
/// How long a denial, or a missing tag, is taken for one that passes.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often to look whether there is a boot file now.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const ALIVE: Duration = Duration::from_secs(1);

/// An instance that does not know what to run.
pub struct Orphan {
    metadata: Metadata,
    patience: Patience,
    untagged: Patience,
}

/// Whom to tell, by the instance's own word.
struct Family {
    instance: InstanceId,
    region: RegionName,
    stack: String,
    resource: String,
    group: String,
}

impl Orphan {
    /// This machine. Nothing is asked yet.
    pub fn new() -> Self {
        Self::of(Metadata::new())
    }

    fn of(metadata: Metadata) -> Self {
        Self { metadata, patience: Patience::of(PATIENCE), untagged: Patience::of(PATIENCE) }
    }

    /// Says what is wrong, once, and stays: systemd would start the agent again, and each time it would signal again. Ends
    /// when the agent is told to, or when `is_mended`.
    pub async fn wait(&self, error: &RunError, is_mended: impl Fn() -> bool) {
        let hint = error.hint();
        output::error(&error.to_string(), hint.as_deref());
        systemd::notify(Supervision::Status(&format!("failed: {error}")));
        let failure = Failure {
            phase: Phase::Identify,
            reason: error.to_string(),
            hint,
            container: None,
            exit_code: None,
            answer: None,
            log: Vec::new(),
        };
        let line = ConsoleLine {
            at: Timestamp::now(),
            application: None,
            release: None,
            phase: Phase::Failed,
            failure: Some(failure),
        };
        output::data(&format!("{}\n", line.to_text()));
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        let mut telling = std::pin::pin!(self.tell());
        let (mut alive, mut look) = (tokio::time::interval(ALIVE), tokio::time::interval(LOOK_EVERY));
        let mut is_told = false;
        loop {
            tokio::select! {
                _ = terminate.recv() => return,
                () = &mut telling, if !is_told => is_told = true,
                _ = alive.tick() => systemd::notify(Supervision::Alive),
                _ = look.tick() => if is_mended() { return },
            }
        }
    }

    async fn tell(&self) {
        let loader = || aws_config::defaults(BehaviorVersion::latest());
        match tell::persist(LIMIT, async || self.give_up(loader()).await).await {
            Ok(()) => tracing::info!("the stack was told, or Auto Scaling, if one of them still waits"),
            Err(error) => tracing::warn!("nobody was told: {error}"),
        }
    }

    /// As a release that failed at its first boot: a stack that is complete takes no signal, and then the group may replace an
    /// instance that it still holds. One that is in service stays, for its containers may serve.
    async fn give_up(&self, loader: ConfigLoader) -> Result<(), StepError> {
        let family = self.family().await?;
        let sdk = super::sdk(&family.region, &self.metadata, loader).await;
        if !self.signal(&sdk, &family).await? {
            self.abandon(&sdk, &family).await?;
        }
        Ok(())
    }

    async fn signal(&self, sdk: &SdkConfig, family: &Family) -> Result<bool, StepError> {
        let request = Formation::new(sdk).signal_resource().stack_name(&family.stack);
        let request = request.logical_resource_id(&family.resource).unique_id(family.instance.as_str());
        let answer = request.status(ResourceSignalStatus::Failure).send().await;
        self.taken("cloudformation:SignalResource", format!("stack/{}", family.stack), answer)
    }

    async fn abandon(&self, sdk: &SdkConfig, family: &Family) -> Result<bool, StepError> {
        let request = Scaling::new(sdk).complete_lifecycle_action().auto_scaling_group_name(&family.group);
        let request = request.lifecycle_hook_name(LAUNCH_HOOK).instance_id(family.instance.as_str());
        let answer = request.lifecycle_action_result("ABANDON").send().await;
        let resource = format!("autoScalingGroupName/{}", family.group);
        self.taken("autoscaling:CompleteLifecycleAction", resource, answer)
    }

    /// Whether AWS took it; that nobody waits for it is no error.
    fn taken<T, E>(
        &self,
        action: &'static str,
        resource: String,
        answer: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<bool, StepError>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let Err(error) = answer else { return Ok(true) };
        if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("ValidationError") {
            return Ok(false);
        }
        Err(Call { action, resource, patience: &self.patience }.told(&error))
    }

    async fn family(&self) -> Result<Family, StepError> {
        let document = self.get(IDENTITY).await?;
        let document: Value = serde_json::from_str(&document).unwrap_or_default();
        let unknown = || StepError::never("instance metadata does not tell which instance this is");
        let instance = document["instanceId"].as_str().and_then(|text| text.parse().ok()).ok_or_else(unknown)?;
        let region = document["region"].as_str().and_then(|text| text.parse().ok()).ok_or_else(unknown)?;
        let (stack, resource) = (self.get(STACK).await?, self.get(RESOURCE).await?);
        Ok(Family { instance, region, stack, resource, group: self.get(GROUP).await? })
    }

    async fn get(&self, path: &str) -> Result<String, StepError> {
        let found = self.metadata.get(path).await.map_err(|error| error.about("whose it is"))?;
        found.ok_or_else(|| {
            let reason = format!("instance metadata has no `{path}`: no stack launched this instance");
            // An agent can be quicker than its instance's tags.
            StepError { wait: self.untagged.refused(), ..StepError::never(reason) }
        })
    }
}

impl Default for Orphan {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
