//! How a template gets to CloudFormation: in the request, or by way of the storage bucket if it is too large for that.

use jetway_common::digest::Digest;
use jetway_common::layout::ObjectKey;

use super::Stacks;
use super::new_stack::NewStack;
use crate::aws::store::S3Store;
use crate::error::UserError;
use crate::platform::{Store as _, Written};
use crate::template::check::LARGEST_IN_REQUEST;

/// Where a template can wait for CloudFormation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shelf {
    /// The storage bucket, by name.
    pub(super) bucket: String,
    /// What the keys of templates begin with there.
    pub(super) folder: ObjectKey,
}

/// A template as a request has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The text itself.
    Body(String),
    /// Where CloudFormation reads it, with the rights of whoever asks.
    Url(String),
}

impl Source {
    /// The field `TemplateBody`, and the field `TemplateURL`.
    pub(super) fn fields(self) -> (Option<String>, Option<String>) {
        match self {
            Self::Body(body) => (Some(body), None),
            Self::Url(url) => (None, Some(url)),
        }
    }
}

impl Stacks {
    /// The template of `new` as a request can have it; one that is too large is stored first.
    pub(super) async fn source(&self, new: &NewStack) -> anyhow::Result<Source> {
        let bytes = new.body.as_bytes();
        if bytes.len() <= LARGEST_IN_REQUEST {
            return Ok(Source::Body(new.body.clone()));
        }
        let Shelf { bucket, folder } = new.shelf.as_ref().ok_or_else(|| too_large(new))?;
        let key = ObjectKey::listed(folder, &format!("{}.yaml", Digest::of(bytes).hex()));
        // Its key holds its digest: whoever was faster has stored the same bytes.
        let (Written::Done | Written::Lost) =
            S3Store::new(self.account.clone(), bucket.clone()).put_new(&key, bytes).await?;
        let region = self.account.region();
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        Ok(Source::Url(format!("https://{bucket}.s3.{region}.{domain}/{key}")))
    }
}

/// What is said of a template that has no way to CloudFormation.
pub(super) fn too_large(new: &NewStack) -> UserError {
    let (name, bytes) = (&new.name, new.body.len());
    let message = format!(
        "the template of {name} has {bytes} bytes, CloudFormation takes {LARGEST_IN_REQUEST} in a request, and the bucket \
         that it could be read from is made by this very stack; nothing was changed"
    );
    UserError::usage(message).hint("fewer or shorter `tags` in installation.toml make it smaller")
}
