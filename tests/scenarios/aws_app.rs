//! The application's stacks on an emulated AWS: `jetway app`. Needs no Docker.

mod create;
mod delete;
mod permissions;
mod update;

use jetway_tests::aws::Aws;
use serde_json::Value;

const WORKER: &str = "application = \"hello\"\n[image]\nreference = \"hello\"\n[containers.web]\n";
const WEB: &str = "application = \"hello\"\n[image]\nreference = \"hello\"\n[containers.web]\n[http]\nport = 8000\n";

/// An AWS with an installation in it, and a manifest at hand.
fn installed(manifest: &str) -> Aws {
    let aws = Aws::start();
    aws.file("jetway.toml", manifest);
    let _ = aws.jetway(&["--yes", "install"]).succeeds();
    aws
}

/// The same, with the application in `qa`.
fn created(manifest: &str) -> Aws {
    let aws = installed(manifest);
    let _ = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    aws
}

/// The resources of the stack in `qa` by their logical names, each with its type and what AWS calls it.
fn resources(aws: &Aws) -> Value {
    aws.read(
        "found = client('cloudformation').describe_stack_resources(StackName='jetway-app-qa-hello')['StackResources']\n\
         print(json.dumps({each['LogicalResourceId']: each['PhysicalResourceId'] for each in found}))",
    )
}

/// What listens on the load balancers: port and protocol.
fn listeners(aws: &Aws) -> Value {
    aws.read(
        "elb = client('elbv2')\nfound = []\n\
         for balancer in elb.describe_load_balancers()['LoadBalancers']:\n    \
             for each in elb.describe_listeners(LoadBalancerArn=balancer['LoadBalancerArn'])['Listeners']:\n        \
                 found.append([each['Port'], each['Protocol'], balancer['Scheme']])\n\
         print(json.dumps(sorted(found)))",
    )
}
