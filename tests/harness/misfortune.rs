//! What can be wrong before an instance serves, and what an instance that never served has told of it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::eventually;
use crate::fleet::{Fleet, PATIENCE};
use crate::instance::Instance;

/// The most seconds from the moment that an agent knows of a fault that nothing cures until CloudFormation hears of it.
const TOLD_WITHIN: f64 = 30.0;
/// What the agents of instances call AWS as.
pub const AGENTS: &str = "arn:aws:sts::*:assumed-role/*/i-*";

impl Fleet {
    /// Every instance that ever was, in the order of launches; what they wrote to the console can still be read.
    pub fn every_instance(&self) -> Vec<Instance<'_>> {
        let every = self.ask("instances");
        every["instances"].as_array().unwrap().iter().map(|shown| Instance::new(self, shown)).collect()
    }

    /// Waits for the first instance that is launched from now on.
    #[track_caller]
    pub fn next_instance(&self) -> Instance<'_> {
        let before = self.every_instance().len();
        eventually("an instance is launched", PATIENCE, || self.every_instance().into_iter().nth(before))
    }

    /// The role of the instances loses an action, whatever else it may do.
    #[track_caller]
    pub fn deny(&self, action: &str) {
        self.read(&format!(
            "iam = client('iam')\n\
             role = next(each['RoleName'] for each in iam.list_roles()['Roles'] if 'InstanceRole' in each['RoleName'])\n\
             denial = {{'Effect': 'Deny', 'Action': '{action}', 'Resource': '*'}}\n\
             document = json.dumps({{'Version': '2012-10-17', 'Statement': [denial]}})\n\
             iam.put_role_policy(RoleName=role, PolicyName='deny', PolicyDocument=document)\nprint(1)"
        ));
    }

    /// The role of the instances may do again what it was denied last.
    #[track_caller]
    pub fn allow_again(&self) {
        self.read(
            "iam = client('iam')\n\
             role = next(each['RoleName'] for each in iam.list_roles()['Roles'] if 'InstanceRole' in each['RoleName'])\n\
             iam.delete_role_policy(RoleName=role, PolicyName='deny')\nprint(1)",
        );
    }

    /// Somebody deletes an object of the installation's storage.
    #[track_caller]
    pub fn deletes(&self, key: &str) {
        self.read(&format!(
            "outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
             bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
             client('s3').head_object(Bucket=bucket, Key='{key}')\n\
             client('s3').delete_object(Bucket=bucket, Key='{key}')\nprint(1)"
        ));
    }

    /// Waits until CloudFormation has heard of this instance's failure, and fails unless that was in time.
    #[track_caller]
    pub fn heard_in_time_of(&self, instance: &Instance<'_>) {
        let known = instance.failed_at();
        let told = eventually("CloudFormation hears of it", PATIENCE, || {
            let signals = self.ask(&format!("calls?operation=SignalResource&caller=*{}", instance.id()));
            signals["calls"][0]["time"].as_f64()
        });
        assert!((known - 1.0..known + TOLD_WITHIN).contains(&told), "known at {known}, told at {told}");
    }
}

impl Instance<'_> {
    /// What the agent has said on the console, a line for each phase.
    pub fn said(&self) -> Vec<Value> {
        let json = |line: &str| serde_json::from_str(line.split_once("jetway: ")?.1.trim()).ok();
        self.console().lines().filter_map(json).collect()
    }

    /// Waits until the agent's last word on the console is that it failed, and why.
    #[track_caller]
    pub fn last_word(&self) -> String {
        eventually("the agent fails, and says why", PATIENCE, || {
            let last = self.said().pop().filter(|said| said["phase"] == "failed")?;
            Some(last["failure"]["reason"].as_str().unwrap().to_owned())
        })
    }

    /// The first failure in a life, by the clock of this machine, in seconds since 1970.
    #[track_caller]
    fn failed_at(&self) -> f64 {
        let said = self.said();
        let first = said.iter().find(|said| said["phase"] == "failed").expect("the agent has not failed");
        let at: jiff::Timestamp = first["at"].as_str().unwrap().parse().unwrap();
        at.as_duration().as_secs_f64()
    }

    /// What a person on the machine reads when asking for its status; waits until that has `text`.
    #[track_caller]
    pub fn tells_admin(&self, text: &str) -> String {
        eventually(&format!("the status on the machine tells `{text}`"), 2 * PATIENCE, || {
            let output = self.shell("jetway-agent status");
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told).into_owned();
            told.contains(text).then_some(told)
        })
    }

    /// What a command on it prints for an admin; it must end with this code, and within seconds, whatever is wrong there.
    #[track_caller]
    pub fn answers(&self, command: &str, code: i32) -> String {
        let began = Instant::now();
        let output = self.shell(command);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{command}\n{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(began.elapsed() < Duration::from_secs(5), "{command}: {:?}", began.elapsed());
        text
    }

    /// The same instance as it is now.
    #[track_caller]
    pub fn now(&self) -> Self {
        let every = self.aws().ask("instances");
        let found = every["instances"].as_array().unwrap().iter().find(|each| each["id"] == self.id());
        Instance::new(self.aws(), found.unwrap())
    }

    /// The process of the agent.
    #[track_caller]
    pub fn process_of_agent(&self) -> String {
        self.sh("systemctl show --property MainPID --value jetway-agent")
    }

    /// No packet reaches anybody but instance metadata, and none comes back.
    pub fn is_cut_off(&self) {
        self.suffers("machines/cut", json!({}));
    }

    /// Packets go both ways again.
    pub fn is_reachable_again(&self) {
        self.suffers("machines/heal", json!({}));
    }
}
