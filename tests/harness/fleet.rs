//! Jetway as in an account of AWS: installed, permissions enforced, one application, and instances that are machines.
//!
//! They need root, for the network namespaces of machines, and a Docker engine: `make docker` starts one.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::eventually;
use crate::images::hello;
use crate::instance::Instance;
use crate::outcome::Outcome;
use crate::packages::rpm;
use crate::programs::root;
use crate::stream::Stream;

/// The most seconds that a machine may take for what takes a few when nothing else runs.
pub const PATIENCE: u64 = 120;

/// The application `hello` in `qa`, on machines of an emulated AWS, which it derefs to; all of it ends with the story.
pub struct Fleet {
    aws: Aws,
    plan: Plan,
}

/// What the application shall be.
#[derive(Clone)]
pub struct Plan {
    instances: u32,
    mode: String,
    config: Vec<(&'static str, String)>,
    delivery: &'static str,
    more: String,
    is_stock: bool,
}

impl Fleet {
    /// A healthy application on so many instances.
    pub fn of(instances: u32) -> Plan {
        let (mode, config, delivery) = ("ok".to_owned(), Vec::new(), "environment");
        Plan { instances, mode, config, delivery, more: String::new(), is_stock: false }
    }

    /// Deploys a version of the example application.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn deploy(&self, version: u8) -> Outcome {
        self.aws.jetway(&["deploy", "qa", "--image", &hello(version)])
    }

    /// Changes the manifest: how `hello` behaves from the next deploy on.
    pub fn behaves(&mut self, mode: &str) {
        mode.clone_into(&mut self.plan.mode);
        self.plan.write(&self.aws);
    }

    /// Changes the manifest: how many instances a release has from the next deploy on.
    pub fn counts(&mut self, instances: u32) {
        self.plan.instances = instances;
        self.plan.write(&self.aws);
    }

    /// The instances that are there and not about to go.
    pub fn instances(&self) -> Vec<Instance<'_>> {
        let every = self.aws.ask("instances");
        let stays = |each: &&Value| each["container"].is_string() && !Instance::state_of(each).starts_with("Terminat");
        every["instances"].as_array().unwrap().iter().filter(stays).map(|each| Instance::new(&self.aws, each)).collect()
    }

    /// The instances of a release that are there and not about to go.
    pub fn instances_of(&self, release: &str) -> Vec<Instance<'_>> {
        let group = format!("--{release}-");
        self.instances().into_iter().filter(|each| each.group().contains(&group)).collect()
    }

    /// The only instance.
    #[track_caller]
    pub fn instance(&self) -> Instance<'_> {
        let mut every = self.instances();
        assert_eq!(every.len(), 1, "{:?}", every.iter().map(Instance::id).collect::<Vec<_>>());
        every.remove(0)
    }

    /// Waits until so many instances are in service.
    #[track_caller]
    pub fn in_service(&self, count: usize) -> Vec<Instance<'_>> {
        eventually(&format!("{count} instances are in service"), PATIENCE, || {
            let every = self.instances();
            let all_serve = every.iter().all(|each| each.state() == "InService");
            (every.len() == count && all_serve).then_some(every)
        })
    }

    /// The boot report that an instance wrote last, also one that is gone.
    #[track_caller]
    pub fn report(&self, release: &str, instance: &str) -> Value {
        self.aws.read(&format!(
            "outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
             bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
             key = 'jetway/qa/hello/instances/{release}/{instance}.json'\n\
             print(client('s3').get_object(Bucket=bucket, Key=key)['Body'].read().decode())"
        ))
    }

    /// The digest of the image that a release runs.
    #[track_caller]
    pub fn image_of(&self, release: &str) -> Value {
        let shown = self.aws.jetway(&["releases", "show", "qa", release, "--json"]).succeeds().json();
        shown["record"]["containers"]["web"]["image"]["manifest"].clone()
    }

    /// What instances that are launched from now on find different; see `launch-plans` of the emulated AWS.
    pub fn launches(&self, plan: &Value) {
        self.aws.tell("launch-plans", plan);
    }

    /// The port of this machine on which the load balancer listens.
    #[track_caller]
    pub fn balancer(&self) -> u16 {
        let told = self.aws.tell("balancer", &json!({}));
        let port = told["endpoint"].as_str().and_then(|endpoint| endpoint.rsplit(':').next());
        port.and_then(|port| port.parse().ok()).expect("the load balancer has a port")
    }

    /// Requests to the load balancer, one after the other, until it is asked what became of them.
    #[track_caller]
    pub fn requests(&self, path: &'static str) -> Stream {
        Stream::begin(SocketAddr::from((Ipv4Addr::LOCALHOST, self.balancer())), path)
    }
}

impl Deref for Fleet {
    type Target = Aws;

    fn deref(&self) -> &Aws {
        &self.aws
    }
}

impl Plan {
    /// How `hello` behaves; see `examples/hello/src/mode.rs`.
    #[must_use]
    pub fn mode(mut self, mode: &str) -> Self {
        mode.clone_into(&mut self.mode);
        self
    }

    /// A value of the config.
    #[must_use]
    pub fn config(mut self, name: &'static str, value: &str) -> Self {
        self.config.push((name, value.to_owned()));
        self
    }

    /// The config reaches the containers as files in memory, instead of in their environment.
    #[must_use]
    pub fn in_files(mut self) -> Self {
        self.delivery = "files";
        self
    }

    /// More of the manifest, at its end.
    #[must_use]
    pub fn manifest(mut self, more: &str) -> Self {
        self.more.push_str(more);
        self
    }

    /// Instances start from Amazon Linux as AWS publishes it, and install the agent's package at their first boot.
    #[must_use]
    pub fn stock(mut self) -> Self {
        self.is_stock = true;
        self
    }

    /// Installs Jetway and makes the application, with nothing deployed.
    #[track_caller]
    pub fn installed(self) -> Fleet {
        let mut aws = Aws::with_machines(if self.is_stock { stock_image() } else { image() });
        aws.tell("settings", &json!({ "health_check_scale": 0.1 }));
        aws.enforce_permissions();
        let ami = if self.is_stock { String::new() } else { format!("ami = {}\n", aws.ask("")["images"]["x86_64"]) };
        let zones = "zones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"";
        let environments = format!("[environments.qa]\n{ami}{zones}\n[environments.production]\n{zones}\n");
        aws.file("installation.toml", environments);
        self.write(&aws);
        let mut install = vec!["--yes", "install"];
        let package = self.is_stock.then(rpm);
        install.extend(package.iter().flat_map(|package| ["--agent-package", package.to_str().unwrap()]));
        aws.jetway(&install).succeeds();
        aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
        for (name, value) in &self.config {
            aws.jetway(&["config", "set", "qa", &format!("{name}={value}")]).succeeds();
        }
        Fleet { aws, plan: self }
    }

    /// The same, and version 1 of the application is live as v1.
    #[track_caller]
    pub fn serving(self) -> Fleet {
        let fleet = self.installed();
        fleet.deploy(1).succeeds();
        fleet
    }

    fn write(&self, aws: &Aws) {
        let Self { instances, mode, delivery, more, .. } = self;
        let image = hello(1);
        aws.file(
            "jetway.toml",
            format!(
                "application = \"hello\"\nconfig = \"{delivery}\"\nimage = {{ reference = \"{image}\" }}\n\
                 [containers.web]\nstop_timeout = \"3s\"\nenv = {{ HELLO_MODE = \"{mode}\" }}\n\
                 [http]\nport = 8000\ndraining = \"2s\"\n\
                 health = {{ path = \"/health-check\", interval = \"5s\", timeout = \"2s\", grace = \"20s\" }}\n\
                 [instances]\ncount = {instances}\ntype = \"t3.small\"\n{more}"
            ),
        );
    }
}

/// The image of machines, with the package of the agent that was built.
#[track_caller]
fn image() -> &'static str {
    static IMAGE: OnceLock<String> = OnceLock::new();
    IMAGE.get_or_init(|| make("instance"))
}

/// The image of machines without the agent, which know where packages are.
#[track_caller]
fn stock_image() -> &'static str {
    static IMAGE: OnceLock<String> = OnceLock::new();
    IMAGE.get_or_init(|| make("stock"))
}

#[track_caller]
fn make(kind: &str) -> String {
    assert!(rustix::process::geteuid().is_root(), "machines get network namespaces of their own: run this as root");
    let output = Command::new(root().join("tests/lab/instance/image.sh")).arg(kind).output().unwrap();
    assert!(output.status.success(), "image.sh: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
