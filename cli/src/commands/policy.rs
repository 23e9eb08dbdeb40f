//! `jetway policy`: the IAM policies that people and CI need, and the one that instances have; offline.

use jetway_common::manifest::Settings;
use jetway_common::name::{ApplicationName, EnvironmentName};

use crate::error::{Exit, UserError};
use crate::manifest_file;
use crate::offline::Offline;
use crate::template::policy::scope::{Key, Place, Scope};
use crate::template::policy::{Statement, deploy, document, instance, operator};

/// The arguments of `jetway policy`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Whose policy it is.
    #[arg(value_enum, value_name = "KIND")]
    kind: Kind,
    /// The environment; a policy is for one alone.
    #[arg(long, value_name = "NAME", default_value = "qa")]
    environment: EnvironmentName,
    /// The account; without it, what installation.toml or jetway.toml says.
    #[arg(long, value_name = "DIGITS", value_parser = account)]
    account: Option<String>,
    /// The storage bucket: the output `StorageBucket` of the base stack.
    #[arg(long, value_name = "NAME", value_parser = bucket)]
    bucket: String,
    /// The key: the output `KeyArn` of the base stack; without it, the policy names the key by its alias.
    #[arg(long, value_name = "ARN", value_parser = key)]
    key: Option<String>,
}

/// Whose policy it is.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// CI, which publishes and deploys and cannot open a config.
    Deploy,
    /// A person who looks after the application: deploys, config, logs, sessions.
    Operator,
    /// The instances that the application runs on.
    Instance,
}

/// Runs the command.
pub fn run(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Exit> {
    if arguments.environment.is_local() {
        return Err(UserError::usage("`local` is no environment on AWS: it is this machine").into());
    }
    let settings = settings(offline, &arguments.environment)?;
    let scope = scope(offline, arguments, settings.as_ref())?;
    let statements = match arguments.kind {
        Kind::Deploy => deploy::statements(&scope),
        Kind::Operator => operator::statements(&scope),
        Kind::Instance => {
            instance::statements(&scope, &settings.map(|settings| settings.permissions).unwrap_or_default())
        }
    };
    explain(offline, &statements);
    offline.printer.data(&serde_json::to_string_pretty(&document(&statements))?)?;
    Ok(Exit::Done)
}

/// IAM takes no comments, so the reasons go to who asks for more.
fn explain(offline: &Offline, statements: &[Statement]) {
    for Statement { sid, reason, .. } in statements {
        offline.printer.detail(format_args!("{sid}: {reason}"));
    }
}

/// The manifest's settings. Without a manifest, `--application` is enough.
fn settings(offline: &Offline, environment: &EnvironmentName) -> anyhow::Result<Option<Settings>> {
    let path = &offline.manifest_path;
    if offline.application.is_some() && !path.exists() {
        return Ok(None);
    }
    Ok(Some(manifest_file::read(path)?.settings(environment)))
}

fn scope(offline: &Offline, arguments: &Arguments, settings: Option<&Settings>) -> anyhow::Result<Scope> {
    let Arguments { environment, bucket, key, .. } = arguments;
    let installation = offline.installation()?;
    let application = application(offline, settings)?;
    let place = installation.environments.get(environment);
    let account = arguments.account.clone().or_else(|| settings?.account.clone()).or_else(|| place?.account.clone());
    let account = account.ok_or_else(|| missing("account"))?;
    let region = offline.region.clone().or_else(|| settings?.region.clone()).or_else(|| place?.region.clone());
    let region = region.or_else(|| std::env::var("AWS_REGION").ok()).ok_or_else(|| missing("region"))?;
    let installation = installation.name;
    let key = key.clone().map_or_else(|| Key::Alias(format!("alias/{installation}")), Key::Arn);
    let place = Place { partition: partition(&region).to_owned(), region, account, bucket: bucket.clone(), key };
    Ok(Scope { installation, environment: environment.clone(), application, place })
}

fn application(offline: &Offline, settings: Option<&Settings>) -> anyhow::Result<ApplicationName> {
    let named = offline.application.clone().or_else(|| Some(settings?.application.clone()));
    Ok(named.ok_or_else(|| missing("application"))?)
}

fn missing(what: &str) -> UserError {
    UserError::usage(format!("which {what}? Neither the command line nor a file here names one"))
        .hint(format!("name it with --{what}"))
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
fn partition(region: &str) -> &'static str {
    match region {
        china if china.starts_with("cn-") => "aws-cn",
        government if government.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn account(text: &str) -> Result<String, String> {
    let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    checked(text, is_account, "an account is 12 digits")
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn bucket(text: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let is_bucket = (3..=63).contains(&text.len()) && text.bytes().all(allowed);
    checked(text, is_bucket, "a bucket is named with 3 to 63 of a-z, 0-9, hyphen and dot")
}

fn key(text: &str) -> Result<String, String> {
    // An alias or a pattern would be taken by IAM, and allow nothing or too much.
    let is_key = text.starts_with("arn:") && text.contains(":key/") && !text.contains(['*', '?', '$']);
    checked(text, is_key, "a key is named by its ARN, arn:aws:kms:REGION:ACCOUNT:key/ID")
}

fn checked(text: &str, holds: bool, otherwise: &str) -> Result<String, String> {
    if holds { Ok(text.to_owned()) } else { Err(otherwise.to_owned()) }
}
