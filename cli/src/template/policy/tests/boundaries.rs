//! What no pattern of a policy may match, and what one must.

use serde_json::Value;

use super::{policies, scope};
use crate::template::policy::{Statement, instance};

/// Whether an IAM pattern matches: `*` any characters, `?` one.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches(rest, text) || text.split_first().is_some_and(|(_, text)| matches(pattern, text))
        }
        (Some((b'?', rest)), Some((_, text))) => matches(rest, text),
        (Some((one, rest)), Some((other, text))) => one == other && matches(rest, text),
        _ => false,
    }
}

/// Everything that belongs to one application in one environment alone.
fn belongings(environment: &str, application: &str) -> Vec<String> {
    let name = format!("jetway-release-{environment}-{application}--v1");
    let region = "us-west-2:123456789012";
    let object = |key: &str| format!("arn:aws:s3:::jetway-storage/{key}");
    let own = format!("jetway/{environment}/{application}");
    let logs = format!("arn:aws:logs:{region}:log-group:/jetway/{environment}/{application}");
    let role = format!("arn:aws:iam::123456789012:role/jetway/{environment}/{application}");
    vec![
        object(&format!("{own}/current.json")),
        object(&format!("{own}/lock.json")),
        object(&format!("{own}/config/c1.json")),
        object(&format!("{own}/releases/v1.json")),
        object(&format!("{own}/instances/v1/i-0abc.json")),
        object(&format!("{environment}/{application}/file")),
        format!("arn:aws:cloudformation:{region}:stack/{name}/11111111-2222-3333-4444-555555555555"),
        format!("arn:aws:cloudformation:{region}:stack/jetway-app-{environment}-{application}/11111111"),
        format!("arn:aws:autoscaling:{region}:autoScalingGroup:11111111:autoScalingGroupName/{name}-Group-ABC"),
        logs.clone(),
        format!("{logs}:log-stream:i-0abc/web"),
        format!("{role}/instance/{name}-Role-ABC"),
        format!("{role}/release/{name}-Role-ABC"),
        // As a prefix to list, and as the value of an encryption context.
        format!("{own}/"),
        format!("{environment}/{application}/"),
    ]
}

/// Every pattern of a policy: resources, and the values of conditions.
fn patterns(statements: &[Statement]) -> Vec<String> {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
            Value::Object(object) => object.values().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for statement in statements {
        statement.resource.iter().chain(&statement.condition).for_each(|value| texts(value, &mut found));
    }
    // What AWS supports no resource for is named in `only_what_has_no_resource_is_allowed_on_everything`.
    found.retain(|pattern| pattern != "*");
    found
}

#[test]
fn no_pattern_matches_what_is_a_neighbours() {
    let neighbours = [
        ("qa", "web-admin"),
        ("qa", "we"),
        ("qa", "webx"),
        ("qa", "admin-web"),
        ("qa", "w-eb"),
        ("qa", "qa-web"),
        ("production", "web"),
        ("qa2", "web"),
        ("q", "web"),
        ("xqa", "web"),
        ("web", "qa"),
        ("qa", "instances"),
        ("qa", "releases"),
        ("qa", "config"),
        ("qa", "v1"),
    ];
    for (policy, statements) in policies(&scope("qa", "web")) {
        for pattern in patterns(&statements) {
            for (environment, application) in neighbours {
                for belonging in belongings(environment, application) {
                    let is_match = matches(pattern.as_bytes(), belonging.as_bytes());
                    // `image prune` keeps what the same application runs in any environment.
                    let is_pin =
                        ["/web/releases/v1.json", "/web/current.json"].iter().any(|end| belonging.ends_with(end));
                    assert!(!is_match || (policy == "operator" && is_pin), "{policy}: {pattern} matches {belonging}");
                }
            }
        }
    }
}

#[test]
fn no_pattern_matches_the_images_of_another_application() {
    for (policy, statements) in policies(&scope("qa", "web")) {
        for pattern in patterns(&statements) {
            for other in ["web-admin", "we", "images", "layers", "uploads"] {
                for key in ["index.json", "blobs/sha256/0", "layers/sha256/0.json", "uploads/web", ""] {
                    let image = format!("arn:aws:s3:::jetway-storage/images/{other}/{key}");
                    assert!(!matches(pattern.as_bytes(), image.as_bytes()), "{policy}: {pattern} matches {image}");
                }
            }
        }
    }
}

#[test]
fn an_instance_reaches_what_is_its_own() {
    let statements = instance::statements(&scope("qa", "web"), &[]);
    let may = |action: &str, resource: &str| {
        let is_allowed = |statement: &Statement| {
            let mut resources = statement.resource.iter().filter_map(Value::as_str);
            statement.action.iter().any(|allowed| allowed == action)
                && resources.any(|pattern| matches(pattern.as_bytes(), resource.as_bytes()))
        };
        statements.iter().any(is_allowed)
    };
    let object = |key: &str| format!("arn:aws:s3:::jetway-storage/{key}");
    let scope = scope("qa", "web");
    let keys = scope.keys();
    let release = "v42".parse().unwrap();
    let report = object(keys.report(release, &"i-0abc".parse().unwrap()).as_str());
    for key in [keys.release(release), keys.config("c1".parse().unwrap()), scope.images().index()] {
        assert!(may("s3:GetObject", &object(key.as_str())), "{key}");
        assert!(!may("s3:PutObject", &object(key.as_str())), "{key}");
    }
    assert!(may("s3:PutObject", &report) && !may("s3:GetObject", &report));
    assert!(!may("s3:PutObject", &object(keys.current().as_str())));
    assert!(!may("s3:GetObject", &object(keys.lock().as_str())));
    assert!(may("s3:DeleteObject", &object("qa/web/a/file")));
    assert!(!may("kms:GenerateDataKeyWithoutPlaintext", "arn:aws:kms:us-west-2:123456789012:key/1"));
}
