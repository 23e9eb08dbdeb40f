//! What Docker says when it refuses, in one sentence.

use bollard::errors::Error;

use crate::error::UserError;
use crate::printer::harmless;

/// Turns Docker's refusal to do something into an error for people; `action` is a verb and what it is about.
pub(super) fn refused(action: impl Into<String>) -> impl Fn(Error) -> anyhow::Error {
    let action = action.into();
    move |error| UserError::failed(format!("Docker could not {action}: {}", reason(&error))).into()
}

/// Docker's own words, made harmless.
pub(super) fn reason(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => harmless(message.trim()),
        other => harmless(&other.to_string()),
    }
}

/// Whether what was asked for is not there.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}
