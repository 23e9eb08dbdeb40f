//! Instance metadata, version 2 only: the SDK's client gets a token first and has no way to ask without one.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::imds::Client;
use aws_config::imds::client::Builder;
use aws_config::imds::client::error::{ImdsError, TokenError};
use aws_config::provider_config::ProviderConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::connections;
use super::patience::Patience;
use crate::error::Wait;
use crate::platform::HostError;

/// How long metadata that does not answer is waited for: a network card may come late.
const PATIENCE: Duration = Duration::from_mins(5);
const CONNECT: Duration = Duration::from_secs(2);
/// Metadata has been seen to need ten seconds.
const READ: Duration = Duration::from_secs(12);

/// What an instance may ask about itself. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metadata(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    builder: Builder,
    client: Mutex<Client>,
    patience: Patience,
}

/// Why metadata did not say what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct MetadataError {
    /// What it said instead.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
    /// Whether it may answer later.
    pub wait: Wait,
}

impl Metadata {
    /// The metadata of this instance, or what `AWS_EC2_METADATA_SERVICE_ENDPOINT` names instead of it.
    pub fn new() -> Self {
        Self::of(builder())
    }

    /// What clients that `builder` makes find.
    pub(super) fn of(builder: Builder) -> Self {
        let client = Mutex::new(builder.clone().build());
        Self(Arc::new(Inner { builder, client, patience: Patience::of(PATIENCE) }))
    }

    /// What is at `path`, such as `/latest/meta-data/instance-id`; none if there is nothing (404).
    pub async fn get(&self, path: &str) -> Result<Option<String>, MetadataError> {
        let mut answer = self.client().get(path).await;
        if answer.as_ref().err().and_then(status) == Some(401) {
            self.renew();
            answer = self.client().get(path).await;
        }
        match answer {
            Ok(text) => {
                self.0.patience.granted();
                Ok(Some(text.into()))
            }
            Err(error) if status(&error) == Some(404) => {
                self.0.patience.granted();
                Ok(None)
            }
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// The client with the token that is in force.
    pub(super) fn client(&self) -> Client {
        self.0.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets the token. The client itself keeps one that is refused until its time is over, which a clock that jumped
    /// may take for hours away.
    pub(super) fn renew(&self) {
        *self.0.client.lock().unwrap_or_else(PoisonError::into_inner) = self.0.builder.clone().build();
    }

    /// What an error of the client means.
    pub(super) fn explain(&self, error: &ImdsError) -> MetadataError {
        // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html#instance-metadata-returns
        let reason = match status(error) {
            Some(403) => {
                return MetadataError {
                    reason: "instance metadata is turned off: it answers HTTP 403".to_owned(),
                    hint: Some("turn it on: aws ec2 modify-instance-metadata-options --http-endpoint enabled"),
                    wait: Wait::Never,
                };
            }
            Some(status) => format!("instance metadata answers HTTP {status}"),
            None => format!("instance metadata does not answer: {}", deepest(error)),
        };
        let hint = "look at the network card, the routes and the firewall of this machine, for 169.254.169.254";
        MetadataError { reason, hint: Some(hint), wait: self.0.patience.refused() }
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self::new()
    }
}

impl MetadataError {
    /// The same as an error of the machine, which was asked for `what`.
    pub fn about(self, what: &'static str) -> HostError {
        let Self { reason, hint, wait } = self;
        HostError { what, reason, hint: hint.map(str::to_owned), wait }
    }
}

/// One attempt a time: the pauses between them are the asker's, so that a boot asks no more than some twenty times.
pub(super) fn builder() -> Builder {
    let http = ProviderConfig::default().with_http_client(connections::client());
    Client::builder().configure(&http).max_attempts(1).connect_timeout(CONNECT).read_timeout(READ)
}

/// The HTTP status of an answer, be it to the question itself or to that for a token.
pub(super) fn status(error: &ImdsError) -> Option<u16> {
    let answer = match error {
        ImdsError::ErrorResponse(answer) => Some(answer.response()),
        ImdsError::FailedToLoadToken(_) => {
            let cause = error.source().and_then(|cause| cause.downcast_ref::<SdkError<TokenError, HttpResponse>>());
            cause.and_then(SdkError::raw_response)
        }
        _ => None,
    };
    answer.map(|answer| answer.status().as_u16())
}

/// The cause below all others: those above it only say that something failed.
pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}
