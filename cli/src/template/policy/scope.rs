//! What a policy is about: one application in one environment, and the ARNs and names of all that belongs to it.
//!
//! Every pattern ends a name with a character that no name can go on with (`/`, `:` or `--`), so that it never matches
//! a neighbour: `web` is no pattern for `web-admin`.

use jetway_common::layout::{ApplicationKeys, ImageKeys};
use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName};
use serde_json::{Value, json};

use super::Statement;

/// Where a policy applies. Each text is known, or is a variable that CloudFormation puts in, such as `${AWS::Region}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `aws`, `aws-cn`, ...
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// The name of the storage bucket.
    pub bucket: String,
    /// The installation's KMS key.
    pub key: Key,
}

/// How a policy names the installation's KMS key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// By its ARN.
    Arn(String),
    /// By its alias, while its ARN is not known. The ARN of an alias is no resource of these actions, so a condition
    /// names it: <https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>.
    Alias(String),
}

impl Place {
    /// The place of the stack that the policy is a part of; `bucket` and `key` are texts for `Fn::Sub`.
    pub fn of_stack(bucket: &str, key: &str) -> Self {
        Self {
            partition: "${AWS::Partition}".to_owned(),
            region: "${AWS::Region}".to_owned(),
            account: "${AWS::AccountId}".to_owned(),
            bucket: bucket.to_owned(),
            key: Key::Arn(key.to_owned()),
        }
    }

    /// A text as a value: as it is, or through `Fn::Sub` if it has variables. `${!` stands for a literal `${`.
    pub fn text(&self, text: &str) -> Value {
        let has_variables = text.replace("${!", "").contains("${");
        if has_variables { json!({ "Fn::Sub": text }) } else { Value::String(text.replace("${!", "${")) }
    }

    /// The ARN of `resource` of a service in this region and account.
    pub fn arn(&self, service: &str, resource: &str) -> Value {
        let Self { partition, region, account, .. } = self;
        self.text(&format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    }

    /// The ARN of `resource` of a service that AWS itself owns in this region.
    pub fn arn_of_aws(&self, service: &str, resource: &str) -> Value {
        let Self { partition, region, .. } = self;
        self.text(&format!("arn:{partition}:{service}:{region}::{resource}"))
    }

    /// The ARN of `resource` of IAM, which knows no regions.
    pub fn iam(&self, resource: &str) -> Value {
        let Self { partition, account, .. } = self;
        self.text(&format!("arn:{partition}:iam::{account}:{resource}"))
    }

    /// The ARN of the storage bucket.
    pub fn bucket(&self) -> Value {
        let Self { partition, bucket, .. } = self;
        self.text(&format!("arn:{partition}:s3:::{bucket}"))
    }

    /// The ARN of objects in the storage bucket.
    pub fn objects(&self, pattern: &str) -> Value {
        let Self { partition, bucket, .. } = self;
        self.text(&format!("arn:{partition}:s3:::{bucket}/{pattern}"))
    }

    /// The account as a value.
    pub fn account(&self) -> Value {
        self.text(&self.account)
    }

    /// A statement about objects; only of our own account, should the bucket ever be deleted and another take its name.
    pub(super) fn s3(&self, statement: Statement) -> Statement {
        statement.when("StringEquals", "s3:ResourceAccount", self.account())
    }

    /// A statement about the installation's key.
    pub(super) fn kms(&self, statement: Statement) -> Statement {
        match &self.key {
            Key::Arn(arn) => statement.on([self.text(arn)]),
            Key::Alias(alias) => statement.on([self.arn("kms", "key/*")]).when(
                "ForAnyValue:StringEquals",
                "kms:ResourceAliases",
                alias.clone().into(),
            ),
        }
    }

    /// The statement that lets S3 read and write what the bucket encrypts; no config opens through S3.
    pub(super) fn storage_key(&self) -> Statement {
        let reason = "the bucket encrypts its objects, and S3 alone may use the key for that";
        // Decrypt also for writing: S3 asks for it to complete a multipart upload,
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions.
        let statement = Statement::allow("JetwayStorageKey", reason, "kms:Decrypt kms:GenerateDataKey");
        let service = self.text(&format!("s3.{}.amazonaws.com", self.region));
        self.kms(statement).when("StringEquals", "kms:ViaService", service)
    }
}

/// One application in one environment, somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The installation.
    pub installation: InstallationName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The application.
    pub application: ApplicationName,
    /// Where.
    pub place: Place,
}

impl Scope {
    /// The application's keys in the store.
    pub fn keys(&self) -> ApplicationKeys {
        ApplicationKeys::new(&self.environment, &self.application)
    }

    /// The keys of the application's images.
    pub fn images(&self) -> ImageKeys {
        ImageKeys::new(&self.application)
    }

    /// The ARNs of the application's release stacks.
    pub fn release_stacks(&self) -> Value {
        self.place.arn("cloudformation", &format!("stack/{}v*/*", self.release_prefix()))
    }

    /// The ARNs of the autoscaling groups of these stacks: CloudFormation names a group after its stack.
    pub fn groups(&self) -> Value {
        let name = format!("autoScalingGroup:*:autoScalingGroupName/{}v*", self.release_prefix());
        self.place.arn("autoscaling", &name)
    }

    /// The ARNs of the stacks that a release builds on.
    pub fn parent_stacks(&self) -> [Value; 3] {
        let Self { installation, environment, application, place } = self;
        [
            format!("{installation}-base"),
            format!("{installation}-env-{environment}"),
            format!("{installation}-app-{environment}-{application}"),
        ]
        .map(|name| place.arn("cloudformation", &format!("stack/{name}/*")))
    }

    /// The name of the log group of the application's containers.
    pub fn log_group(&self) -> String {
        format!("/{}/{}/{}", self.installation, self.environment, self.application)
    }

    /// The ARNs of the log group, for actions on the group and for those on its streams.
    pub fn log_group_arns(&self) -> [Value; 2] {
        ["", ":*"].map(|end| self.place.arn("logs", &format!("log-group:{}{end}", self.log_group())))
    }

    /// The IAM path of the instances' role. A path keeps roles apart although AWS shortens their names.
    pub fn instance_role_path(&self) -> String {
        format!("{}/instance/", self.log_group())
    }

    /// The IAM path of the role in which CloudFormation makes release stacks.
    pub fn release_role_path(&self) -> String {
        format!("{}/release/", self.log_group())
    }

    /// The ARN of the role with this path.
    pub fn role(&self, path: &str) -> Value {
        self.place.iam(&format!("role{path}*"))
    }

    /// The same statement, only for what has the application's tags.
    pub(super) fn tagged(&self, statement: Statement, key: &str) -> Statement {
        self.names().into_iter().fold(statement, |statement, (tag, value)| {
            statement.when("StringEquals", &format!("{key}/jetway:{tag}"), value.into())
        })
    }

    /// The same statement, only for configs of this application in this environment.
    pub(super) fn config_key(&self, statement: Statement) -> Statement {
        self.names().into_iter().fold(self.place.kms(statement), |statement, (name, value)| {
            statement.when("StringEquals", &format!("kms:EncryptionContext:jetway:{name}"), value.into())
        })
    }

    fn names(&self) -> [(&'static str, &str); 3] {
        [
            ("installation", self.installation.as_str()),
            ("environment", self.environment.as_str()),
            ("application", self.application.as_str()),
        ]
    }

    fn release_prefix(&self) -> String {
        format!("{}-release-{}-{}--", self.installation, self.environment, self.application)
    }
}
