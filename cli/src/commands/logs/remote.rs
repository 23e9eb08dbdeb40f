//! The logs of containers on instances: what was collected of them, and goes on being collected when an instance is gone.

use jetway_common::name::ReleaseName;
use jiff::{SignedDuration, Timestamp};

use super::Arguments;
use super::since::Since;
use super::view::View;
use crate::error::{Exit, UserError};
use crate::remote::{LogPart, Remote};
use crate::session::{Session, Target};
use crate::{releases, reports};

/// How far back is shown when nothing says so: the logs of all the past would be of no use.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn run(
    session: &Session,
    target: &Target,
    remote: &dyn Remote,
    arguments: &Arguments,
) -> anyhow::Result<Exit> {
    let release = if arguments.previous { Some(previous(session, target).await?) } else { arguments.release };
    let part = LogPart {
        since: since(session, target, arguments, release).await?,
        tail: arguments.tail.map(usize::try_from).transpose()?,
        follow: arguments.follow,
        instance: arguments.instance.clone(),
        container: arguments.container.clone(),
        release,
    };
    let view = View::of_instances(session.printer, arguments.timestamps);
    let mut log = remote.log(target, part);
    let mut is_empty = true;
    while let Some(lines) = log.next().await? {
        for line in &lines {
            is_empty = false;
            if !view.show_remote(line)? {
                return Ok(Exit::Done);
            }
        }
    }
    if is_empty {
        session.printer.say(nothing(target, arguments));
    }
    Ok(Exit::Done)
}

/// Logs outlive instances and releases, so a name that nothing has now is no mistake by itself.
fn nothing(target: &Target, arguments: &Arguments) -> String {
    let whose = if arguments.instance.is_some() || arguments.container.is_some() {
        format!("; `jetway status {} --instances` lists instances and their containers", target.environment)
    } else {
        String::new()
    };
    format!("there is no such line{whose}")
}

/// A release is shown from its first boot on, and all else of late.
async fn since(
    session: &Session,
    target: &Target,
    arguments: &Arguments,
    release: Option<ReleaseName>,
) -> anyhow::Result<Option<Timestamp>> {
    if let Some(since) = arguments.since {
        return Ok(Some(Since::time(since)));
    }
    if let Some(release) = release {
        let reports = reports::read(session.store(), target, release).await?;
        let begun = reports.readable.iter().filter_map(|report| Some(report.history.first()?.at));
        return Ok(begun.min());
    }
    if arguments.tail.is_some() {
        return Ok(None);
    }
    session.printer.say("the last 10 minutes; --since and --tail go further back");
    Ok(Some(Timestamp::now().checked_sub(RECENT)?))
}

async fn previous(session: &Session, target: &Target) -> anyhow::Result<ReleaseName> {
    let none = || {
        let Target { application, environment, .. } = target;
        UserError::failed(format!("no release of {application} was live in {environment} before the one of now"))
            .hint(format!("`jetway releases {environment}` lists them; --release names one"))
    };
    Ok(releases::current(session.store(), &target.keys).await?.previous.ok_or_else(none)?)
}
