//! The ends of a release on this machine: drained on purpose, given up with its predecessor brought back, or stopped with
//! the whole system, to start again with it.

use std::time::Duration;

use jetway_common::boot_file::BootFile;
use jetway_common::report::{Failure, Phase};

use crate::config_files;
use crate::engine::EngineError;
use crate::engine::facts::ContainerFacts;
use crate::failpoint;
use crate::hold::hold;
use crate::platform::{Descent, Hold, Left, Platform};
use crate::predecessors::{self, Kin, Restored, Survey, has_served};
use crate::removal;
use crate::reporter::Reporter;
use crate::steps::pull;
use crate::tell;

/// Docker may be on its way back; longer than this nobody wants to wait for the end.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);
/// A machine that is being switched off has a few minutes until its power is cut, and its containers need some to stop: so long
/// somebody may take to hear of it, and so long the load balancer to let go.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/how-ec2-instance-stop-start-works.html>
const TELLING: Duration = Duration::from_secs(15);
const LETTING_GO: Duration = Duration::from_mins(1);

/// Waits until nobody asks for the release, then stops and removes its containers, as ordered; an aborted boot brings its
/// predecessor back.
pub async fn drain(platform: &Platform, reporter: &Reporter, boot_file: &BootFile) -> Result<(), Failure> {
    reporter.enter(Phase::Draining);
    let kin = Kin::new(boot_file);
    // Whoever does not know whether they run had better wait.
    let survey = hold(platform, None, Survey::take(platform, &kin)).await;
    if survey.map_or(true, |survey| !survey.pids().is_empty()) {
        reporter.note("serving on until nobody sends requests here any more");
        hold(platform, None, platform.fleet.let_go()).await;
        reporter.note("stopping the containers");
    }
    let done = persist(async || {
        let survey = Survey::take(platform, &kin).await?;
        let served = has_served(&survey.own);
        remove_all(platform, survey.ending()).await?;
        if served {
            predecessors::retire(platform, &survey).await?;
            return Ok(Restored::Nobody);
        }
        predecessors::restore(platform, &survey).await
    });
    match hold(platform, Some(Hold::End), done).await {
        Ok(restored) => {
            config_files::remove(&platform.run_dir, &boot_file.application, restored.release());
            if restored == Restored::Nobody {
                let repository = pull::repository(&boot_file.environment, &boot_file.application);
                pull::forget_images(platform, &repository, None, &[]).await;
            }
            reporter.enter(Phase::Stopped);
            reporter.note(restored.to_string());
            Ok(())
        }
        Err(error) => {
            let hint =
                Some("make Docker answer; the order stands, and the next start of the agent obeys it".to_owned());
            let reason = format!("the containers could not be stopped: {error}");
            Err(Failure {
                phase: Phase::Draining,
                reason,
                hint,
                container: None,
                exit_code: None,
                answer: None,
                log: Vec::new(),
            })
        }
    }
}

/// After a boot that failed: ours go, the predecessor comes back. What is left of ours, and what came of it, for people.
pub async fn retreat(platform: &Platform, boot_file: &BootFile) -> (Left, String) {
    let kin = Kin::new(boot_file);
    let done = persist(async || {
        let survey = Survey::take(platform, &kin).await?;
        // An agent that was only started again must not take down what served before and may do so again.
        if survey.fallback().is_none() && has_served(&survey.own) {
            return Ok(None);
        }
        remove_all(platform, survey.ending()).await?;
        failpoint::reach("during:leave");
        Ok(Some(predecessors::restore(platform, &survey).await?))
    });
    match hold(platform, None, done).await {
        Ok(Some(restored)) => {
            config_files::remove(&platform.run_dir, &boot_file.application, restored.release());
            (Left::Nothing, restored.to_string())
        }
        Ok(None) => (Left::Serving, "its containers were left as they are, because they have served before".to_owned()),
        Err(error) => (Left::Unknown, format!("the release before it could not be brought back: {error}")),
    }
}

/// Stops the containers with the system, each within its own time. Docker starts them again with it, because they still
/// have their restart policy. A machine that does not come back by itself leaves rotation first.
pub async fn shut_down(platform: &Platform, reporter: &Reporter, boot_file: &BootFile, descent: Descent) {
    reporter.enter(Phase::Draining);
    let survey = Survey::take(platform, &Kin::new(boot_file)).await;
    // A load balancer that sends nothing here loses nothing by being asked to let go.
    let serves = survey.map_or(true, |survey| has_served(&survey.own));
    let is_awaited = descent == Descent::PowerOff && serves && leave_rotation(platform, reporter).await;
    reporter.note("the system is going down; stopping the containers");
    let done = persist(async || {
        let survey = Survey::take(platform, &Kin::new(boot_file)).await?;
        let running = survey.ending().filter(|container| container.is_running || container.is_restarting);
        let stops = running.map(|container| platform.engine.stop(container));
        futures_util::future::join_all(stops).await.into_iter().collect::<Result<(), EngineError>>()
    });
    match hold(platform, None, done).await {
        Ok(()) => {
            reporter.enter(Phase::Stopped);
            reporter.note("stopped with the system; the containers start again with it");
        }
        Err(error) => reporter.note(format!("the system is going down; the containers were not stopped: {error}")),
    }
    if is_awaited {
        reporter.flush().await;
        if let Err(error) = hold(platform, None, tell::drained(platform)).await {
            reporter.note(error.to_string());
        }
    }
}

/// Has another instance take the place of this one, and serves on until nobody sends requests here. Whether anybody heard.
async fn leave_rotation(platform: &Platform, reporter: &Reporter) -> bool {
    reporter.note("the machine is being switched off; serving on until nobody sends requests here any more");
    let told = tokio::time::timeout(TELLING, platform.fleet.unhealthy());
    match hold(platform, None, told).await {
        Ok(Ok(())) => {
            let let_go = tokio::time::timeout(LETTING_GO, platform.fleet.let_go());
            if hold(platform, None, let_go).await.is_err() {
                tracing::warn!(
                    "the load balancer has not let go in {} s; not waited for any longer",
                    LETTING_GO.as_secs()
                );
            }
            return true;
        }
        Ok(Err(error)) => tracing::warn!("the load balancer is not asked to let go: {error}"),
        Err(_) => tracing::warn!("the load balancer is not asked to let go: no answer in {} s", TELLING.as_secs()),
    }
    false
}

/// All at once: each may take its whole stop timeout.
async fn remove_all(platform: &Platform, containers: impl Iterator<Item = &ContainerFacts>) -> Result<(), EngineError> {
    let removals = containers.map(|container| removal::remove(platform, container));
    futures_util::future::join_all(removals).await.into_iter().collect()
}

async fn persist<T>(mut work: impl AsyncFnMut() -> Result<T, EngineError>) -> Result<T, EngineError> {
    let mut tries = 1;
    loop {
        match work().await {
            Err(error) if tries < TRIES => {
                tracing::warn!(%error, tries, "leaving");
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests;
