//! Log groups, which outlive the stacks that made them.

use aws_sdk_cloudwatchlogs::Client;

use super::account::Account;
use crate::error::UserError;

/// Whether there is a log group of this name.
pub async fn exists(account: &Account, name: &str) -> Result<bool, UserError> {
    let client = Client::new(account.sdk());
    let mut pages = client.describe_log_groups().log_group_name_prefix(name).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| account.explain(&format!("look for the log group {name}"), &error))?;
        if page.log_groups().iter().any(|group| group.log_group_name() == Some(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}
