//! Containers by bollard: made as the release says, found by label, read back after every error.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use async_trait::async_trait;
use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, ContainerUpdateBody, EventMessage, HostConfig, HostConfigLogConfig,
    Mount, MountType, RestartPolicy, RestartPolicyNameEnum,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, EventsOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder,
    LogsOptionsBuilder, RemoveContainerOptionsBuilder, RenameContainerOptionsBuilder, StartContainerOptions,
    StopContainerOptions,
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use jetway_common::container::{CONFIG_DIR, LogSettings};

use super::{CHANGE, Docker, LOOK, if_there, one_off, translate};
use crate::engine::facts::{Change, ContainerFacts, ContainerPlan, OneOffPlan};
use crate::engine::{Containers, EngineError};

/// What Docker uses for a container that does not say.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two looks at a container that Docker is removing.
const PAUSE: Duration = Duration::from_millis(50);

#[async_trait]
impl Containers for Docker {
    async fn containers(&self, labels: &BTreeMap<String, String>) -> Result<Vec<ContainerFacts>, EngineError> {
        let options = ListContainersOptionsBuilder::default().all(true).filters(&label_filter(labels)).build();
        let list = async |client: &bollard::Docker| client.list_containers(Some(options)).await;
        let listed = self.call("list containers", LOOK, list).await?;
        let mut found = Vec::new();
        for id in listed.into_iter().filter_map(|summary| summary.id) {
            found.extend(self.container(&id).await?);
        }
        Ok(found)
    }

    async fn container(&self, id: &str) -> Result<Option<ContainerFacts>, EngineError> {
        let inspect = async |client: &bollard::Docker| {
            if_there(client.inspect_container(id, None::<InspectContainerOptions>).await)
        };
        Ok(self.call("inspect a container", LOOK, inspect).await?.map(facts))
    }

    async fn create(&self, plan: &ContainerPlan) -> Result<String, EngineError> {
        let options = CreateContainerOptionsBuilder::default().name(&plan.name).build();
        let body = body(plan, self.log);
        let create = async |client: &bollard::Docker| client.create_container(Some(options), body).await;
        Ok(self.call("create a container", CHANGE, create).await?.id)
    }

    async fn create_like(&self, model: &str, plan: &OneOffPlan) -> Result<String, EngineError> {
        let options = CreateContainerOptionsBuilder::default().name(&plan.name).build();
        let inspect =
            async |client: &bollard::Docker| client.inspect_container(model, None::<InspectContainerOptions>).await;
        let body = one_off::body(self.call("inspect a container", LOOK, inspect).await?, plan);
        let create = async |client: &bollard::Docker| client.create_container(Some(options), body).await;
        Ok(self.call("create a container", CHANGE, create).await?.id)
    }

    async fn start(&self, id: &str) -> Result<(), EngineError> {
        let start = async |client: &bollard::Docker| client.start_container(id, None::<StartContainerOptions>).await;
        self.call("start a container", CHANGE, start).await
    }

    async fn stop(&self, container: &ContainerFacts) -> Result<(), EngineError> {
        let limit = container.stop_timeout + LOOK;
        let stop = async |client: &bollard::Docker| {
            if_there(client.stop_container(&container.id, None::<StopContainerOptions>).await)
        };
        let stopped = self.call("stop a container", limit, stop).await;
        let Err(error) = stopped else { return Ok(()) };
        match self.container(&container.id).await? {
            Some(facts) if facts.is_running || facts.is_restarting => Err(error),
            _ => Ok(()),
        }
    }

    async fn remove(&self, id: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        let remove = async |client: &bollard::Docker| if_there(client.remove_container(id, Some(options)).await);
        match self.call("remove a container", CHANGE, remove).await {
            Ok(_) => Ok(()),
            // Somebody else was a moment faster.
            Err(error @ EngineError::Conflict { .. }) => self.removed(id, error).await,
            // Docker may have removed it before the line broke.
            Err(error) => {
                if self.container(id).await?.is_none() {
                    Ok(())
                } else {
                    Err(error)
                }
            }
        }
    }

    async fn rename(&self, id: &str, name: &str) -> Result<(), EngineError> {
        let options = RenameContainerOptionsBuilder::default().name(name).build();
        let rename = async |client: &bollard::Docker| client.rename_container(id, options).await;
        self.call("rename a container", LOOK, rename).await
    }

    async fn keep_running(&self, id: &str, always: bool) -> Result<(), EngineError> {
        let body = ContainerUpdateBody { restart_policy: Some(policy(always)), ..ContainerUpdateBody::default() };
        let update = async |client: &bollard::Docker| client.update_container(id, body).await;
        self.call("change a container's restart policy", LOOK, update).await
    }

    fn log(&self, id: &str, lines: u32) -> BoxStream<'static, Result<Bytes, EngineError>> {
        let builder = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&lines.to_string());
        let Some(client) = self.client.get() else { return futures_util::stream::empty().boxed() };
        let pieces = client.clone().logs(id, Some(builder.build()));
        pieces
            .map(|piece| piece.map(bollard::container::LogOutput::into_bytes).map_err(|e| translate("give a log", &e)))
            .boxed()
    }

    fn changes(&self, labels: &BTreeMap<String, String>) -> BoxStream<'static, Change> {
        let mut filters = label_filter(labels);
        filters.insert("type".to_owned(), vec!["container".to_owned()]);
        // Commands that people run in a container are events too, and change nothing.
        filters.insert("event".to_owned(), ["start", "die", "destroy"].map(str::to_owned).into());
        let Some(client) = self.client.get() else { return futures_util::stream::empty().boxed() };
        let events = client.clone().events(Some(EventsOptionsBuilder::default().filters(&filters).build()));
        // An error is the end of the stream: whoever listens opens a new one and looks at everything again.
        events.scan((), |(), event| std::future::ready(event.ok().map(change))).boxed()
    }
}

impl Docker {
    /// Waits until a container that is being removed is gone.
    async fn removed(&self, id: &str, error: EngineError) -> Result<(), EngineError> {
        let gone = async {
            while self.container(id).await?.is_some() {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        };
        tokio::time::timeout(LOOK, gone).await.unwrap_or(Err(error))
    }
}

fn change(event: EventMessage) -> Change {
    let actor = event.actor.unwrap_or_default();
    let exit_code = actor.attributes.and_then(|all| all.get("exitCode")?.parse().ok());
    Change { container: actor.id.unwrap_or_default(), exit_code }
}

fn label_filter(labels: &BTreeMap<String, String>) -> HashMap<String, Vec<String>> {
    let labels = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    HashMap::from([("label".to_owned(), labels)])
}

fn policy(always: bool) -> RestartPolicy {
    let name = if always { RestartPolicyNameEnum::ALWAYS } else { RestartPolicyNameEnum::NO };
    RestartPolicy { name: Some(name), maximum_retry_count: None }
}

fn body(plan: &ContainerPlan, log: LogSettings) -> ContainerCreateBody {
    let env = plan.environment.iter().map(|(name, value)| format!("{name}={}", value.reveal())).collect();
    ContainerCreateBody {
        image: Some(plan.image.clone()),
        env: Some(env),
        entrypoint: plan.entrypoint.clone(),
        cmd: plan.command.clone(),
        user: plan.user.clone(),
        labels: Some(plan.labels.clone().into_iter().collect()),
        stop_timeout: i64::try_from(plan.stop_timeout.as_secs()).ok(),
        host_config: Some(host_config(plan, log)),
        ..ContainerCreateBody::default()
    }
}

fn host_config(plan: &ContainerPlan, LogSettings { driver, options }: LogSettings) -> HostConfig {
    let log_options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let drop = |text: &str| plan.drop_capabilities.then(|| vec![text.to_owned()]);
    HostConfig {
        network_mode: Some("host".to_owned()),
        // Until it was healthy once, a container that exits must stay visible as exited, with its exit code.
        restart_policy: Some(policy(false)),
        log_config: Some(HostConfigLogConfig { typ: Some(driver.to_owned()), config: Some(log_options.collect()) }),
        cgroup_parent: plan.slice.map(str::to_owned),
        readonly_rootfs: Some(plan.read_only),
        cap_drop: drop("ALL"),
        security_opt: drop("no-new-privileges:true"),
        init: Some(false),
        // A mount, not a bind: Docker would make up an empty folder for a bind whose source is gone after a reboot.
        mounts: plan.config_dir.as_ref().map(|folder| {
            vec![Mount {
                typ: Some(MountType::BIND),
                source: Some(folder.to_string_lossy().into_owned()),
                target: Some(CONFIG_DIR.to_owned()),
                read_only: Some(true),
                ..Mount::default()
            }]
        }),
        ..HostConfig::default()
    }
}

fn facts(found: ContainerInspectResponse) -> ContainerFacts {
    let state = found.state.unwrap_or_default();
    let config = found.config.unwrap_or_default();
    let policy = found.host_config.and_then(|host| host.restart_policy).and_then(|policy| policy.name);
    let is_restarting = state.restarting.unwrap_or_default();
    let stop_timeout = config.stop_timeout.and_then(|seconds| u64::try_from(seconds).ok());
    ContainerFacts {
        id: found.id.unwrap_or_default(),
        name: found.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        image: found.image.unwrap_or_default(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        state: state.status.map(|status| status.to_string()).unwrap_or_default(),
        // A crash loop says `Running` and `Restarting` at once.
        is_running: state.running.unwrap_or_default() && !is_restarting,
        is_restarting,
        exit_code: state.exit_code.unwrap_or_default(),
        error: state.error.unwrap_or_default(),
        // A container that never started says year 1.
        started_at: state.started_at.filter(|text| !text.starts_with("0001")).and_then(|text| text.parse().ok()),
        pid: state.pid.filter(|pid| *pid > 0).and_then(|pid| i32::try_from(pid).ok()),
        always: policy == Some(RestartPolicyNameEnum::ALWAYS),
        stop_timeout: stop_timeout.map_or(STOP_TIMEOUT, Duration::from_secs),
    }
}
