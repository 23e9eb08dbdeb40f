//! The store in S3: whole documents, ranges of blobs that go on where they broke off, and this instance's report.

mod body;
mod tries;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::ResponseChecksumValidation;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::types::ChecksumAlgorithm;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jetway_common::layout::ObjectKey;

use self::body::{PACE, Pace, Range, fill, whole};
use self::tries::{Tries, Trouble};
use super::Ec2;
use super::clock::Clock;
use super::fault::Call;
use super::patience::Patience;
use crate::error::StepError;
use crate::platform::{Store, StoreError};

/// How long a denial is taken for one that passes.
const PATIENCE: Duration = Duration::from_mins(2);
/// The store in the bucket that the boot file names.
pub struct S3Store {
    ec2: Ec2,
    client: Client,
    clock: Clock,
    patience: Patience,
    /// That of reports: one that is denied for good must not use up what reading has.
    reports: Patience,
    /// Which version of an object its first bytes were of, so that its last are of the same.
    versions: Mutex<HashMap<ObjectKey, String>>,
    pace: Pace,
}

impl S3Store {
    /// The store of the installation that `ec2` belongs to.
    pub fn new(ec2: Ec2) -> Self {
        let clock = Clock::default();
        // What is read is pinned by its digest all the way up to the boot file.
        let settings = aws_sdk_s3::config::Builder::from(ec2.sdk())
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .interceptor(clock.clone());
        let client = Client::from_conf(settings.build());
        let (patience, reports) = (Patience::of(PATIENCE), Patience::of(PATIENCE));
        Self { ec2, client, clock, patience, reports, versions: Mutex::default(), pace: PACE }
    }

    fn request(&self, key: &ObjectKey) -> GetObjectFluentBuilder {
        let place = self.ec2.place();
        let request = self.client.get_object().bucket(place.bucket.as_str()).key(key.as_str());
        request.expected_bucket_owner(place.account.as_str())
    }

    fn call(&self, action: &'static str, key: &ObjectKey) -> Call<'_> {
        let place = self.ec2.place();
        let resource = format!("arn:{}:s3:::{}/{key}", place.key.partition(), place.bucket);
        Call { action, resource, patience: &self.patience }
    }

    /// An answer with a body; none if there is no such object.
    async fn ask(
        &self,
        key: &ObjectKey,
        request: GetObjectFluentBuilder,
    ) -> Result<Option<GetObjectOutput>, StoreError> {
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if is_denied(&error) && self.is_missing(key).await => return Ok(None),
            Err(error) => return self.refusal(key, &error).map_or(Ok(None), Err),
        };
        self.patience.granted();
        // S3 names the version of every object that it gives.
        if answer.e_tag.is_some() {
            return Ok(Some(answer));
        }
        let kind = answer.content_type.as_deref().unwrap_or("no content type");
        let reason = format!("`{key}` comes from something that is not S3 ({})", crate::text::escape(kind));
        let hint = "look whether a proxy or a portal stands between this machine and AWS";
        Err(StoreError::Told(StepError::later(reason).hint(hint)))
    }

    /// Whether there certainly is no such object. Who may not list the whole bucket is told of one that is missing what is
    /// told of one that is denied, and a list shows every object as soon as it is written:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel>.
    async fn is_missing(&self, key: &ObjectKey) -> bool {
        let place = self.ec2.place();
        let request = self.client.list_objects_v2().bucket(place.bucket.as_str()).prefix(key.as_str()).max_keys(1);
        let listed = request.expected_bucket_owner(place.account.as_str()).send().await;
        // The first of those that begin with the key is the key itself.
        listed.is_ok_and(|listed| listed.contents().iter().all(|found| found.key() != Some(key.as_str())))
    }

    /// Why it was not given; none if there is no such object.
    fn refusal(&self, key: &ObjectKey, error: &SdkError<GetObjectError, HttpResponse>) -> Option<StoreError> {
        if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) {
            return None;
        }
        match error.raw_response().map(|answer| answer.status().as_u16()) {
            Some(412) => {
                self.versions().remove(key);
                Some(StoreError::Changed(key.to_string()))
            }
            Some(416) => Some(StoreError::Short(key.to_string())),
            _ => Some(StoreError::Told(self.call("s3:GetObject", key).told(error))),
        }
    }

    /// One answer for what `range` lacks still.
    async fn read_on(&self, key: &ObjectKey, range: &mut Range<'_>) -> Result<(), Trouble> {
        let version = self.versions().get(key).cloned();
        let request = self.request(key).range(range.header()).set_if_match(version);
        let answer = self.ask(key, request).await?.ok_or_else(|| missing(key))?;
        self.is_same_version(key, answer.e_tag.as_deref())?;
        Ok(fill(answer, range, self.pace).await?)
    }

    async fn get_once(&self, key: &ObjectKey, limit: usize) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(answer) = self.ask(key, self.request(key)).await? else { return Ok(None) };
        let bytes = whole(answer, limit, self.pace).await?;
        Ok(Some(bytes.ok_or_else(|| StoreError::TooLarge { key: key.to_string(), limit })?))
    }

    /// Several ranges may have been asked for before the first was answered.
    fn is_same_version(&self, key: &ObjectKey, found: Option<&str>) -> Result<(), StoreError> {
        let Some(found) = found else { return Ok(()) };
        let mut versions = self.versions();
        if versions.entry(key.clone()).or_insert_with(|| found.to_owned()) == found {
            return Ok(());
        }
        versions.remove(key);
        Err(StoreError::Changed(key.to_string()))
    }

    fn versions(&self) -> MutexGuard<'_, HashMap<ObjectKey, String>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for S3Store {
    async fn get(&self, key: &ObjectKey, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let mut tries = Tries::default();
        loop {
            match self.get_once(key, limit).await {
                Ok(bytes) => return Ok(bytes),
                Err(trouble) => tries.again(key, trouble, 0).await?,
            }
        }
    }

    async fn read(&self, key: &ObjectKey, start: u64, into: &mut [u8]) -> Result<(), StoreError> {
        let mut range = Range::new(start, into);
        let mut tries = Tries::default();
        while !range.is_full() {
            if let Err(trouble) = self.read_on(key, &mut range).await {
                tries.again(key, trouble, range.filled()).await?;
            }
        }
        Ok(())
    }

    async fn put_report(&self, key: &ObjectKey, bytes: Vec<u8>) -> Result<(), StoreError> {
        let place = self.ec2.place();
        let request = self.client.put_object().bucket(place.bucket.as_str()).key(key.as_str());
        let request = request.expected_bucket_owner(place.account.as_str()).content_type("application/json");
        let sent = request.checksum_algorithm(ChecksumAlgorithm::Sha256).body(bytes.into()).send().await;
        let call = Call { patience: &self.reports, ..self.call("s3:PutObject", key) };
        sent.map_err(|error| StoreError::Told(call.told(&error)))?;
        self.reports.granted();
        Ok(())
    }

    fn clock_trouble(&self) -> Option<StepError> {
        self.clock.trouble()
    }
}

fn is_denied(error: &SdkError<GetObjectError, HttpResponse>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("AccessDenied")
}

/// A blob that the release needs and that somebody removed.
fn missing(key: &ObjectKey) -> StoreError {
    let reason = format!("`{key}` is missing in the store, although the release needs it");
    StoreError::Told(StepError::never(reason).hint("push the image again, then deploy again"))
}
