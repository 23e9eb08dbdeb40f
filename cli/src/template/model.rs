//! A CloudFormation template as typed values, written as YAML or JSON.

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use super::resource::Resource;
use super::section::Section;

/// A template. Its sections keep the order in which they were filled.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Template {
    #[serde(rename = "AWSTemplateFormatVersion")]
    version: &'static str,
    /// What the stack is, in a person's words.
    pub description: String,
    /// What the stack is given. A parameter that is an output of a parent stack has the output's name.
    #[serde(skip_serializing_if = "Section::is_empty")]
    pub parameters: Section<Parameter>,
    /// What depends on parameters.
    #[serde(skip_serializing_if = "Section::is_empty")]
    pub conditions: Section<Value>,
    /// What the stack holds.
    pub resources: Section<Resource>,
    /// What others need of it.
    #[serde(skip_serializing_if = "Section::is_empty")]
    pub outputs: Section<Output>,
}

/// What a stack is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    #[serde(rename = "Type")]
    kind: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_values: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_value: Option<u32>,
}

/// What others need of a stack.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    description: &'static str,
    value: Value,
}

impl Template {
    /// A template without content.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            version: "2010-09-09",
            description: description.into(),
            parameters: Section::default(),
            conditions: Section::default(),
            resources: Section::default(),
            outputs: Section::default(),
        }
    }

    /// Adds an output.
    pub fn output(&mut self, name: &str, description: &'static str, value: Value) {
        self.outputs.add(name, Output { description, value });
    }

    /// The template as people read it, and as it is sent.
    pub fn yaml(&self) -> anyhow::Result<String> {
        // Long texts stay on one line: a folded one is harder to find and to compare.
        let options = serde_saphyr::ser_options! { folded_wrap_chars: 100_000 };
        let text = serde_saphyr::to_string_with_options(self, options).context("cannot write the template as YAML")?;
        Ok(if text.ends_with('\n') { text } else { text + "\n" })
    }

    /// The template as JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::to_value(self).context("cannot write the template as JSON")
    }
}

impl Parameter {
    /// A parameter of this type.
    pub const fn new(kind: &'static str, description: &'static str) -> Self {
        Self { kind, description, default: None, allowed_values: None, allowed_pattern: None, min_value: None }
    }

    /// A parameter that is any text.
    pub const fn text(description: &'static str) -> Self {
        Self::new("String", description)
    }

    /// A parameter that is `true` or `false`.
    pub fn flag(description: &'static str, default: bool) -> Self {
        let parameter = Self { allowed_values: Some(&["true", "false"]), ..Self::text(description) };
        parameter.or(default.to_string())
    }

    /// Its value when none is given.
    #[must_use]
    pub fn or(mut self, default: impl Into<String>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// The form of its value.
    #[must_use]
    pub const fn like(mut self, pattern: &'static str) -> Self {
        self.allowed_pattern = Some(pattern);
        self
    }

    /// The least that it may be.
    #[must_use]
    pub const fn at_least(mut self, least: u32) -> Self {
        self.min_value = Some(least);
        self
    }
}
