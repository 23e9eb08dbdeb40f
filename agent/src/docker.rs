//! The engine by bollard. No bollard type leaves this folder.

mod containers;
mod images;
mod one_off;

use std::future::Future;
use std::time::Duration;

use bollard::errors::Error;
use jetway_common::container::LogSettings;
use tokio::sync::OnceCell;

use crate::engine::EngineError;

/// For calls that only look.
const LOOK: Duration = Duration::from_secs(30);
/// For calls that change something: the engine may have to wait for its disk.
const CHANGE: Duration = Duration::from_mins(4);
/// A pull or load may take as long as it likes, but not stand still for this long.
const STALL: Duration = Duration::from_mins(5);
/// bollard's own timeout would end every call after two minutes; ours are set call by call.
const UNBOUNDED: Duration = Duration::from_hours(365 * 24);
/// The oldest API that has what is used here.
const OLDEST: (usize, usize) = (1, 40);

/// Docker, or what speaks its API, at `DOCKER_HOST` or its usual socket.
pub struct Docker {
    client: OnceCell<bollard::Docker>,
    log: LogSettings,
}

/// The engine of this machine.
impl Default for Docker {
    fn default() -> Self {
        Self::with_log(LogSettings::LOCAL)
    }
}

impl Docker {
    /// An engine in which containers keep their logs so.
    pub fn with_log(log: LogSettings) -> Self {
        Self { client: OnceCell::new(), log }
    }

    /// The client with the API version that both sides speak; asked for once.
    async fn client(&self) -> Result<&bollard::Docker, EngineError> {
        self.client.get_or_try_init(connect).await
    }

    /// Runs one call with its deadline.
    async fn call<T, F>(&self, call: &'static str, limit: Duration, work: F) -> Result<T, EngineError>
    where
        F: AsyncFnOnce(&bollard::Docker) -> Result<T, Error>,
    {
        let client = self.client().await?;
        within(call, limit, work(client)).await
    }
}

async fn connect() -> Result<bollard::Docker, EngineError> {
    let client = bollard::Docker::connect_with_defaults().map_err(|error| away(&error))?.with_timeout(UNBOUNDED);
    let client = within("tell its version", LOOK, client.negotiate_version()).await?;
    let version = client.client_version();
    if (version.major_version, version.minor_version) < OLDEST {
        return Err(EngineError::TooOld(version.to_string()));
    }
    Ok(client)
}

async fn within<T>(
    call: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, EngineError> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(|error| translate(call, &error)),
        Err(_) => Err(EngineError::Slow { call, limit }),
    }
}

fn translate(call: &'static str, error: &Error) -> EngineError {
    match error {
        Error::DockerResponseServerError { status_code: 409, message } => {
            EngineError::Conflict { call, message: message.trim().to_owned() }
        }
        Error::DockerResponseServerError { status_code, message } => {
            EngineError::Refused { call, message: message.trim().to_owned(), internal: *status_code >= 500 }
        }
        Error::DockerStreamError { error } => {
            EngineError::Refused { call, message: error.trim().to_owned(), internal: true }
        }
        Error::JsonDataError { .. } | Error::JsonSerdeError { .. } | Error::StrParseError { .. } => {
            let message = format!("its answer is not what the API promises: {}", cause(error));
            EngineError::Refused { call, message, internal: true }
        }
        _ => away(error),
    }
}

fn away(error: &Error) -> EngineError {
    let said = cause(error);
    if is_denied(error) { EngineError::Denied(said) } else { EngineError::Away(said) }
}

/// Whether the socket is there and not for this user.
fn is_denied(error: &Error) -> bool {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// The sentence at the bottom of a chain of errors, which is the one that says why.
fn cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}

/// Nothing there is an answer, not an error.
fn if_there<T>(done: Result<T, Error>) -> Result<Option<T>, Error> {
    match done {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
