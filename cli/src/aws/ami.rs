//! AMIs: which one a parameter of Systems Manager names just now, and which processor one is for.

use jetway_common::agent_package::Architecture;
use jetway_common::ami::Ami;

use super::account::Account;
use crate::error::UserError;

/// Where AWS publishes the id of the newest Amazon Linux 2023:
/// <https://docs.aws.amazon.com/linux/al2023/ug/ec2.html#launch-via-aws-cli>.
const NEWEST: &str = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";

/// The newest Amazon Linux.
pub async fn newest(account: &Account, architecture: Architecture) -> Result<String, UserError> {
    let name = format!("{NEWEST}{architecture}");
    parameter(account, &name).await?.ok_or_else(|| UserError::failed(format!("{name} has no value")))
}

/// The id of the AMI that an installation names; an error, with the parameter's name in it, if a parameter is not there.
pub async fn baked(
    account: &Account,
    ami: &Ami,
    architecture: Architecture,
) -> Result<Result<String, String>, UserError> {
    match ami {
        Ami::Id(id) => Ok(Ok(id.clone())),
        Ami::Parameter(name) => {
            let name = Ami::parameter_for(name, architecture);
            Ok(parameter(account, &name).await?.ok_or(name))
        }
    }
}

/// The processor that an AMI is for, in EC2's words; none if there is no such AMI in the account's region.
pub async fn architecture(account: &Account, id: &str) -> Result<Option<String>, UserError> {
    use aws_sdk_ec2::error::ProvideErrorMetadata as _;
    match aws_sdk_ec2::Client::new(account.sdk()).describe_images().image_ids(id).send().await {
        Err(error) if error.code().is_some_and(|code| code.starts_with("InvalidAMIID")) => Ok(None),
        answer => {
            let answer = answer.map_err(|error| account.explain(&format!("look at the AMI {id}"), &error))?;
            let image = answer.images.unwrap_or_default().into_iter().next();
            Ok(image.map(|image| image.architecture.map(|found| found.as_str().to_owned()).unwrap_or_default()))
        }
    }
}

/// The value of a parameter of Systems Manager, if there is one.
async fn parameter(account: &Account, name: &str) -> Result<Option<String>, UserError> {
    use aws_sdk_ssm::error::ProvideErrorMetadata as _;
    match aws_sdk_ssm::Client::new(account.sdk()).get_parameter().name(name).send().await {
        Err(error) if error.code() == Some("ParameterNotFound") => Ok(None),
        answer => {
            let answer = answer.map_err(|error| account.explain(&format!("read {name}"), &error))?;
            Ok(answer.parameter.and_then(|parameter| parameter.value))
        }
    }
}
