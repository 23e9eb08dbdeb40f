//! The seam to what runs releases: stacks of instances, or this machine.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jetway_common::current::{Current, Remains, Terms};
use jetway_common::machine::Machine;
use jetway_common::manifest::Settings;
use jetway_common::name::{InstanceId, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::report::{Failure, Phase};
use jetway_common::seconds::Seconds;

use crate::platform::Store;
use crate::releases::StoredRelease;
use crate::remote::Remote;
use crate::reply::Reply;
use crate::session::Target;
use crate::survey::Survey;

/// What runs releases. Everything here may be asked for again: what was begun goes on, what is done stays done.
#[async_trait]
pub trait Fleet: Send + Sync {
    /// The machine that a release would run on, for its record; none if it is there before any release. Refuses what
    /// certainly could not run, while nothing is changed yet.
    async fn machine(&self, wish: &Wish<'_>) -> anyhow::Result<Option<Machine>>;

    /// Makes instances run `release`, and does not wait for them. An error whose exit code is
    /// [`Exit::Unknown`](crate::error::Exit::Unknown) says that they may come up all the same.
    async fn launch(&self, release: &StoredRelease, terms: Terms) -> anyhow::Result<()>;

    /// Whether the launch of `record` has begun.
    async fn is_launched(&self, record: &ReleaseRecord) -> anyhow::Result<bool>;

    /// Follows `record` to where it is to come.
    fn follow<'a>(&'a self, record: &'a ReleaseRecord, aim: Aim) -> Box<dyn Follow + 'a>;

    /// Lets a healthy release take over, and waits until it has.
    async fn accept(&self, takeover: &Takeover<'_>) -> anyhow::Result<()>;

    /// Takes back the launch of `record`, and waits until it is gone. What was live before is left alone.
    async fn withdraw(&self, record: &ReleaseRecord, remains: Remains) -> anyhow::Result<()>;

    /// Whether somebody looks after the instances of the live release `record`. Waits for one who has only just begun.
    async fn is_attended(&self, record: &ReleaseRecord) -> anyhow::Result<bool>;

    /// Changes the number of instances of the live release; [`Fleet::follow`] tells when the new ones are ready.
    async fn scale(&self, record: &ReleaseRecord, count: u32) -> anyhow::Result<()>;

    /// Ends all instances of the application, and waits until nothing is left of them.
    async fn end(&self, target: &Target, live: Option<&StoredRelease>) -> anyhow::Result<()>;

    /// What there is of the application just now.
    async fn survey(&self, target: &Target, current: &Current) -> anyhow::Result<Survey>;

    /// Asks the agent on each of these instances how it is just now, with `jetway-agent status --json`. Waits a bounded
    /// time; who does not answer is told with the reason.
    async fn ask(&self, target: &Target, instances: &[InstanceId]) -> anyhow::Result<BTreeMap<InstanceId, Reply>>;

    /// Where the application answers, if that is known.
    async fn url(&self, record: &ReleaseRecord) -> Option<String>;

    /// The containers, if they are on instances and not in this machine's Docker engine.
    fn remote(&self) -> Option<&dyn Remote>;
}

/// What a release is to be made of, before it has a number.
pub struct Wish<'a> {
    /// Of what, and where.
    pub target: &'a Target,
    /// What the manifest says.
    pub settings: &'a Settings,
    /// The store of its environment.
    pub store: &'a dyn Store,
}

/// Where a release is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// It was launched, and is to serve.
    Serve,
    /// It serves, and is to have another number of instances: those that leave are no sign of trouble.
    Scale,
}

/// A release that takes over from the one before it.
#[derive(Debug, Clone, Copy)]
pub struct Takeover<'a> {
    /// The release that is healthy.
    pub record: &'a ReleaseRecord,
    /// The one before it, which is put on standby. Older ones go.
    pub previous: Option<ReleaseName>,
    /// For how long.
    pub standby: Seconds,
}

/// The fleet's part in following one launch.
#[async_trait]
pub trait Follow: Send {
    /// Looks at how the launch stands. An error decides nothing.
    async fn look(&mut self) -> anyhow::Result<Sight>;

    /// How long to leave between this look and the next.
    fn pause(&mut self) -> Duration;

    /// What is known of a launch whose time is over.
    async fn overdue(&mut self) -> Overdue;
}

/// What is known of a launch whose time is over.
#[derive(Debug)]
pub enum Overdue {
    /// Enough: nothing is to come any more that it could be waiting for.
    Failed(Box<Failed>),
    /// What was seen last, in sentences.
    Unknown(Vec<String>),
}

/// How a launch stands.
#[derive(Debug)]
pub struct Sight {
    /// What was seen for the first time, in order.
    pub news: Vec<News>,
    /// How far it is.
    pub standing: Standing,
}

/// A part of the launch that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// What it is a part of, in one word.
    pub title: String,
    /// What was done.
    pub text: String,
    /// How long that took.
    pub seconds: f64,
}

/// How far a launch is, as far as the fleet can tell.
#[derive(Debug)]
pub enum Standing {
    /// Something is still to come; the sentence says what.
    Coming(String),
    /// All is there, and the instances themselves are to say whether they run the release.
    Complete(Members),
    /// It certainly will not come to anything. Boxed, for it is many times larger than the others.
    Failed(Box<Failed>),
}

/// The instances that run a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// This machine, which ran other releases before: only what it said since the launch counts.
    ThisMachine,
    /// These, which run this release for all their lives, each of them.
    Each(Vec<InstanceId>),
}

/// Why a launch failed, and where.
#[derive(Debug)]
pub struct Failed {
    /// The instance that failed first, if one got so far as to say so.
    pub instance: Option<InstanceId>,
    /// Why.
    pub failure: Failure,
    /// The last lines of the instance's serial console, where they tell more than the reason.
    pub console: Vec<String>,
}

impl Failed {
    /// A failure of which the instances themselves said nothing.
    pub fn unsaid(reason: impl Into<String>) -> Self {
        let (phase, reason) = (Phase::Identify, reason.into());
        let failure =
            Failure { phase, reason, hint: None, container: None, exit_code: None, answer: None, log: Vec::new() };
        Self { instance: None, failure, console: Vec::new() }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.failure.hint = Some(hint.into());
        self
    }
}
