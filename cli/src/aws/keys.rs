//! Data keys from KMS, bound to where their config belongs by the encryption context.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use jetway_common::sealed_config::{Context, DataKey, KeyName, WrappedKey};
use zeroize::Zeroizing;

use super::account::Account;
use crate::error::UserError;
use crate::platform::Keys;

/// The installation's key in KMS.
pub struct KmsKeys {
    account: Account,
    client: Client,
    arn: String,
}

impl KmsKeys {
    /// The key with this ARN. No other key is ever asked, whatever a config says of itself.
    pub fn new(account: Account, arn: String) -> Self {
        Self { client: Client::new(account.sdk()), account, arn }
    }

    fn name(&self) -> KeyName {
        KeyName::Kms { arn: self.arn.clone() }
    }

    fn refusal(&self, error: &SdkError<DecryptError, HttpResponse>, context: &Context) -> UserError {
        match error.as_service_error() {
            Some(DecryptError::InvalidCiphertextException(_) | DecryptError::IncorrectKeyException(_)) => {
                let message = format!("{} does not open the config of {context}", self.name());
                UserError::failed(format!("{message}: it was sealed for another place, or was changed"))
            }
            _ => self.account.explain(&format!("open the config of {context}"), error),
        }
    }
}

#[async_trait]
impl Keys for KmsKeys {
    async fn mint(&self, context: &Context) -> anyhow::Result<(DataKey, WrappedKey)> {
        let doing = "get a data key for the config from KMS";
        let request = self.client.generate_data_key().key_id(&self.arn).key_spec(DataKeySpec::Aes256);
        let minted = request.set_encryption_context(Some(pairs(context))).send().await;
        let minted = minted.map_err(|error| self.account.explain(doing, &error))?;
        let data_key = minted.plaintext.and_then(data_key);
        let wrapped = minted.ciphertext_blob.map(Blob::into_inner);
        let (Some(data_key), Some(bytes)) = (data_key, wrapped) else {
            return Err(UserError::failed(format!("could not {doing}: KMS answered without one")).into());
        };
        Ok((data_key, WrappedKey { key: self.name(), bytes }))
    }

    async fn unwrap(&self, wrapped: &WrappedKey, context: &Context) -> anyhow::Result<DataKey> {
        if wrapped.key != self.name() {
            let message =
                format!("the config was sealed with {}, and this installation has {}", wrapped.key, self.name());
            return Err(UserError::failed(message).into());
        }
        let request = self.client.decrypt().key_id(&self.arn).ciphertext_blob(Blob::new(wrapped.bytes.clone()));
        let opened = request.set_encryption_context(Some(pairs(context))).send().await;
        let opened = opened.map_err(|error| self.refusal(&error, context))?;
        let missing = || UserError::failed(format!("KMS gave no data key for the config of {context}"));
        Ok(opened.plaintext.and_then(data_key).ok_or_else(missing)?)
    }
}

fn pairs(context: &Context) -> HashMap<String, String> {
    context.pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The key in the SDK's buffer, which is wiped; copies that the SDK itself made on the way are out of reach.
fn data_key(blob: Blob) -> Option<DataKey> {
    DataKey::from_slice(&Zeroizing::new(blob.into_inner()))
}
