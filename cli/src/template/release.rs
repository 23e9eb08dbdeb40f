//! The release stack, one per deploy: a launch template and a group of instances. Only its parameters ever change.

mod group;
mod launch;

use std::collections::BTreeMap;

pub use jetway_common::boot_file::LAUNCH_HOOK;
use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName, ReleaseName};
use jetway_common::seconds::Seconds;

use super::functions::{equals, not, reference};
use super::model::{Parameter, Template};
use super::tags::Tags;

/// What the release stack is made of.
#[derive(Debug, Clone)]
pub struct ReleaseInput {
    /// Whose it is.
    pub installation: InstallationName,
    /// Where it runs.
    pub environment: EnvironmentName,
    /// What it is a release of.
    pub application: ApplicationName,
    /// Its number.
    pub release: ReleaseName,
    /// The user's own tags.
    pub tags: BTreeMap<String, String>,
    /// The EC2 instance type.
    pub instance_type: String,
    /// How many instances run, unless a parameter says otherwise.
    pub count: u32,
    /// The cloud-config that carries the boot file, before base64.
    pub user_data: String,
    /// Whether a load balancer sends requests to it: not to a worker.
    pub balanced: bool,
    /// Whether instances reach the internet only by public addresses of their own.
    pub public_addresses: bool,
    /// Whether instances get a key pair for SSH.
    pub key_pair: bool,
    /// The size of the root volume in GiB.
    pub volume_gib: u32,
    /// How long an instance may take from its launch until it is ready.
    pub ready_within: Seconds,
    /// How long an instance that ends may take to drain and to stop its containers.
    pub drained_within: Seconds,
}

/// The logical name of the group of instances, which waits for signals.
pub const GROUP: &str = "Group";
/// The name of the lifecycle hook that holds an instance until its agent has drained it.
pub const TERMINATE_HOOK: &str = "jetway-terminate";

/// The template of a release stack.
pub fn template(input: &ReleaseInput) -> Template {
    let tags = Tags::new(&input.tags, &input.installation).environment(&input.environment);
    let tags = tags.application(&input.application).release(input.release);
    let ReleaseInput { installation, environment, application, release, .. } = input;
    let mut template =
        Template::new(format!("Jetway {installation}: the instances of {application} {release} in {environment}."));
    parameters(&mut template, input);
    launch::add(&mut template, input, &tags);
    group::add(&mut template, input, &tags);
    template.output("Group", "The autoscaling group.", reference(GROUP));
    template.output("ImageId", "The AMI that instances start from.", reference("ImageId"));
    template
}

fn parameters(template: &mut Template, input: &ReleaseInput) {
    let parameters = &mut template.parameters;
    let count = Parameter::new("Number", "How many instances run.").at_least(0).or(input.count.to_string());
    parameters.add("InstanceCount", count);
    if input.balanced {
        parameters
            .add("InRotation", Parameter::flag("Whether the load balancer sends requests to the instances.", true));
    }
    let until = "When a release on standby is scaled to zero, such as 2030-01-02T03:04:05Z; empty for never.";
    parameters.add("StandbyUntil", Parameter::text(until).or("").like(r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)?$"));
    let image = Parameter::new("AWS::EC2::Image::Id", "The AMI, resolved once for this release.");
    parameters.add("ImageId", image);
    let profile = Parameter::text("What hands the application's role to instances.");
    parameters.add("InstanceProfileArn", profile.like("^arn:.+:instance-profile/.+$"));
    let group = "The application's security group for instances.";
    parameters.add("InstanceGroup", Parameter::new("AWS::EC2::SecurityGroup::Id", group));
    let subnets = "The subnets of instances of the environment stack.";
    parameters.add("ApplicationSubnets", Parameter::new("List<AWS::EC2::Subnet::Id>", subnets));
    if input.balanced {
        let targets = Parameter::text("What the load balancer sends requests to.").like("^arn:.+:targetgroup/.+$");
        parameters.add("TargetGroupArn", targets);
        template.conditions.add("IsInRotation", equals(&reference("InRotation"), "true"));
    }
    if input.key_pair {
        let key = Parameter::new("AWS::EC2::KeyPair::KeyName", "The key pair for SSH.");
        template.parameters.add("KeyName", key);
    }
    template.conditions.add("HasStandbyEnd", not(&equals(&reference("StandbyUntil"), "")));
}
