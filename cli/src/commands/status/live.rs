//! What each instance answers when it is asked just now, beside what it reported.

use serde::Serialize;
use serde_json::Value;

use super::Health;
use super::instances::RollCall;
use crate::reply::{Ended, Reply, Silence};
use crate::session::{Session, Target};

/// How much of what a failed command said is shown.
const SHOWN: usize = 300;

/// The answer of one instance.
#[derive(Debug, Serialize)]
pub(super) struct Live {
    pub(super) health: Health,
    /// What is wrong, in its own words.
    problem: Option<String>,
    /// Why there is no answer.
    no_answer: Option<Silence>,
    /// The exit code of `jetway-agent status`.
    exit_code: Option<i64>,
    /// What it printed.
    status: Option<Value>,
}

impl Live {
    fn new(reply: Reply) -> Self {
        let none = Self { health: Health::Unknown, problem: None, no_answer: None, exit_code: None, status: None };
        match reply {
            Reply::Silent(silence) => Self { no_answer: Some(silence), ..none },
            Reply::Ended(ended) => Self { exit_code: Some(ended.exit_code), ..none }.answered(&ended),
        }
    }

    /// 0 healthy, 1 not, 3 unknown; anything else is not the agent's answer.
    fn answered(self, ended: &Ended) -> Self {
        let status: Option<Value> = serde_json::from_str(ended.stdout.trim()).ok();
        let text = |name: &str| status.as_ref()?.get(name)?.as_str().map(str::to_owned);
        let health = match (ended.exit_code, &status) {
            (0, Some(_)) => Health::Healthy,
            (1, Some(_)) => Health::Unhealthy,
            _ => Health::Unknown,
        };
        let problem = match (health, text("problem").or_else(|| text("error"))) {
            (Health::Healthy, _) => None,
            (_, Some(problem)) => Some(problem),
            (_, None) => Some(no_status(ended)),
        };
        Self { health, problem, status, ..self }
    }

    /// The answer for people.
    pub(super) fn says(&self) -> String {
        match (&self.no_answer, &self.problem) {
            (Some(silence), _) => format!("no answer: {}", silence.sentence()),
            (None, Some(problem)) => problem.clone(),
            (None, None) => "it serves".to_owned(),
        }
    }
}

fn no_status(Ended { exit_code, stdout, stderr, .. }: &Ended) -> String {
    let told = if stderr.trim().is_empty() { stdout.trim() } else { stderr.trim() };
    let told: String = told.chars().take(SHOWN).collect();
    let what = format!("`jetway-agent status` ended with exit code {exit_code}, and not with a status");
    if told.is_empty() { what } else { format!("{what}: {told}") }
}

/// Asks every instance that is there. What one of them answers counts more than what it reported.
pub(super) async fn ask(session: &Session, target: &Target, all: &mut RollCall) -> anyhow::Result<()> {
    let there = all.instances.iter().filter(|row| !row.gone);
    let there: Vec<_> = there.map(|row| row.instance.clone()).collect();
    if there.is_empty() {
        return Ok(());
    }
    let step = session.printer.step("ask");
    step.note(&format!("{} instances", there.len()));
    let mut replies = session.fleet().ask(target, &there).await?;
    let lost = || Reply::Silent(Silence::NotRegistered);
    for row in all.instances.iter_mut().filter(|row| !row.gone) {
        let live = Live::new(replies.remove(&row.instance).unwrap_or_else(lost));
        if row.counts() {
            all.health = all.health.max(live.health);
        }
        row.live = Some(live);
    }
    drop(step);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(exit_code: i64, stdout: &str, stderr: &str) -> Live {
        Live::new(Reply::Ended(Ended {
            exit_code,
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            is_cut: false,
        }))
    }

    #[test]
    fn only_a_status_is_an_answer() {
        let missing = "sh: jetway-agent: not found";
        let cases = [
            (ended(0, r#"{"healthy": true, "problem": null}"#, ""), Health::Healthy, "it serves"),
            (ended(1, r#"{"healthy": false, "problem": "no agent runs"}"#, ""), Health::Unhealthy, "no agent runs"),
            (ended(3, r#"{"healthy": null, "error": "no report"}"#, "error: no report"), Health::Unknown, "no report"),
            (ended(127, "", missing), Health::Unknown, "exit code 127, and not with a status: sh: jetway-agent"),
            (ended(0, "", ""), Health::Unknown, "exit code 0, and not with a status"),
            (ended(1, "{\"healthy\": fal", ""), Health::Unknown, "not with a status: {\"healthy\": fal"),
            (Live::new(Reply::Silent(Silence::Undelivered)), Health::Unknown, "no answer: its SSM agent did not fetch"),
        ];
        for (live, health, says) in cases {
            assert_eq!(live.health, health, "{live:?}");
            assert!(live.says().contains(says), "{} instead of {says}", live.says());
        }
    }
}
