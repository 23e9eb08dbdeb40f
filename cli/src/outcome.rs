//! How the outcome of a launch is told: to people, and as JSON.

use jetway_common::current::Current;
use jetway_common::name::ReleaseName;
use jetway_common::report::{BootReport, Failure};
use serde::Serialize;

use crate::error::UserError;
use crate::fleet::Failed;
use crate::printer::{Style, harmless};
use crate::session::Target;

/// What a command says about a launch with `--json`.
#[derive(Serialize)]
pub struct Outcome<'a> {
    application: &'a str,
    environment: &'a str,
    release: ReleaseName,
    #[serde(rename = "outcome")]
    end: End,
    live: Option<ReleaseName>,
    previous: Option<ReleaseName>,
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a Failure>,
    #[serde(skip_serializing_if = "<[BootReport]>::is_empty")]
    instances: &'a [BootReport],
}

/// What a launch came to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum End {
    Launched,
    Live,
    Failed,
}

impl<'a> Outcome<'a> {
    /// The release is on its way, and nobody waits for it.
    pub fn launched(target: &'a Target, release: ReleaseName, current: &Current, url: Option<String>) -> Self {
        Self { url, ..Self::new(target, release, current, End::Launched) }
    }

    /// The release is live on these instances.
    pub fn live(
        target: &'a Target,
        release: ReleaseName,
        current: &Current,
        url: Option<String>,
        instances: &'a [BootReport],
    ) -> Self {
        Self { url, instances, ..Self::new(target, release, current, End::Live) }
    }

    /// The release failed.
    pub fn failed(target: &'a Target, release: ReleaseName, current: &Current, failed: &'a Failed) -> Self {
        let instance = failed.instance.as_ref().map(ToString::to_string);
        Self { failure: Some(&failed.failure), instance, ..Self::new(target, release, current, End::Failed) }
    }

    fn new(target: &'a Target, release: ReleaseName, current: &Current, end: End) -> Self {
        Self {
            application: target.application.as_str(),
            environment: target.environment.as_str(),
            release,
            end,
            live: current.live,
            previous: current.previous,
            url: None,
            instance: None,
            failure: None,
            instances: &[],
        }
    }

    /// The outcome for people, with the next useful command.
    pub fn text(&self) -> String {
        let Self { application, environment, release, .. } = self;
        if self.end == End::Launched {
            return format!("{release} is launched; `jetway wait {environment}` tells what comes of it\n");
        }
        let live = Style::Good.on_stdout("live");
        let at = self.url.as_ref().map_or(String::new(), |url| format!(": {url}"));
        let mut lines = vec![format!("{release} of {application} is {live} in {environment}{at}")];
        lines.extend(self.instances.iter().map(runs));
        lines.extend(self.previous.map(|previous| {
            format!("the release before it was {previous}; `jetway rollback {environment}` goes back")
        }));
        lines.join("\n")
    }
}

/// What an instance was seen to run: of each container, the beginning of its image's digest.
fn runs(report: &BootReport) -> String {
    let images = report.images.iter().map(|(container, digest)| format!("{container} sha256:{}", digest.short()));
    format!("  {} runs {}", report.instance, images.collect::<Vec<_>>().join(", "))
}

/// A failure in full: the first cause first, then what a person needs who cannot look at the instance any more.
pub fn explain(release: ReleaseName, failed: &Failed) -> UserError {
    let Failed { instance, failure, console } = failed;
    let place =
        instance.as_ref().map_or(String::new(), |instance| format!(" on {instance} in phase {}", failure.phase));
    let mut lines = vec![format!("{release} failed{place}: {}", harmless(&failure.reason))];
    lines.extend(failure.exit_code.map(|code| format!("  exit code: {code}")));
    lines.extend(failure.answer.as_ref().map(|answer| format!("  health check: {}", harmless(answer))));
    if let (Some(container), false) = (&failure.container, failure.log.is_empty()) {
        lines.push(format!("  last lines of the log of `{container}`:"));
        lines.extend(failure.log.iter().map(|line| format!("    | {}", harmless(line))));
    }
    if !console.is_empty() {
        lines.push("  last lines of the serial console:".to_owned());
        lines.extend(console.iter().map(|line| format!("    | {}", harmless(line))));
    }
    let error = UserError::failed(lines.join("\n"));
    match &failure.hint {
        Some(hint) => error.hint(hint.clone()),
        None => error,
    }
}
