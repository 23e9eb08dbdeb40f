//! Takes containers away decently: stopped within their own time, their log saved, then removed. And reads logs.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::engine::facts::ContainerFacts;
use crate::engine::{Engine, EngineError};
use crate::platform::Platform;
use crate::text::Redactor;

/// What is kept of the log of a container that is removed.
const LOG_BYTES: usize = 10_000_000;
const LOG_LINES: u32 = 100_000;
/// What a failure shows of it.
const TAIL_LINES: usize = 20;
const LOG_LIMIT: Duration = Duration::from_secs(30);

/// Stops a container, saves its log, removes it.
pub async fn remove(platform: &Platform, container: &ContainerFacts) -> Result<(), EngineError> {
    tracing::info!(name = %container.name, "removing a container");
    if container.is_running || container.is_restarting {
        if container.always {
            platform.engine.keep_running(&container.id, false).await?;
        }
        platform.engine.stop(container).await?;
    }
    save_log(platform, container).await;
    platform.engine.remove(&container.id).await
}

/// The last lines of a container's log, without secrets and control characters.
pub async fn last_lines(engine: &dyn Engine, id: &str, redactor: &Redactor) -> Vec<String> {
    // Docker counts empty lines too; ours are those that say something.
    let lines = u32::try_from(TAIL_LINES * 3).unwrap_or(u32::MAX);
    redactor.last_lines(&read(engine, id, lines).await, TAIL_LINES)
}

/// A log that cannot be saved must not keep a container from being removed.
async fn save_log(platform: &Platform, container: &ContainerFacts) {
    let Some(name) = container.container() else { return };
    let log = read(platform.engine.as_ref(), &container.id, LOG_LINES).await;
    if log.is_empty() && container.started_at.is_none() {
        return;
    }
    let path = platform.run_dir.log(&name);
    let saved = tokio::task::spawn_blocking(move || crate::file::replace(&path, &log, 0o600)).await;
    if let Ok(Err(error)) = saved {
        tracing::warn!(%error, container = %name, "the log was not saved");
    }
}

async fn read(engine: &dyn Engine, id: &str, lines: u32) -> Vec<u8> {
    let mut log = engine.log(id, lines);
    let mut kept: VecDeque<Bytes> = VecDeque::new();
    let mut size = 0;
    let deadline = tokio::time::Instant::now() + LOG_LIMIT;
    while let Ok(Some(Ok(piece))) = tokio::time::timeout_at(deadline, log.next()).await {
        size += piece.len();
        kept.push_back(piece);
        while size > LOG_BYTES {
            size -= kept.pop_front().map_or(size, |oldest| oldest.len());
        }
    }
    kept.into_iter().flatten().collect()
}
