//! A program in a container that runs on an instance.

use super::Arguments;
use crate::error::Exit;
use crate::on_instance;
use crate::remote::{Job, Remote};
use crate::session::{Session, Target};
use crate::spot::{self, Spot, Wish};

pub(super) async fn run(
    session: &Session,
    target: &Target,
    remote: &dyn Remote,
    arguments: &Arguments,
) -> anyhow::Result<Exit> {
    let Arguments { instance, container, command, timeout, .. } = arguments;
    let wish = Wish { instance: instance.as_ref(), release: None, container: container.as_ref() };
    let Spot { instance, record, container } = spot::container(session, target, wish).await?;
    let job = Job::Exec { container: &record.docker_name(&container), program: command };
    on_instance::run(session.printer, remote, &instance, job, *timeout).await
}
