//! One-off containers: created for one program, attached to, and removed with all they hold.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType};
use bollard::query_parameters::{
    AttachContainerOptions, CreateContainerOptions, RemoveContainerOptions, ResizeContainerTTYOptions,
    StartContainerOptions, StopContainerOptions, WaitContainerOptions,
};
use futures_util::StreamExt as _;
use jetway_common::container::CONFIG_DIR;
use jetway_common::release::ContainerSettings;
use jetway_common::seconds::Seconds;
use jetway_common::secret::SecretText;

use super::Engine;
use super::failure::{is_missing, reason, refused};
use super::program::Program;
use crate::error::{Exit, UserError};
use crate::terminal::Size;

/// Between two looks at a container that Docker removes.
const PAUSE: Duration = Duration::from_millis(20);
/// So many looks are half a minute.
const LOOKS: u32 = 1500;

/// What a one-off container is made from.
pub struct OneOff {
    /// Docker's name for it.
    pub name: String,
    /// Docker's id of its image.
    pub image: String,
    /// How the release runs its container; the command is replaced.
    pub settings: ContainerSettings,
    /// What is run.
    pub command: Vec<String>,
    /// All it finds in its environment.
    pub environment: BTreeMap<String, SecretText>,
    /// What tells people whose it is.
    pub labels: BTreeMap<String, String>,
    /// The folder in memory that it sees as its config, when that is delivered as files.
    pub config_folder: Option<PathBuf>,
    /// Whether it has a terminal.
    pub tty: bool,
}

impl Engine {
    /// Docker's id of the first of these images that it has.
    pub async fn first_image(&self, candidates: &[&str]) -> anyhow::Result<Option<String>> {
        for candidate in candidates {
            match self.docker.inspect_image(candidate).await {
                Ok(image) => return Ok(Some(image.id.unwrap_or_else(|| (*candidate).to_owned()))),
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(refused("inspect an image")(error)),
            }
        }
        Ok(None)
    }

    /// Creates the container and attaches to it; nothing runs yet.
    pub async fn create_one_off(&self, one_off: OneOff) -> anyhow::Result<(String, Program)> {
        let options = CreateContainerOptions { name: Some(one_off.name.clone()), ..CreateContainerOptions::default() };
        let created = self.docker.create_container(Some(options), body(one_off)).await;
        let id = created.map_err(refused("create the container"))?.id;
        let options = AttachContainerOptions {
            stream: true,
            stdin: true,
            stdout: true,
            stderr: true,
            ..AttachContainerOptions::default()
        };
        match self.docker.attach_container(&id, Some(options)).await {
            Ok(attached) => Ok((id, Program::new(attached.output, attached.input))),
            Err(error) => {
                self.remove(&id).await?;
                Err(refused("attach to the container")(error))
            }
        }
    }

    /// Starts the container. The exit code of a program that cannot be started is that of a shell: 127 or 126.
    pub async fn start(&self, id: &str) -> anyhow::Result<()> {
        let started = self.docker.start_container(id, None::<StartContainerOptions>).await;
        started.map_err(|error| {
            let why = reason(&error);
            let exit = match why.as_str() {
                why if why.contains("no such file") || why.contains("not found") => Exit::Program(127),
                why if why.contains("permission denied") => Exit::Program(126),
                _ => Exit::Failed,
            };
            let message = format!("Docker could not start the program: {why}");
            UserError { message, hint: None, exit }.into()
        })
    }

    /// Waits for the next end of the container's program: its exit code. To be begun before the start.
    pub async fn exit_code(&self, id: &str) -> anyhow::Result<i64> {
        let options = WaitContainerOptions { condition: "next-exit".to_owned() };
        match Box::pin(self.docker.wait_container(id, Some(options))).next().await {
            Some(Ok(ended)) => Ok(ended.status_code),
            Some(Err(Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(error)) => Err(refused("tell the program's exit code")(error)),
            None => Err(UserError::failed("Docker did not tell the program's exit code").into()),
        }
    }

    /// Tells the container's program to end, and ends it when it has not after `grace`.
    pub async fn stop(&self, id: &str, grace: Seconds) {
        // Docker answers only when the program has ended.
        let docker = self.docker.clone().with_timeout(grace.duration() + Duration::from_secs(30));
        let options = StopContainerOptions { signal: None, t: i32::try_from(grace.0).ok() };
        // What does not stop is removed with force.
        let _ = docker.stop_container(id, Some(options)).await;
    }

    /// Removes the container, whatever it does; it may be gone, and it is when this is done.
    pub async fn remove(&self, id: &str) -> anyhow::Result<()> {
        let options = RemoveContainerOptions { force: true, v: true, link: false };
        match self.docker.remove_container(id, Some(options)).await {
            Err(error) if is_missing(&error) => Ok(()),
            Ok(()) => Ok(()),
            // 409: Docker removes it already, as it does by itself when the program ends.
            Err(Error::DockerResponseServerError { status_code: 409, .. }) => self.removed(id).await,
            Err(error) => Err(refused("remove the one-off container")(error)),
        }
    }

    /// Waits until the container is gone.
    async fn removed(&self, id: &str) -> anyhow::Result<()> {
        for _ in 0..LOOKS {
            if !self.exists(id).await? {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(UserError::failed("Docker does not come to an end with removing the one-off container").into())
    }

    /// Tells the container's program that its terminal has another size.
    pub async fn resize(&self, id: &str, size: Size) {
        let options = ResizeContainerTTYOptions { h: size.1.into(), w: size.0.into() };
        // The program may have ended meanwhile; a wrong width is no reason to end with an error.
        let _ = self.docker.resize_container_tty(id, options).await;
    }
}

fn body(one_off: OneOff) -> ContainerCreateBody {
    let OneOff { image, settings, command, environment, labels, config_folder, tty, name: _ } = one_off;
    let env = environment.iter().map(|(name, value)| format!("{name}={}", value.reveal())).collect();
    ContainerCreateBody {
        image: Some(image),
        entrypoint: settings.entrypoint,
        cmd: Some(command),
        env: Some(env),
        user: settings.user,
        labels: Some(labels.into_iter().collect::<HashMap<_, _>>()),
        stop_timeout: Some(settings.stop_timeout.0.into()),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(true),
        stdin_once: Some(true),
        tty: Some(tty),
        host_config: Some(HostConfig {
            // Docker removes it even when this program is killed.
            auto_remove: Some(true),
            network_mode: Some("host".to_owned()),
            readonly_rootfs: Some(settings.read_only),
            cap_drop: settings.drop_capabilities.then(|| vec!["ALL".to_owned()]),
            security_opt: settings.drop_capabilities.then(|| vec!["no-new-privileges:true".to_owned()]),
            mounts: config_folder.map(|folder| vec![mount(&folder)]),
            // What it writes is shown here and kept nowhere.
            log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn mount(folder: &Path) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(folder.to_string_lossy().into_owned()),
        target: Some(CONFIG_DIR.to_owned()),
        read_only: Some(true),
        ..Mount::default()
    }
}
