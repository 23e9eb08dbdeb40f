//! A one-off container on an instance, whose agent makes it: no value of the config leaves the instance for it.

use super::Arguments;
use crate::error::{Exit, UserError};
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
    let Arguments { instance, release, container, entrypoint, command, timeout, config, .. } = arguments;
    if let Some(version) = config {
        let message = format!("config {version} cannot be had on an instance: it has the config of its release alone");
        return Err(UserError::usage(message)
            .hint("leave --config out; `jetway deploy` releases another config")
            .into());
    }
    let wish = Wish { instance: instance.as_ref(), release: *release, container: container.as_ref() };
    let Spot { instance, record, container } = spot::container(session, target, wish).await?;
    session.printer.detail(super::origin(&container, &record));
    let stop_timeout = record.containers[&container].settings.stop_timeout;
    let job = Job::OneOff { container: &container, entrypoint: entrypoint.as_deref(), command, stop_timeout };
    on_instance::run(session.printer, remote, &instance, job, *timeout).await
}
