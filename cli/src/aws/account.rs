//! The AWS account and region that a command acts in, with credentials that were seen to work.

mod connection;

use std::fmt;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use self::connection::connect;
use super::fault::{Fault, OperationError};
use crate::error::UserError;
use crate::place::{Place, Unlisted};
use crate::printer::{Printer, harmless};

/// One account and region, and who is calling. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Account {
    id: String,
    caller: String,
    region: String,
    profile: Option<String>,
    sdk: SdkConfig,
}

impl Account {
    /// Finds credentials and region, and asks AWS whose they are. Refuses another account than the one expected.
    pub async fn open(place: &Place) -> Result<Self, UserError> {
        let (sdk, profile) = connect(place).await?;
        let region = sdk.region().map(ToString::to_string).filter(|region| !region.is_empty());
        let region = region.ok_or_else(|| no_region(place))?;
        let doing = "ask AWS who is calling";
        // The first call of all: where AWS is out of reach, nobody wants to wait for long to hear it.
        let hasty = aws_sdk_sts::config::Builder::new().retry_config(RetryConfig::standard().with_max_attempts(3));
        let request = aws_sdk_sts::Client::new(&sdk).get_caller_identity().customize().config_override(hasty);
        let identity = request.send().await;
        let identity = identity.map_err(|error| Fault::of(&error).tell(doing, profile.as_deref()))?;
        let (Some(id), Some(caller)) = (identity.account, identity.arn) else {
            return Err(UserError::failed(format!("could not {doing}: AWS did not say")));
        };
        if place.account.as_ref().is_some_and(|expected| *expected != id) {
            return Err(other_account(place, &id, &caller));
        }
        Ok(Self { id, caller, region, profile, sdk })
    }

    /// The account's number, 12 digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The ARN of whoever is calling.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// The region, such as `us-west-2`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The profile of the AWS configuration in force, if one was named.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The options that lead the AWS CLI to the same place.
    pub fn options(&self) -> String {
        let profile = self.profile.as_ref().map_or(String::new(), |profile| format!(" --profile {profile}"));
        format!("--region {}{profile}", self.region)
    }

    /// What every client of a service is made from: region, credentials, retries, timeouts, endpoint.
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// The sentence for people about an error of the SDK. `doing` is what was tried, as in `could not {doing}`.
    pub fn explain<E: OperationError>(&self, doing: &str, error: &SdkError<E, HttpResponse>) -> UserError {
        Fault::of(error).tell(doing, self.profile.as_deref())
    }
}

/// For people who are about to change it.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {} ({}), region {}", self.id, self.caller, self.region)
    }
}

/// Tells people when requests do not go to AWS, which is meant for tests alone.
pub fn warn_of_endpoint(printer: Printer) {
    if let Some((name, url)) = connection::other_endpoint() {
        printer.warn(format_args!("{name} sends requests to {} instead of AWS", harmless(&url)));
    }
}

fn no_region(place: &Place) -> UserError {
    if let Some(Unlisted { message, hint }) = &place.unlisted {
        return UserError::usage(message).hint(hint);
    }
    UserError::usage("no AWS region is named: not in jetway.toml, in installation.toml or in the AWS settings")
        .hint("name one with --region, or set AWS_REGION")
}

fn other_account(place: &Place, id: &str, caller: &str) -> UserError {
    let expected = place.account.as_deref().unwrap_or_default();
    let message = format!("the account must be {expected}, and the credentials are for {id} ({caller})");
    UserError::usage(format!("{message}; nothing was changed")).hint("name the right credentials with --profile")
}
