//! One resource of a template: what it is, why it is there, and how it comes and goes.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::tags::Tags;

/// One resource. Its description is what a person reads while a stack is being changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    /// The type, for example `AWS::S3::Bucket`.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// What people and linters are told about it.
    pub metadata: Metadata,
    /// The condition under which it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<&'static str>,
    /// What must be there before it, although no value of it is used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// When its creation counts as done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_policy: Option<Value>,
    /// What becomes of it when the stack is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<&'static str>,
    /// What becomes of it when another one takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_replace_policy: Option<&'static str>,
    /// Its own settings.
    #[serde(skip_serializing_if = "Map::is_empty", serialize_with = "super::ordered::properties")]
    pub properties: Map<String, Value>,
}

/// What people and linters are told about a resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metadata {
    /// What it is for, in a person's words.
    pub description: String,
    /// Rules of checkov that do not apply, each with the reason.
    #[serde(rename = "checkov", skip_serializing_if = "Option::is_none")]
    pub checkov: Option<Skips>,
}

/// Rules that do not apply.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Skips {
    skip: Vec<Skip>,
}

/// A rule that does not apply, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Skip {
    id: &'static str,
    comment: &'static str,
}

impl Resource {
    /// A resource of this type, with a sentence on what it is for; `properties` is a JSON object.
    pub fn new(kind: &'static str, description: impl Into<String>, properties: Value) -> Self {
        let properties = if let Value::Object(map) = properties { map } else { Map::new() };
        Self {
            kind,
            metadata: Metadata { description: description.into(), checkov: None },
            condition: None,
            depends_on: Vec::new(),
            creation_policy: None,
            deletion_policy: None,
            update_replace_policy: None,
            properties,
        }
    }

    /// Sets one more property.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name.to_owned(), value.into());
        self
    }

    /// Tags it.
    #[must_use]
    pub fn tagged(self, tags: &Tags) -> Self {
        self.with("Tags", tags.list())
    }

    /// Tags it, and gives it the name that consoles show.
    #[must_use]
    pub fn named(self, tags: &Tags, name: &str) -> Self {
        self.with("Tags", tags.named(name).list())
    }

    /// It outlives its stack: what people lose with it, nothing brings back. If its stack never comes to be, it goes:
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html>.
    #[must_use]
    pub fn retained(mut self) -> Self {
        self.deletion_policy = Some("RetainExceptOnCreate");
        self.update_replace_policy = Some("Retain");
        self
    }

    /// It outlives its stack even if that never comes to be: a bucket with an object in it cannot be deleted.
    #[must_use]
    pub fn kept(mut self) -> Self {
        self.deletion_policy = Some("Retain");
        self.update_replace_policy = Some("Retain");
        self
    }

    /// It exists only under this condition.
    #[must_use]
    pub fn only_if(mut self, condition: &'static str) -> Self {
        self.condition = Some(condition);
        self
    }

    /// It is made after that resource.
    #[must_use]
    pub fn after(mut self, resource: impl Into<String>) -> Self {
        self.depends_on.push(resource.into());
        self
    }

    /// Its creation is done when that many signals have come in time.
    #[must_use]
    pub fn signalled(mut self, count: &Value, timeout: &str) -> Self {
        self.creation_policy = Some(json!({ "ResourceSignal": { "Count": count, "Timeout": timeout } }));
        self
    }

    /// A rule of checkov that does not apply to it, and why.
    #[must_use]
    pub fn skip(mut self, id: &'static str, comment: &'static str) -> Self {
        self.metadata.checkov.get_or_insert_default().skip.push(Skip { id, comment });
        self
    }
}
