//! An engine in memory for tests: containers, and images by name; each call on a broken one fails, and it can be away for some calls.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use tokio::sync::Notify;

use super::facts::{Change, ContainerFacts, ContainerPlan, EngineFacts, ImageFacts, OneOffPlan};
use super::{Archive, BTreeMap, BoxStream, Bytes, Containers, Duration, EngineError, Images, async_trait};
use jetway_common::container::{CONTAINER, ONE_OFF, RELEASE};

/// The engine; what was done to its containers is seen in them.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) containers: Mutex<Vec<ContainerFacts>>,
    /// The containers that refuse everything.
    pub(crate) broken: Vec<String>,
    /// How many of the next lists are not answered.
    pub(crate) away: AtomicU32,
    /// How often it was asked for a list.
    pub(crate) lists: AtomicU32,
    /// Told, it ends what tells of changes.
    pub(crate) hang_up: Arc<Notify>,
    /// What happens on the machine while it makes a one-off container.
    pub(crate) meanwhile: Option<Box<dyn Fn() + Send + Sync>>,
    /// The layers of the images that it has.
    pub(crate) images: BTreeMap<String, Vec<String>>,
    /// Told, it ends a pull, of which it gets nothing.
    pub(crate) pull_ends: Option<Arc<Notify>>,
}

/// A container of `release` that runs and is restarted when it exits; its name is its id.
pub(crate) fn serving(id: &str, release: &str) -> ContainerFacts {
    let container = id.rsplit('-').next().unwrap_or_default();
    ContainerFacts {
        id: id.to_owned(),
        name: id.to_owned(),
        image: "image".to_owned(),
        labels: [(RELEASE, release), (CONTAINER, container)].map(|(name, value)| (name.into(), value.into())).into(),
        state: "running".to_owned(),
        is_running: true,
        is_restarting: false,
        exit_code: 0,
        error: String::new(),
        started_at: Some(jiff::Timestamp::UNIX_EPOCH),
        pid: None,
        always: true,
        stop_timeout: Duration::from_secs(10),
    }
}

/// A one-off container of v1 that runs.
pub(crate) fn one_off(id: &str) -> ContainerFacts {
    let labels = [(RELEASE, "v1"), (ONE_OFF, "web")].map(|(name, value)| (name.into(), value.into())).into();
    ContainerFacts { labels, always: false, ..serving(id, "v1") }
}

impl Fake {
    pub(crate) fn with(containers: impl IntoIterator<Item = ContainerFacts>) -> Self {
        Self { containers: Mutex::new(containers.into_iter().collect()), ..Self::default() }
    }

    /// What people see of the containers: `v1-web.set-aside stopped`, `v1-web running always`.
    pub(crate) fn story(&self) -> Vec<String> {
        let line = |container: &ContainerFacts| {
            let runs = if container.is_running { "running" } else { "stopped" };
            format!("{} {runs}{}", container.name, if container.always { " always" } else { "" })
        };
        self.containers.lock().unwrap().iter().map(line).collect()
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut ContainerFacts)) -> Result<(), EngineError> {
        let refused = |why: &str| EngineError::Refused { call: "obey", message: why.to_owned(), internal: true };
        if self.broken.iter().any(|broken| broken == id) {
            return Err(refused("it is broken"));
        }
        let mut containers = self.containers.lock().unwrap();
        containers.iter_mut().find(|container| container.id == id).map(change).ok_or_else(|| refused("it is gone"))
    }
}

#[async_trait]
impl Containers for Fake {
    async fn containers(&self, _: &BTreeMap<String, String>) -> Result<Vec<ContainerFacts>, EngineError> {
        self.lists.fetch_add(1, Ordering::SeqCst);
        let is_away = self.away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if is_away { Err(EngineError::Away("away".to_owned())) } else { Ok(self.containers.lock().unwrap().clone()) }
    }

    async fn container(&self, id: &str) -> Result<Option<ContainerFacts>, EngineError> {
        Ok(self.containers.lock().unwrap().iter().find(|container| container.id == id).cloned())
    }

    async fn create(&self, plan: &ContainerPlan) -> Result<String, EngineError> {
        self.containers.lock().unwrap().push(serving(&plan.name, "v1"));
        Ok(plan.name.clone())
    }

    async fn create_like(&self, _: &str, plan: &OneOffPlan) -> Result<String, EngineError> {
        if let Some(happen) = &self.meanwhile {
            happen();
        }
        self.containers.lock().unwrap().push(one_off(&plan.name));
        Ok(plan.name.clone())
    }

    async fn start(&self, id: &str) -> Result<(), EngineError> {
        self.change(id, |container| container.is_running = true)
    }

    async fn stop(&self, container: &ContainerFacts) -> Result<(), EngineError> {
        tokio::time::sleep(container.stop_timeout).await;
        self.change(&container.id, |container| container.is_running = false)
    }

    async fn remove(&self, id: &str) -> Result<(), EngineError> {
        self.containers.lock().unwrap().retain(|container| container.id != id);
        Ok(())
    }

    async fn rename(&self, id: &str, name: &str) -> Result<(), EngineError> {
        self.change(id, |container| name.clone_into(&mut container.name))
    }

    async fn keep_running(&self, id: &str, always: bool) -> Result<(), EngineError> {
        self.change(id, |container| container.always = always)
    }

    fn log(&self, _: &str, _: u32) -> BoxStream<'static, Result<Bytes, EngineError>> {
        Box::pin(futures_util::stream::empty())
    }

    fn changes(&self, _: &BTreeMap<String, String>) -> BoxStream<'static, Change> {
        let hang_up = Arc::clone(&self.hang_up);
        let told = futures_util::stream::once(async move { hang_up.notified().await });
        Box::pin(told.filter_map(|()| std::future::ready(None)))
    }
}

#[async_trait]
impl Images for Fake {
    async fn describe(&self) -> Result<EngineFacts, EngineError> {
        Err(EngineError::Away("it has no name".to_owned()))
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>, EngineError> {
        let facts = |layers: &Vec<String>| ImageFacts {
            id: reference.to_owned(),
            diff_ids: layers.clone(),
            digests: Vec::new(),
        };
        Ok(self.images.get(reference).map(facts))
    }

    async fn every_image(&self) -> Result<Vec<String>, EngineError> {
        Ok(self.images.keys().cloned().collect())
    }

    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError> {
        let tag = |name: &String| Some(name.strip_prefix(repository)?.strip_prefix(':')?.to_owned());
        Ok(self.images.keys().filter_map(tag).collect())
    }

    async fn pull(&self, _: &str, _: &str) -> Result<(), EngineError> {
        if let Some(ends) = &self.pull_ends {
            ends.notified().await;
        }
        Ok(())
    }

    async fn load(&self, _: Archive) -> Result<(), EngineError> {
        Ok(())
    }

    async fn tag(&self, _: &str, _: &str, _: &str) -> Result<(), EngineError> {
        Ok(())
    }

    async fn untag(&self, _: &str) -> Result<(), EngineError> {
        Ok(())
    }
}
