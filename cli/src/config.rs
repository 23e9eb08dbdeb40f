//! An application's configs: which versions there are, reading and opening one, and writing the next.

pub mod difference;
pub mod dotenv;
pub mod entries;
pub mod json_object;

use std::collections::BTreeMap;

use anyhow::Context as _;
use jetway_common::name::{ConfigVersion, ParameterName};
use jetway_common::sealed_config::{ConfigError, Context, SealedConfig};
use jetway_common::secret::Values;
use jiff::Timestamp;

use self::difference::Difference;
use crate::error::UserError;
use crate::origin::who;
use crate::platform::Written;
use crate::session::{Session, Target};

/// So many others can be faster in a row before something must be wrong.
const MOST_ATTEMPTS: u32 = 100;

/// Each name with the version in which its value last changed.
pub type Names = BTreeMap<ParameterName, ConfigVersion>;

/// What a change came to.
#[derive(Debug)]
pub struct Change {
    /// The newest version; none if there never was a config and nothing was to be stored.
    pub version: Option<ConfigVersion>,
    /// Whether the change made that version. If not, the config was as wanted already.
    pub stored: bool,
    /// What the change made of the names.
    pub difference: Difference,
}

/// All versions, oldest first.
pub async fn versions(session: &Session, target: &Target) -> anyhow::Result<Vec<ConfigVersion>> {
    let entries = session.store().list(&target.keys.configs()).await?;
    let mut versions: Vec<ConfigVersion> =
        entries.iter().filter_map(|entry| entry.name.strip_suffix(".json")?.parse().ok()).collect();
    versions.sort_unstable();
    Ok(versions)
}

/// The newest config, if there is any. Nothing is decrypted.
pub async fn latest(session: &Session, target: &Target) -> anyhow::Result<Option<(ConfigVersion, SealedConfig)>> {
    match versions(session, target).await?.last() {
        None => Ok(None),
        Some(version) => Ok(Some((*version, at(session, target, *version).await?))),
    }
}

/// One version. It belongs where it was found, or is an error; nothing is decrypted.
pub async fn at(session: &Session, target: &Target, version: ConfigVersion) -> anyhow::Result<SealedConfig> {
    let key = target.keys.config(version);
    let missing = || {
        let Target { environment, application, .. } = target;
        UserError::usage(format!("there is no config {version} of {application} in {environment}"))
            .hint(format!("`jetway config history {environment}` lists them"))
    };
    let object = session.store().get(&key).await?.ok_or_else(missing)?;
    let sealed = SealedConfig::parse(&object.bytes).with_context(|| format!("`{key}` cannot be used"))?;
    sealed.check_context(&context(session, target, version)).with_context(|| format!("`{key}` cannot be used"))?;
    Ok(sealed)
}

/// The values of a config that [`latest`] or [`at`] found.
pub async fn open(session: &Session, target: &Target, sealed: &SealedConfig) -> anyhow::Result<Values> {
    let context = context(session, target, sealed.header().context.version);
    let data_key = session.keys().unwrap(sealed.wrapped_key(), &context).await?;
    Ok(sealed.open(&context, &data_key)?)
}

/// Writes the version that `change` makes of the newest one. When another writer is faster, it is applied to what that
/// one wrote; when nothing changes, nothing is written.
pub async fn change(
    session: &Session,
    target: &Target,
    change: impl Fn(&Values) -> anyhow::Result<Values>,
) -> anyhow::Result<Change> {
    for _ in 0..MOST_ATTEMPTS {
        let latest = latest(session, target).await?;
        let old = match &latest {
            Some((_, sealed)) => open(session, target, sealed).await?,
            None => Values::new(),
        };
        let new = change(&old)?;
        let newest = latest.as_ref().map(|(version, _)| *version);
        if new == old {
            return Ok(Change { version: newest, stored: false, difference: Difference::default() });
        }
        let version = newest.map_or(ConfigVersion::FIRST, ConfigVersion::next);
        let old_names = latest.map(|(_, sealed)| sealed.header().names.clone()).unwrap_or_default();
        let names = names(&old_names, &old, &new, version);
        let difference = Difference::between(&old_names, &names);
        if store(session, target, version, names, &new).await? == Written::Done {
            return Ok(Change { version: Some(version), stored: true, difference });
        }
    }
    Err(UserError::failed("others change this config all the time; nothing was stored").hint("try again").into())
}

fn names(old_names: &Names, old: &Values, new: &Values, version: ConfigVersion) -> Names {
    let last_changed = |name: &ParameterName| match old_names.get(name) {
        Some(changed) if old.get(name) == new.get(name) => *changed,
        _ => version,
    };
    new.keys().map(|name| (name.clone(), last_changed(name))).collect()
}

async fn store(
    session: &Session,
    target: &Target,
    version: ConfigVersion,
    names: Names,
    values: &Values,
) -> anyhow::Result<Written> {
    let context = context(session, target, version);
    let (data_key, wrapped) = session.keys().mint(&context).await?;
    let origin = (Timestamp::now(), who(session));
    let sealed = SealedConfig::seal(context, names, values, origin, (&data_key, wrapped)).map_err(input_error)?;
    Ok(session.store().put_new(&target.keys.config(version), sealed.bytes()).await?)
}

/// What only the values' author can mend is wrong use.
fn input_error(error: ConfigError) -> anyhow::Error {
    match error {
        ConfigError::TooLarge(_) | ConfigError::Value { .. } => {
            UserError::usage(format!("{error}; nothing was stored")).into()
        }
        other => other.into(),
    }
}

fn context(session: &Session, target: &Target, version: ConfigVersion) -> Context {
    Context {
        installation: session.installation.clone(),
        environment: target.environment.clone(),
        application: target.application.clone(),
        version,
    }
}
