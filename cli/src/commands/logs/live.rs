//! The logs of containers that Docker has: all of what there is in the order of time, or line by line as it comes.

use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::mpsc::{Sender, channel};

use super::view::View;
use crate::docker::Engine;
use crate::docker::containers::Found;
use crate::docker::logs::{Line, Lines, Part};

/// Before a container that is being started again is asked anew.
const PAUSE: Duration = Duration::from_millis(300);
/// Lines that may wait for a slow reader.
const WAITING: usize = 256;

/// Shows what there is, in the order of time; only one line of each container is held.
pub(super) async fn show(engine: &Engine, containers: &[Found], part: &Part, view: &View) -> anyhow::Result<()> {
    let mut sources = Vec::new();
    for container in containers {
        let mut lines = engine.logs(&container.id, part);
        let head = lines.next().await.transpose()?;
        sources.push((container, lines, head));
    }
    while let Some((container, lines, head)) = earliest(&mut sources) {
        let Some(line) = head.take() else { break };
        if !view.show(container, &line)? {
            break;
        }
        *head = lines.next().await.transpose()?;
    }
    Ok(())
}

type Source<'a> = (&'a Found, Lines, Option<Line>);

fn earliest<'s, 'a>(sources: &'s mut [Source<'a>]) -> Option<&'s mut Source<'a>> {
    let at = |source: &Source<'_>| source.2.as_ref().map(|line| line.at);
    sources.iter_mut().filter(|source| source.2.is_some()).min_by_key(|source| at(source))
}

/// Shows lines as they come, until all containers are gone or nobody reads; whether it is the former.
pub(super) async fn follow(engine: &Engine, containers: Vec<Found>, part: &Part, view: &View) -> anyhow::Result<bool> {
    let (sender, mut lines) = channel(WAITING);
    for container in containers {
        tokio::spawn(follow_one(engine.clone(), container, part.clone(), sender.clone()));
    }
    drop(sender);
    while let Some(line) = lines.recv().await {
        let (container, line) = line?;
        if !view.show(&container, &line)? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn follow_one(
    engine: Engine,
    container: Found,
    mut part: Part,
    sender: Sender<anyhow::Result<(Found, Line)>>,
) -> Option<()> {
    let (mut last, mut seen) = (Timestamp::MIN, Timestamp::MIN);
    loop {
        let mut lines = engine.logs(&container.id, &part);
        while let Some(line) = lines.next().await {
            // Docker begins again at the whole second. Within one answer, the two channels may overtake each other.
            if line.as_ref().is_ok_and(|line| line.at <= seen) {
                continue;
            }
            last = line.as_ref().map_or(last, |line| line.at.max(last));
            sender.send(line.map(|line| (container.clone(), line))).await.ok()?;
        }
        match engine.is_alive(&container.id).await {
            Ok(true) => tokio::time::sleep(PAUSE).await,
            Ok(false) => return None,
            Err(error) => return sender.send(Err(error)).await.ok(),
        }
        if last > Timestamp::UNIX_EPOCH {
            part = Part { follow: true, since: Some(last), tail: None };
            seen = last;
        }
    }
}
