//! What there is to see of a launch on EC2: the stack, the group of its instances, and the load balancer's targets.

use std::time::Duration;

use async_trait::async_trait;
use jetway_common::name::InstanceId;
use jetway_common::release::ReleaseRecord;
use jiff::Timestamp;

use super::cause::goes_on;
use super::group::{Group, HEALTHY};
use super::parents::TARGETS;
use super::trouble::Patience;
use super::unheard::Unheard;
use super::witnesses::Witnesses;
use super::{Ec2Fleet, plan};
use crate::aws::stack::events::StackEvent;
use crate::aws::stack::follow::{End, Follow as StackFollow};
use crate::aws::stack::words::Words;
use crate::aws::stack::{Goal, Operation, Stack};
use crate::error::{Exit, UserError};
use crate::fleet::{Aim, Failed, Follow, Members, News, Overdue, Sight, Standing};

/// The first pause between two looks, for what takes no time.
const SHORTEST_PAUSE: Duration = Duration::from_millis(400);
/// The pause that it grows to: an account may ask AWS a few times a second, and others ask, too.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// What CloudFormation says of a resource that a launch needed.
const MADE: [&str; 2] = ["CREATE_COMPLETE", "UPDATE_COMPLETE"];

/// A launch on EC2 that is followed.
pub(super) struct Ec2Follow<'a> {
    fleet: &'a Ec2Fleet,
    record: &'a ReleaseRecord,
    aim: Aim,
    words: Words,
    stack: Option<StackFollow<'a>>,
    began: Option<Timestamp>,
    witnesses: Witnesses,
    /// What the last look came to, for who waits no longer.
    coming: String,
    /// What the load balancer last said of a target that it does not call healthy.
    unhealthy: Option<String>,
    /// What the load balancer last said of a target that it calls unhealthy, and why.
    ill: Option<String>,
    patience: Patience,
    unheard: Unheard,
    pause: Duration,
}

impl<'a> Ec2Follow<'a> {
    pub(super) fn new(fleet: &'a Ec2Fleet, record: &'a ReleaseRecord, aim: Aim) -> Self {
        Self {
            fleet,
            record,
            aim,
            words: plan::words(record),
            stack: None,
            began: None,
            witnesses: Witnesses::default(),
            coming: String::new(),
            unhealthy: None,
            ill: None,
            patience: Patience::default(),
            unheard: Unheard::default(),
            pause: SHORTEST_PAUSE,
        }
    }

    async fn stand(&mut self, news: &mut Vec<News>) -> anyhow::Result<Standing> {
        let Some(end) = self.look_at_stack(news).await? else {
            // What failed first does not wait for CloudFormation to undo the rest.
            let cause = self.stack.as_ref().and_then(|follow| follow.events().first_failure());
            return match cause.map(|cause| cause.tell(&self.words)) {
                Some(reason) => Ok(Standing::Failed(Box::new(self.with_console(Failed::unsaid(reason)).await))),
                None => self.before_the_end().await,
            };
        };
        let stack = match (&end.stack, end.exit(Goal::Present)) {
            (Some(stack), Exit::Done) => stack,
            (Some(stack), Exit::Unknown) => {
                return Ok(self.coming(format!("the stack {} ({})", stack.status.sentence(), stack.status.name())));
            }
            _ => return Ok(Standing::Failed(Box::new(self.stack_failed(&end).await))),
        };
        let asked = stack.parameters.get("InstanceCount").and_then(|count| count.parse().ok());
        self.judge(asked.unwrap_or(self.record.instances.count)).await
    }

    /// The end of the stack's operation, if it has come.
    async fn look_at_stack(&mut self, news: &mut Vec<News>) -> anyhow::Result<Option<End>> {
        if self.stack.is_none() {
            let name = self.fleet.stack_name(self.record);
            let Some(stack) = self.fleet.stacks.find(&name).await? else {
                let status = crate::aws::stack::status::Status::named("DELETE_COMPLETE");
                return Ok(Some(End { stack: None, status, cause: None }));
            };
            self.stack = Some(StackFollow::new(&self.fleet.stacks, joined(&stack)));
        }
        let Some(follow) = &mut self.stack else { return Ok(None) };
        let look = follow.look().await.map_err(|error| goes_on(error, self.record))?;
        for event in &look.news {
            self.witnesses.hear(event);
            if event.is_of_stack && event.status.ends_with("_IN_PROGRESS") && self.began.is_none() {
                self.began = event.at;
            }
            if MADE.contains(&event.status.as_str()) && !event.is_of_stack {
                news.push(self.words_of(event));
            }
        }
        // Without the stack, what else there is to see would be taken for the cause.
        if let Some(obstacle) = look.obstacle {
            return Err(UserError::failed(obstacle).into());
        }
        Ok(look.end)
    }

    fn words_of(&self, event: &StackEvent) -> News {
        let seconds = self.stack.as_ref().and_then(|follow| follow.events().seconds(event)).unwrap_or_default();
        News { title: "stack".to_owned(), text: self.words.tell(&event.resource, &event.kind), seconds }
    }

    /// While CloudFormation waits for signals, Auto Scaling may know already that there will be none.
    async fn before_the_end(&mut self) -> anyhow::Result<Standing> {
        let Some(group) = self.group().await? else {
            return Ok(self.coming("the stack is being made".to_owned()));
        };
        if let Some(failed) = self.trouble(&group).await? {
            return Ok(Standing::Failed(Box::new(failed)));
        }
        let states = group.members.iter().map(|member| format!("{} {}", member.instance, member.state));
        let states: Vec<String> = states.collect();
        let what = if states.is_empty() { "the first instance".to_owned() } else { states.join(", ") };
        Ok(self.coming(format!("waiting for {what}")))
    }

    /// The stack is there: are its instances, and does the load balancer send requests to each?
    async fn judge(&mut self, asked: u32) -> anyhow::Result<Standing> {
        let Some(group) = self.group().await? else {
            return Ok(self.coming("the group of instances cannot be seen yet".to_owned()));
        };
        if let Some(failed) = self.trouble(&group).await? {
            return Ok(Standing::Failed(Box::new(failed)));
        }
        let members = group.in_service();
        let (found, asked) = (members.len(), usize::try_from(asked)?);
        if found != asked {
            return Ok(self.coming(format!("{found} of {asked} instances are in service")));
        }
        if let (Some(targets), true) = (self.target_group(), self.record.http.is_some()) {
            let targets = self.fleet.groups.targets(targets).await?;
            let state = |member: &InstanceId| targets.get(member.as_str()).map_or("not registered", String::as_str);
            if let Some(member) = members.iter().find(|member| state(member) != HEALTHY) {
                let healthy = members.iter().filter(|member| state(member) == HEALTHY).count();
                let why = format!("{member} is {}", state(member));
                if state(member).starts_with("unhealthy") {
                    self.ill = Some(why.clone());
                }
                // An instance that Auto Scaling has put in the place of an ill one tells nothing yet.
                let why = self.ill.as_ref().unwrap_or(&why);
                let what = format!("{healthy} of {asked} targets are healthy; {why}");
                self.unhealthy = Some(what.clone());
                return Ok(self.coming(what));
            }
        }
        "every instance is in service".clone_into(&mut self.coming);
        Ok(Standing::Complete(Members::Each(members)))
    }

    fn target_group(&self) -> Option<&'a str> {
        self.record.machine.as_ref()?.parents.get(TARGETS).map(String::as_str)
    }

    async fn group(&mut self) -> anyhow::Result<Option<Group>> {
        let group = self.fleet.group(self.record).await?;
        for member in group.iter().flat_map(|group| &group.members) {
            self.witnesses.see(&member.instance);
        }
        Ok(group)
    }

    async fn trouble(&mut self, group: &Group) -> anyhow::Result<Option<Failed>> {
        if self.aim == Aim::Serve
            && let Some(failed) = self.unheard.failure(self.fleet.stacks.account(), group).await
        {
            return Ok(Some(failed));
        }
        let leaving = group.leaving().filter(|_| self.aim == Aim::Serve).map(|member| member.instance.clone());
        let trouble = self.fleet.groups.trouble(group, self.began).await?;
        Ok(match self.patience.end(trouble, leaving) {
            Some(reason) => Some(self.with_console(Failed::unsaid(reason)).await),
            None => None,
        })
    }

    async fn stack_failed(&mut self, end: &End) -> Failed {
        let reason = match (&end.cause, end.stack.as_ref().and_then(|stack| stack.reason.clone())) {
            (Some(cause), _) => cause.tell(&self.words),
            (None, Some(reason)) => reason,
            (None, None) => format!("the stack {} {}", self.fleet.stack_name(self.record), end.status.sentence()),
        };
        self.with_console(Failed::unsaid(reason)).await
    }

    async fn with_console(&self, failed: Failed) -> Failed {
        self.witnesses.tell(self.fleet.stacks.account(), failed).await
    }

    fn coming(&mut self, what: String) -> Standing {
        self.coming.clone_from(&what);
        Standing::Coming(what)
    }
}

#[async_trait]
impl Follow for Ec2Follow<'_> {
    async fn look(&mut self) -> anyhow::Result<Sight> {
        let mut news = Vec::new();
        self.unhealthy = None;
        let standing = self.stand(&mut news).await?;
        Ok(Sight { news, standing })
    }

    fn pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (self.pause * 5 / 4).min(LONGEST_PAUSE);
        pause
    }

    /// A stack that is complete has nothing to come: what the load balancer says then is its last word.
    async fn overdue(&mut self) -> Overdue {
        let last = self.unhealthy.take();
        let failed = self.with_console(Failed::unsaid(last.as_ref().unwrap_or(&self.coming))).await;
        // An instance that has no other way says on its console what it lacks.
        if last.is_some() || failed.instance.is_some() {
            return Overdue::Failed(Box::new(failed));
        }
        let mut known = vec![self.coming.clone()];
        if let Some(instance) = self.witnesses.first() {
            known.push(format!("last lines of the serial console of {instance}:"));
            known.extend(failed.console.iter().map(|line| format!("| {}", crate::printer::harmless(line))));
        }
        Overdue::Unknown(known)
    }
}

/// The launch of this stack, to be followed to where its instances are.
fn joined(stack: &Stack) -> Operation {
    Operation { goal: Goal::Present, ..Operation::joined(stack) }
}
