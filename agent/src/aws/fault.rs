//! What AWS answers instead of what it was asked, in our words: action, resource, reason, request, and whether to wait.

#[cfg(test)]
mod tests;

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jetway_common::refusal::Kind;

use super::clock;
use super::credentials::RoleError;
use super::imds::deepest;
use super::patience::Patience;
use crate::error::StepError;
use crate::text::escape;

/// What to do about a role that lacks a permission.
const ROLE: &str = "`jetway app show` tells whether the role is as it should be, and `jetway app update` makes it so";

/// One call of AWS, as IAM names it.
#[derive(Debug)]
pub struct Call<'a> {
    /// The action, such as `s3:GetObject`.
    pub action: &'static str,
    /// The ARN of what it is about.
    pub resource: String,
    /// For how long a denial may be one that passes: IAM tells of a new role or policy everywhere only after a while.
    pub patience: &'a Patience,
}

/// A refusal, taken apart.
struct Refusal<'a> {
    code: &'a str,
    message: String,
    answer: &'a HttpResponse,
}

impl Call<'_> {
    /// The error of a step for an error of the SDK.
    pub fn told<E>(&self, error: &SdkError<E, HttpResponse>) -> StepError
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        if let Some(role) = causes(error).find_map(|cause| cause.downcast_ref::<RoleError>()) {
            return role.0.clone();
        }
        match error {
            SdkError::ServiceError(refusal) => {
                let (code, answer) = (refusal.err().code().unwrap_or_default(), refusal.raw());
                let message = escape(refusal.err().message().unwrap_or_default());
                self.refused(&Refusal { code, message, answer })
            }
            SdkError::ResponseError(answer) => self.foreign(answer.raw()),
            SdkError::ConstructionFailure(_) => StepError::never(self.sentence("cannot be asked for", &deepest(error))),
            _ => StepError::later(self.sentence("was not reached for", &deepest(error))).hint(
                "look at the routes, the DNS and the clock of this machine, and at the network's endpoints and NAT",
            ),
        }
    }

    fn refused(&self, refusal: &Refusal<'_>) -> StepError {
        let Refusal { code, message, answer } = refusal;
        let status = answer.status().as_u16();
        match Kind::of(code, message, status) {
            Kind::Clock => clock(answer),
            Kind::Throttled => StepError::later(self.sentence("asks to be asked less often for", &said(refusal))),
            Kind::Expired => StepError::later(self.sentence("says that the role's credentials are over for", message))
                .hint("instance metadata must have new ones: look at the instance profile and its role"),
            Kind::UnknownKey => {
                self.unless_it_passes(self.sentence("does not know the role's credentials for", &said(refusal)))
            }
            Kind::Elsewhere => StepError::never(self.sentence("wants another region for", &region(answer)))
                .hint("deploy again: the boot file names another region than the bucket's"),
            Kind::Denied => self.denied(refusal),
            Kind::Broken => StepError::later(self.sentence("has a fault of its own with", &said(refusal))),
            Kind::Foreign => self.foreign(answer),
            Kind::Refused => StepError::never(self.sentence("refuses", &said(refusal))),
        }
    }

    /// What S3 reads or writes is encrypted: it denies its own action, and names that of KMS which the role lacks.
    fn denied(&self, refusal: &Refusal<'_>) -> StepError {
        match lacking(&refusal.message).filter(|(action, _)| *action != self.action) {
            Some((action, resource)) => {
                let reason = format!(
                    "AWS denies {action} on {resource}, which {} on {} needs: {}",
                    self.action,
                    self.resource,
                    said(refusal)
                );
                self.unless_it_passes(reason).hint(ROLE)
            }
            None => self.unless_it_passes(self.sentence("denies", &said(refusal))).hint(self.denied_hint()),
        }
    }

    /// Later, as long as IAM may not have told everywhere.
    fn unless_it_passes(&self, reason: String) -> StepError {
        StepError { wait: self.patience.refused(), ..StepError::never(reason) }
    }

    fn denied_hint(&self) -> &'static str {
        if self.action.starts_with("s3:") {
            "S3 says the same when the role lacks the permission, when the bucket is another account's, and when the object \
             is not there; `jetway app show` tells whether the role is as it should be"
        } else {
            ROLE
        }
    }

    /// An answer that AWS does not give.
    fn foreign(&self, answer: &HttpResponse) -> StepError {
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").unwrap_or("no content type");
        StepError::later(
            self.sentence("does not answer, but something else does for", &format!("HTTP {status}, {}", escape(kind))),
        )
        .hint("look whether a proxy or a portal stands between this machine and AWS")
    }

    fn sentence(&self, verb: &str, reason: &str) -> String {
        let colon = if reason.is_empty() { "" } else { ": " };
        format!("AWS {verb} {} on {}{colon}{reason}", self.action, self.resource)
    }
}

/// Status, code, message and request, as far as they are there.
fn said(refusal: &Refusal<'_>) -> String {
    let Refusal { code, message, answer } = refusal;
    let status = answer.status().as_u16();
    let request = ["x-amz-request-id", "x-amzn-requestid"].iter().find_map(|name| answer.headers().get(name));
    let request = request.map(|id| format!("request {}", escape(id)));
    let head = [Some(format!("HTTP {status}")), (!code.is_empty()).then(|| escape(code)), request];
    let head = head.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if message.is_empty() { head } else { format!("{message} ({head})") }
}

fn region(answer: &HttpResponse) -> String {
    answer.headers().get("x-amz-bucket-region").map(escape).unwrap_or_default()
}

fn clock(answer: &HttpResponse) -> StepError {
    let unknown = || "the clock of this instance and that of AWS are too far apart".to_owned();
    let apart = clock::ahead(answer).map_or_else(unknown, clock::apart);
    StepError::later(format!("{apart}: AWS takes nothing that is signed with such a time")).hint(clock::HINT)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source())
}

/// The action that a denial says is lacking, and on what:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>. Some services quote the latter.
fn lacking(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("is not authorized to perform: ")?;
    let (action, rest) = rest.split_once(" on resource: ")?;
    Some((action, rest.split(' ').next()?.trim_matches('"')))
}
