//! stub
use crate::session::{Session, Target};
use jetway_common::name::ConfigVersion;
use jetway_common::sealed_config::SealedConfig;
/// stub
pub async fn latest(_s: &Session, _t: &Target) -> anyhow::Result<Option<(ConfigVersion, SealedConfig)>> {
    Ok(None)
}
/// stub
pub async fn at(_s: &Session, _t: &Target, _v: ConfigVersion) -> anyhow::Result<SealedConfig> {
    anyhow::bail!("stub")
}
