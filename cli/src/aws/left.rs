//! Whether what outlives its stack is still there.

use aws_sdk_kms::operation::describe_key::DescribeKeyError;
use aws_sdk_kms::types::KeyState;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;

use super::account::Account;
use super::log_groups;
use crate::error::UserError;

/// Whether the resource of that type is there; one of another type than what stacks leave behind is not.
pub async fn is_there(account: &Account, kind: &str, id: &str) -> Result<bool, UserError> {
    match kind {
        "AWS::S3::Bucket" => bucket(account, id).await,
        "AWS::KMS::Key" => key(account, id).await,
        "AWS::Logs::LogGroup" => log_groups::exists(account, id).await,
        _ => Ok(false),
    }
}

async fn bucket(account: &Account, name: &str) -> Result<bool, UserError> {
    let request = aws_sdk_s3::Client::new(account.sdk()).head_bucket().bucket(name);
    match request.expected_bucket_owner(account.id()).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => Ok(false),
        Err(error) => Err(account.explain(&format!("look for the bucket {name}"), &error)),
    }
}

/// A key that waits for its deletion is as good as gone.
async fn key(account: &Account, id: &str) -> Result<bool, UserError> {
    match aws_sdk_kms::Client::new(account.sdk()).describe_key().key_id(id).send().await {
        Ok(found) => Ok(found.key_metadata.and_then(|key| key.key_state) != Some(KeyState::PendingDeletion)),
        Err(error) if error.as_service_error().is_some_and(DescribeKeyError::is_not_found_exception) => Ok(false),
        Err(error) => Err(account.explain(&format!("look for the key {id}"), &error)),
    }
}
