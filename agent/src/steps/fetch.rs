//! Reads the release record that the boot file pins by digest, and refuses any other.

use jetway_common::boot_file::BootFile;
use jetway_common::digest::Digest;
use jetway_common::document::{Document as _, LARGEST};
use jetway_common::layout::ApplicationKeys;
use jetway_common::release::ReleaseRecord;

use crate::error::StepError;
use crate::platform::Store;

/// The release record, checked against the boot file.
pub async fn fetch(store: &dyn Store, boot_file: &BootFile) -> Result<ReleaseRecord, StepError> {
    let keys = ApplicationKeys::new(&boot_file.environment, &boot_file.application);
    let key = keys.release(boot_file.release);
    let Some(bytes) = store.get(&key, LARGEST).await? else {
        // It is written before anything is launched, so it was removed, or this is another store.
        return Err(StepError::never(format!(
            "there is no release {} in the store: `{key}` is missing",
            boot_file.release
        ))
        .hint("check that the boot file names the right store; `jetway releases` lists what there is"));
    };
    let found = Digest::of(&bytes);
    if found != boot_file.record {
        let reason = format!("`{key}` is not what the boot file pins: digest {found}, want {}", boot_file.record);
        return Err(StepError::never(reason).hint("the record was changed after the deploy: deploy again"));
    }
    let record = ReleaseRecord::from_bytes(&bytes).map_err(|error| StepError::never(error.to_string()))?;
    check_place(&record, boot_file)?;
    Ok(record)
}

fn check_place(record: &ReleaseRecord, boot_file: &BootFile) -> Result<(), StepError> {
    let fields = [
        ("installation", record.installation.as_str(), boot_file.installation.as_str()),
        ("environment", record.environment.as_str(), boot_file.environment.as_str()),
        ("application", record.application.as_str(), boot_file.application.as_str()),
        ("release", &record.release.to_string(), &boot_file.release.to_string()),
    ];
    match fields.into_iter().find(|(_, found, expected)| found != expected) {
        None => Ok(()),
        Some((field, found, expected)) => Err(StepError::never(format!(
            "the release record and the boot file disagree: `{field}` is `{found}` in the record, `{expected}` in the boot file"
        ))),
    }
}
