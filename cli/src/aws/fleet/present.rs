//! Which releases of an application are there, and how each of them is.

use jetway_common::current::Current;
use jetway_common::name::{InstanceId, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jiff::Timestamp;

use super::change::is_on_standby;
use super::group::{Group, HEALTHY};
use super::{Ec2Fleet, console, name};
use crate::aws::stack::Stack;
use crate::error::UserError;
use crate::printer::harmless;
use crate::session::Target;
use crate::survey::{Role, Seen, Survey};

impl Ec2Fleet {
    /// The stacks of the other releases of the record's application: that of `previous` first, if there is one.
    pub(super) async fn present(
        &self,
        record: &ReleaseRecord,
        previous: Option<ReleaseName>,
    ) -> Result<Vec<Stack>, UserError> {
        let target = Target::new(record.environment.clone(), record.application.clone());
        let groups = self.groups.of(self.installation.name.as_str(), &target, None).await?;
        let mut releases: Vec<ReleaseName> = previous.into_iter().collect();
        releases.extend(groups.iter().map(|group| group.release).filter(|release| Some(*release) != previous));
        releases.retain(|release| *release != record.release);
        self.stacks_of(&target, &releases).await
    }

    /// The stacks of all releases, whether or not they have instances.
    pub(super) async fn all(&self, target: &Target) -> Result<Vec<Stack>, UserError> {
        let Target { environment, application, .. } = target;
        self.stacks.list(&name::releases(&self.installation.name, environment, application)).await
    }

    async fn stacks_of(&self, target: &Target, releases: &[ReleaseName]) -> Result<Vec<Stack>, UserError> {
        let mut found = Vec::new();
        for release in releases {
            let name = name::release(&self.installation.name, &target.environment, &target.application, *release);
            found.extend(self.stacks.find(&name).await?);
        }
        Ok(found)
    }

    /// What there is of an application, and what is wrong with its live release.
    pub(super) async fn seen(&self, target: &Target, current: &Current) -> anyhow::Result<Survey> {
        let mut groups = self.groups.of(self.installation.name.as_str(), target, None).await?;
        let mut releases: Vec<ReleaseName> = groups.iter().map(|group| group.release).collect();
        let pending = current.pending.as_ref().map(|pending| pending.release);
        releases.extend([current.live, pending].into_iter().flatten());
        releases.sort_unstable_by(|one, other| other.cmp(one));
        releases.dedup();
        let mut survey = Survey::default();
        for release in releases {
            let Some(stack) = self.stacks_of(target, &[release]).await?.into_iter().next() else { continue };
            let index = groups.iter().position(|group| group.release == release);
            let group = index.map(|index| groups.swap_remove(index));
            survey.releases.push(self.look(release, &stack, group, current).await?);
        }
        if let Some(live) = current.live {
            survey.problems = problems(&survey, live);
            let lacking = survey.releases.iter().find(|seen| seen.release == live).filter(|seen| lacks_instances(seen));
            if lacking.is_some() {
                survey.problems.extend(self.last_launch(target, live).await);
            }
        }
        Ok(survey)
    }

    /// Why the newest instance of a release never came into service, in its own words where it had some. What cannot be seen is
    /// no reason to hide the rest.
    async fn last_launch(&self, target: &Target, release: ReleaseName) -> Option<String> {
        let look = async {
            let groups = self.groups.of(self.installation.name.as_str(), target, Some(release)).await?;
            let Some(group) = groups.first() else { return Ok(None) };
            self.groups.trouble_of_last_launch(group).await
        };
        let told: Result<_, UserError> = look.await;
        let told = told.inspect_err(|error| tracing::warn!("{error}")).ok()??;
        let words = told.split(|c: char| c.is_whitespace() || c == ':');
        let Some(instance) = words.filter(|word| word.starts_with("i-")).find_map(|word| word.parse().ok()) else {
            return Some(told);
        };
        let failure = console::read(self.stacks.account(), &instance).await.failure;
        Some(failure.map_or(told, |failure| format!("{instance} was given up: {}", harmless(&failure.reason))))
    }

    /// Warns of instances of a failed release that passed all the same: nothing but the end of their stack stops them.
    pub(super) async fn warn_of_serving(&self, record: &ReleaseRecord) -> anyhow::Result<()> {
        let serving = self.group(record).await?.map(|group| group.in_service()).unwrap_or_default();
        if record.http.is_some() && !serving.is_empty() {
            let names: Vec<&str> = serving.iter().map(InstanceId::as_str).collect();
            self.printer.warn(format_args!(
                "the load balancer sends requests to {} of {}, too, until the next healthy release removes the stack",
                names.join(", "),
                record.release
            ));
        }
        Ok(())
    }

    async fn look(
        &self,
        release: ReleaseName,
        stack: &Stack,
        group: Option<Group>,
        current: &Current,
    ) -> anyhow::Result<Seen> {
        let mut members = group.map(|group| group.members).unwrap_or_default();
        if let Some(targets) = stack.parameters.get("TargetGroupArn").filter(|_| !is_on_standby(stack)) {
            let health = self.groups.targets(targets).await?;
            for member in &mut members {
                member.target = health.get(member.instance.as_str()).cloned();
            }
        }
        let until = stack.parameters.get("StandbyUntil").and_then(|until| until.parse::<Timestamp>().ok());
        Ok(Seen {
            release,
            role: role(release, stack, current),
            name: stack.name.clone(),
            state: stack.status.name().to_owned(),
            asked: stack.parameters.get("InstanceCount").and_then(|count| count.parse().ok()).unwrap_or_default(),
            standby_until: until,
            members,
        })
    }
}

fn role(release: ReleaseName, stack: &Stack, current: &Current) -> Role {
    if current.pending.as_ref().is_some_and(|pending| pending.release == release) {
        Role::Pending
    } else if current.live == Some(release) {
        Role::Live
    } else if is_on_standby(stack) && current.previous == Some(release) {
        Role::Standby
    } else if current.withdrawn.contains_key(&release) {
        Role::Kept
    } else {
        Role::Left
    }
}

fn problems(survey: &Survey, live: ReleaseName) -> Vec<String> {
    let Some(seen) = survey.releases.iter().find(|seen| seen.release == live) else {
        return vec![format!("{live} is live, and there is no stack of it")];
    };
    let mut problems = Vec::new();
    if seen.asked == 0 {
        problems.push(format!("{live} is to have no instances; `jetway scale` gives it some"));
    }
    if lacks_instances(seen) {
        problems.push(format!("{} of {} instances are in service", serving(seen), seen.asked));
    }
    let is_unwell = |target: &&String| *target != HEALTHY;
    problems.extend(seen.members.iter().filter_map(|member| {
        let target = member.target.as_ref().filter(is_unwell)?;
        Some(format!("the load balancer calls {} {target}", member.instance))
    }));
    problems
}

fn serving(seen: &Seen) -> usize {
    seen.members.iter().filter(|member| member.state == "InService").count()
}

fn lacks_instances(seen: &Seen) -> bool {
    u32::try_from(serving(seen)).is_ok_and(|serving| serving < seen.asked)
}
