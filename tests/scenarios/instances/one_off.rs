//! `jetway run`: one-off containers on an instance, which have what the release has, and go when nobody waits for them.

use std::io::Read as _;
use std::process::Child;
use std::time::Duration;

use jetway_tests::eventually;
use jetway_tests::fleet::PATIENCE;
use jetway_tests::instance::Instance;
use jetway_tests::outcome::Outcome;
use jetway_tests::shared::{GREETING, Loan, USER};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Ctrl-C while Docker does not answer, before there is a container.
const CANCELLED: &str = "kill -STOP $(pidof dockerd)
    timeout --signal INT --preserve-status 1 jetway-agent one-off web -- show; code=$?
    kill -CONT $(pidof dockerd); echo $code";

#[test]
fn a_one_off_container_has_the_config_of_the_release_and_tells_how_its_command_ended() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    let run = |words: &[&str]| loan.jetway(&[&["run", "qa", "--instance", instance.id()], words].concat());
    run(&["--", "show"]).succeeds().prints(GREETING).prints(instance.id());
    run(&["--", "fly"]).exits(2).says("it cannot \"fly\"");
    run(&["--entrypoint", "/nothing", "--", "show"]).exits(127).says("no such file or directory");
    run(&["--timeout", "1s", "--", "wait"]).exits(124).says("it did not end within 1s").says("told to stop");
    let on_terminal = "script --quiet --return --command 'jetway-agent one-off --tty web -- show' /dev/null";
    assert!(instance.sh(on_terminal).contains(&format!("greeting     {GREETING}\r\n")));
    let told = instance.shell("jetway-agent one-off wbe -- show");
    assert_eq!(told.status.code(), Some(125));
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("hello v1 has no container `wbe` here; it has: web"), "{told}");
    assert_eq!(instance.sh(CANCELLED), "130");
    assert_eq!((all(&instance), instance.process()), (String::new(), before));
}

#[test]
fn a_one_off_container_outlives_the_agent_and_not_who_waits_for_it() {
    let loan = Loan::take();
    let instance = loan.instance();
    let mut run = loan.spawn(&["run", "qa", "--instance", instance.id(), "--", "wait"]);
    let id = begun(&instance, &mut run);
    let inspect = |id: &str| -> Value { serde_json::from_str(&instance.sh(&format!("docker inspect {id}"))).unwrap() };
    let (made, model) = (inspect(&id), instance.sh("docker ps --quiet --filter label=jetway.container"));
    let same =
        ["/0/Image", "/0/Config/Env", "/0/HostConfig/Mounts", "/0/HostConfig/CapDrop", "/0/HostConfig/NetworkMode"];
    for place in same {
        assert_eq!(made.pointer(place), inspect(&model).pointer(place), "{place}");
    }
    assert_eq!(made[0]["Config"]["User"], USER.to_string());
    assert_eq!(made[0]["HostConfig"]["LogConfig"]["Type"], "none");
    instance.sh("systemctl restart jetway-agent");
    instance.serves();
    assert_eq!(running(&instance), id);

    // SSM kills what waits for it on the instance.
    kill_process(Pid::from_child(&run), Signal::INT).unwrap();
    ended(run).exits(130).says("cancelled by signal 2").says("stops the container");
    is_gone(&instance);

    let terminal =
        "setsid script --quiet --command 'jetway-agent one-off --tty web -- wait' /dev/null >/dev/null 2>&1 &";
    instance.sh(terminal);
    running(&instance);
    instance.sh("pkill --signal KILL --exact script");
    is_gone(&instance);
    instance.serves();
}

#[test]
fn an_instance_that_leaves_ends_its_one_off_containers_and_gives_the_others_their_stop_timeout_and_no_more() {
    let fleet = jetway_tests::fleet::Fleet::of(1).serving();
    let instance = fleet.instance();
    let mut run = fleet.spawn(&["run", "qa", "--", "wait"]);
    begun(&instance, &mut run);
    // A stopped process takes no SIGTERM: this container gets its stop timeout and no more.
    let (process, _) = instance.process();
    instance.sh(&format!("kill -STOP {process}"));
    fleet.jetway(&["scale", "qa", "0"]).succeeds();
    ended(run).exits(4).says("told to stop").says("this instance is leaving");
    instance.is_gone();
    assert_eq!(fleet.report("v1", instance.id())["phase"], json!("stopped"), "{}", instance.console());
}

/// The id of the only one-off container, once it runs for this command.
#[track_caller]
fn begun(instance: &Instance<'_>, run: &mut Child) -> String {
    eventually("its container runs, or it says why not", PATIENCE, || {
        let found = instance.sh("docker ps --quiet --filter label=jetway.one-off");
        (!found.is_empty() || run.try_wait().unwrap().is_some()).then_some(())
    });
    if let Some(status) = run.try_wait().unwrap() {
        let mut told = String::new();
        run.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        panic!("it ended early ({status}): {told}");
    }
    running(instance)
}

/// The id of the only one-off container, once it runs.
#[track_caller]
fn running(instance: &Instance<'_>) -> String {
    eventually("a one-off container runs", PATIENCE, || {
        let id = instance.sh("docker ps --quiet --filter label=jetway.one-off");
        (!id.is_empty()).then_some(id)
    })
}

fn all(instance: &Instance<'_>) -> String {
    instance.sh("docker ps --all --quiet --filter label=jetway.one-off")
}

#[track_caller]
fn is_gone(instance: &Instance<'_>) {
    eventually("the one-off container is gone", PATIENCE, || all(instance).is_empty().then_some(()));
}

fn ended(run: Child) -> Outcome {
    Outcome::new("jetway run".to_owned(), &run.wait_with_output().unwrap(), Duration::ZERO)
}
