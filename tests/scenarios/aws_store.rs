//! The store, the keys and the credentials of environments on AWS, over HTTP against an emulated AWS.

mod conditions;
mod config;
mod credentials;
mod doctor;
mod images;
mod permissions;
mod prune;

use jetway_tests::aws::Aws;

const INSTALLATION: &str = "[environments.qa]\nzones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"\n\
                            [environments.production]\nzones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"\n";
const MANIFEST: &str = "application = \"hello\"\nimage = { reference = \"hello-test:1\" }\n[containers.web]\n";

/// An AWS with an installation of two environments, and an application's folder.
#[track_caller]
fn installed() -> Aws {
    let aws = Aws::start();
    aws.file("installation.toml", INSTALLATION);
    aws.file("jetway.toml", MANIFEST);
    let _ = aws.jetway(&["install", "--yes"]).succeeds();
    aws
}

/// What a Python program needs to read the store without any code of Jetway's.
const STORE: &str = "s3 = client('s3')\n\
                     outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
                     outputs = {each['OutputKey']: each['OutputValue'] for each in outputs}\n\
                     bucket = outputs['StorageBucket']\n\
                     keys = lambda prefix='': [each['Key'] for each in \
                     s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get('Contents', [])]\n";

/// What the program prints, as JSON.
#[track_caller]
fn read(aws: &Aws, program: &str) -> serde_json::Value {
    aws.read(&format!("{STORE}{program}"))
}
