//! What an admin reads where no report is.

use super::*;

#[test]
fn without_a_report_systemd_is_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let run_dir = RunDir::new(folder.path().join("run"));
    let error = unknown::report(&run_dir).unwrap_err();
    let units = units(UnitState::Failed, UnitState::Active);
    assert_snapshot!(Unknown::table(Some(&units)), @"
    unknown
      systemd    jetway-agent.service is failed (detail); docker.service is active (detail)
    ");
    assert_snapshot!(error.hint(Some(&units)), @"start it: sudo systemctl start jetway-agent");
    assert_snapshot!(error.reason(Some(&units)).replace(folder.path().to_str().unwrap(), ""), @"cannot read `/run/report.json`: No such file or directory (os error 2)");
    assert_snapshot!(error.hint(None), @"no agent has written a report there; name its run folder with --run-dir");
}

#[test]
fn without_a_report_the_agent_says_itself_what_it_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = unknown::report(&RunDir::new(folder.path().join("run"))).unwrap_err();
    let mut units = units(UnitState::Starting, UnitState::Active);
    units.agent.said = Some("hello v1: instance metadata does not answer".to_owned());
    assert_snapshot!(error.reason(Some(&units)), @"the agent has not written a report yet; it says: hello v1: instance metadata does not answer");
    assert_snapshot!(error.hint(Some(&units)), @"its log says why: journalctl -u jetway-agent -n 50");
}
