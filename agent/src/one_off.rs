//! `jetway-agent one-off`: a container like one of the release's with another command, for as long as somebody waits for it.
//!
//! It is made from what Docker keeps of the release's own container, so that it has the same image, environment, files, user
//! and limits, no value of the config is an argument of anything, and neither AWS nor the agent has to answer.

mod attended;
mod life;
mod sweep;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use jetway_common::boot_file::BootFile;
use jetway_common::container::{APPLICATION, ENVIRONMENT, INSTALLATION, ONE_OFF, RELEASE};
use jetway_common::document::Document as _;
use jetway_common::name::ContainerName;
use jetway_common::report::{BootReport, Phase};

use self::attended::Attendance;
use self::life::{Life, Signals};
pub use self::sweep::Sweep;
use crate::args::OneOffArguments;
use crate::engine::Engine;
use crate::engine::facts::{ContainerFacts, OneOffPlan};
use crate::error::StepError;
use crate::output;
use crate::predecessors::Kin;
use crate::reporter::random;
use crate::run::read_boot_file;
use crate::run_dir::RunDir;

/// What `docker run` exits with where the fault is not its program's: <https://docs.docker.com/engine/containers/run/#exit-status>.
const FAULT: u8 = 125;

/// Runs the command to its end, and exits as it did.
pub async fn one_off(arguments: &OneOffArguments, engine: &dyn Engine) -> ExitCode {
    let code = run(arguments, engine).await.unwrap_or_else(|error| {
        output::error(&error.reason, error.hint.as_deref());
        FAULT
    });
    ExitCode::from(code)
}

async fn run(arguments: &OneOffArguments, engine: &dyn Engine) -> Result<u8, StepError> {
    let mut signals = Signals::listen().map_err(|error| refused("cannot listen to signals", &error))?;
    // What Docker makes for a question that nobody waits for any more is never started, and the agent removes it.
    let Made { attendance, name, id, stop_timeout } = tokio::select! {
        made = make(arguments, engine) => made?,
        number = signals.next() => return Ok(life::BY_SIGNAL + number),
    };
    let life = Life { engine, id: &id, terminal: arguments.tty, limit: arguments.timeout, stop_timeout };
    let ended = life.live(&mut signals).await;
    remove(engine, &id, &name).await;
    drop(attendance);
    if is_leaving(&arguments.run_dir) {
        output::say("this instance is leaving, and its one-off containers were stopped with it");
    }
    ended
}

/// A container that was made and not started, and the sign that somebody waits for it.
struct Made {
    attendance: Attendance,
    name: String,
    id: String,
    stop_timeout: Duration,
}

async fn make(arguments: &OneOffArguments, engine: &dyn Engine) -> Result<Made, StepError> {
    let boot_file = read_boot_file(&arguments.boot_file).map_err(|error| {
        let told = StepError::never(error.to_string());
        StepError { hint: error.hint(), ..told }
    })?;
    refuse_leaving(&arguments.run_dir)?;
    let model = model(engine, &boot_file, &arguments.container).await?;
    let plan = plan(arguments, &boot_file, &model);
    // Before there is a container, so that nobody ever sees one without.
    let attendance = Attendance::begin(&plan.name).map_err(|error| refused("cannot open a socket", &error))?;
    let id = engine.create_like(&model.id, &plan).await?;
    // An agent that ends what it has seen here before it ran would take it for one that needs no time to stop.
    if let Err(leaving) = refuse_leaving(&arguments.run_dir) {
        remove(engine, &id, &plan.name).await;
        return Err(leaving);
    }
    Ok(Made { attendance, name: plan.name, id, stop_timeout: model.stop_timeout })
}

async fn remove(engine: &dyn Engine, id: &str, name: &str) {
    if let Err(error) = engine.remove(id).await {
        // Nobody waits for it any more, so that the agent removes it.
        output::say(&format!("{name} is left to the agent: {error}"));
    }
}

fn refused(what: &str, error: &std::io::Error) -> StepError {
    StepError::never(format!("{what}: {error}"))
}

fn refuse_leaving(run_dir: &Path) -> Result<(), StepError> {
    if is_leaving(run_dir) {
        return Err(StepError::never("this instance is leaving: nothing is begun here any more"));
    }
    Ok(())
}

/// Whether the agent has begun to take the release out of service.
fn is_leaving(run_dir: &Path) -> bool {
    let report = std::fs::read(RunDir::new(run_dir.to_owned()).report())
        .ok()
        .and_then(|bytes| BootReport::from_bytes(&bytes).ok());
    report.is_some_and(|report| matches!(report.phase, Phase::Draining | Phase::Stopped))
}

/// The release's own container with this name, whatever became of it.
async fn model(engine: &dyn Engine, boot_file: &BootFile, wanted: &ContainerName) -> Result<ContainerFacts, StepError> {
    let Kin { labels, release } = Kin::new(boot_file);
    let mut ours = engine.containers(&labels).await?;
    ours.retain(|found| found.release() == Some(release));
    let names: Vec<String> = ours.iter().filter_map(ContainerFacts::container).map(|name| name.to_string()).collect();
    let found = ours.into_iter().find(|found| found.container().as_ref() == Some(wanted));
    let whose = format!("{} {release}", boot_file.application);
    found.ok_or_else(|| match names.as_slice() {
        [] => StepError::never(format!("{whose} has no container here yet"))
            .hint("jetway-agent status tells how far it is"),
        names => StepError::never(format!("{whose} has no container `{wanted}` here; it has: {}", names.join(", "))),
    })
}

fn plan(arguments: &OneOffArguments, boot_file: &BootFile, model: &ContainerFacts) -> OneOffPlan {
    let mut labels = model.labels.clone();
    labels.retain(|name, _| [INSTALLATION, ENVIRONMENT, APPLICATION, RELEASE].contains(&name.as_str()));
    labels.insert(ONE_OFF.to_owned(), arguments.container.to_string());
    OneOffPlan {
        name: format!("jetway-{}-{}-run-{:016x}", boot_file.environment, boot_file.application, random()),
        labels,
        // One empty text is how Docker is told to have no entry point.
        entrypoint: arguments.entrypoint.clone().map(|program| vec![program]),
        command: arguments.command.clone(),
        terminal: arguments.tty,
    }
}

#[cfg(test)]
mod tests;
