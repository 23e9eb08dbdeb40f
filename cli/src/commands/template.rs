//! `jetway template`: what a stack is made of, as CloudFormation gets it; offline.

mod application;
mod environment;
mod release;
mod settings;

use jetway_common::installation::Installation;

use crate::error::{Exit, UserError};
use crate::offline::Offline;
use crate::template::base::{self, BaseInput};
use crate::template::check;
use crate::template::model::Template;

/// The kinds of stacks.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print the template of the base stack: key, buckets, audit trail.
    Base(BaseArguments),
    /// Print the template of an environment stack: the network.
    Environment(environment::Arguments),
    /// Print the template of an application stack: load balancer, security groups, roles, logs.
    Application(application::Arguments),
    /// Print the template of a release stack: launch template and instances.
    Release(release::Arguments),
}

/// What every kind of stack has.
#[derive(Debug, clap::Args)]
pub struct Owner {
    /// A tag beside those of installation.toml; may be said several times.
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
}

/// The arguments of `jetway template base`.
#[derive(Debug, clap::Args)]
pub struct BaseArguments {
    #[command(flatten)]
    owner: Owner,
    /// Let GitHub workflows take on deploy roles; an account can have this once.
    #[arg(long)]
    github: bool,
}

impl Owner {
    /// The installation of the file at hand, with these tags too.
    fn installation(&self, offline: &Offline) -> anyhow::Result<Installation> {
        let mut installation = offline.installation()?;
        installation.tags.extend(self.tags.iter().cloned());
        Ok(installation)
    }
}

/// Runs the command.
pub fn run(offline: &Offline, command: &Command) -> anyhow::Result<Exit> {
    let template = match command {
        Command::Base(arguments) => base(offline, arguments)?,
        Command::Environment(arguments) => environment::template(offline, arguments)?,
        Command::Application(arguments) => application::template(offline, arguments)?,
        Command::Release(arguments) => release::template(offline, arguments)?,
    };
    let yaml = template.yaml()?;
    let problems = check::problems(&template, &yaml);
    if !problems.is_empty() {
        return Err(UserError::usage(problems.join("\n       ")).into());
    }
    offline.printer.answer(&template, || yaml)?;
    Ok(Exit::Done)
}

fn base(offline: &Offline, arguments: &BaseArguments) -> anyhow::Result<Template> {
    let Installation { name, tags, environments } = arguments.owner.installation(offline)?;
    let github = arguments.github || environments.values().any(|environment| environment.github);
    Ok(base::template(&BaseInput { installation: name, tags, github }))
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a tag has the form KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
