//! Why Auto Scaling could not launch an instance, and whether that is the end of it.

use std::time::{Duration, Instant};

use aws_sdk_autoscaling::types::{Activity, ScalingActivityStatusCode};
use jetway_common::name::InstanceId;
use jiff::Timestamp;

/// How long Auto Scaling may take to try another zone.
const OTHER_ZONES: Duration = Duration::from_secs(5);

/// Why an instance is missing, in the words of Auto Scaling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// This cannot be helped by waiting.
    Final(String),
    /// One zone had none to give, and nothing has been tried since. Auto Scaling goes on with the other zones:
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html#arch-AutoScalingMultiAZ>.
    OfOneZone(String),
}

impl Trouble {
    /// What the activities of a group tell, the newest first, that began at `since` or later.
    pub(super) fn of(activities: &[Activity], since: Option<Timestamp>) -> Option<Self> {
        let is_trouble = |activity: &&Activity| {
            use ScalingActivityStatusCode::{Cancelled, Failed};
            let is_over = matches!(activity.status_code, Some(Failed | Cancelled));
            let began = activity.start_time.and_then(|time| Timestamp::from_second(time.secs()).ok());
            is_over && since.is_none_or(|since| began.is_none_or(|began| began.as_second() >= since.as_second()))
        };
        let first = activities.iter().filter(is_trouble).map(tell).rfind(|told| !is_of_one_zone(told));
        let newest = || activities.first().filter(is_trouble).map(tell);
        first.map(Self::Final).or_else(|| newest().map(Self::OfOneZone))
    }
}

/// Why the newest launch that is over came to nothing, in the words of Auto Scaling; none if it did not.
pub(super) fn of_last_launch(activities: &[Activity]) -> Option<String> {
    use ScalingActivityStatusCode::{Cancelled, Failed, Successful};
    let is_launch = |activity: &&Activity| activity.description().is_some_and(|what| what.starts_with("Launching"));
    let is_over = |activity: &&Activity| matches!(activity.status_code, Some(Failed | Cancelled | Successful));
    let last = activities.iter().filter(is_launch).find(is_over)?;
    (last.status_code != Some(Successful)).then(|| tell(last))
}

/// Waits for Auto Scaling to try the other zones, and for the stack to tell why an instance is taken away.
#[derive(Debug, Default)]
pub(super) struct Patience {
    lacking: Option<Instant>,
    leaving: Option<InstanceId>,
}

impl Patience {
    /// The reason why there is nothing to wait for any more, after a look that has shown `trouble` or none, and an
    /// instance on its way out or none.
    pub(super) fn end(&mut self, trouble: Option<Trouble>, leaving: Option<InstanceId>) -> Option<String> {
        // A stack that is given up is seen as such only by the look that follows.
        let before = std::mem::replace(&mut self.leaving, leaving);
        let left = before.filter(|before| self.leaving.as_ref() == Some(before));
        self.end_of(trouble).or_else(|| Some(format!("{} is being taken away again", left?)))
    }

    fn end_of(&mut self, trouble: Option<Trouble>) -> Option<String> {
        match trouble {
            Some(Trouble::Final(reason)) => Some(reason),
            Some(Trouble::OfOneZone(reason)) => {
                let since = self.lacking.get_or_insert_with(Instant::now);
                Some(reason).filter(|_| since.elapsed() > OTHER_ZONES)
            }
            None => {
                self.lacking = None;
                None
            }
        }
    }
}

/// A lack of capacity, and a type that a zone does not have, are told with the zone.
fn is_of_one_zone(told: &str) -> bool {
    told.contains("requested Availability Zone") || told.contains("Availability Zone you requested")
}

fn tell(activity: &Activity) -> String {
    let why = activity.status_message.clone().or_else(|| activity.cause.clone()).unwrap_or_default();
    let what = activity.description.as_deref().unwrap_or("a scaling activity");
    let what = what.split(".  Status Reason").next().unwrap_or(what);
    format!("{what}: {why}")
}

#[cfg(test)]
mod tests {
    use ScalingActivityStatusCode::{Failed, InProgress, Successful};

    use super::*;

    const FULL: &str = "We currently do not have sufficient t3.small capacity in the Availability Zone you requested";
    const QUOTA: &str = "You have requested more vCPU capacity than your current vCPU limit of 32 allows";

    fn activity(status: ScalingActivityStatusCode, message: &str) -> Activity {
        Activity::builder().status_code(status).status_message(message).description("Launching").build()
    }

    fn told(activities: &[(ScalingActivityStatusCode, &str)]) -> Option<Trouble> {
        let activities: Vec<Activity> = activities.iter().map(|(code, text)| activity(code.clone(), text)).collect();
        Trouble::of(&activities, None)
    }

    #[test]
    fn a_zone_without_capacity_decides_nothing_once_another_is_tried() {
        assert_eq!(told(&[(InProgress, ""), (Failed, FULL)]), None);
        assert_eq!(told(&[(Successful, ""), (Failed, FULL)]), None);
        assert_eq!(told(&[(Failed, FULL)]), Some(Trouble::OfOneZone(format!("Launching: {FULL}"))));
    }

    #[test]
    fn what_no_zone_can_help_is_final_and_the_first_such_is_told() {
        let quota = Some(Trouble::Final(format!("Launching: {QUOTA}")));
        assert_eq!(told(&[(InProgress, ""), (Failed, FULL), (Failed, QUOTA)]), quota);
        assert_eq!(told(&[(Failed, "later"), (Failed, QUOTA), (Successful, "")]), quota);
    }

    #[test]
    fn a_launch_that_came_to_nothing_is_of_interest_until_a_later_one_succeeds() {
        let told = |codes: &[ScalingActivityStatusCode]| {
            let activities: Vec<Activity> = codes.iter().map(|code| activity(code.clone(), QUOTA)).collect();
            of_last_launch(&activities)
        };
        assert_eq!(told(&[InProgress, Failed, Successful]), Some(format!("Launching: {QUOTA}")));
        assert_eq!(told(&[InProgress, Successful, Failed]), None);
        assert_eq!(told(&[InProgress]), None);
        let end = Activity::builder().status_code(Failed).description("Terminating EC2 instance: i-1").build();
        assert_eq!(of_last_launch(&[end]), None);
    }

    #[test]
    fn an_instance_that_leaves_is_told_at_the_second_look_for_the_stack_may_tell_why() {
        let leaving = |id: &str| Some(id.parse().unwrap());
        let mut patience = Patience::default();
        assert_eq!(patience.end(None, leaving("i-1")), None);
        assert_eq!(patience.end(None, leaving("i-2")), None);
        assert_eq!(patience.end(None, leaving("i-2")).as_deref(), Some("i-2 is being taken away again"));
        assert_eq!(patience.end(None, None), None);
    }
}
