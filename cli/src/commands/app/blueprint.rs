//! From the manifest and the stacks below it to the application stack as it should be. `jetway template application`
//! prints the same template.

use jetway_common::certificate::Certificate;
use jetway_common::layout::ApplicationKeys;
use jetway_common::manifest::Settings;

use super::site::Site;
use crate::aws::certificates::{self, Standing};
use crate::aws::log_groups;
use crate::aws::stack::new_stack::NewStack;
use crate::aws::stack::words::Words;
use crate::aws::stack::{Stack, name};
use crate::certificate;
use crate::error::UserError;
use crate::template::application::{self, ApplicationInput, Entrance};
use crate::template::model::Template;
use crate::template::tags::Tags;

/// The parameter that says whether the load balancer refuses to be deleted.
pub(super) const DELETION_PROTECTION: &str = "DeletionProtection";
/// The parameter that says whether the log group has to be made.
pub(super) const NEW_LOG_GROUP: &str = "NewLogGroup";
const CERTIFICATE: &str = "CertificateArn";
const LOAD_BALANCER_SUBNETS: &str = "ElbSubnets";

/// What the files say about the application in one environment.
pub(super) struct Blueprint {
    settings: Settings,
    input: ApplicationInput,
    template: Template,
}

impl Blueprint {
    /// Reads the manifest; nothing is asked of AWS.
    pub(super) fn read(site: &Site<'_>) -> anyhow::Result<Self> {
        let settings = settings(site)?;
        let installation = site.session.installation();
        let application = site.application.clone();
        let input = ApplicationInput::new(installation, &site.environment, application, settings.clone());
        let template = application::template(&input);
        Ok(Self { settings, input, template })
    }

    /// What the resources are for.
    pub(super) fn words(&self) -> Words {
        Words::of(&self.template)
    }

    /// The stack as it should be; `existing` is the one that is there. An error if something that it needs is missing;
    /// nothing is changed.
    pub(super) async fn stack(&self, site: &Site<'_>, existing: Option<&Stack>) -> anyhow::Result<NewStack> {
        let parents = Parents::find(site).await?;
        if self.input.entrance.is_some() {
            parents.check_zones(site)?;
        }
        let installation = site.session.installation();
        let tags = Tags::new(&installation.tags, &installation.name).environment(&site.environment);
        let mut new = NewStack::new(site.name(), &self.template, &tags.application(&site.application))?.protected();
        for parameter in self.template.parameters.names() {
            let value = match parameter {
                DELETION_PROTECTION => "true".to_owned(),
                NEW_LOG_GROUP => is_new_log_group(site, &self.input, existing).await?.to_string(),
                CERTIFICATE => self.certificate().map(ToString::to_string).unwrap_or_default(),
                parent => parents.output(parent)?.to_owned(),
            };
            new = new.parameter(parameter, value)?;
        }
        let keys = ApplicationKeys::new(&site.environment, &site.application);
        Ok(new.shelved(parents.base.output("StorageBucket")?, keys.templates()))
    }

    /// Refuses a certificate that the load balancer could not answer with.
    pub(super) async fn check_certificate(&self, site: &Site<'_>) -> anyhow::Result<()> {
        let account = site.stacks.account();
        certificate::check(&self.settings, Some(account.region()), Some(account.id()))?;
        if let Some(certificate) = self.certificate()
            && certificates::standing(account, certificate).await? == Standing::Unknown
        {
            let printer = site.session.printer;
            printer.warn(format_args!("these credentials may not ask ACM whether {certificate} is issued"));
        }
        Ok(())
    }

    /// Warns of rules for SSH that let nobody in.
    pub(super) fn check_ssh(&self, site: &Site<'_>) {
        let own = site.session.installation().environments.get(&site.environment);
        let has_key = own.is_some_and(|own| own.key_pair.is_some());
        if !self.input.ssh_from.is_empty() && !has_key {
            let told = "`ssh_from` opens the port of SSH, and instances have no key to let anybody in";
            let hint = format!("set `key_pair` under [environments.{}] in installation.toml", site.environment);
            site.session.printer.warn(format_args!("{}: {told}: {hint}", site.environment));
        }
    }

    /// The certificate that the load balancer answers with.
    fn certificate(&self) -> Option<&Certificate> {
        let is_used = self.input.entrance.as_ref().is_some_and(Entrance::has_https);
        self.settings.load_balancer.as_ref()?.certificate.as_ref().filter(|_| is_used)
    }
}

fn settings(site: &Site<'_>) -> anyhow::Result<Settings> {
    let manifest = site.session.manifest()?;
    if *manifest.application() != site.application {
        let named = manifest.application();
        let message = format!("--application is {}, and the manifest is that of {named}", site.application);
        return Err(UserError::usage(message).hint("name the right manifest with --manifest").into());
    }
    Ok(manifest.settings(&site.environment))
}

/// A log group outlives its application. While the stack is there, it goes on as it was made: another value would
/// remove the log group from it, or ask for a second one.
async fn is_new_log_group(
    site: &Site<'_>,
    input: &ApplicationInput,
    existing: Option<&Stack>,
) -> Result<bool, UserError> {
    match existing.and_then(|stack| stack.parameters.get(NEW_LOG_GROUP)) {
        Some(value) => Ok(value == "true"),
        None => Ok(!log_groups::exists(site.stacks.account(), &input.log_group()).await?),
    }
}

/// The stacks that an application is built upon.
struct Parents {
    base: Stack,
    environment: Stack,
}

impl Parents {
    async fn find(site: &Site<'_>) -> anyhow::Result<Self> {
        let installation = &site.session.installation().name;
        let base = usable(site, &name::base(installation)).await?;
        let environment = usable(site, &name::environment(installation, &site.environment)).await?;
        Ok(Self { base, environment })
    }

    fn output(&self, name: &str) -> anyhow::Result<&str> {
        if self.base.outputs.contains_key(name) { self.base.output(name) } else { self.environment.output(name) }
    }

    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>
    fn check_zones(&self, site: &Site<'_>) -> anyhow::Result<()> {
        let subnets = self.environment.output(LOAD_BALANCER_SUBNETS)?.split(',').filter(|subnet| !subnet.is_empty());
        if subnets.count() >= 2 {
            return Ok(());
        }
        let message = format!("{} has fewer than two zones, and a load balancer needs two", site.environment);
        Err(UserError::usage(message + "; nothing was changed")
            .hint("name two or more `zones` in installation.toml")
            .into())
    }
}

async fn usable(site: &Site<'_>, name: &str) -> anyhow::Result<Stack> {
    let told = |message: String| UserError::failed(message + "; nothing was changed").hint(INSTALL);
    let Some(stack) = site.stacks.find(name).await? else {
        return Err(told(format!("there is no stack {name}, which {} needs", site.environment)).into());
    };
    if stack.status.is_usable() {
        return Ok(stack);
    }
    let status = &stack.status;
    Err(told(format!("the stack {name} {} ({})", status.sentence(), status.name())).into())
}

const INSTALL: &str = "`jetway install` makes it, or brings it in order";
