//! What an instance tells AWS about itself: the release stack waits for its signal, Auto Scaling holds it by hooks.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_sdk_autoscaling::Client as Scaling;
use aws_sdk_cloudformation::Client as Formation;
use aws_sdk_cloudformation::types::ResourceSignalStatus;
use jetway_common::console::ConsoleLine;
use jetway_common::name::{HookName, InstanceId};
use tokio::time::Instant;

use super::Ec2;
use super::answer::{Answer, Said};
use super::family::Family;
use super::fault::Call;
use super::host::{Ec2Host, since_the_boot};
use super::notice::Plan;
use super::patience::Patience;
use crate::error::StepError;
use crate::output;
use crate::platform::{Fate, Fleet, Hold, Host as _, Left};

/// The tag that Auto Scaling gives each instance, in instance metadata because the launch template allows tags there:
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html>.
pub(super) const GROUP: &str = "/latest/meta-data/tags/instance/aws:autoscaling:groupName";
/// How long a denial is taken for one that passes, and a missing tag for one that comes: an agent can be quicker than it.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long Auto Scaling may take to come to its hook: an agent can be quicker than the group that launched its instance.
const HOOK: Duration = Duration::from_secs(30);
const HOOK_PAUSE: Duration = Duration::from_secs(5);
/// What Auto Scaling may take beyond the time that the load balancer has to let go.
const MARGIN: Duration = Duration::from_secs(15);
/// A Spot instance has two minutes, and its containers need some of them to stop.
const SPOT_DRAINING: Duration = Duration::from_mins(1);

/// The group and the stack that this instance belongs to.
pub struct Ec2Fleet {
    ec2: Ec2,
    host: Arc<Ec2Host>,
    scaling: Scaling,
    formation: Formation,
    group: OnceLock<String>,
    patience: Patience,
    untagged: Patience,
    said: Said,
}

impl Ec2Fleet {
    /// The fleet of the instance `host`, which speaks through `ec2`.
    pub fn new(ec2: Ec2, host: Arc<Ec2Host>) -> Self {
        let (scaling, formation) = (Scaling::new(ec2.sdk()), Formation::new(ec2.sdk()));
        let (patience, untagged) = (Patience::of(PATIENCE), Patience::of(PATIENCE));
        Self { ec2, host, scaling, formation, group: OnceLock::new(), patience, untagged, said: Said::default() }
    }

    async fn instance(&self) -> Result<InstanceId, StepError> {
        Ok(self.host.facts().await?.instance)
    }

    async fn group(&self) -> Result<String, StepError> {
        if let Some(group) = self.group.get() {
            return Ok(group.clone());
        }
        let group = self.ec2.metadata().get(GROUP).await.map_err(|error| error.about("its Auto Scaling group"))?;
        let group = group.ok_or_else(|| {
            let reason = "instance metadata has no tag `aws:autoscaling:groupName`: the instance is in no Auto Scaling \
                          group, or its tags are kept from its metadata";
            StepError { wait: self.untagged.refused(), ..StepError::never(reason) }
        })?;
        Ok(self.group.get_or_init(|| group).clone())
    }

    /// Signals the stack. One that is complete refuses signals, which is what an instance meets that was launched later or that
    /// was restarted.
    async fn signal(&self, status: ResourceSignalStatus) -> Result<Answer, StepError> {
        let (place, instance) = (self.ec2.place(), self.instance().await?);
        let request = self.formation.signal_resource().stack_name(place.stack.as_str());
        let request = request.logical_resource_id(place.resource.as_str()).unique_id(instance.as_str());
        let answer = request.status(status).send().await;
        let call = self.call("cloudformation:SignalResource", format!("stack/{}", place.stack));
        Answer::of(&call, place.stack.as_str(), answer, &self.said)
    }

    /// Ends the wait of a hook; false if it holds nothing.
    async fn complete(&self, hook: &HookName, result: &str) -> Result<bool, StepError> {
        let (group, instance) = (self.group().await?, self.instance().await?);
        let request = self.scaling.complete_lifecycle_action().auto_scaling_group_name(&group);
        let request = request.lifecycle_hook_name(hook.as_str()).instance_id(instance.as_str());
        let answer = request.lifecycle_action_result(result).send().await;
        let call = self.call("autoscaling:CompleteLifecycleAction", group_resource(&group));
        Answer::of(&call, hook.as_str(), answer, &self.said).map(Answer::is_taken)
    }

    /// As [`Self::complete`], for a hook that may only be on its way.
    async fn complete_soon(&self, hook: &HookName) -> Result<bool, StepError> {
        let deadline = Instant::now() + HOOK;
        loop {
            if self.complete(hook, "CONTINUE").await? {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(HOOK_PAUSE).await;
        }
    }

    /// Gives a hook its whole time anew; false if it holds nothing.
    async fn beat(&self, hook: &HookName) -> Result<bool, StepError> {
        let (group, instance) = (self.group().await?, self.instance().await?);
        let request = self.scaling.record_lifecycle_action_heartbeat().auto_scaling_group_name(&group);
        let answer = request.lifecycle_hook_name(hook.as_str()).instance_id(instance.as_str()).send().await;
        let call = self.call("autoscaling:RecordLifecycleActionHeartbeat", group_resource(&group));
        Answer::of(&call, hook.as_str(), answer, &self.said).map(Answer::is_taken)
    }

    /// Has the instance replaced, however young it is.
    async fn replace(&self) -> Result<(), StepError> {
        let (group, instance) = (self.group().await?, self.instance().await?);
        let request = self.scaling.set_instance_health().instance_id(instance.as_str()).health_status("Unhealthy");
        let answer = request.should_respect_grace_period(false).send().await;
        let call = self.call("autoscaling:SetInstanceHealth", group_resource(&group));
        Answer::of(&call, &group, answer, &self.said).map(|_| ())
    }

    fn call(&self, action: &'static str, resource: String) -> Call<'_> {
        Call { action, resource, patience: &self.patience }
    }
}

#[async_trait]
impl Fleet for Ec2Fleet {
    fn stays(&self) -> bool {
        true
    }

    /// The agent begins with the instance, so the process's age is counted from there.
    fn spent(&self) -> Duration {
        since_the_boot().unwrap_or_default()
    }

    /// The unit has journald write stdout to the serial console: the agent itself is not root, and has no device.
    fn say(&self, line: &ConsoleLine) {
        output::data(&format!("{}\n", line.to_text()));
    }

    /// The hook first: CloudFormation counts an instance that signals, and the load balancer only knows those in service.
    async fn ready(&self) -> Result<(), StepError> {
        let hook = &self.ec2.place().launch_hook;
        let was_held = self.complete(hook, "CONTINUE").await?;
        self.signal(ResourceSignalStatus::Success).await?;
        if !was_held {
            self.complete_soon(hook).await?;
        }
        Ok(())
    }

    async fn failed(&self, left: Left) -> Result<Fate, StepError> {
        if left == Left::Serving {
            return Ok(Fate::Untold);
        }
        // A boot file that is meant for another instance names the wrong stack, too.
        if self.host.facts().await.is_err() {
            let family = Family::of(self.ec2.metadata(), &self.untagged).await?;
            return family.hears_of_failure(aws_config::defaults(BehaviorVersion::latest()), &self.patience).await;
        }
        if self.signal(ResourceSignalStatus::Failure).await? != Answer::Unawaited {
            return Ok(Fate::StackDecides);
        }
        if self.complete(&self.ec2.place().launch_hook, "ABANDON").await? {
            return Ok(Fate::Replaced);
        }
        // It is in service, and whoever does not know whether something serves must not end it.
        if left == Left::Unknown {
            return Ok(Fate::Untold);
        }
        self.replace().await?;
        Ok(Fate::Replaced)
    }

    /// On standby the load balancer has let go already, and people may look into an instance, stop it, or have EC2 reboot it,
    /// without losing it: <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html>.
    async fn unhealthy(&self) -> Result<(), StepError> {
        if self.host.plan() == Plan::Standby {
            return Err(StepError::never(
                "the instance is on standby in its Auto Scaling group, and is not to be replaced",
            ));
        }
        self.replace().await
    }

    /// Auto Scaling comes to its hook only when the load balancer has let go, so a hook that takes a heartbeat tells it:
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html>. It does not act on a Spot
    /// notice, but deregisters what is unhealthy.
    async fn let_go(&self) {
        let place = self.ec2.place();
        let mut limit = place.draining.duration() + MARGIN;
        if self.host.plan() == Plan::Interruption {
            limit = limit.min(SPOT_DRAINING);
            if let Err(error) = self.replace().await {
                tracing::warn!("the load balancer is not asked to let go: {error}");
            }
        }
        let deadline = Instant::now() + limit;
        let mut said = false;
        while Instant::now() < deadline {
            let is_held = self.beat(&place.terminate_hook).await;
            if matches!(is_held, Ok(true)) {
                return;
            }
            if let (Err(error), false) = (is_held, said) {
                tracing::warn!("not known whether the load balancer has let go: {error}");
                said = true;
            }
            tokio::time::sleep(HOOK_PAUSE).await;
        }
        tracing::info!("the load balancer has had its {} s", limit.as_secs());
    }

    async fn heartbeat(&self, hold: Hold) -> Result<(), StepError> {
        let place = self.ec2.place();
        let hook = match hold {
            Hold::Launch => &place.launch_hook,
            Hold::End => &place.terminate_hook,
        };
        self.beat(hook).await.map(|_| ())
    }

    async fn drained(&self) -> Result<(), StepError> {
        self.complete_soon(&self.ec2.place().terminate_hook).await.map(|_| ())
    }
}

fn group_resource(group: &str) -> String {
    format!("autoScalingGroupName/{group}")
}

#[cfg(test)]
pub(super) mod tests;
