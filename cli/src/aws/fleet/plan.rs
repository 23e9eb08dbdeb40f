//! From a release record to its stack: the same record always makes the same template.

use std::collections::BTreeMap;

use jetway_common::boot_file::Ec2Place;
use jetway_common::current::Remains;
use jetway_common::layout::ApplicationKeys;
use jetway_common::machine::Machine;
use jetway_common::release::ReleaseRecord;
use jetway_common::seconds::Seconds;

use super::parents::{BUCKET, SUBNETS, TARGETS};
use crate::aws::account::Account;
use crate::aws::stack::name;
use crate::aws::stack::new_stack::{NewStack, OnFailure};
use crate::aws::stack::words::Words;
use crate::error::UserError;
use crate::releases::StoredRelease;
use crate::template::model::Template;
use crate::template::release::{self, ReleaseInput};
use crate::template::tags::Tags;
use crate::template::times;
use crate::template::user_data::{self, Ami, UserDataInput};

/// The longest that CloudFormation waits for signals:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html>.
const LONGEST: Seconds = Seconds(12 * 3600);
/// The outputs of parents that are parameters of the release stack.
const PARAMETERS: [&str; 4] = [SUBNETS, "InstanceGroup", "InstanceProfileArn", TARGETS];

/// The machine of a record; one without was made for this machine.
pub(super) fn machine(record: &ReleaseRecord) -> Result<&Machine, UserError> {
    let missing = || {
        UserError::failed(format!(
            "the record of {} names no machine: it is none of an environment on AWS",
            record.release
        ))
    };
    record.machine.as_ref().ok_or_else(missing)
}

/// The stack of a release; `tags` are the installation's own.
pub(super) fn stack(
    account: &Account,
    release: &StoredRelease,
    tags: &BTreeMap<String, String>,
    timeout: Seconds,
    remains: Remains,
) -> anyhow::Result<NewStack> {
    let record = &release.record;
    let machine = machine(record)?;
    let timeout = timeout.min(LONGEST);
    let cloud_config = cloud_config(account, release, machine, timeout)?;
    let template = template(record, machine, tags, timeout, cloud_config);
    let own_tags = Tags::new(tags, &record.installation).environment(&record.environment);
    let own_tags = own_tags.application(&record.application).release(record.release);
    let ReleaseRecord { installation, environment, application, release, .. } = record;
    let on_failure = match remains {
        Remains::Removed => OnFailure::Rollback,
        Remains::Kept => OnFailure::Keep,
    };
    let mut stack =
        NewStack::new(name::release(installation, environment, application, *release), &template, &own_tags)?
            .on_failure(on_failure)
            .parameter("ImageId", &machine.image)?
            .parameter("InstanceCount", record.instances.count.to_string())?;
    for name in PARAMETERS {
        if let Some(value) = machine.parents.get(name).filter(|_| template.parameters.names().any(|own| own == name)) {
            stack = stack.parameter(name, value)?;
        }
    }
    if let Some(bucket) = machine.parents.get(BUCKET) {
        stack = stack.shelved(bucket, ApplicationKeys::new(environment, application).templates());
    }
    if let Some(key_pair) = &machine.key_pair {
        stack = stack.parameter("KeyName", key_pair)?;
    }
    Ok(stack)
}

/// What the resources of the release's stack are for.
pub(super) fn words(record: &ReleaseRecord) -> Words {
    record.machine.as_ref().map_or_else(Words::default, |machine| {
        Words::of(&template(record, machine, &BTreeMap::new(), LONGEST, String::new()))
    })
}

fn template(
    record: &ReleaseRecord,
    machine: &Machine,
    tags: &BTreeMap<String, String>,
    ready_within: Seconds,
    user_data: String,
) -> Template {
    release::template(&ReleaseInput {
        installation: record.installation.clone(),
        environment: record.environment.clone(),
        application: record.application.clone(),
        release: record.release,
        tags: tags.clone(),
        instance_type: record.instances.instance_type.clone(),
        count: record.instances.count,
        user_data,
        balanced: record.http.is_some(),
        public_addresses: machine.public_addresses,
        key_pair: machine.key_pair.is_some(),
        volume_gib: machine.volume_gib,
        ready_within,
        drained_within: machine.drained_within,
    })
}

fn cloud_config(
    account: &Account,
    release: &StoredRelease,
    machine: &Machine,
    timeout: Seconds,
) -> anyhow::Result<String> {
    let ReleaseRecord { installation, environment, application, release: name, .. } = &release.record;
    let parent = |output: &str| {
        let missing = || UserError::failed(format!("the record of {name} lacks the output {output} of its parents"));
        machine.parents.get(output).cloned().ok_or_else(missing)
    };
    let place = Ec2Place {
        bucket: parent(BUCKET)?.parse()?,
        account: account.id().parse()?,
        region: account.region().parse()?,
        key: parent("KeyArn")?.parse()?,
        stack: name::release(installation, environment, application, *name).parse()?,
        resource: release::GROUP.parse()?,
        launch_hook: release::LAUNCH_HOOK.parse()?,
        terminate_hook: release::TERMINATE_HOOK.parse()?,
        draining: times::draining_of(&release.record, machine),
        log_group: parent("LogGroup")?.parse()?,
    };
    Ok(user_data::cloud_config(&UserDataInput {
        installation: installation.clone(),
        environment: environment.clone(),
        application: application.clone(),
        release: *name,
        record: release.digest.clone(),
        deadline: times::deadline_within(timeout),
        imds: release.record.imds,
        place,
        ami: machine.agent.clone().map_or(Ami::Baked, Ami::Stock),
    })?)
}
