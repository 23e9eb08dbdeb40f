//! Templates that are wrong, and what is said of them.

use serde_json::json;

use super::*;
use crate::template::functions::{attribute, either, reference, substitute};
use crate::template::resource::Resource;

fn found(fill: impl FnOnce(&mut Template)) -> Vec<String> {
    let mut template = Template::new("a test");
    fill(&mut template);
    problems(&template, &template.yaml().unwrap())
}

fn topic(properties: Value) -> Resource {
    Resource::new("AWS::SNS::Topic", "Topic", properties)
}

#[test]
fn a_name_that_is_there_twice_is_found() {
    let found = found(|template| {
        template.resources.add("Topic", topic(json!({})));
        template.resources.add("Topic", topic(json!({})));
    });
    assert_eq!(found, ["Topic: is there twice"]);
}

#[test]
fn whatever_names_nothing_is_found() {
    let found = found(|template| {
        let name = either("IsThere", &reference("Name"), &attribute("Queue", "QueueName"));
        let properties = json!({ "TopicName": name, "DisplayName": substitute("${AWS::Region} ${!kept} ${Lost.Arn}") });
        template.resources.add("Topic", topic(properties).after("First").only_if("Sometimes"));
    });
    assert_eq!(
        found,
        [
            "Fn::Sub Lost: there is no such parameter or resource",
            "Fn::If IsThere: there is no such condition",
            "Ref Name: there is no such parameter or resource",
            "Fn::GetAtt Queue: there is no such parameter or resource",
            "Topic: depends on First, which is not there",
            "Topic: there is no condition Sometimes",
        ]
    );
}

#[test]
fn numbers_and_tags_beyond_the_limits_are_found() {
    let found = found(|template| {
        let tags = json!([{ "Key": "aws:mine", "Value": "" }, { "Key": "a b", "Value": "" }]);
        let hooks = json!([{ "HeartbeatTimeout": 7201 }]);
        let options = json!({ "HttpPutResponseHopLimit": 2 });
        template.resources.add("Topic", topic(json!({ "Hooks": hooks, "Options": options, "Tags": tags })));
        let many: Vec<Value> = (0..51).map(|n| json!({ "Key": format!("k{n}"), "Value": "v" })).collect();
        template.resources.add("Other", Resource::new("AWS::SNS::Topic", "", json!({ "Tags": many })));
    });
    assert_eq!(
        found,
        [
            "Topic: HeartbeatTimeout is 7201, AWS allows 30 to 7200",
            "Topic: HttpPutResponseHopLimit is 2, AWS allows 1 to 1",
            "Topic: tag `aws:mine`: its key begins with `aws:`, which AWS keeps for itself",
            "Topic: tag `a b`: its key has other characters than letters, digits and + - = . , _ : @",
            "Other: no description",
            "Other: 51 tags, AWS allows 50",
        ]
    );
}

#[test]
fn a_description_that_ec2_would_refuse_is_found() {
    let found = found(|template| {
        let properties = json!({ "GroupDescription": "The application's" });
        template.resources.add("Group", Resource::new("AWS::EC2::SecurityGroup", "The application's", properties));
    });
    assert_eq!(found, ["Group: `The application's`: EC2 takes up to 255 letters, digits and ._-:/()#,@[]+=&;{}!$*"]);
}

#[test]
fn what_is_too_long_for_aws_is_found() {
    let found = found(|template| {
        let text = "x".repeat(LARGEST);
        template.resources.add("Template", topic(json!({ "UserData": { "Fn::Base64": text } })));
    });
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].ends_with("bytes, CloudFormation allows 1000000"), "{found:?}");
    assert_eq!(found[1], "Template: user data of 1000000 bytes, EC2 allows 16384");
}
