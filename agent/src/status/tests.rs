//! What an admin reads, for an instance in each of the states in which somebody looks at one.

use insta::assert_snapshot;
use jetway_common::document::Document as _;
use jetway_common::report::{BootReport, Phase};
use jiff::SignedDuration;

use super::*;
use crate::disk::Room;
use crate::engine::EngineError;
use crate::engine::facts::{EngineFacts, ImageStore};
use crate::systemd::{Unit, UnitState};

fn report() -> BootReport {
    let mut report = BootReport::from_bytes(include_bytes!("../../../tests/fixtures/wire/v1/report.json")).unwrap();
    report.phase = Phase::Ready;
    report.failure = None;
    report.health.clear();
    for entry in &mut report.history {
        entry.note = None;
    }
    report.history[1].phase = Phase::Ready;
    let container = report.containers.values_mut().next().unwrap();
    (container.healthy, container.answer, container.state) = (true, Some("HTTP 200".to_owned()), "running".to_owned());
    report
}

fn unit(name: &str, state: UnitState, detail: &str) -> Unit {
    Unit {
        name: name.to_owned(),
        state,
        detail: detail.to_owned(),
        result: None,
        restarts: 0,
        silent: None,
        said: None,
    }
}

fn units(agent: UnitState, docker: UnitState) -> Units {
    let agent = unit("jetway-agent.service", agent, "detail");
    Units { agent, docker: unit("docker.service", docker, "detail"), failed: Vec::new() }
}

fn view() -> View {
    let report = report();
    let now = report.updated_at + SignedDuration::from_secs(5);
    let engine = EngineFacts {
        version: "26.1.5".to_owned(),
        api: "1.45".to_owned(),
        store: ImageStore::Containerd,
        platform: "linux/amd64".to_owned(),
        root: "/var/lib/docker".into(),
        live_restore: true,
        log_drivers: Vec::new(),
    };
    View {
        report,
        agent: Some("7".to_owned()),
        unwritable: None,
        silent_seconds: 5,
        live: None,
        engine: Ok(engine),
        room: Some(Room { folder: "/var/lib/docker".into(), bytes: 20_000_000_000, files: None }),
        units: Some(units(UnitState::Active, UnitState::Active)),
        now,
    }
}

/// The first line, and the last.
fn gist(view: &View) -> String {
    let text = table::table(view);
    let first = text.lines().next().unwrap().to_owned();
    if view.is_healthy() { first } else { format!("{first}\n{}", text.lines().last().unwrap()) }
}

#[test]
fn an_instance_that_serves() {
    assert_snapshot!(table::table(&view()), @"
    healthy
      release    hello v42 in local
      instance   local-laptop
      agent      process 7, version 0.1.0, last report 5 s ago
      docker     26.1.5, API 1.45, containerd image store
      systemd    jetway-agent.service is active (detail); docker.service is active (detail)
      disk free  20.0 GB

    phases
      identify          0.5 s  
      ready         since 6 s  serving

    containers (as last reported)
      web        running, healthy, HTTP 200, started 7 s ago, 1 restart
    ");
}

#[test]
fn an_agent_whose_folder_takes_no_report_any_more() {
    let mut view = view();
    (view.report.phase, view.silent_seconds) = (Phase::Failed, 3600);
    let full = std::io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error());
    view.unwritable = Some(RunDir::new("/".into()).unwritable(full));
    assert_snapshot!(gist(&view), @"
    not healthy: the run folder `/` cannot be written: No space left on device (os error 28); what is said here of the agent's work is 3600 s old
    to do: free some space there: `sudo du -xah $(findmnt -no TARGET -T /) | sort -h | tail` shows what uses it
    ");
    view.agent = None;
    assert!(gist(&view).starts_with("not healthy: the release failed\n"), "nobody would write a newer one");
}

#[test]
fn an_agent_that_is_dead() {
    let mut view = view();
    view.agent = None;
    view.units = Some(units(UnitState::Failed, UnitState::Active));
    assert_snapshot!(gist(&view), @"
    not healthy: jetway-agent.service is failed (detail): nobody watches the containers
    to do: start it: sudo systemctl start jetway-agent
    ");
}

#[test]
fn an_agent_that_ends_again_and_again() {
    let mut view = view();
    view.agent = None;
    let mut units = units(UnitState::Starting, UnitState::Active);
    (units.agent.result, units.agent.restarts) = (Some("exit-code".to_owned()), 12);
    view.units = Some(units);
    assert_snapshot!(gist(&view), @"
    not healthy: jetway-agent.service is starting (exit-code), restarted 12 times: nobody watches the containers
    to do: its log says why: journalctl -u jetway-agent -n 50
    ");
}

#[test]
fn an_agent_that_hangs() {
    let mut view = view();
    view.now += SignedDuration::from_mins(3);
    view.silent_seconds = 185;
    assert_snapshot!(gist(&view), @"
    not healthy: the agent has said nothing for 185 s
    to do: restart it, which touches no container: sudo systemctl restart jetway-agent
    ");
}

#[test]
fn an_agent_that_was_started_again_and_has_not_reported() {
    let mut view = view();
    view.agent = Some("8".to_owned());
    assert_snapshot!(gist(&view), @"
    not healthy: the agent was started again, and is not ready yet
    to do: wait, and look again; its log says what it waits for: journalctl -u jetway-agent -n 50
    ");
}

#[test]
fn an_agent_that_hangs_before_its_report_is_old() {
    let mut view = view();
    let mut units = units(UnitState::Active, UnitState::Active);
    units.agent.silent = Some(Duration::from_secs(19));
    view.units = Some(units);
    assert_snapshot!(gist(&view), @"healthy");
    view.units.as_mut().unwrap().agent.silent = Some(Duration::from_secs(31));
    assert_snapshot!(gist(&view), @"
    not healthy: the agent hangs: no sign of life for 31 s
    to do: wait: systemd starts another one within a minute, which touches no container
    ");
}

#[test]
fn an_agent_that_is_dead_where_there_is_no_systemd() {
    let mut view = view();
    (view.agent, view.units) = (None, None);
    assert_snapshot!(gist(&view), @"
    not healthy: no agent runs here: nobody watches the containers
    to do: start it: sudo systemctl start jetway-agent, or deploy again
    ");
}

#[test]
fn docker_that_failed() {
    let mut view = view();
    view.engine = Err(EngineError::Away("Connection refused".to_owned()));
    let mut units = units(UnitState::Active, UnitState::Failed);
    units.failed = vec!["docker.service".to_owned()];
    view.units = Some(units);
    assert_snapshot!(table::table(&view), @"
    not healthy: docker.service is failed (detail): nobody starts containers again
      release    hello v42 in local
      instance   local-laptop
      agent      process 7, version 0.1.0, last report 5 s ago
      docker     does not answer (was 26.1.5, API 1.45, containerd image store)
      systemd    jetway-agent.service is active (detail); docker.service is failed (detail); failed units: docker.service
      disk free  20.0 GB

    phases
      identify          0.5 s  
      ready         since 6 s  serving

    containers (as last reported)
      web        running, healthy, HTTP 200, started 7 s ago, 1 restart

    to do: start it: sudo systemctl start docker
    ");
}

#[test]
fn a_user_who_may_not_ask_docker_is_told_how_the_instance_is_all_the_same() {
    let mut view = view();
    view.engine = Err(EngineError::Denied("Permission denied".to_owned()));
    assert_snapshot!(table::table(&view), @"
    healthy
      release    hello v42 in local
      instance   local-laptop
      agent      process 7, version 0.1.0, last report 5 s ago
      docker     this user may not ask it; see the group `docker`
      systemd    jetway-agent.service is active (detail); docker.service is active (detail)
      disk free  20.0 GB

    phases
      identify          0.5 s  
      ready         since 6 s  serving

    containers (as last reported)
      web        running, healthy, HTTP 200, started 7 s ago, 1 restart
    ");
}

#[test]
fn units_are_in_the_json_in_the_words_of_the_table() {
    let mut view = view();
    let mut units = units(UnitState::Starting, UnitState::Active);
    (units.agent.result, units.agent.restarts) = (Some("watchdog".to_owned()), 1);
    view.units = Some(units);
    assert_snapshot!(view.to_json()["units"], @r#"{"agent":{"detail":"detail","restarts":1,"result":"watchdog","said":null,"state":"starting","unit":"jetway-agent.service"},"docker":{"detail":"detail","restarts":0,"result":null,"said":null,"state":"active","unit":"docker.service"},"failed":[]}"#);
}

mod without_report;
