//! The credentials of the instance's role, from instance metadata and from nowhere else.

#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::imds::client::error::ImdsError;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use tokio::time::Instant;

use super::imds::{Metadata, deepest, status};
use super::patience::Patience;
use crate::attempt::pause;
use crate::error::{StepError, Wait};
use crate::reporter::random;

/// How long a role that is not there yet is waited for: IAM needs a while to tell it everywhere.
const PATIENCE: Duration = Duration::from_mins(2);

/// Asks instance metadata for credentials, and not again at once when there are none.
#[derive(Debug)]
pub struct RoleCredentials {
    metadata: Metadata,
    patience: Patience,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The credentials that were given last. What they allow, AWS decides, even when their time seems to be over.
    last: Option<Credentials>,
    trouble: Option<Trouble>,
}

#[derive(Debug)]
struct Trouble {
    error: RoleError,
    tries: u32,
    until: Instant,
}

/// Why there are no credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct RoleError(pub StepError);

impl RoleCredentials {
    /// The credentials of the role that `metadata` names.
    pub fn new(metadata: Metadata) -> Self {
        Self { metadata, patience: Patience::of(PATIENCE), known: Mutex::default() }
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let told =
            self.known().trouble.as_ref().filter(|trouble| Instant::now() < trouble.until).map(|t| t.error.clone());
        let answer = match told {
            Some(error) => Err(error),
            None => self.ask_and_remember().await,
        };
        answer.or_else(|error| self.known().last.clone().ok_or(error)).map_err(CredentialsError::provider_error)
    }

    async fn ask_and_remember(&self) -> Result<Credentials, RoleError> {
        let answer = self.ask().await;
        let mut known = self.known();
        match &answer {
            Ok(credentials) => {
                self.patience.granted();
                *known = Known { last: Some(credentials.clone()), trouble: None };
            }
            Err(error) => {
                let tries = known.trouble.as_ref().map_or(1, |trouble| trouble.tries + 1);
                // Reports are offered to the store every few seconds, and each would ask metadata once more.
                let until = Instant::now() + pause(tries, random().to_le_bytes()[0]);
                known.trouble = Some(Trouble { error: error.clone(), tries, until });
            }
        }
        answer
    }

    async fn ask(&self) -> Result<Credentials, RoleError> {
        let mut answer = self.provider().provide_credentials().await;
        if answer.as_ref().err().and_then(metadata_error).and_then(status) == Some(401) {
            self.metadata.renew();
            answer = self.provider().provide_credentials().await;
        }
        answer.map_err(|error| RoleError(self.explain(&error)))
    }

    fn provider(&self) -> ImdsCredentialsProvider {
        ImdsCredentialsProvider::builder().imds_client(self.metadata.client()).build()
    }

    fn explain(&self, error: &CredentialsError) -> StepError {
        let cause = metadata_error(error);
        let is_absent = cause
            .map_or(matches!(error, CredentialsError::CredentialsNotLoaded(_)), |cause| status(cause) == Some(404));
        if is_absent {
            let reason = "the instance has no role: instance metadata names none (HTTP 404)".to_owned();
            let hint =
                Some("the instance profile of the application's stack must be in the launch template".to_owned());
            return StepError { wait: self.patience.refused(), reason, hint, evidence: None };
        }
        if let Some(cause) = cause {
            let error = self.metadata.explain(cause);
            let (hint, wait) = (error.hint.map(str::to_owned), error.wait);
            return StepError { wait, reason: error.reason, hint, evidence: None };
        }
        let wait = match error {
            CredentialsError::InvalidConfiguration(_) => self.patience.refused(),
            _ => Wait::Later,
        };
        let reason = format!("instance metadata gives no credentials: {}", deepest(error));
        StepError { wait, reason, hint: None, evidence: None }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProvideCredentials for RoleCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.known().last.clone()
    }
}

fn metadata_error(error: &CredentialsError) -> Option<&ImdsError> {
    error.source().and_then(|cause| cause.downcast_ref())
}
