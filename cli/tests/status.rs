//! `status --instances` over a store that holds what instances reported; no engine and no agent is needed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use jetway_common::digest::Digest;
use jiff::Timestamp;
use serde_json::{Value, json};
use support::World;

/// v1 live, with no instance yet.
fn live() -> World {
    let world = World::new();
    let container = json!({
        "image": { "manifest": digest(), "config": digest(), "platform": "linux/amd64", "reference": "hello:1" },
        "settings": { "stop_timeout": "2s" },
    });
    let record = json!({
        "format": 1, "installation": "jetway", "environment": "local", "application": "hello", "release": "v1",
        "origin": { "at": "2026-01-02T03:04:05Z", "by": "ann@laptop" },
        "containers": { "web": container }, "instances": { "count": 1, "type": "t4g.small" },
    });
    let current = json!({
        "format": 1, "live": "v1", "previous": null, "pending": null, "updated_at": "2026-01-02T03:04:05Z",
    });
    // The first command makes the store.
    world.jetway("releases local").ok();
    store(&world, "releases/v1.json", &record.to_string());
    store(&world, "current.json", &current.to_string());
    world
}

fn digest() -> Digest {
    Digest::of(b"an image")
}

fn store(world: &World, name: &str, content: &str) {
    let path = world.stored(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A report that was written so many seconds ago.
fn report(instance: &str, phase: &str, seconds: i64) -> Value {
    let now = Timestamp::now();
    let phases = [("identify", 0.1), ("fetch", 0.25), ("unseal", 0.05), ("pull", 8.0), ("start", 0.5), ("probe", 2.0)];
    let mut history: Vec<Value> =
        phases.iter().map(|(phase, seconds)| json!({ "phase": phase, "at": now, "seconds": seconds })).collect();
    history.push(json!({ "phase": phase, "at": now }));
    json!({
        "format": 1, "installation": "jetway", "environment": "local", "application": "hello", "release": "v1",
        "instance": instance, "agent": { "version": "1.0.0", "pid": 7 }, "boot": instance, "phase": phase,
        "history": history, "images": { "web": digest() },
        "containers": { "web": { "id": "0".repeat(64), "state": "running", "restarts": 0, "healthy": true } },
        "updated_at": Timestamp::from_second(now.as_second() - seconds).unwrap(),
    })
}

fn reported(world: &World, instance: &str, report: &Value) {
    store(world, &format!("instances/v1/{instance}.json"), &report.to_string());
}

#[test]
fn each_instance_has_a_row_and_what_is_wrong_is_told_below() {
    let world = live();
    reported(&world, "i-1", &report("i-1", "ready", 0));
    let mut failed = report("i-2", "failed", 300);
    failed["failure"] = json!({
        "phase": "probe", "reason": "the container exited\u{1b}[2J", "exit_code": 3, "log": ["no database"],
        "hint": "look at the database",
    });
    reported(&world, "i-2", &failed);
    reported(&world, "i-3", &report("i-9", "ready", 0));
    reported(&world, "i-4", &report("i-4", "ready", 7300));
    store(&world, "instances/v1/i-5.json", "{");
    let told = world.jetway("status local --instances");
    let mut settings = support::settings(&world);
    settings.add_filter(r"[01] s ago", "NOW");
    settings.bind(|| assert_snapshot!(told.all(), @r"
    exit 1
    -- stdout
    hello in local: not healthy

    INSTANCE  RELEASE  ZONE  LIFECYCLE  TARGET  PHASE   HEALTH       CONTAINERS                HEARD
    i-1       v1       -     -          -       ready   healthy      web healthy a5df3fde7b20  NOW
    i-2       v1       -     -          -       failed  not healthy  web healthy a5df3fde7b20  5 min ago
    i-3       v1       -     -          -       -       unknown      -                         never
    i-4       v1       -     -          -       ready   unknown      web healthy a5df3fde7b20  2 h ago
    i-5       v1       -     -          -       -       unknown      -                         never

    BOOT SECONDS  IDENTIFY  FETCH  UNSEAL  PULL  START  PROBE  TOTAL  SAYS
    i-1           0.1       0.2    0.1     8.0   0.5    2.0    10.9   serving
    i-2           0.1       0.2    0.1     8.0   0.5    2.0    10.9   the container exited\u{1b}[2J
    i-4           0.1       0.2    0.1     8.0   0.5    2.0    10.9   serving

    problem   the agent does not run: `jetway wait local` starts it again; its log is FOLDER/home/instances/hello/agent.log
    i-2  not healthy: the container exited\u{1b}[2J
      in phase  probe
      exit code 3
        | no database
      to do     look at the database
    i-3  unknown: its report cannot be used: it tells of i-9 with hello in local
    i-4  unknown: it was last heard 2 h ago
    i-5  unknown: its report cannot be used: the boot report cannot be read: EOF while parsing an object at line 1 column 1
    "));
}

#[test]
fn programs_get_the_seconds_of_each_phase_and_null_for_what_nobody_says() {
    let world = live();
    reported(&world, "i-1", &report("i-1", "ready", 0));
    store(&world, "instances/v1/i-5.json", "{");
    let told = world.jetway("status local --instances --json").json();
    let row = &told["instances"][0];
    let phases = json!({ "identify": 0.1, "fetch": 0.25, "unseal": 0.05, "pull": 8.0, "start": 0.5, "probe": 2.0 });
    assert_eq!(row["phases"], phases, "{row}");
    assert!((row["boot_seconds"].as_f64().unwrap() - 10.9).abs() < 0.001, "{row}");
    let words = ["instance", "release", "health", "phase", "says"].map(|name| row[name].as_str().unwrap());
    assert_eq!(words, ["i-1", "v1", "healthy", "ready", "serving"]);
    assert_eq!(row["images"]["web"], json!(digest()));
    for absent in ["role", "zone", "lifecycle", "target", "problem", "failure"] {
        assert_eq!(row[absent], Value::Null, "{absent}: {row}");
    }
    let other = &told["instances"][1];
    assert_eq!((&other["health"], &other["phase"]), (&json!("unknown"), &Value::Null), "{other}");
}

#[test]
fn a_thousand_reports_are_put_together_at_once() {
    let world = live();
    for number in 0..1000 {
        let instance = format!("i-{number:017x}");
        reported(&world, &instance, &report(&instance, "ready", 0));
    }
    let began = Instant::now();
    let told = world.jetway("status local --instances --json").json();
    let took = began.elapsed();
    assert_eq!(told["instances"].as_array().unwrap().len(), 1000);
    // Built for tests, the program is several times as slow as it is for people.
    assert!(took < Duration::from_secs(5), "{took:?}");
}
