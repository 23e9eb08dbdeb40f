//! The AWS side of the seams. Nothing outside this folder names a type of the SDK.

pub mod account;
pub mod ami;
pub mod base;
pub mod certificates;
pub mod clock;
pub mod fault;
pub mod fleet;
pub mod keys;
pub mod left;
pub mod log_groups;
pub mod network;
pub mod remote;
pub mod run_command;
pub mod stack;
pub mod store;

use jetway_common::installation::Installation;
use jetway_common::name::EnvironmentName;

use self::account::Account;
use self::base::Base;
use self::fleet::Ec2Fleet;
use self::keys::KmsKeys;
use self::store::S3Store;
use crate::platform::Platform;
use crate::printer::Printer;

/// The platform of one environment of an installation.
pub async fn platform(
    account: &Account,
    installation: &Installation,
    environment: &EnvironmentName,
    printer: Printer,
) -> anyhow::Result<Platform> {
    let base = Base::find(account, &installation.name, environment).await?;
    Ok(Platform {
        place: Some(account.to_string()),
        caller: Some(account.caller().to_owned()),
        store: Box::new(S3Store::new(account.clone(), base.storage_bucket)),
        keys: Box::new(KmsKeys::new(account.clone(), base.key_arn)),
        fleet: Box::new(Ec2Fleet::new(account, installation, environment, printer)),
    })
}
