//! What a stack is to be made of, checked against CloudFormation's limits before anything is sent.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{OnFailure as SdkOnFailure, Tag};
use jetway_common::layout::ObjectKey;

use super::Stack;
use super::source::{Shelf, too_large};
use super::words::Words;
use crate::error::UserError;
use crate::template::check;
use crate::template::model::Template;
use crate::template::tags::Tags;

/// What becomes of a stack that cannot be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// What was made of it is removed; the stack stays and tells why.
    Rollback,
    /// What was made of it stays, to be looked at.
    Keep,
}

/// A stack that is to be.
#[derive(Debug, Clone)]
pub struct NewStack {
    pub(super) name: String,
    pub(super) body: String,
    pub(super) words: Words,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) role: Option<String>,
    pub(super) on_failure: OnFailure,
    pub(super) is_protected: bool,
    pub(super) shelf: Option<Shelf>,
}

/// The tag that every stack of Jetway's has.
pub const INSTALLATION: &str = "jetway:installation";
/// The most characters of a stack's name:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>.
const LONGEST_NAME: usize = 128;
/// The most bytes of a parameter's value:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
const LONGEST_VALUE: usize = 4_096;

impl NewStack {
    /// A stack of that name and template; an error names everything that AWS would refuse.
    pub fn new(name: impl Into<String>, template: &Template, tags: &Tags) -> anyhow::Result<Self> {
        let (name, body) = (name.into(), template.yaml()?);
        let mut problems = check::problems(template, &body);
        problems.extend(name_problem(&name));
        if !problems.is_empty() {
            let message = format!("the stack {name} cannot be made:\n       {}", problems.join("\n       "));
            return Err(UserError::usage(message).into());
        }
        Ok(Self {
            name,
            body,
            words: Words::of(template),
            parameters: BTreeMap::new(),
            tags: tags.map().clone(),
            role: None,
            on_failure: OnFailure::Rollback,
            is_protected: false,
            shelf: None,
        })
    }

    /// Gives a parameter its value.
    pub fn parameter(mut self, name: &str, value: impl Into<String>) -> anyhow::Result<Self> {
        let value = value.into();
        if value.len() > LONGEST_VALUE {
            let length = value.len();
            let message = format!("the parameter {name} has {length} bytes, CloudFormation allows {LONGEST_VALUE}");
            return Err(UserError::usage(message).into());
        }
        self.parameters.insert(name.to_owned(), value);
        Ok(self)
    }

    /// Lets CloudFormation work in this role, whose ARN it is, instead of with the caller's rights.
    #[must_use]
    pub fn in_role(mut self, arn: impl Into<String>) -> Self {
        self.role = Some(arn.into());
        self
    }

    /// Says what becomes of it if it cannot be created.
    #[must_use]
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// Lets it refuse to be deleted.
    #[must_use]
    pub fn protected(mut self) -> Self {
        self.is_protected = true;
        self
    }

    /// Lets a template that is too large for a request come from this storage bucket, from below `folder`.
    #[must_use]
    pub fn shelved(mut self, bucket: impl Into<String>, folder: ObjectKey) -> Self {
        self.shelf = Some(Shelf { bucket: bucket.into(), folder });
        self
    }

    /// Refuses a template that no request can carry, for a stack that is there before any bucket.
    pub fn in_request(self) -> anyhow::Result<Self> {
        if self.body.len() > check::LARGEST_IN_REQUEST { Err(too_large(&self).into()) } else { Ok(self) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of a parameter, if it is given one.
    pub fn value(&self, parameter: &str) -> Option<&str> {
        self.parameters.get(parameter).map(String::as_str)
    }

    /// What its resources are for, for whoever watches.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Whether `stack` is of the installation that this one is for.
    pub fn is_of_same_owner(&self, stack: &Stack) -> bool {
        self.tags.get(INSTALLATION).is_some_and(|own| stack.tags.get(INSTALLATION) == Some(own))
    }

    /// Its tags as the API wants them.
    pub(super) fn tag_list(&self) -> Vec<Tag> {
        self.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }
}

impl From<OnFailure> for SdkOnFailure {
    fn from(on_failure: OnFailure) -> Self {
        match on_failure {
            OnFailure::Rollback => Self::Rollback,
            OnFailure::Keep => Self::DoNothing,
        }
    }
}

fn name_problem(name: &str) -> Option<String> {
    let is_clean = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let length = name.len();
    if length > LONGEST_NAME {
        Some(format!("its name has {length} characters, CloudFormation allows {LONGEST_NAME}"))
    } else if !is_clean || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Some("its name is not a letter, followed by letters, digits and hyphens".to_owned())
    } else {
        None
    }
}
