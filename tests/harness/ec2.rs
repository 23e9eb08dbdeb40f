//! The real agent as the one instance of a release on an emulated AWS: real Docker, emulated metadata, permissions that count.

use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Aws, REGION};
use crate::docker::Docker;
use crate::eventually;
use crate::images::{hello, large};
use crate::programs::program;
use crate::world::free_port;

const INSTALLATION: &str = "[environments.qa]\nzones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"\n\
                            [environments.production]\nzones = [\"us-west-2a\", \"us-west-2b\"]\nnat = \"none\"\n";

/// One instance whose agent has not been started, of a release `v1` that was deployed to `qa`.
pub struct Instance {
    /// Where it is.
    pub aws: Aws,
    /// The engine that runs its containers.
    pub docker: Docker,
    /// The port that its application listens on.
    pub port: u16,
    application: String,
    id: String,
    metadata: String,
    agent: Option<Child>,
}

impl Instance {
    /// Deploys the example application with one value in its config, and stops where the instance would boot. Docker has
    /// its image already.
    #[track_caller]
    pub fn deployed() -> Self {
        Self::deployed_from(&hello(1), None)
    }

    /// The same with an image that Docker does not have, of so many megabytes.
    #[track_caller]
    pub fn deployed_afresh(megabytes: usize) -> Self {
        Self::deployed_from("./image.tar", Some(large(megabytes).0))
    }

    #[track_caller]
    fn deployed_from(image: &str, archive: Option<Vec<u8>>) -> Self {
        let (aws, port) = (Aws::start(), free_port());
        if let Some(archive) = archive {
            aws.file("image.tar", archive);
        }
        let application = format!("hello-{port}");
        aws.file("installation.toml", INSTALLATION);
        aws.file("jetway.toml", manifest(&application, port));
        aws.jetway(&["--yes", "install"]).succeeds();
        aws.read(
            "outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
             bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
             pointer = {'format': 1, 'version': '1', 'key': 'jetway-agent/x86_64/a.rpm', 'digest': 'sha256:' + 64 * 'a'}\n\
             client('s3').put_object(Bucket=bucket, Key='jetway-agent/x86_64/current.json', Body=json.dumps(pointer))\n\
             print(1)",
        );
        aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
        aws.jetway(&["config", "set", "qa", "GREETING=hello from the config"]).succeeds();
        aws.tell("behaviours", &json!({ "kind": "silent" }));
        aws.jetway(&["deploy", "qa", "--detach", "--image", image]).succeeds();
        let id = eventually("an instance is launched", 30, || {
            let found = aws.ask("instances");
            found["instances"][0]["id"].as_str().map(str::to_owned)
        });
        let mut instance =
            Self { aws, docker: Docker::default(), port, application, id, metadata: String::new(), agent: None };
        instance.file_boot_file();
        instance.metadata = instance.start_metadata();
        instance.aws.tell("enforce-iam", &json!({}));
        instance
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The application's name.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// A program in Python that may do what not even the bucket's own policy allows, with `bucket` and `s3`.
    #[track_caller]
    pub fn as_anybody(&self, program: &str) -> Value {
        self.aws.tell("enforce-iam", &json!({ "on": false }));
        let printed = self.aws.read(&format!(
            "outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
             bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
             s3 = client('s3')\n{program}"
        ));
        self.aws.tell("enforce-iam", &json!({}));
        printed
    }

    /// Something about the instance goes wrong with its metadata; see tests/lab/aws/README.md.
    #[track_caller]
    pub fn metadata_fault(&self, mut fault: Value) {
        fault["id"] = json!(self.id);
        self.aws.tell("metadata/faults", &fault);
    }

    /// Other facts in its metadata.
    #[track_caller]
    pub fn change_metadata(&self, mut facts: Value) {
        facts["id"] = json!(self.id);
        self.aws.tell("metadata/change", &facts);
    }

    /// What its metadata was asked.
    #[track_caller]
    pub fn metadata_requests(&self) -> Value {
        self.aws.ask(&format!("metadata/requests?id={}", self.id))
    }

    /// The boot file, to be changed.
    #[track_caller]
    pub fn change_boot_file(&self, change: impl FnOnce(&mut Value)) {
        let path = self.aws.path().join("boot.json");
        let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut file);
        fs::write(path, file.to_string()).unwrap();
    }

    /// Starts the agent.
    #[track_caller]
    pub fn boot(&mut self) {
        let folder = self.aws.path();
        let mut command = Command::new(program("jetway-agent"));
        command.args(["run", "--boot-file"]).arg(folder.join("boot.json")).arg("--run-dir").arg(folder.join("run"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("AWS_ENDPOINT_URL", self.aws.endpoint()).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &self.metadata);
        let log = File::options().create(true).append(true).open(folder.join("agent.log")).unwrap();
        self.agent = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    /// Ends the agent as the kernel would.
    #[track_caller]
    pub fn kill_agent(&mut self) {
        let mut agent = self.agent.take().expect("an agent was started");
        agent.kill().unwrap();
        agent.wait().unwrap();
    }

    /// How the agent ended, once it has.
    #[track_caller]
    pub fn ends(&mut self, seconds: u64) -> ExitStatus {
        let agent = self.agent.as_mut().expect("an agent was started");
        eventually("the agent ends", seconds, || agent.try_wait().unwrap())
    }

    /// What the agent logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.aws.path().join("agent.log")).unwrap_or_default()
    }

    /// Waits until the agent has logged this.
    #[track_caller]
    pub fn logs(&self, text: &str, seconds: u64) {
        eventually(&format!("the agent logs `{text}`"), seconds, || self.log().contains(text).then_some(()));
    }

    /// The report in the run folder, which needs no AWS.
    pub fn report(&self) -> Value {
        let bytes = fs::read(self.aws.path().join("run/report.json")).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Waits until the report in the run folder says this phase.
    #[track_caller]
    pub fn is_in(&self, phase: &str, seconds: u64) -> Value {
        eventually(&format!("the agent is in phase {phase}"), seconds, || {
            let report = self.report();
            (report["phase"] == phase).then_some(report)
        })
    }

    /// The report that reached the store.
    #[track_caller]
    pub fn stored_report(&self) -> Value {
        let key = format!("jetway/qa/{}/instances/v1/{}.json", self.application, self.id);
        self.as_anybody(&format!("print(s3.get_object(Bucket=bucket, Key='{key}')['Body'].read().decode())"))
    }

    /// The body that its application answers `/` with.
    #[track_caller]
    pub fn page(&self) -> String {
        crate::http::body(self.port, "/")
    }

    /// What cloud-init would have written from the user data of the launch template.
    fn file_boot_file(&self) {
        let text = self.aws.read(
            "import base64, yaml\nec2 = client('ec2')\n\
             id = ec2.describe_launch_templates()['LaunchTemplates'][0]['LaunchTemplateId']\n\
             versions = ec2.describe_launch_template_versions(LaunchTemplateId=id)['LaunchTemplateVersions']\n\
             data = base64.b64decode(versions[0]['LaunchTemplateData']['UserData'])\n\
             files = {each['path']: each['content'] for each in yaml.safe_load(data)['write_files']}\n\
             print(json.dumps(files['/etc/jetway/boot.json']))",
        );
        self.aws.file("boot.json", text.as_str().expect("user data with a boot file"));
    }

    fn start_metadata(&self) -> String {
        let role = self.aws.read(&format!(
            "stack = dict(StackName='jetway-app-qa-{}', LogicalResourceId='InstanceRole')\n\
             name = client('cloudformation').describe_stack_resource(**stack)['StackResourceDetail']['PhysicalResourceId']\n\
             print(json.dumps(client('iam').get_role(RoleName=name)['Role']['Arn']))",
            self.application
        ));
        let group = &self.aws.ask("instances")["instances"][0]["group"];
        let tags = json!({ "aws:autoscaling:groupName": group });
        let facts = json!({ "instance_id": self.id, "region": REGION, "account": ACCOUNT, "role": role, "tags": tags });
        self.aws.tell("metadata", &facts)["endpoint"].as_str().unwrap().to_owned()
    }
}

/// Ends the agent and removes its containers, whatever became of the story.
impl Drop for Instance {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the agent of {} logged:\n{}", self.application, self.log());
        }
        if let Some(mut agent) = self.agent.take() {
            let _ = agent.kill();
            let _ = agent.wait();
        }
        for container in self.docker.containers(&self.application) {
            let _ = self.docker.run(&["rm", "--force", &container]);
        }
        let _ = self.docker.run(&["image", "rm", &format!("jetway/qa/{}:v1-web", self.application)]);
    }
}

fn manifest(application: &str, port: u16) -> String {
    format!(
        "application = \"{application}\"\nimage = {{ reference = \"{}\" }}\n\
         [containers.web]\nstop_timeout = \"3s\"\n\
         [http]\nport = {port}\nhealth = {{ path = \"/health-check\", interval = \"5s\", timeout = \"2s\", grace = \"5s\" }}\n\
         [instances]\ncount = 1\ntype = \"t3.small\"\n",
        hello(1)
    )
}
