//! What AWS would refuse in a template, or accept and then do otherwise than meant; found without asking AWS.
//!
//! Linters find part of it; reliability has its limits here, because a user's own tags and settings reach no linter.

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::Template;

/// The largest template that a request can carry, in bytes; a larger one must come from a bucket.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
pub const LARGEST_IN_REQUEST: usize = 51_200;
/// The largest template that can come from a bucket, in bytes; the same page calls it 1 MB.
pub const LARGEST: usize = 1_000_000;
/// The largest user data in bytes before base64:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html>.
pub const LARGEST_USER_DATA: usize = 16_384;

/// The most characters in a role's own policies.
const LARGEST_POLICY: usize = 10_240;

/// All that is wrong with a template, in sentences; nothing if all is well.
pub fn problems(template: &Template, body: &str) -> Vec<String> {
    let mut found = Vec::new();
    sizes(template, body, &mut found);
    names(template, &mut found);
    references(template, &mut found);
    for (name, resource) in template.resources.iter() {
        // The same tags stand in several places of a resource.
        let mut own = Vec::new();
        if resource.metadata.description.is_empty() {
            own.push(format!("{name}: no description"));
        }
        let properties = Value::Object(resource.properties.clone());
        walk(&properties, &mut |key, value| limit(name, key, value, &mut own));
        if resource.kind.starts_with("AWS::EC2::SecurityGroup") {
            walk(&properties, &mut |key, value| group_text(name, key, value, &mut own));
        }
        if resource.kind == "AWS::IAM::Policy" {
            policy(name, &properties["PolicyDocument"], &mut own);
        }
        own.dedup();
        found.extend(own);
    }
    found
}

fn sizes(template: &Template, body: &str, found: &mut Vec<String>) {
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    for (what, count, most) in [
        ("bytes", body.len(), LARGEST),
        ("bytes of description", template.description.len(), 1024),
        ("parameters", template.parameters.len(), 200),
        ("resources", template.resources.len(), 500),
        ("outputs", template.outputs.len(), 200),
    ] {
        if count > most {
            found.push(format!("the template has {count} {what}, CloudFormation allows {most}"));
        }
    }
}

fn names(template: &Template, found: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for name in template.parameters.names().chain(template.resources.names()) {
        if !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            found.push(format!("{name}: a logical name has letters and digits only"));
        }
        if !seen.insert(name) {
            found.push(format!("{name}: is there twice"));
        }
    }
}

fn references(template: &Template, found: &mut Vec<String>) {
    let known: BTreeSet<&str> = template.parameters.names().chain(template.resources.names()).collect();
    let conditions: BTreeSet<&str> = template.conditions.names().collect();
    let Ok(whole) = template.json() else { return };
    walk(&whole, &mut |key, value| {
        for name in named(key, value) {
            if !known.contains(name.as_str()) && !name.starts_with("AWS::") {
                found.push(format!("{key} {name}: there is no such parameter or resource"));
            }
        }
        let condition = if key == "Fn::If" { value[0].as_str() } else { None };
        if let Some(condition) = condition.filter(|condition| !conditions.contains(condition)) {
            found.push(format!("Fn::If {condition}: there is no such condition"));
        }
    });
    for (name, resource) in template.resources.iter() {
        for other in resource.depends_on.iter().filter(|other| template.resources.get(other).is_none()) {
            found.push(format!("{name}: depends on {other}, which is not there"));
        }
        if let Some(condition) = resource.condition.filter(|condition| !conditions.contains(condition)) {
            found.push(format!("{name}: there is no condition {condition}"));
        }
    }
}

/// The parameters and resources that a function names.
fn named(key: &str, value: &Value) -> Vec<String> {
    let texts = match key {
        "Ref" => value.as_str(),
        "Fn::GetAtt" => value[0].as_str(),
        "Fn::Sub" => return variables(value.as_str().unwrap_or_default()),
        _ => None,
    };
    texts.map(str::to_owned).into_iter().collect()
}

/// The names in `${Name}` and `${Name.Attribute}`; `${!Name}` stands for itself.
fn variables(text: &str) -> Vec<String> {
    let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    let names = names.filter(|name| !name.starts_with('!'));
    names.map(|name| name.split_once('.').map_or(name, |(resource, _)| resource).to_owned()).collect()
}

/// What EC2 takes as the description of a security group or of its rules:
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>.
fn group_text(resource: &str, key: &str, value: &Value, found: &mut Vec<String>) {
    let text = value.as_str().filter(|_| key.ends_with("Description")).unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.chars().count() > 255 || !text.chars().all(allowed) {
        found.push(format!("{resource}: `{text}`: EC2 takes up to 255 letters, digits and ._-:/()#,@[]+=&;{{}}!$*"));
    }
}

/// A role's own policies have this many characters together, and each of ours has one:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>. Functions make the text longer here than
/// it is in the end, so what fits here fits there.
fn policy(resource: &str, document: &Value, found: &mut Vec<String>) {
    let length = document.to_string().len();
    if length > LARGEST_POLICY {
        found.push(format!("{resource}: a policy of {length} characters, IAM allows {LARGEST_POLICY} for a role"));
    }
}

fn limit(resource: &str, key: &str, value: &Value, found: &mut Vec<String>) {
    match key {
        "Tags" => tags(resource, value, found),
        "UserData" => {
            let length = value["Fn::Base64"].as_str().map_or(0, str::len);
            if length > LARGEST_USER_DATA {
                found.push(format!("{resource}: user data of {length} bytes, EC2 allows {LARGEST_USER_DATA}"));
            }
        }
        _ => {
            let bounds = BOUNDS.iter().find(|(name, _, _)| *name == key);
            if let (Some((_, least, most)), Some(number)) = (bounds, value.as_u64())
                && !(*least..=*most).contains(&number)
            {
                found.push(format!("{resource}: {key} is {number}, AWS allows {least} to {most}"));
            }
        }
    }
}

/// Numbers that AWS limits. Of the target group:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>.
const BOUNDS: [(&str, u64, u64); 7] = [
    ("HealthCheckIntervalSeconds", 5, 300),
    ("HealthCheckTimeoutSeconds", 2, 120),
    ("HealthyThresholdCount", 2, 10),
    ("UnhealthyThresholdCount", 2, 10),
    ("HttpPutResponseHopLimit", 1, 1),
    ("HeartbeatTimeout", 30, 7200),
    // gp3: https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
    ("VolumeSize", 1, 65_536),
];

/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html>
fn tags(resource: &str, tags: &Value, found: &mut Vec<String>) {
    let tags = tags.as_array().map_or(&[][..], Vec::as_slice);
    if tags.len() > 50 {
        found.push(format!("{resource}: {} tags, AWS allows 50", tags.len()));
    }
    for tag in tags {
        let text = |part: &str| tag[part].as_str().unwrap_or_default().to_owned();
        let (key, value) = (text("Key"), text("Value"));
        let fault = if key.is_empty() || key.chars().count() > 128 {
            "its key has not 1 to 128 characters"
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            "its key begins with `aws:`, which AWS keeps for itself"
        } else if value.chars().count() > 256 {
            "its value has more than 256 characters"
        } else if !key.chars().all(|c| c.is_ascii_alphanumeric() || "+-=.,_:@".contains(c)) {
            // Instances see their tags in their metadata, where AWS allows fewer characters than elsewhere:
            // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
            "its key has other characters than letters, digits and + - = . , _ : @"
        } else {
            continue;
        };
        found.push(format!("{resource}: tag `{key}`: {fault}"));
    }
}

/// Visits every key of every object.
fn walk(value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                visit(key, value);
                walk(value, visit);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
