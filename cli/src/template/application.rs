//! The application stack, one per environment: how the application is reached, and what it may do.

mod balancer;
mod groups;
mod log_group;
mod role;

use std::collections::BTreeMap;

use jetway_common::installation::Installation;
use jetway_common::manifest::{Exposure, LoadBalancer, Settings};
use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName};
use jetway_common::network::Block;
use jetway_common::release::{Http, Protocol};
use jetway_common::repository::Repository;
use jetway_common::seconds::Seconds;
use serde_json::Value;

use super::model::{Parameter, Template};
use super::policy::scope::{Place, Scope};
use super::tags::Tags;
use super::times;

/// What the application stack is made of.
#[derive(Debug, Clone)]
pub struct ApplicationInput {
    /// Whose it is.
    pub installation: InstallationName,
    /// Where it runs.
    pub environment: EnvironmentName,
    /// Its name.
    pub application: ApplicationName,
    /// The user's own tags.
    pub tags: BTreeMap<String, String>,
    /// How it is reached; absent for a worker.
    pub entrance: Option<Entrance>,
    /// What else its instances may do, as IAM statements.
    pub permissions: Vec<Value>,
    /// The networks that reach instances by SSH, each once.
    pub ssh_from: Vec<Block>,
    /// The GitHub repository whose workflows may deploy it.
    pub github: Option<Repository>,
}

/// How an application is reached.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// From where.
    pub exposure: Exposure,
    /// On which port and protocol, and when it is healthy.
    pub http: Http,
    /// How long an instance that leaves may finish the requests that it has.
    pub draining: Seconds,
}

impl ApplicationInput {
    /// What the manifest and the installation say about `application` in an environment on AWS.
    pub fn new(
        installation: &Installation,
        environment: &EnvironmentName,
        application: ApplicationName,
        settings: Settings,
    ) -> Self {
        let draining = times::draining(&settings);
        let entrance =
            |(http, balancer): (Http, LoadBalancer)| Entrance { exposure: balancer.exposure, http, draining };
        Self {
            installation: installation.name.clone(),
            environment: environment.clone(),
            application,
            tags: installation.tags.clone(),
            entrance: settings.http.zip(settings.load_balancer).map(entrance),
            permissions: settings.permissions,
            ssh_from: settings.ssh_from,
            github: settings.github,
        }
    }

    /// The name of the log group of its containers.
    pub fn log_group(&self) -> String {
        self.scope().log_group()
    }

    /// The scope of its policies, within its stack.
    fn scope(&self) -> Scope {
        Scope {
            installation: self.installation.clone(),
            environment: self.environment.clone(),
            application: self.application.clone(),
            place: Place::of_stack("${StorageBucket}", "${KeyArn}"),
        }
    }
}

impl Entrance {
    fn has_http(&self) -> bool {
        matches!(self.http.protocol, Protocol::Http | Protocol::Both)
    }

    /// Whether the load balancer answers HTTPS.
    pub fn has_https(&self) -> bool {
        matches!(self.http.protocol, Protocol::Https | Protocol::Both)
    }
}

/// The template of an application stack.
pub fn template(input: &ApplicationInput) -> Template {
    let tags = Tags::new(&input.tags, &input.installation).environment(&input.environment);
    let tags = tags.application(&input.application);
    let (application, environment) = (&input.application, &input.environment);
    let what = if input.entrance.is_some() {
        "load balancer, security groups, role and logs"
    } else {
        "security groups, role and logs"
    };
    let mut template =
        Template::new(format!("Jetway {}: {what} of {application} in {environment}.", input.installation));
    parameters(&mut template);
    groups::add(&mut template, input, &tags);
    if let Some(entrance) = &input.entrance {
        balancer::add(&mut template, input, entrance, &tags);
    }
    role::add(&mut template, input, &tags);
    log_group::add(&mut template, input, &tags);
    template
}

fn parameters(template: &mut Template) {
    let add = |(name, parameter)| template.parameters.add(name, parameter);
    [
        ("KeyArn", Parameter::text("The key of the base stack.").like("^arn:.+:key/.+$")),
        ("StorageBucket", Parameter::text("The storage bucket of the base stack.")),
        ("VpcId", Parameter::new("AWS::EC2::VPC::Id", "The network of the environment stack.")),
    ]
    .into_iter()
    .for_each(add);
}
