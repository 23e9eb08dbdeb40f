//! The intrinsic functions of CloudFormation, in their long form, as JSON values.

use serde_json::{Value, json};

/// The value of a parameter, or what identifies a resource.
pub fn reference(name: &str) -> Value {
    json!({ "Ref": name })
}

/// An attribute of a resource.
pub fn attribute(resource: &str, name: &str) -> Value {
    json!({ "Fn::GetAtt": [resource, name] })
}

/// A text in which `${Name}` and `${Resource.Attribute}` are replaced.
pub fn substitute(text: impl Into<String>) -> Value {
    json!({ "Fn::Sub": text.into() })
}

/// One entry of a list.
pub fn select(index: usize, list: &Value) -> Value {
    json!({ "Fn::Select": [index, list] })
}

/// The entries of a list as one text.
pub fn join(separator: &str, entries: impl Into<Value>) -> Value {
    json!({ "Fn::Join": [separator, entries.into()] })
}

/// One value or another, as a condition says.
pub fn either(condition: &str, yes: &Value, no: &Value) -> Value {
    json!({ "Fn::If": [condition, yes, no] })
}

/// Whether two values are the same; stands in a condition.
pub fn equals(left: &Value, right: &str) -> Value {
    json!({ "Fn::Equals": [left, right] })
}

/// The opposite of a condition.
pub fn not(condition: &Value) -> Value {
    json!({ "Fn::Not": [condition] })
}

/// A text in base64, as user data must be.
pub fn base64(text: impl Into<Value>) -> Value {
    json!({ "Fn::Base64": text.into() })
}

/// The ARN of a bucket whose name a parameter holds, or of objects in it.
pub fn bucket_arn(parameter: &str, objects: &str) -> Value {
    substitute(format!("arn:${{AWS::Partition}}:s3:::${{{parameter}}}{objects}"))
}
