//! Which machine a release would run on: resolved once, checked against what AWS offers, and pinned in the record.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ArchitectureType, InstanceType};
use jetway_common::agent_package::{self, Architecture, CurrentPackage};
use jetway_common::ami::Ami;
use jetway_common::document::Document as _;
use jetway_common::installation::Environment;
use jetway_common::machine::{AgentPackage, Machine};
use jetway_common::manifest::Settings;
use jetway_common::release::Protocol;

use super::parents::{Parents, SUBNETS, TARGETS};
use super::zones;
use crate::aws::account::Account;
use crate::aws::ami;
use crate::error::UserError;
use crate::fleet::Wish;
use crate::platform::Store;
use crate::printer::Printer;
use crate::template::times;

/// The machine for what is wished; `own` is what the installation says of the environment.
pub(super) async fn machine(
    account: &Account,
    parents: &Parents,
    own: &Environment,
    wish: &Wish<'_>,
    printer: Printer,
) -> anyhow::Result<Machine> {
    let settings = wish.settings;
    check_entrance(parents, wish)?;
    let architecture = architecture(account, &settings.instances.instance_type).await?;
    let mut taken = parents.outputs()?;
    let subnets = zones::subnets(account, parents, &settings.instances.instance_type, printer).await?;
    taken.insert(SUBNETS.to_owned(), subnets);
    let (image, agent) = match &own.ami {
        Some(ami) => (own_ami(account, ami, architecture, settings).await?, None),
        None => (ami::newest(account, architecture).await?, Some(package(wish.store, architecture).await?)),
    };
    Ok(Machine {
        image,
        platform: format!("linux/{}", architecture.in_oci()),
        agent,
        key_pair: own.key_pair.clone(),
        public_addresses: parents.environment.output("PublicAddresses")? == "true",
        volume_gib: settings.volume_gib,
        drained_within: times::drained_within(settings),
        parents: taken,
    })
}

/// The load balancer must be as the release expects it: only `jetway app update` changes it.
fn check_entrance(parents: &Parents, wish: &Wish<'_>) -> Result<(), UserError> {
    let outputs = &parents.application.outputs;
    let found = outputs.get(TARGETS).and(outputs.get("Port")).map(String::as_str);
    let wanted = wish.settings.http.as_ref().map(|http| http.port.to_string());
    if found == wanted.as_deref() {
        return check_protocol(parents, wish);
    }
    let say = |port: Option<&str>| port.map_or("no [http]".to_owned(), |port| format!("[http] with port {port}"));
    let message = format!(
        "the stack {} was made for {}, and the manifest has {}; nothing was changed",
        parents.application.name,
        say(found),
        say(wanted.as_deref())
    );
    Err(UserError::usage(message).hint(format!("`jetway app update {}` takes it on", wish.target.environment)))
}

/// Who asks for HTTPS must not hear that a release is live and be answered in the clear.
fn check_protocol(parents: &Parents, wish: &Wish<'_>) -> Result<(), UserError> {
    let (Some(http), Some(url)) = (&wish.settings.http, parents.application.outputs.get("Url")) else { return Ok(()) };
    if url.starts_with("https://") == (http.protocol != Protocol::Http) {
        return Ok(());
    }
    let name = &parents.application.name;
    let message =
        format!("the stack {name} answers at {url}, and the manifest has another protocol; nothing was changed");
    Err(UserError::usage(message).hint(format!("`jetway app update {}` takes it on", wish.target.environment)))
}

async fn architecture(account: &Account, kind: &str) -> anyhow::Result<Architecture> {
    use aws_sdk_ec2::error::ProvideErrorMetadata as _;
    let unknown = || {
        let message = format!("EC2 has no instance type `{kind}` in {}; nothing was changed", account.region());
        UserError::usage(message).hint("set another `type` under [instances]")
    };
    let request = Client::new(account.sdk()).describe_instance_types().instance_types(InstanceType::from(kind));
    let answer = match request.send().await {
        Err(error) if error.code() == Some("InvalidInstanceType") => return Err(unknown().into()),
        answer => answer.map_err(|error| account.explain(&format!("look at the instance type {kind}"), &error))?,
    };
    let info = answer.instance_types.unwrap_or_default().into_iter().next().ok_or_else(unknown)?;
    let processor = info.processor_info.and_then(|processor| processor.supported_architectures).unwrap_or_default();
    let known = processor.iter().find_map(|architecture| match architecture {
        ArchitectureType::Arm64 => Some(Architecture::Arm64),
        ArchitectureType::X8664 => Some(Architecture::X86),
        _ => None,
    });
    let foreign = || UserError::usage(format!("`{kind}` has a processor that Jetway has no agent for"));
    Ok(known.ok_or_else(|| foreign().hint("set another `type` under [instances]"))?)
}

/// The AMI that the installation names, if it is there and fits the instances.
async fn own_ami(
    account: &Account,
    own: &Ami,
    architecture: Architecture,
    settings: &Settings,
) -> anyhow::Result<String> {
    let nothing_changed = |message: String| UserError::usage(message + "; nothing was changed");
    let region = account.region();
    let id = ami::baked(account, own, architecture).await?.map_err(|name| {
        nothing_changed(format!("there is no parameter {name} with the id of an AMI in {region}"))
            .hint("bake an AMI, which writes it, or set another `ami` in installation.toml")
    })?;
    let found = ami::architecture(account, &id).await?.ok_or_else(|| {
        nothing_changed(format!("there is no AMI {id} in {region}"))
            .hint("set `ami` in installation.toml to one that is there")
    })?;
    if found == architecture.as_str() {
        return Ok(id);
    }
    let kind = &settings.instances.instance_type;
    Err(nothing_changed(format!("the AMI {id} is for {found}, and `{kind}` is {architecture}"))
        .hint("set `ami` in installation.toml or `type` under [instances]")
        .into())
}

/// What brings the agent onto an instance with an AMI as AWS publishes it.
async fn package(store: &dyn Store, architecture: Architecture) -> anyhow::Result<AgentPackage> {
    let Some(object) = store.get(&agent_package::current(architecture)).await? else {
        let message = format!("the store has no package of jetway-agent for {architecture}; nothing was changed");
        let hint = "`jetway install --agent-package FILE.rpm` stores one, or name an AMI that has the agent as `ami` in \
                    installation.toml";
        return Err(UserError::usage(message).hint(hint).into());
    };
    let CurrentPackage { key, digest, .. } = CurrentPackage::from_bytes(&object.bytes)?;
    Ok(AgentPackage { key, digest })
}
