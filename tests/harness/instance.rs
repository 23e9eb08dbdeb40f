//! One machine that plays an instance: what it shows, and what can happen to it.

use std::net::SocketAddr;
use std::process::Output;

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::docker::Docker;
use crate::fleet::PATIENCE;
use crate::stream::Stream;
use crate::{eventually, http};

/// The port of the example application.
const PORT: u16 = 8000;

/// A machine, as it was when it was looked up.
pub struct Instance<'a> {
    aws: &'a Aws,
    shown: Value,
}

impl<'a> Instance<'a> {
    pub(crate) fn new(aws: &'a Aws, shown: &Value) -> Self {
        Self { aws, shown: shown.clone() }
    }

    pub(crate) fn state_of(shown: &Value) -> &str {
        shown["state"].as_str().unwrap_or_default()
    }

    pub(crate) fn aws(&self) -> &'a Aws {
        self.aws
    }

    /// Its id in EC2.
    pub fn id(&self) -> &str {
        self.shown["id"].as_str().unwrap()
    }

    /// The Auto Scaling group that launched it.
    pub fn group(&self) -> &str {
        self.shown["group"].as_str().unwrap()
    }

    /// Its state in that group, such as `Pending:Wait` or `InService`.
    pub fn state(&self) -> &str {
        Self::state_of(&self.shown)
    }

    /// What `path` answers from outside, past the load balancer; none if nobody answers.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        http::get_from(self.address(), path)
    }

    /// Requests to it, past the load balancer, one after the other, until it is asked what became of them.
    pub fn requests(&self, path: &'static str) -> Stream {
        Stream::begin(self.address(), path)
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::new(self.shown["address"].as_str().unwrap().parse().unwrap(), PORT)
    }

    /// Runs a script of a shell in it, as root.
    pub fn shell(&self, script: &str) -> Output {
        Docker::default().run(&["exec", self.shown["container"].as_str().unwrap(), "sh", "-c", script])
    }

    /// Copies a file of this machine to a path in it, not below /run or /tmp.
    #[track_caller]
    pub fn receives(&self, file: &str, path: &str) {
        Docker::default().ok(&["cp", file, &format!("{}:{path}", self.shown["container"].as_str().unwrap())]);
    }

    /// What a script that must succeed printed.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        let output = self.shell(script);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{told}{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// What a script printed once it succeeds, which it must within a minute; for a system that is still booting.
    #[track_caller]
    pub fn once(&self, script: &str) -> String {
        eventually(script, PATIENCE, || self.shell(script).status.success().then_some(()));
        self.sh(script)
    }

    /// The agent's own status, as an admin on the machine asks for it.
    pub fn status(&self) -> Value {
        let output = self.shell("jetway-agent status --json");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// What `docker inspect` says inside of the release's only container.
    #[track_caller]
    pub fn container(&self) -> Value {
        let text = self.sh("docker inspect $(docker ps --quiet --filter label=jetway.container)");
        serde_json::from_str::<Value>(&text).unwrap()[0].clone()
    }

    /// The process of the release's only container, and when it began: what no fault of the agent's may change.
    #[track_caller]
    pub fn process(&self) -> (i64, String) {
        let state = &self.container()["State"];
        (state["Pid"].as_i64().unwrap(), state["StartedAt"].as_str().unwrap().to_owned())
    }

    /// One of the properties of the agent's unit.
    #[track_caller]
    pub fn unit(&self, property: &str) -> String {
        self.sh(&format!("systemctl show --property {property} --value jetway-agent"))
    }

    /// Waits until it answers, and its agent finds it healthy.
    #[track_caller]
    pub fn serves(&self) {
        eventually("it serves", 2 * PATIENCE, || {
            let answers = self.get("/version").is_some_and(|(status, _)| status == 200);
            (answers && self.status()["healthy"] == true).then_some(())
        });
    }

    /// Everything that the system log has.
    #[track_caller]
    pub fn journal(&self) -> String {
        self.sh("journalctl --no-pager --output short-precise")
    }

    /// What it wrote to the serial console, also once it is gone.
    pub fn console(&self) -> String {
        let told = self.aws.ask(&format!("machines/console?id={}", self.id()));
        let lines = told["console"].as_array().unwrap().iter().filter_map(Value::as_str);
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The requests that it made of instance metadata: `method`, `path`, `status`, `token`.
    pub fn metadata_requests(&self) -> Vec<Value> {
        self.metadata("requests")
    }

    /// Those of the first version of instance metadata, which must not be.
    pub fn requests_without_token(&self) -> Vec<Value> {
        self.metadata("without_token")
    }

    fn metadata(&self, kind: &str) -> Vec<Value> {
        let told = self.aws.ask(&format!("metadata/requests?id={}", self.id()));
        told[kind].as_array().unwrap().clone()
    }

    /// Lets something happen to it: a task of the emulated AWS below `machines/` or `metadata/`, with what it takes.
    #[track_caller]
    pub fn suffers(&self, task: &str, mut values: Value) {
        values["id"] = json!(self.id());
        self.aws.tell(task, &values);
    }

    /// All is well again with its metadata.
    pub fn metadata_heals(&self) {
        self.aws.forget(&format!("metadata/faults?id={}", self.id()));
    }

    /// The power goes, and comes back at once.
    #[track_caller]
    pub fn loses_power(&self) {
        self.suffers("machines/power-loss", json!({}));
    }

    /// Waits until it is gone, with everything on it.
    #[track_caller]
    pub fn is_gone(&self) {
        eventually(&format!("{} is gone", self.id()), 2 * PATIENCE, || {
            let every = self.aws.ask("instances");
            let found = every["instances"].as_array()?.iter().find(|each| each["id"] == self.shown["id"])?;
            found["container"].is_null().then_some(())
        });
    }
}
