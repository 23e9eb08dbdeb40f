//! Writes the boot report: into the store for the deployer, into the run folder for `status`, one line for systemd, and
//! one per phase for the console.

mod folder;
mod writer;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jetway_common::boot_file::BootFile;
use jetway_common::console::ConsoleLine;
use jetway_common::container::Facts;
use jetway_common::digest::Digest;
use jetway_common::name::{ContainerName, InstanceId};
use jetway_common::report::{
    AgentReport, BootReport, ContainerReport, EngineReport, Failure, HealthReport, Phase, PhaseReport,
};
use jetway_common::seconds::Seconds;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::StepError;
use crate::platform::{Fleet, Platform};

const FLUSH_LIMIT: Duration = Duration::from_secs(15);
const HEALTH_KEPT: usize = 20;

/// Keeps the report and has it written whenever it changed.
#[derive(Clone)]
pub struct Reporter(Arc<Inner>);

struct Inner {
    boot_file: BootFile,
    heartbeat: Seconds,
    boot: String,
    draft: Mutex<Draft>,
    version: watch::Sender<u64>,
    written: watch::Sender<u64>,
    fleet: Arc<dyn Fleet>,
}

/// The report as far as it is known.
struct Draft {
    instance: Option<InstanceId>,
    phase: Phase,
    entered: Instant,
    history: Vec<PhaseReport>,
    images: BTreeMap<ContainerName, Digest>,
    containers: BTreeMap<ContainerName, ContainerReport>,
    engine: Option<EngineReport>,
    health: Vec<HealthReport>,
    failure: Option<Failure>,
    /// Why the run folder does not take the report, while it does not.
    unwritable: Option<Failure>,
}

impl Reporter {
    /// Begins a report for one start of the agent, and the task that writes it.
    pub fn start(platform: &Platform, boot_file: BootFile) -> Self {
        let draft = Draft {
            instance: None,
            phase: Phase::Identify,
            entered: Instant::now(),
            history: Vec::new(),
            images: BTreeMap::new(),
            containers: BTreeMap::new(),
            engine: None,
            health: Vec::new(),
            failure: None,
            unwritable: None,
        };
        let boot = format!("{}-{:08x}", Timestamp::now().as_second(), random() >> 32);
        let (version, written) = (watch::Sender::new(0), watch::Sender::new(0));
        let (heartbeat, draft) = (platform.heartbeat, Mutex::new(draft));
        let fleet = platform.fleet.clone();
        let reporter = Self(Arc::new(Inner { boot_file, heartbeat, boot, draft, version, written, fleet }));
        tokio::spawn(writer::write_all(reporter.clone(), platform.clone()));
        reporter
    }

    /// The instance is in a new phase.
    pub fn enter(&self, phase: Phase) {
        tracing::info!(%phase, "{}", phase.sentence());
        self.change(|draft| {
            let now = Instant::now();
            let spent = now.duration_since(draft.entered).as_secs_f64();
            if let Some(last) = draft.history.last_mut() {
                last.seconds.get_or_insert((spent * 1000.0).round() / 1000.0);
            }
            draft.phase = phase;
            // The first phase began with the agent: whatever came before belongs to no other.
            if !draft.history.is_empty() {
                draft.entered = now;
            }
            draft.history.push(PhaseReport { phase, at: Timestamp::now(), seconds: None, note: None });
        });
        self.say(phase, self.draft().failure.clone().filter(|_| phase == Phase::Failed));
    }

    /// What the current phase waits for, or what came of it.
    pub fn note(&self, note: impl Into<String>) {
        let note = note.into();
        tracing::info!("{note}");
        self.change(|draft| {
            if let Some(last) = draft.history.last_mut() {
                last.note = Some(note);
            }
        });
    }

    /// Which instance this is; nothing is written before that is known.
    pub fn identified(&self, facts: &Facts) {
        self.change(|draft| draft.instance = Some(facts.instance.clone()));
    }

    /// Which engine runs the containers.
    pub fn engine(&self, engine: EngineReport) {
        self.change(|draft| draft.engine = Some(engine));
    }

    /// Which images the containers run.
    pub fn images(&self, images: BTreeMap<ContainerName, Digest>) {
        self.change(|draft| draft.images = images);
    }

    /// How the containers are.
    pub fn containers(&self, containers: BTreeMap<ContainerName, ContainerReport>) {
        // They are looked at every few seconds, and each report costs a write into the store.
        if self.draft().containers != containers {
            self.change(|draft| draft.containers = containers);
        }
    }

    /// A container became healthy or unhealthy.
    pub fn health(&self, change: HealthReport) {
        tracing::info!(container = %change.container, healthy = change.healthy, "{}", change.answer);
        self.change(|draft| {
            draft.health.push(change);
            let surplus = draft.health.len().saturating_sub(HEALTH_KEPT);
            draft.health.drain(..surplus);
        });
    }

    /// Trouble that did not end the release; it stays in the report until another one comes, or [`Self::over`] says that it is over.
    pub fn trouble(&self, failure: Failure) {
        tracing::warn!(phase = %failure.phase, "{}", failure.reason);
        self.say(self.phase(), Some(failure.clone()));
        self.change(|draft| draft.failure = Some(failure));
    }

    /// The trouble with this reason is over. What else is in the report stays.
    pub fn over(&self, reason: &str) {
        tracing::info!("the trouble is over");
        self.change(|draft| draft.failure = draft.failure.take().filter(|failure| failure.reason != reason));
    }

    /// The release cannot run here.
    pub fn failed(&self, failure: Failure) {
        self.change(|draft| draft.failure = Some(failure));
        self.enter(Phase::Failed);
    }

    /// What was noted last in the current phase.
    pub fn last_note(&self) -> Option<String> {
        self.draft().history.last().and_then(|last| last.note.clone())
    }

    /// A sign of life: nothing changed.
    pub fn heartbeat(&self) {
        self.change(|_| {});
    }

    /// The phase that the instance is in.
    pub fn phase(&self) -> Phase {
        self.draft().phase
    }

    /// Waits until everything said so far is written, or the store has had its time.
    pub async fn flush(&self) {
        let version = *self.0.version.borrow();
        let mut written = self.0.written.subscribe();
        if tokio::time::timeout(FLUSH_LIMIT, written.wait_for(|done| *done >= version)).await.is_err() {
            tracing::warn!("the last report did not reach the store");
        }
    }

    /// The store does not take the reports. Who waits for the boot must hear of it some other way; nobody waits for what
    /// serves, and a console has room for little.
    fn is_unheard(&self, error: &StepError) {
        let (phase, reason) = (self.phase(), format!("the report was not written into the store: {error}"));
        tracing::warn!("{reason}");
        if Phase::BOOT.contains(&phase) {
            self.say(phase, Some(StepError { reason, ..error.clone() }.into_failure(phase)));
        }
    }

    fn say(&self, phase: Phase, failure: Option<Failure>) {
        let BootFile { application, release, .. } = &self.0.boot_file;
        let (application, release) = (Some(application.clone()), Some(*release));
        self.0.fleet.say(&ConsoleLine { at: Timestamp::now(), application, release, phase, failure });
    }

    fn change(&self, change: impl FnOnce(&mut Draft)) {
        change(&mut self.draft());
        self.0.version.send_modify(|version| *version += 1);
    }

    fn draft(&self) -> MutexGuard<'_, Draft> {
        self.0.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self) -> Option<BootReport> {
        let (draft, file) = (self.draft(), &self.0.boot_file);
        Some(BootReport {
            installation: file.installation.clone(),
            environment: file.environment.clone(),
            application: file.application.clone(),
            release: file.release,
            instance: draft.instance.clone()?,
            agent: AgentReport { version: env!("CARGO_PKG_VERSION").to_owned(), pid: std::process::id() },
            boot: self.0.boot.clone(),
            phase: draft.phase,
            history: draft.history.clone(),
            images: draft.images.clone(),
            containers: draft.containers.clone(),
            engine: draft.engine.clone(),
            health: draft.health.clone(),
            failure: draft.failure.clone().or_else(|| draft.unwritable.clone().filter(|_| draft.phase == Phase::Ready)),
            updated_at: Timestamp::now(),
            heartbeat: Some(self.0.heartbeat),
        })
    }
}

/// A number that nobody can guess, from the seed that the standard library takes for its hash maps.
pub fn random() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish()
}
