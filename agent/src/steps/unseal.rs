//! Opens the sealed config. Its values live in memory from here on, and nowhere else before a container gets them.

use jetway_common::document::LARGEST;
use jetway_common::layout::ApplicationKeys;
use jetway_common::release::{ConfigPin, ReleaseRecord};
use jetway_common::sealed_config::{Context, SealedConfig};
use jetway_common::secret::Values;

use crate::error::StepError;
use crate::platform::{KeyOpener, Store};

/// The values of the config that the release pins; none when it has no config.
pub async fn unseal(store: &dyn Store, keys: &dyn KeyOpener, record: &ReleaseRecord) -> Result<Values, StepError> {
    let Some(pin) = &record.config else { return Ok(Values::new()) };
    let sealed = read(store, record, pin).await?;
    let context = Context {
        installation: record.installation.clone(),
        environment: record.environment.clone(),
        application: record.application.clone(),
        version: pin.version,
    };
    let never = |error: jetway_common::sealed_config::ConfigError| StepError::never(error.to_string());
    sealed.check_context(&context).map_err(never)?;
    let data_key = keys.open(sealed.wrapped_key(), &context).await?;
    sealed.open(&context, &data_key).map_err(never)
}

async fn read(store: &dyn Store, record: &ReleaseRecord, pin: &ConfigPin) -> Result<SealedConfig, StepError> {
    let key = ApplicationKeys::new(&record.environment, &record.application).config(pin.version);
    let Some(bytes) = store.get(&key, LARGEST).await? else {
        let reason = format!("there is no config {} in the store: `{key}` is missing", pin.version);
        return Err(StepError::never(reason).hint("somebody deleted it: set the config again, then deploy"));
    };
    let found = jetway_common::digest::Digest::of(&bytes);
    if found != pin.digest {
        let reason = format!("`{key}` is not what the release pins: digest {found}, want {}", pin.digest);
        return Err(StepError::never(reason).hint("the config was changed after the deploy: set it and deploy again"));
    }
    SealedConfig::parse(&bytes).map_err(|error| StepError::never(error.to_string()))
}
