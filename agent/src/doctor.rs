//! `jetway-agent doctor`: everything that the agent needs on this machine, with what to do where something is missing.

mod machine;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use jetway_common::boot_file::BootFile;
use jetway_common::container::LOG_DRIVER;

use crate::args::DoctorArguments;
use crate::disk::{DOCKERS_FOLDER, FREE_SPACE, Room};
use crate::engine::facts::EngineFacts;
use crate::engine::{Engine, EngineError};
use crate::output;
use crate::run::{RunError, read_boot_file};
use crate::run_dir::RunDir;
use crate::text::{bytes, escape};

/// A busy engine has been seen to need two seconds, and a doctor who is slow helps nobody.
const DOCKER_LIMIT: Duration = Duration::from_secs(4);
/// With less than this no image can be pulled.
const LEAST_FREE: u64 = 1024 * 1024 * 1024;

/// One thing that was looked at.
struct Check {
    name: &'static str,
    verdict: Verdict,
    found: String,
    advice: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    /// Works, and could work better.
    Note,
    Fail,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Fail => "fail",
        }
    }
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, found: found.into(), advice: None }
    }

    fn bad(name: &'static str, verdict: Verdict, found: impl Into<String>, advice: &str) -> Self {
        Self { name, verdict, found: found.into(), advice: Some(advice.to_owned()) }
    }
}

/// Checks everything and prints it.
pub async fn doctor(arguments: &DoctorArguments, engine: &dyn Engine) -> ExitCode {
    let boot_file = read_boot_file(&arguments.boot_file);
    let (mut checks, machine, metadata) = tokio::join!(
        check_docker(engine),
        machine::check(!matches!(boot_file, Err(RunError::NoBootFile { .. }))),
        machine::check_metadata(boot_file.as_ref().ok()),
    );
    checks.push(check_boot_file(boot_file));
    checks.push(check_run_dir(arguments));
    checks.extend(machine);
    checks.extend(metadata);
    let is_well = checks.iter().all(|check| check.verdict != Verdict::Fail);
    output::data(&if arguments.json { json(&checks, is_well) } else { table(&checks) });
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn check_docker(engine: &dyn Engine) -> Vec<Check> {
    let slow = || EngineError::Slow { call: "answer", limit: DOCKER_LIMIT };
    let answer = tokio::time::timeout(DOCKER_LIMIT, engine.describe()).await;
    let engine = match answer.unwrap_or_else(|_| Err(slow())) {
        Ok(engine) => engine,
        // A full disk is a reason not to answer.
        Err(error) => return vec![check_silence(&error), check_disk(Path::new(DOCKERS_FOLDER))],
    };
    let mut checks = vec![
        Check::ok("docker", format!("version {}, {}", engine.version, engine.platform)),
        Check::ok("api", format!("{} (1.40 or newer is needed)", engine.api)),
        Check::ok("image store", engine.store.as_str()),
        check_live_restore(&engine),
        check_disk(&engine.root),
    ];
    if engine.lacks_log_driver() {
        let found = format!("only {}, and every container needs `{LOG_DRIVER}`", engine.log_drivers.join(", "));
        checks.push(Check::bad("log drivers", Verdict::Fail, found, "use Docker itself instead of another engine"));
    }
    checks
}

/// A Docker that did not say how it is.
fn check_silence(error: &EngineError) -> Check {
    let (verdict, advice) = match error {
        EngineError::Denied(_) => {
            (Verdict::Note, "use sudo: who may ask Docker is root here, so the group `docker` is not for everybody")
        }
        EngineError::Slow { .. } => (Verdict::Fail, "look at its log: journalctl -u docker"),
        _ => (Verdict::Fail, "start Docker (systemctl start docker) and check that this user may use its socket"),
    };
    Check::bad("docker", verdict, error.to_string(), advice)
}

fn check_live_restore(engine: &EngineFacts) -> Check {
    if engine.live_restore {
        return Check::ok("live restore", "on");
    }
    let advice = "set \"live-restore\": true in /etc/docker/daemon.json, so that containers outlive Docker's restarts";
    Check::bad("live restore", Verdict::Note, "off", advice)
}

fn check_disk(folder: &Path) -> Check {
    let name = folder.display();
    match Room::at(folder) {
        None => {
            Check::bad("disk", Verdict::Note, format!("{name} is not visible from here"), "look at it by hand: df -h")
        }
        Some(room) => {
            let found = format!("{} free at {name}", bytes(room.bytes));
            match room.lack() {
                Some(lack) => Check::bad("disk", Verdict::Fail, lack, FREE_SPACE),
                None if room.bytes < LEAST_FREE => Check::bad("disk", Verdict::Fail, found, FREE_SPACE),
                None => Check::ok("disk", found),
            }
        }
    }
}

fn check_boot_file(boot_file: Result<BootFile, RunError>) -> Check {
    match boot_file {
        Ok(file) => Check::ok("boot file", format!("{} {} in {}", file.application, file.release, file.environment)),
        Err(error) => Check::bad(
            "boot file",
            Verdict::Fail,
            error.to_string(),
            "a deploy writes it, on EC2 by user data: cloud-init status --long; --boot-file names another one",
        ),
    }
}

fn check_run_dir(arguments: &DoctorArguments) -> Check {
    let path = &arguments.run_dir;
    let name = path.display();
    let run_dir = RunDir::new(path.clone());
    if let Some(unwritable) = run_dir.look() {
        return Check::bad("run folder", Verdict::Fail, unwritable.to_string(), &unwritable.hint());
    }
    match rustix::fs::access(path, rustix::fs::Access::WRITE_OK) {
        Ok(()) => Check::ok("run folder", name.to_string()),
        Err(rustix::io::Errno::NOENT) => Check::bad(
            "run folder",
            Verdict::Note,
            format!("{name} is not there yet"),
            "the agent makes it when it runs",
        ),
        // An agent runs there, and this user only looks.
        Err(_) if run_dir.running_agent().is_some() => Check::ok("run folder", format!("{name}, in use")),
        Err(rustix::io::Errno::ACCESS) => Check::bad(
            "run folder",
            Verdict::Note,
            format!("{name} belongs to another user: not checked"),
            "use sudo; members of the group `jetway` may look at the status without it",
        ),
        Err(errno) => {
            let found = format!("{name} cannot be written: {}", std::io::Error::from(errno));
            Check::bad("run folder", Verdict::Fail, found, "run the agent as the user that owns it, or name another")
        }
    }
}

fn table(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let _ = writeln!(text, "{:<5} {:<13} {}", check.verdict.word(), check.name, escape(&check.found));
        if let Some(advice) = &check.advice {
            let _ = writeln!(text, "{:<19} {advice}", "");
        }
    }
    text
}

fn json(checks: &[Check], is_well: bool) -> String {
    let entry = |check: &Check| {
        serde_json::json!({
            "check": check.name, "verdict": check.verdict.word(), "found": check.found, "advice": check.advice,
        })
    };
    let entries: Vec<_> = checks.iter().map(entry).collect();
    format!("{}\n", serde_json::json!({ "ok": is_well, "checks": entries }))
}
