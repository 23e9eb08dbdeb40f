//! What the CLI is told of instances by Systems Manager: how each is just now, what its containers say, and why one is silent.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use jetway_tests::outcome::Outcome;
use jetway_tests::shared::Loan;
use serde_json::json;

#[test]
fn status_live_tells_what_each_agent_answers_and_why_another_does_not() {
    let fleet = Fleet::of(2).serving();
    let every = fleet.in_service(2);
    let (well, sick) = (&every[0], &every[1]);
    let live = || fleet.jetway(&["status", "qa", "--live"]);
    assert_eq!(live().succeeds().stdout.matches("it serves").count(), 2);
    fleet.jetway(&["status", "qa", "--instances"]).succeeds().prints(well.id()).prints(sick.id());

    sick.sh("systemctl stop jetway-agent");
    one_serves(live().exits(1)).prints("jetway-agent.service is not running (dead): nobody watches the containers");
    sick.sh("systemctl start jetway-agent && systemctl kill --signal STOP docker");
    one_serves(live().exits(1)).prints("Docker did not answer within");
    sick.sh("systemctl kill --signal CONT docker && systemctl kill --signal STOP jetway-agent");
    let told = eventually("it tells that its agent hangs", PATIENCE, || {
        let told = live();
        told.stdout.contains("the agent hangs: no sign of life").then_some(told)
    });
    one_serves(told.exits(1));
    sick.sh("useradd --groups jetway admin");
    let text = sick.answers("runuser --user admin -- jetway-agent status", 1);
    assert!(text.contains("to do: wait: systemd starts another one within a minute"), "{text}");
    let text = sick.answers("runuser --user admin -- jetway-agent doctor", 1);
    assert!(text.contains("fail  agent unit    the agent hangs: no sign of life for"), "{text}");
    sick.sh("systemctl kill --signal CONT jetway-agent");

    sick.suffers("machines/pause", json!({}));
    one_serves(live().exits(3)).prints("no answer: its SSM agent was last heard at 2");
    sick.suffers("machines/resume", json!({}));
    sick.suffers("machines/cut", json!({}));
    let told = one_serves(live().exits(3)).prints("no answer: its SSM agent was last heard at 2");
    assert!(told.took.as_secs() < 30, "{told}");
    sick.suffers("machines/heal", json!({}));
    eventually("both serve", PATIENCE, || (live().code == Some(0)).then_some(()));
}

/// Who is well is told as such, whatever became of the other.
#[track_caller]
fn one_serves(told: Outcome) -> Outcome {
    assert_eq!(told.stdout.matches("it serves").count(), 1, "{told}");
    told
}

#[test]
fn logs_have_what_containers_wrote_with_instance_and_release_also_of_an_instance_that_is_gone() {
    let fleet = Fleet::of(1).serving();
    let first = fleet.instance().id().to_owned();
    let line = format!("{first} web | listening on ");
    let logs = |words: &[&str]| fleet.jetway(&[&["logs", "qa"], words].concat()).succeeds();
    eventually("its lines are there", PATIENCE, || logs(&[]).stdout.contains(&line).then_some(()));
    let told = logs(&["--json", "--tail", "1"]).json();
    assert_eq!([&told["instance"], &told["release"], &told["container"]], [&json!(first), &json!("v1"), &json!("web")]);
    fleet.jetway(&["scale", "qa", "0"]).succeeds();
    assert!(logs(&["--instance", &first]).stdout.contains(&line));
}

#[test]
fn exec_runs_in_the_container_of_an_instance_whether_an_agent_runs_there_or_not() {
    let loan = Loan::take();
    let instance = loan.instance();
    instance.receives("/bin/busybox", "/root/busybox");
    instance.sh("docker cp /root/busybox $(docker ps --quiet):/busybox");
    let exec = |words: &[&str]| loan.jetway(&[&["exec", "qa", "--instance", instance.id(), "--"], words].concat());
    let told = exec(&["/busybox", "sh", "-c", "echo $JETWAY_INSTANCE; echo \"it's $0\"", "a  b"]).succeeds();
    assert_eq!(told.stdout, format!("{}\nit's a  b\n", instance.id()));
    exec(&["/busybox", "sh", "-c", "echo it failed >&2; exit 7"]).exits(7).says("it failed");
    exec(&["nothing"]).exits(126).prints("executable file not found");
    instance.sh("systemctl stop jetway-agent");
    assert_eq!(exec(&["/busybox", "echo", "on it"]).succeeds().stdout, "on it\n");
    instance.suffers("machines/pause", json!({}));
    let told = exec(&["/busybox", "true"]).exits(1);
    assert!(told.took.as_secs() < 30, "{told}");
    instance.suffers("machines/resume", json!({}));
    instance.sh("systemctl start jetway-agent");
}
