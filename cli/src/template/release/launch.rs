//! The launch template: what each instance of the release begins with.

use serde_json::{Value, json};

use super::ReleaseInput;
use crate::template::functions::{base64, reference};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

pub(super) fn add(template: &mut Template, input: &ReleaseInput, tags: &Tags) {
    let name = format!("{} {} {} {}", input.installation, input.environment, input.application, input.release);
    let launch = Resource::new(
        "AWS::EC2::LaunchTemplate",
        "What instances begin with: pinned AMI, encrypted disk, and the boot file that pins the release",
        // A launch template cannot be tagged in the way of other resources.
        json!({
            "LaunchTemplateData": data(input, &tags.named(&name)),
            "TagSpecifications": [{ "ResourceType": "launch-template", "Tags": tags.list() }],
        }),
    );
    let reason = "without a NAT gateway this is the instances' only way out; no security group lets anybody in by it";
    let launch = if input.public_addresses { launch.skip("CKV_AWS_88", reason) } else { launch };
    template.resources.add("LaunchTemplate", launch);
}

fn data(input: &ReleaseInput, tags: &Tags) -> Value {
    let tagged = ["instance", "volume", "network-interface"];
    let tagged = tagged.map(|kind| json!({ "ResourceType": kind, "Tags": tags.list() }));
    let mut data = json!({
        "ImageId": reference("ImageId"),
        "InstanceType": input.instance_type,
        "IamInstanceProfile": { "Arn": reference("InstanceProfileArn") },
        "MetadataOptions": metadata(),
        "NetworkInterfaces": [{
            "DeviceIndex": 0,
            "AssociatePublicIpAddress": input.public_addresses,
            "DeleteOnTermination": true,
            "Groups": [reference("InstanceGroup")],
        }],
        "BlockDeviceMappings": [{
            // The root device of Amazon Linux 2023.
            "DeviceName": "/dev/xvda",
            "Ebs": {
                "Encrypted": true,
                "VolumeType": "gp3",
                "VolumeSize": input.volume_gib,
                "DeleteOnTermination": true,
            },
        }],
        "TagSpecifications": tagged,
        "UserData": base64(input.user_data.as_str()),
    });
    if input.key_pair {
        data["KeyName"] = reference("KeyName");
    }
    data
}

/// Containers use the host's network, so that one hop reaches them too; a proxy in front of them gets nothing.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html>
fn metadata() -> Value {
    json!({
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
        // The agent finds the name of its group there without a call.
        "InstanceMetadataTags": "enabled",
    })
}
