//! Which instance a command is about, and which container there.

use jetway_common::name::{ContainerName, EnvironmentName, InstanceId, ReleaseName};
use jetway_common::release::ReleaseRecord;

use crate::error::UserError;
use crate::nearest;
use crate::releases;
use crate::running;
use crate::session::{Session, Target};
use crate::survey::{Member, Survey};

/// What the command line says of it; none leaves the choice.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The instance.
    pub instance: Option<&'a InstanceId>,
    /// The release that the instance runs.
    pub release: Option<ReleaseName>,
    /// The container.
    pub container: Option<&'a ContainerName>,
}

/// One of a release's containers, on an instance.
#[derive(Debug)]
pub struct Spot {
    /// The instance.
    pub instance: InstanceId,
    /// The release that it runs.
    pub record: ReleaseRecord,
    /// The container, which the release has.
    pub container: ContainerName,
}

/// The instance that is named, or else one that serves, and the release that it runs: the live one unless it is named.
pub async fn instance(
    session: &Session,
    target: &Target,
    named: Option<&InstanceId>,
    release: Option<ReleaseName>,
) -> anyhow::Result<(InstanceId, ReleaseName)> {
    let current = releases::current(session.store(), &target.keys).await?;
    let survey = session.fleet().survey(target, &current).await?;
    if let Some(named) = named {
        let found = release_of(&survey, target, named)?;
        if let Some(release) = release.filter(|release| *release != found) {
            let message = format!("{named} runs {found}, and not {release}");
            return Err(UserError::usage(message).hint("leave --instance or --release out").into());
        }
        return Ok((named.clone(), found));
    }
    let Target { application, environment, .. } = target;
    let none = || {
        let what = release.map_or(String::new(), |release| format!(" {release}"));
        UserError::failed(format!("no instance of {application}{what} serves in {environment}"))
            .hint(format!("`jetway status {environment} --instances` shows those that are there; --instance names one"))
    };
    let release = release.or(current.live).ok_or_else(none)?;
    let members = survey.members(release).unwrap_or_default();
    let chosen =
        members.iter().find(|member| is_well(member)).or_else(|| members.iter().find(|one| is_in_service(one)));
    let chosen = chosen.ok_or_else(none)?.instance.clone();
    if members.len() > 1 {
        session.printer.say(format_args!("on {chosen}, one of {}", members.len()));
    }
    Ok((chosen, release))
}

fn release_of(survey: &Survey, target: &Target, named: &InstanceId) -> Result<ReleaseName, UserError> {
    let all = || survey.releases.iter().flat_map(|seen| seen.members.iter().map(move |member| (member, seen.release)));
    let found = all().find(|(member, _)| member.instance == *named);
    let unknown = || {
        let lack = format!("{} has in {} no instance", target.application, target.environment);
        let message = nearest::unknown(&lack, named.as_str(), all().map(|(member, _)| member.instance.as_str()));
        UserError::usage(message).hint(format!("`jetway status {} --instances` lists them", target.environment))
    };
    Ok(found.ok_or_else(unknown)?.1)
}

fn is_in_service(member: &Member) -> bool {
    member.state == "InService"
}

fn is_well(member: &Member) -> bool {
    is_in_service(member) && member.target.as_deref().is_none_or(|target| target == "healthy")
}

/// The container that is named, or else the only one, or the one that answers HTTP; on the instance that is named, or
/// else on one that serves.
pub async fn container(session: &Session, target: &Target, wish: Wish<'_>) -> anyhow::Result<Spot> {
    let (instance, release) = instance(session, target, wish.instance, wish.release).await?;
    let record = releases::get(session.store(), &target.keys, release).await?.record;
    let container = of_record(&record, wish.container)?.clone();
    Ok(Spot { instance, record, container })
}

fn of_record<'a>(record: &'a ReleaseRecord, named: Option<&'a ContainerName>) -> Result<&'a ContainerName, UserError> {
    let containers = || record.containers.keys();
    if let Some(named) = named {
        let known = containers().map(ContainerName::as_str);
        return containers().find(|name| *name == named).ok_or_else(|| running::unknown(named, known));
    }
    let mut all = containers();
    match (all.next(), all.next(), &record.http) {
        (Some(only), None, _) => Ok(only),
        (_, _, Some(http)) => Ok(&http.container),
        _ => Err(running::several(containers())),
    }
}

/// Refuses `--instance` where there is but one.
pub fn refuse_instance(environment: &EnvironmentName, named: Option<&InstanceId>) -> Result<(), UserError> {
    if named.is_none() {
        return Ok(());
    }
    let message = format!("`{environment}` is this machine, which is exactly one instance");
    Err(UserError::usage(message).hint("leave --instance out"))
}
