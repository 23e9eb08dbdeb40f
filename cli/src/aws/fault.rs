//! What went wrong when AWS was asked, as one of a few kinds, and each kind in a person's words.

mod code;
mod words;

#[cfg(test)]
mod tests;

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::UserError;

/// Why AWS did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing on this machine has credentials.
    NoCredentials,
    /// The session of IAM Identity Center, or of `aws login`, is over or was never begun.
    SignedOut(SignIn),
    /// The credentials could not be got, for this reason.
    BadCredentials(String),
    /// The temporary credentials are over.
    Expired,
    /// AWS does not know the access key, or the secret does not belong to it.
    UnknownKey(String),
    /// This machine's clock and that of AWS are too far apart.
    ClockSkew,
    /// The caller may not do it; what AWS says names action and resource.
    Denied(String),
    /// AWS asks to be asked less often.
    Throttled,
    /// The bucket is in another region; AWS may say in which.
    OtherRegion(Option<String>),
    /// AWS was not reached, or the answer did not come.
    Unreachable(String),
    /// The answer has not the form that AWS gives its answers.
    NoAnswer(u16),
    /// AWS has a fault of its own; what was asked may have been done.
    Broken(String),
    /// Any other refusal: its code, and what AWS says.
    Refused {
        /// The name of the error in the API, such as `ValidationError`.
        code: String,
        /// What AWS says.
        message: String,
    },
}

/// How a person signs in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// `aws sso login`.
    IdentityCenter,
    /// `aws login`.
    Console,
}

/// What an operation's own error must offer to be told.
pub trait OperationError: Error + ProvideErrorMetadata + Send + Sync + 'static {}

impl<E: Error + ProvideErrorMetadata + Send + Sync + 'static> OperationError for E {}

impl Fault {
    /// Which kind `error` is.
    pub fn of<E: OperationError>(error: &SdkError<E, HttpResponse>) -> Self {
        if let Some(credentials) = causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>()) {
            return of_credentials(credentials);
        }
        match error {
            SdkError::ServiceError(refusal) => {
                let message = refusal.err().message().unwrap_or_default();
                code::fault(refusal.err().code(), message, refusal.raw())
            }
            SdkError::ResponseError(answer) => Self::NoAnswer(answer.raw().status().as_u16()),
            SdkError::ConstructionFailure(_) => Self::Refused { code: "request".to_owned(), message: deepest(error) },
            _ => Self::Unreachable(deepest(error)),
        }
    }

    /// Whether the same call may succeed a little later. It may also have been done.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Throttled | Self::Unreachable(_) | Self::NoAnswer(500..=599) | Self::Broken(_))
    }

    /// Why it did not work, and the one thing to do about it. `profile` is the one in force.
    pub fn reason(&self, profile: Option<&str>) -> (String, Option<String>) {
        words::reason(self, profile)
    }

    /// The sentence for people. `doing` is what was tried, as in `could not {doing}`.
    pub fn tell(&self, doing: &str, profile: Option<&str>) -> UserError {
        let (reason, hint) = self.reason(profile);
        UserError { hint, ..UserError::failed(format!("could not {doing}: {reason}")) }
    }
}

fn of_credentials(error: &CredentialsError) -> Fault {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    let says = |text: &str| texts.iter().any(|cause| cause.contains(text));
    // The SDK keeps these kinds to itself; their texts are in its modules `sso` and `login`.
    if says("SSO token") || says("Session token not found or invalid") {
        return Fault::SignedOut(SignIn::IdentityCenter);
    }
    if says("Login token") {
        return Fault::SignedOut(SignIn::Console);
    }
    match error {
        CredentialsError::CredentialsNotLoaded(_) => Fault::NoCredentials,
        _ => Fault::BadCredentials(texts.last().cloned().unwrap_or_default()),
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source())
}

/// The cause below all others: those above it only say that something failed.
fn deepest(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
