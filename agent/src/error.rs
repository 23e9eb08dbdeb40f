//! The error of a step: what happened, what to do, and whether waiting can help.

use jetway_common::name::ContainerName;
use jetway_common::report::{Failure, Phase};

use crate::text::Redactor;

/// Whether the same step may succeed when it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The cause may pass by itself.
    Later,
    /// Nothing changes by waiting.
    Never,
}

/// Why a step did not work.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct StepError {
    /// Whether waiting can help.
    pub wait: Wait,
    /// What happened and why.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What a container said, if it is about one.
    pub evidence: Option<Box<Evidence>>,
}

/// What a container said before it failed.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Which container.
    pub container: ContainerName,
    /// Its exit code, if it exited.
    pub exit_code: Option<i64>,
    /// What its health check last answered.
    pub answer: Option<String>,
    /// Its last log lines, without secrets and control characters.
    pub log: Vec<String>,
}

impl StepError {
    /// An error that may pass by itself.
    pub fn later(reason: impl Into<String>) -> Self {
        Self { wait: Wait::Later, reason: reason.into(), hint: None, evidence: None }
    }

    /// An error that waiting does not cure.
    pub fn never(reason: impl Into<String>) -> Self {
        Self { wait: Wait::Never, reason: reason.into(), hint: None, evidence: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what a container said.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = Some(Box::new(evidence));
        self
    }

    /// The same error without secrets: an engine may repeat what it was given.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        self.reason = redactor.line(&self.reason);
        self
    }

    /// The same error as the boot report carries it.
    pub fn into_failure(self, phase: Phase) -> Failure {
        let (container, exit_code, answer, log) = match self.evidence.map(|evidence| *evidence) {
            Some(said) => (Some(said.container), said.exit_code, said.answer, said.log),
            None => (None, None, None, Vec::new()),
        };
        Failure { phase, reason: self.reason, hint: self.hint, container, exit_code, answer, log }
    }
}
