//! IAM policies: who may do what, as small as AWS allows. Each statement says why it is there.
//!
//! Which action takes which resource and which condition is in the Service Authorization Reference,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/>; `tests/lab/lint-policies.sh` checks ours
//! against it, and that `*` stands only where AWS supports no resource.

pub mod deploy;
pub mod instance;
pub mod operator;
pub mod release;
pub mod scope;
pub mod trust;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The actions are allowed.
    Allow,
    /// The actions are denied, whatever allows them.
    Deny,
}

impl Effect {
    fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// One statement of a policy. Values may be CloudFormation functions such as `{"Fn::Sub": "..."}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its name, unique within the policy.
    pub sid: String,
    /// Why it is there, in one line for people.
    pub reason: &'static str,
    /// What it does.
    pub effect: Effect,
    /// The actions.
    pub action: Vec<String>,
    /// The resources; empty only in a trust policy.
    pub resource: Vec<Value>,
    /// When it applies: operator, key, value.
    pub condition: Option<Value>,
}

impl Statement {
    /// A statement that allows `actions`, which are words separated by spaces.
    pub(crate) fn allow(sid: &str, reason: &'static str, actions: &str) -> Self {
        let action = actions.split_whitespace().map(str::to_owned).collect();
        Self { sid: sid.to_owned(), reason, effect: Effect::Allow, action, resource: Vec::new(), condition: None }
    }

    /// The same on these resources, too.
    pub(crate) fn on(mut self, resources: impl IntoIterator<Item = Value>) -> Self {
        self.resource.extend(resources);
        self
    }

    /// The same, only when this condition holds, too.
    pub(crate) fn when(mut self, operator: &str, key: &str, value: Value) -> Self {
        let condition = self.condition.get_or_insert_with(|| Value::Object(Map::new()));
        // Indexing makes what is absent.
        condition[operator][key] = value;
        self
    }

    /// A statement of the manifest, which has been checked; `index` names it unless it has a name of its own.
    pub fn custom(index: usize, statement: &Value) -> Self {
        let words = |key: &str| match &statement[key] {
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let sid = match statement["Sid"].as_str() {
            // Names that begin so are ours, and a policy cannot have the same name twice.
            Some(sid) if sid.starts_with(OURS) => format!("Custom{sid}"),
            Some(sid) => sid.to_owned(),
            None => format!("{OURS}Custom{index}"),
        };
        let effect = if statement["Effect"] == "Deny" { Effect::Deny } else { Effect::Allow };
        let action = words("Action").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let condition = statement.get("Condition").cloned();
        Self { sid, reason: "jetway.toml asks for it", effect, action, resource: words("Resource"), condition }
    }

    fn json(&self) -> Value {
        let Self { sid, reason: _, effect, action, resource, condition } = self;
        let mut json = json!({ "Sid": sid, "Effect": effect.as_str(), "Action": action, "Resource": resource });
        if let (Some(condition), Some(object)) = (condition, json.as_object_mut()) {
            object.insert("Condition".to_owned(), condition.clone());
        }
        json
    }
}

/// What the names of our own statements begin with.
const OURS: &str = "Jetway";

/// The policy document of these statements.
pub fn document(statements: &[Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(Statement::json).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}
