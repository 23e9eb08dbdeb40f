//! What S3 answers, as the store's own errors and outcomes.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use jetway_common::layout::ObjectKey;

use super::Bucket;
use crate::aws::fault::{Fault, OperationError};
use crate::platform::StoreError;

/// Why a conditional write was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    /// The object is not as the condition wants it.
    Condition,
    /// Another write was under way at the same time; neither may have been done.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
    Conflict,
    /// The object, or the upload, is not there at all.
    Absent,
}

impl Unmet {
    /// Which answer this is; none if it is an error like any other.
    pub(super) fn of<E: OperationError>(error: &SdkError<E, HttpResponse>) -> Option<Self> {
        let SdkError::ServiceError(refusal) = error else { return None };
        let code = refusal.err().code().unwrap_or_default();
        match (refusal.raw().status().as_u16(), code) {
            (412, _) => Some(Self::Condition),
            (409, "ConditionalRequestConflict" | "OperationAborted") => Some(Self::Conflict),
            (404, "" | "NoSuchKey" | "NotFound" | "NoSuchUpload") => Some(Self::Absent),
            _ => None,
        }
    }
}

impl Bucket {
    /// The store's error for an error of the SDK.
    pub(super) fn failed<'a, E: OperationError>(
        &'a self,
        action: &'static str,
        key: &'a ObjectKey,
    ) -> impl Fn(SdkError<E, HttpResponse>) -> StoreError + 'a {
        move |error| {
            let (reason, hint) = Fault::of(&error).reason(self.account.profile());
            StoreError { action, key: self.url(key), reason, hint }
        }
    }

    /// The store's error for what no error of the SDK says.
    pub(super) fn wrong(&self, action: &'static str, key: &ObjectKey, reason: impl Into<String>) -> StoreError {
        StoreError { action, key: self.url(key), reason: reason.into(), hint: None }
    }

    fn url(&self, key: &ObjectKey) -> String {
        format!("s3://{}/{key}", self.name)
    }
}
