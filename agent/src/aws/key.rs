//! The key in KMS that wrapped the config's data key, bound to where the config belongs by the encryption context.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use jetway_common::name::KeyArn;
use jetway_common::sealed_config::{Context, DataKey, KeyName, WrappedKey};
use zeroize::Zeroizing;

use super::Ec2;
use super::fault::Call;
use super::patience::Patience;
use crate::error::StepError;
use crate::platform::{KeyError, KeyOpener};

/// How long a denial is taken for one that passes.
const PATIENCE: Duration = Duration::from_mins(2);

/// The installation's key. No other is ever asked, whatever a config says of itself.
pub struct KmsKey {
    client: Client,
    arn: KeyArn,
    patience: Patience,
}

impl KmsKey {
    /// The key that the boot file names.
    pub fn new(ec2: &Ec2) -> Self {
        let arn = ec2.place().key.clone();
        Self { client: Client::new(ec2.sdk()), arn, patience: Patience::of(PATIENCE) }
    }

    fn refusal(&self, error: &SdkError<DecryptError, HttpResponse>, context: &Context) -> StepError {
        let call = Call { action: "kms:Decrypt", resource: self.arn.to_string(), patience: &self.patience };
        let told = call.told(error);
        match error.as_service_error() {
            Some(DecryptError::InvalidCiphertextException(_) | DecryptError::IncorrectKeyException(_)) => {
                let context: Vec<String> =
                    context.pairs().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
                let context = context.join(", ");
                StepError::never(format!(
                    "the config was sealed for another place, with another key, or was changed: {} \
                     (encryption context {context})",
                    told.reason
                ))
                .hint("set the config in this environment, and deploy again")
            }
            Some(DecryptError::DisabledException(_) | DecryptError::KmsInvalidStateException(_)) => {
                told.hint("the key is disabled or to be deleted: enable it in KMS, then deploy again")
            }
            _ => told,
        }
    }
}

#[async_trait]
impl KeyOpener for KmsKey {
    async fn open(&self, wrapped: &WrappedKey, context: &Context) -> Result<DataKey, KeyError> {
        let own = KeyName::Kms { arn: self.arn.to_string() };
        if wrapped.key != own {
            let reason = format!("the config was sealed with {}, and the boot file names {own}", wrapped.key);
            return Err(KeyError::Refused(reason));
        }
        let request = self.client.decrypt().key_id(self.arn.as_str()).ciphertext_blob(Blob::new(wrapped.bytes.clone()));
        let opened = request.set_encryption_context(Some(pairs(context))).send().await;
        let opened = opened.map_err(|error| KeyError::Told(self.refusal(&error, context)))?;
        self.patience.granted();
        // The SDK's own copies of the answer are out of reach.
        let data_key = opened.plaintext.and_then(|blob| DataKey::from_slice(&Zeroizing::new(blob.into_inner())));
        data_key.ok_or_else(|| KeyError::Refused(format!("{own} answered without a data key")))
    }
}

fn pairs(context: &Context) -> HashMap<String, String> {
    context.pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
