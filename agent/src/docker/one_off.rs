//! From what Docker keeps of one container to another one that runs something else.

use bollard::models::{ContainerCreateBody, ContainerInspectResponse, HostConfig, HostConfigLogConfig};

use crate::engine::facts::OneOffPlan;

/// A container like `model`: its image, environment, user, files and limits.
pub(super) fn body(model: ContainerInspectResponse, plan: &OneOffPlan) -> ContainerCreateBody {
    let config = model.config.unwrap_or_default();
    ContainerCreateBody {
        image: model.image,
        env: config.env,
        entrypoint: plan.entrypoint.clone().or(config.entrypoint),
        cmd: Some(plan.command.clone()),
        user: config.user,
        labels: Some(plan.labels.clone().into_iter().collect()),
        stop_timeout: config.stop_timeout,
        attach_stdin: Some(plan.terminal),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(plan.terminal),
        stdin_once: Some(plan.terminal),
        tty: Some(plan.terminal),
        host_config: Some(host_config(model.host_config.unwrap_or_default())),
        ..ContainerCreateBody::default()
    }
}

fn host_config(model: HostConfig) -> HostConfig {
    HostConfig {
        network_mode: model.network_mode,
        // What it writes is shown to who waits for it, and kept nowhere.
        log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
        cgroup_parent: model.cgroup_parent,
        readonly_rootfs: model.readonly_rootfs,
        cap_drop: model.cap_drop,
        security_opt: model.security_opt,
        init: model.init,
        mounts: model.mounts,
        ..HostConfig::default()
    }
}
