//! The local Docker engine. Types of the Docker library stay in this folder.

pub mod about;
pub mod containers;
pub mod exec;
pub mod images;
pub mod logs;
pub mod one_off;
pub mod program;
pub mod push;

mod failure;

use bollard::Docker;

use crate::error::UserError;

/// A connection to the local Docker engine, with the API version agreed on.
#[derive(Clone)]
pub struct Engine {
    docker: Docker,
}

/// The oldest API version that Jetway is tested with: Docker 19.03.
const OLDEST_API: (usize, usize) = (1, 40);

impl Engine {
    /// Connects to the engine that `DOCKER_HOST` names, else to the default socket.
    pub async fn connect() -> anyhow::Result<Self> {
        let unreachable = |error: bollard::errors::Error| {
            UserError::failed(format!("Docker does not answer: {error}"))
                .hint("start the Docker engine, or set DOCKER_HOST")
        };
        let docker = Docker::connect_with_defaults().map_err(unreachable)?;
        let docker = docker.negotiate_version().await.map_err(unreachable)?;
        let version = docker.client_version();
        if (version.major_version, version.minor_version) < OLDEST_API {
            let (major, minor) = OLDEST_API;
            let message = format!("Docker speaks API {version}, and Jetway needs {major}.{minor} or later");
            return Err(UserError::failed(message).into());
        }
        Ok(Self { docker })
    }
}
