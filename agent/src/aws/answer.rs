//! Whether AWS took what an instance told it: that nobody waits for it comes in the form of an error.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::fault::Call;
use crate::error::StepError;

/// Who was found to wait for nothing: asked over and over, which is told once.
#[derive(Debug, Default)]
pub(super) struct Said(Mutex<BTreeSet<String>>);

impl Said {
    fn unawaited(&self, call: &Call<'_>, by: &str, message: &str) {
        let key = format!("{} {by}", call.action);
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
            tracing::info!(action = call.action, by, "nobody waits for it: {message}");
        }
    }
}

/// What AWS made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was waited for.
    Taken,
    /// Nobody waits for it: the stack is complete, or the hook holds nothing.
    Unawaited,
    /// The stack has failed already, so it is rolled back, or kept for people to look at.
    StackFailed,
}

impl Answer {
    /// The answer to `call`, for which the hook or stack `by` may wait, or why there is none. The words that tell are those of
    /// the APIs: `is in CREATE_COMPLETE state and can not be signaled`, `No active Lifecycle Action found with instance ID`.
    pub(super) fn of<T, E>(
        call: &Call<'_>,
        by: &str,
        answer: Result<T, SdkError<E, HttpResponse>>,
        said: &Said,
    ) -> Result<Self, StepError>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let Err(error) = answer else {
            call.patience.granted();
            return Ok(Self::Taken);
        };
        let Some(refusal) = error.as_service_error().filter(|refusal| refusal.code() == Some("ValidationError")) else {
            return Err(call.told(&error));
        };
        let message = refusal.message().unwrap_or_default();
        said.unawaited(call, by, message);
        call.patience.granted();
        Ok(Self::of_refusal(message))
    }

    fn of_refusal(message: &str) -> Self {
        let state =
            message.split_once(" is in ").and_then(|(_, rest)| rest.split_once(" state")).map(|(state, _)| state);
        let has_failed =
            |state: &str| ["CREATE_FAILED", "ROLLBACK_", "DELETE_"].iter().any(|start| state.starts_with(start));
        if state.is_some_and(has_failed) { Self::StackFailed } else { Self::Unawaited }
    }

    pub(super) fn is_taken(self) -> bool {
        self == Self::Taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_that_failed_is_told_from_one_that_is_complete() {
        for (message, expected) in [
            (
                "Stack arn:aws:cloudformation:r:1:stack/a/b is in CREATE_COMPLETE state and can not be signaled",
                Answer::Unawaited,
            ),
            ("Stack a is in UPDATE_ROLLBACK_COMPLETE state and can not be signaled", Answer::Unawaited),
            ("Stack a is in CREATE_FAILED state and can not be signaled", Answer::StackFailed),
            ("Stack a is in ROLLBACK_IN_PROGRESS state and can not be signaled", Answer::StackFailed),
            ("Stack a is in DELETE_IN_PROGRESS state and can not be signaled", Answer::StackFailed),
            ("Resource Group is in CREATE_COMPLETE state and can not be signaled", Answer::Unawaited),
            ("No active Lifecycle Action found with instance ID i-0abc", Answer::Unawaited),
            ("", Answer::Unawaited),
        ] {
            assert_eq!(Answer::of_refusal(message), expected, "{message}");
        }
    }
}
