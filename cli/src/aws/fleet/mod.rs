//! The fleet of one environment on EC2: each release is a stack of its own, beside the one before it.

mod cause;
mod change;
mod console;
mod follow;
mod group;
mod machine;
mod parents;
mod plan;
mod present;
mod trouble;
mod unheard;
mod witnesses;
mod zones;

use std::collections::BTreeMap;

use async_trait::async_trait;
use jetway_common::current::{Current, Remains, Terms};
use jetway_common::installation::{Environment, Installation};
use jetway_common::machine::Machine;
use jetway_common::name::{EnvironmentName, InstallationName, InstanceId};
use jetway_common::release::ReleaseRecord;

use self::change::Changes;
use self::follow::Ec2Follow;
use self::group::{Group, Groups};
use self::parents::{Parents, check_targets};
use super::account::Account;
use super::remote::Ec2Remote;
use super::stack::{Stack, Stacks, name};
use crate::error::{Exit, UserError};
use crate::fleet::{Aim, Fleet, Follow, Takeover, Wish};
use crate::printer::Printer;
use crate::releases::StoredRelease;
use crate::remote::Remote;
use crate::reply::Reply;
use crate::session::Target;
use crate::survey::Survey;

/// The releases of one environment as stacks.
pub struct Ec2Fleet {
    stacks: Stacks,
    groups: Groups,
    printer: Printer,
    installation: Installation,
    own: Environment,
    remote: Ec2Remote,
}

impl Ec2Fleet {
    /// The fleet of `environment` of `installation`, in `account`.
    pub fn new(
        account: &Account,
        installation: &Installation,
        environment: &EnvironmentName,
        printer: Printer,
    ) -> Self {
        Self {
            stacks: Stacks::new(account),
            groups: Groups::new(account),
            remote: Ec2Remote::new(account, &installation.name),
            printer,
            own: installation.environments.get(environment).cloned().unwrap_or_default(),
            installation: installation.clone(),
        }
    }

    fn stack_name(&self, record: &ReleaseRecord) -> String {
        let name: &InstallationName = &self.installation.name;
        name::release(name, &record.environment, &record.application, record.release)
    }

    async fn parents(&self, target: &Target) -> anyhow::Result<Parents> {
        Parents::find(&self.stacks, &self.installation.name, &target.environment, &target.application).await
    }

    /// The group of the record's release, if Auto Scaling has one.
    async fn group(&self, record: &ReleaseRecord) -> Result<Option<Group>, UserError> {
        let target = Target::new(record.environment.clone(), record.application.clone());
        let groups = self.groups.of(self.installation.name.as_str(), &target, Some(record.release)).await?;
        Ok(groups.into_iter().next())
    }

    fn changes(&self, record: &ReleaseRecord) -> Changes<'_> {
        Changes::new(&self.stacks, self.printer, record)
    }

    /// Makes the stack of a release of which there is none. Whether an answer that was lost meant yes, only a look tells.
    async fn create(&self, release: &StoredRelease, terms: Terms) -> anyhow::Result<()> {
        let record = &release.record;
        let parents = self.parents(&Target::new(record.environment.clone(), record.application.clone())).await?;
        check_targets(&parents, record)?;
        let (account, tags) = (self.stacks.account(), &self.installation.tags);
        let new = plan::stack(account, release, tags, terms.timeout, terms.failed)?;
        let Err(error) = self.stacks.create(&new.in_role(parents.release_role()?)).await else { return Ok(()) };
        match self.stacks.find(&self.stack_name(record)).await {
            Ok(None) => Err(error),
            Ok(Some(stack)) => {
                change::check_owner(&stack, record)?;
                Err(maybe_begun(&error, record).into())
            }
            Err(_) => Err(maybe_begun(&error, record).into()),
        }
    }
}

#[async_trait]
impl Fleet for Ec2Fleet {
    async fn machine(&self, wish: &Wish<'_>) -> anyhow::Result<Option<Machine>> {
        let parents = self.parents(wish.target).await?;
        machine::machine(self.stacks.account(), &parents, &self.own, wish, self.printer).await.map(Some)
    }

    /// Puts a new stack beside the old one, or brings one back from standby.
    async fn launch(&self, release: &StoredRelease, terms: Terms) -> anyhow::Result<()> {
        let record = &release.record;
        let Some(found) = self.stacks.find(&self.stack_name(record)).await? else {
            return Box::pin(self.create(release, terms)).await;
        };
        change::check_owner(&found, record)?;
        let changes = self.changes(record);
        match changes.settled("before", &found.name).await? {
            Some(stack) if change::is_on_standby(&stack) => changes.bring_back(&stack, record.instances.count).await,
            Some(_) => Ok(()),
            None => {
                // What is left of an earlier attempt has the name.
                if let Some(left) = self.stacks.find(&found.name).await? {
                    changes.remove(vec![left]).await?;
                }
                Box::pin(self.create(release, terms)).await
            }
        }
    }

    async fn is_launched(&self, record: &ReleaseRecord) -> anyhow::Result<bool> {
        let stack = self.stacks.find(&self.stack_name(record)).await?;
        Ok(stack.is_some_and(|stack| !change::is_on_standby(&stack)))
    }

    fn follow<'a>(&'a self, record: &'a ReleaseRecord, aim: Aim) -> Box<dyn Follow + 'a> {
        Box::new(Ec2Follow::new(self, record, aim))
    }

    async fn accept(&self, takeover: &Takeover<'_>) -> anyhow::Result<()> {
        let Takeover { record, previous, standby } = *takeover;
        let changes = self.changes(record);
        for stack in self.present(record, previous).await? {
            let release = stack.tags.get("jetway:release").map(String::as_str);
            if release == previous.map(|previous| previous.to_string()).as_deref() {
                if let Some(stack) = changes.settled("standby", &stack.name).await? {
                    changes.stand_by(&stack, standby).await?;
                }
            } else if let Err(error) = changes.remove(vec![stack]).await {
                self.printer.warn(format_args!("an older release is left: {error:#}"));
            }
        }
        Ok(())
    }

    async fn withdraw(&self, record: &ReleaseRecord, remains: Remains) -> anyhow::Result<()> {
        let Some(stack) = self.stacks.find(&self.stack_name(record)).await? else { return Ok(()) };
        change::check_owner(&stack, record)?;
        let changes = self.changes(record);
        if change::was_live(&stack) {
            let stack = changes.settled("standby", &stack.name).await?;
            return match stack {
                Some(stack) => changes.stand_by(&stack, Terms::default().standby).await,
                None => Ok(()),
            };
        }
        match remains {
            Remains::Removed => changes.remove(vec![stack]).await,
            Remains::Kept => {
                self.printer.say(format_args!("the stack {} is kept, to be looked into", stack.name));
                if !changes.park(&stack).await? {
                    self.warn_of_serving(record).await?;
                }
                Ok(())
            }
        }
    }

    /// Auto Scaling and systemd do.
    async fn is_attended(&self, _record: &ReleaseRecord) -> anyhow::Result<bool> {
        Ok(true)
    }

    async fn scale(&self, record: &ReleaseRecord, count: u32) -> anyhow::Result<()> {
        let name = self.stack_name(record);
        let missing = || UserError::failed(format!("there is no stack {name}, although {} is live", record.release));
        let changes = self.changes(record);
        let stack = changes.settled("scale", &name).await?.ok_or_else(missing)?;
        changes.scale(&stack, count).await
    }

    async fn end(&self, target: &Target, _live: Option<&StoredRelease>) -> anyhow::Result<()> {
        let Target { environment, application, .. } = target;
        let stacks = self.all(target).await?;
        let is_foreign = |stack: &&Stack| !change::is_of(stack, &self.installation.name, environment, application);
        if let Some(stack) = stacks.iter().find(is_foreign) {
            return Err(change::foreign(stack, application.as_str()).into());
        }
        Changes::of_all(&self.stacks, self.printer, environment).remove(stacks).await?;
        let stays = name::application(&self.installation.name, environment, application);
        if self.stacks.find(&stays).await?.is_some() {
            self.printer.say(format_args!("the stack {stays} stays; `jetway app delete {environment}` removes it"));
        }
        Ok(())
    }

    async fn survey(&self, target: &Target, current: &Current) -> anyhow::Result<Survey> {
        self.seen(target, current).await
    }

    async fn ask(&self, _target: &Target, instances: &[InstanceId]) -> anyhow::Result<BTreeMap<InstanceId, Reply>> {
        Ok(self.remote.ask(instances).await?)
    }

    async fn url(&self, record: &ReleaseRecord) -> Option<String> {
        let name = name::application(&self.installation.name, &record.environment, &record.application);
        let application: Stack = self.stacks.find(&name).await.ok()??;
        application.outputs.get("Url").cloned()
    }

    fn remote(&self) -> Option<&dyn Remote> {
        Some(&self.remote)
    }
}

fn maybe_begun(error: &anyhow::Error, record: &ReleaseRecord) -> UserError {
    let hint = format!("`jetway wait {0}` finds out and goes on, `jetway abort {0}` cancels it", record.environment);
    let message = format!("{error:#}; {} may come up all the same", record.release);
    UserError { message, hint: Some(hint), exit: Exit::Unknown }
}
