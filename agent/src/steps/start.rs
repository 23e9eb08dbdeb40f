//! Makes the running containers equal to the release. Equal ones are kept, others replaced; it can run at any moment.

use jetway_common::container::{CONTAINER, FINGERPRINT, Facts, LOG_DRIVER};
use jetway_common::metadata::{AGENT_USER, Imds};
use jetway_common::name::ContainerName;
use jetway_common::release::{ConfigDelivery, ReleaseRecord};
use jetway_common::secret::Values;

use super::pull::Images;
use crate::engine::EngineError;
use crate::engine::facts::{ContainerFacts, ContainerPlan, EngineFacts};
use crate::error::{Evidence, StepError};
use crate::platform::Platform;
use crate::port::{Holder, holder};
use crate::predecessors::{Kin, Survey, set_aside};
use crate::removal;
use crate::text::Redactor;
use crate::{config_files, failpoint};

/// A release with everything opened that its containers are made from.
pub struct Opened {
    /// The release.
    pub record: ReleaseRecord,
    /// Where it runs.
    pub facts: Facts,
    /// Its config.
    pub values: Values,
    /// Hides its config.
    pub redactor: Redactor,
    /// Whose containers are ours, and whose are predecessors.
    pub kin: Kin,
}

/// Starts every container of the release, after setting aside those of other releases.
pub async fn start(platform: &Platform, opened: &Opened, images: &Images) -> Result<(), StepError> {
    let survey = Survey::take(platform, &opened.kin).await?;
    refuse_foreign_port(opened, &survey).await?;
    let slice = match opened.record.imds {
        Imds::Allow => None,
        Imds::Deny => platform.host.guard_metadata().await?,
    };
    let mut made = Vec::new();
    for container in opened.record.containers.keys() {
        let plan = plan(platform, opened, images, container, slice)?;
        made.push((container, make(platform, opened, plan, &survey).await?));
    }
    // Made before, stopped after: whatever is wrong with making ours has not cost the predecessor anything.
    set_aside(platform, &survey).await?;
    failpoint::reach("during:start");
    let serves = made.iter().any(|(container, facts)| facts.is_running && serves_http(&opened.record, container));
    // Where there was nobody to set aside, the look at the port before still says it all.
    if !serves && !survey.others.is_empty() {
        refuse_taken_port(opened, &Survey::take(platform, &opened.kin).await?).await?;
    }
    for (container, facts) in made {
        if !facts.is_running && !facts.is_restarting {
            begin(platform, opened, container, &facts).await?;
        }
    }
    Ok(())
}

fn serves_http(record: &ReleaseRecord, container: &ContainerName) -> bool {
    record.http.as_ref().is_some_and(|http| http.container == *container)
}

/// Somebody else's port is a reason to stop before anything is touched.
async fn refuse_foreign_port(opened: &Opened, survey: &Survey) -> Result<(), StepError> {
    let Some(http) = &opened.record.http else { return Ok(()) };
    let pids = survey.pids();
    let nobody_of_ours = pids.is_empty();
    match holder(http.port, pids).await {
        found @ Holder::Other { .. } => Err(taken(http.port, &found)),
        Holder::Unseen if nobody_of_ours => Err(taken(http.port, &Holder::Unseen)),
        _ => Ok(()),
    }
}

/// Nothing of ours runs any more, so whoever still listens is somebody else.
async fn refuse_taken_port(opened: &Opened, survey: &Survey) -> Result<(), StepError> {
    let Some(http) = &opened.record.http else { return Ok(()) };
    match holder(http.port, survey.pids()).await {
        found @ (Holder::Other { .. } | Holder::Unseen) => Err(taken(http.port, &found)),
        _ => Ok(()),
    }
}

fn taken(port: u16, holder: &Holder) -> StepError {
    StepError::never(format!("port {port} is taken by {holder}"))
        .hint(format!("stop it, or give the application another port; `ss -ltnp 'sport = :{port}'` shows who listens"))
}

/// The container, kept if it is equal, else made anew. It does not run yet when it is new.
async fn make(
    platform: &Platform,
    opened: &Opened,
    plan: ContainerPlan,
    survey: &Survey,
) -> Result<ContainerFacts, StepError> {
    let mut kept = None;
    for found in survey.own.iter().filter(|found| found.container().as_ref() == Some(&plan.container)) {
        if kept.is_none() && is_equal(found, &plan) {
            kept = Some(found.clone());
        } else {
            removal::remove(platform, found).await?;
        }
    }
    match kept {
        Some(found) => Ok(found),
        None => create(platform, &plan).await.map_err(|error| error.redacted(&opened.redactor)),
    }
}

fn is_equal(found: &ContainerFacts, plan: &ContainerPlan) -> bool {
    found.image == plan.image && found.fingerprint() == plan.labels.get(FINGERPRINT).map(String::as_str)
}

async fn create(platform: &Platform, plan: &ContainerPlan) -> Result<ContainerFacts, StepError> {
    let id = match platform.engine.create(plan).await {
        Ok(id) => id,
        Err(EngineError::Conflict { message, .. }) => {
            let Some(found) = platform.engine.container(&plan.name).await? else {
                return Err(StepError::later(format!("Docker says that `{}` exists, and does not find it", plan.name)));
            };
            // A create of ours that Docker finished after the line broke, or a container that somebody else made.
            if found.labels.get(CONTAINER) != plan.labels.get(CONTAINER) || found.release().is_none() {
                return Err(StepError::never(format!(
                    "the name `{}` belongs to a container that Jetway did not make: {message}",
                    plan.name
                ))
                .hint(format!("docker rename {0} {0}-old", plan.name)));
            }
            if is_equal(&found, plan) {
                return Ok(found);
            }
            removal::remove(platform, &found).await?;
            platform.engine.create(plan).await?
        }
        Err(error @ EngineError::Refused { .. }) => return Err(refused(platform, error).await),
        Err(error) => return Err(error.into()),
    };
    let made = platform.engine.container(&id).await?;
    made.ok_or_else(|| StepError::later(format!("container `{}` was made and is gone again", plan.name)))
}

/// An engine that lacks our log driver answers as if it only had some trouble of its own; waiting does not change it.
async fn refused(platform: &Platform, error: EngineError) -> StepError {
    let Some(engine) = platform.engine.describe().await.ok().filter(EngineFacts::lacks_log_driver) else {
        return error.into();
    };
    let has = engine.log_drivers.join(", ");
    StepError::never(format!("every container needs the log driver `{LOG_DRIVER}`, and the engine here has only {has}"))
        .hint("use Docker itself; `docker version` shows which engine answers")
}

async fn begin(
    platform: &Platform,
    opened: &Opened,
    container: &ContainerName,
    facts: &ContainerFacts,
) -> Result<(), StepError> {
    let Err(error) = platform.engine.start(&facts.id).await else { return Ok(()) };
    if error.is_away() {
        return Err(error.into());
    }
    let now = platform.engine.container(&facts.id).await?;
    if now.as_ref().is_some_and(|now| now.is_running) {
        return Ok(());
    }
    let log = removal::last_lines(platform.engine.as_ref(), &facts.id, &opened.redactor).await;
    let exit_code = now.map(|now| now.exit_code).filter(|code| *code != 0);
    let reason = format!("container `{container}` cannot be started: {}", runtime_reason(&error.to_string()));
    let evidence = Evidence { container: container.clone(), exit_code, answer: None, log };
    Err(StepError::never(opened.redactor.line(&reason)).evidence(evidence))
}

/// The part of the runtime's nested message that says why.
fn runtime_reason(message: &str) -> &str {
    let message = message.trim_end_matches(": unknown");
    ["container process: ", "OCI runtime create failed: ", "start a container: "]
        .into_iter()
        .find_map(|marker| message.rsplit_once(marker))
        .map_or(message, |(_, reason)| reason)
}

fn plan(
    platform: &Platform,
    opened: &Opened,
    images: &Images,
    container: &ContainerName,
    slice: Option<&'static str>,
) -> Result<ContainerPlan, StepError> {
    let Opened { record, facts, values, .. } = opened;
    let image = images.get(container)?;
    let wanted = record.containers.get(container);
    let settings = wanted.map(|wanted| &wanted.settings).ok_or_else(|| StepError::never("no such container"))?;
    let user = settings.user.as_deref().unwrap_or(&image.user);
    if record.imds == Imds::Deny && user.split(':').next().and_then(|user| user.parse().ok()) == Some(AGENT_USER) {
        let reason = format!("`{container}` runs as user {AGENT_USER}, which is the agent's own number");
        return Err(StepError::never(reason).hint("set another `user` for the container"));
    }
    let as_files = record.config.as_ref().is_some_and(|pin| pin.delivery == ConfigDelivery::Files);
    let deliver = || config_files::deliver(&platform.run_dir, record, container, values);
    let config_dir = if as_files { Some(deliver()?) } else { None };
    let mut labels = record.labels();
    labels.insert(CONTAINER.to_owned(), container.to_string());
    labels.insert(FINGERPRINT.to_owned(), record.fingerprint(container, facts).to_string());
    Ok(ContainerPlan {
        container: container.clone(),
        name: record.docker_name(container),
        image: image.id.clone(),
        labels,
        environment: record.environment(container, facts, values),
        entrypoint: settings.entrypoint.clone(),
        command: settings.command.clone(),
        user: settings.user.clone(),
        stop_timeout: settings.stop_timeout.duration(),
        read_only: settings.read_only,
        drop_capabilities: settings.drop_capabilities,
        slice,
        config_dir,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_says_why_in_its_last_clause() {
        for (message, reason) in [
            (
                "Docker did not start a container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/nope\": stat /nope: no such file or directory: unknown",
                "exec: \"/nope\": stat /nope: no such file or directory",
            ),
            ("Docker did not start a container: driver failed", "driver failed"),
        ] {
            assert_eq!(runtime_reason(message), reason);
        }
    }
}
