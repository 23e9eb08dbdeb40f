//! Has the engine push an image to an endpoint on this machine, under a name that the image has no longer than that takes.

use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::{PushImageOptions, RemoveImageOptions, TagImageOptions};
use futures_util::TryStreamExt as _;

use super::Engine;
use super::failure::{is_missing, refused};

/// How long the engine may take to ask a registry on its own machine.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
/// An engine compresses what it pushes, with one core for each layer.
const PUSH_TIMEOUT: Duration = Duration::from_hours(1);

/// What Docker 25 and 26 begin with when they lack a part of what is to be pushed.
const LACKING: &str = "missing content:";

/// A name for an image in the engine: `127.0.0.1:40000/jetway/push` and a tag.
#[derive(Debug, Clone)]
pub struct Name {
    /// The registry's address and the repository in it.
    pub repository: String,
    /// The tag.
    pub tag: String,
}

impl Name {
    /// As one word.
    pub fn reference(&self) -> String {
        format!("{}:{}", self.repository, self.tag)
    }
}

impl Engine {
    /// Has the engine ask the registry of this name for it. What comes of it is seen there, so nothing is answered here.
    pub async fn ask_registry(&self, name: &Name) {
        let reference = name.reference();
        let asked = self.docker.inspect_registry_image(&reference, None);
        let _ = tokio::time::timeout(ASK_TIMEOUT, asked).await;
    }

    /// Gives an image one more name.
    pub async fn name_image(&self, id: &str, name: &Name) -> anyhow::Result<()> {
        let options = TagImageOptions { repo: Some(name.repository.clone()), tag: Some(name.tag.clone()) };
        self.docker.tag_image(id, Some(options)).await.map_err(refused("name the image"))
    }

    /// Pushes the image of this name to the registry in it, until Docker says that it is done. None where it lacks a part
    /// of the image, as of one for several platforms that was pulled for one of them: from Docker 27 on it then pushes the
    /// part that it has (<https://docs.docker.com/reference/cli/docker/image/push/>).
    pub async fn push_image(&self, name: &Name) -> anyhow::Result<Option<()>> {
        let docker = self.docker.clone().with_timeout(PUSH_TIMEOUT);
        let options = PushImageOptions { tag: Some(name.tag.clone()), platform: None };
        let mut told = Box::pin(docker.push_image(&name.repository, Some(options), None));
        loop {
            match told.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Some(())),
                Err(Error::DockerStreamError { error }) if error.starts_with(LACKING) => return Ok(None),
                Err(error) => return Err(refused("push the image")(error)),
            }
        }
    }

    /// Takes a name from its image; it may be gone. An image that has no other is removed with it.
    pub async fn forget_name(&self, reference: &str) -> anyhow::Result<()> {
        let options = RemoveImageOptions { force: false, noprune: true, platforms: None };
        match self.docker.remove_image(reference, Some(options), None).await {
            Err(error) if !is_missing(&error) => Err(refused(format!("remove the name `{reference}`"))(error)),
            _ => Ok(()),
        }
    }
}
