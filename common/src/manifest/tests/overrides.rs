//! Sections of environments: what they change, and where their problems are told.

use insta::assert_snapshot;

use super::{told, told_of_each};
use crate::manifest::{Manifest, Settings};
use crate::name::EnvironmentName;

const BASE: &str = "application = \"hello\"\n\
    [containers.web]\ncommand = [\"serve\", \"all\"]\nenv = { LEVEL = \"info\", COLOUR = \"red\" }\n\
    [http]\nport = 80\nhealth = { interval = \"20s\", timeout = \"8s\" }\n";

fn settings(text: &str, environment: &str) -> Settings {
    Manifest::parse(text.as_bytes()).unwrap().settings(&environment.parse().unwrap())
}

#[test]
fn tables_merge_and_everything_else_is_replaced() {
    let text = format!(
        "{BASE}[environments.qa.containers.web]\ncommand = [\"try\"]\nenv = {{ LEVEL = \"debug\" }}\n\
         [environments.qa]\nhttp.health.timeout = \"9s\"\ninstances = {{ count = 7 }}\n"
    );
    let (qa, production) = (settings(&text, "qa"), settings(&text, "production"));
    let web = |settings: &Settings| settings.containers.values().next().unwrap().settings.clone();
    let env = |settings: &Settings| serde_json::to_string(&web(settings).env).unwrap();
    assert_eq!(web(&qa).command, Some(vec!["try".to_owned()]));
    assert_eq!(env(&qa), r#"{"COLOUR":"red","LEVEL":"debug"}"#);
    assert_eq!(qa.http.clone().unwrap().health.timeout.0, 9);
    assert_eq!(qa.http.unwrap().health.interval.0, 20);
    assert_eq!((qa.instances.count, qa.instances.instance_type.as_str()), (7, "t4g.small"));
    assert_eq!(env(&production), r#"{"COLOUR":"red","LEVEL":"info"}"#);
    assert_eq!(production.instances.count, 1);
}

#[test]
fn an_environment_without_a_section_gets_the_base() {
    let text = format!("{BASE}[environments.local]\ninstances.count = 3\n");
    let manifest = Manifest::parse(text.as_bytes()).unwrap();
    assert_eq!(manifest.environments().map(EnvironmentName::as_str).collect::<Vec<_>>(), ["local"]);
    assert_eq!(settings(&text, "qa"), settings(BASE, "qa"));
    assert_eq!(settings(&text, "local").instances.count, 3);
}

#[test]
fn a_section_is_checked_like_the_base() {
    assert_snapshot!(told_of_each(
        BASE,
        &[
            "[environments.qa]\nregoin = \"us-west-2\"",
            "[environments.qa]\nhttp.port = 0",
            "[environments.qa.containers.web]\nprivileged = true",
            "[environments.qa]\napplication = \"other\"",
            "[environments.qa.environments.qb]",
            "[environments.qa]\nhttp = 8000",
        ]
    ), @r#"
    [environments.qa]
    regoin = "us-west-2"
      9:1: unknown key `environments.qa.regoin`; did you mean `region`?
    [environments.qa]
    http.port = 0
      9:13: `environments.qa.http.port`: `0` is not from 1 to 65535
    [environments.qa.containers.web]
    privileged = true
      9:1: `environments.qa.containers.web.privileged` is refused: Jetway containers never run privileged: one that does owns the whole instance
    [environments.qa]
    application = "other"
      9:1: `environments.qa.application` is refused: an application has one name in all environments
    [environments.qa.environments.qb]
      8:18: `environments.qa.environments` is refused: an environment cannot hold another one
    [environments.qa]
    http = 8000
      9:8: `environments.qa.http`: found a whole number, expected a table; the keys here are `container`, `port`, `protocol`, `exposure`, `certificate`, `draining`, `health`
    "#);
}

#[test]
fn a_contradiction_is_told_at_the_override() {
    assert_snapshot!(told_of_each(
        BASE,
        &[
            "[environments.qa.http.health]\ntimeout = \"30s\"",
            "[environments.qa.http.health]\ninterval = \"6s\"",
            "[environments.qa.containers.web.env]\nlevel = \"debug\"",
            "[environments.qa.containers.web.env]\nPORT = \"81\"",
            "[environments.qa.http]\ncontainer = \"wep\"",
            "[environments.qa.containers.debug]",
        ]
    ), @r#"
    [environments.qa.http.health]
    timeout = "30s"
      9:11: `http.health`: the timeout `30s` is not shorter than the interval `20s` (environment `qa`)
    [environments.qa.http.health]
    interval = "6s"
      9:12: `http.health`: the timeout `8s` is not shorter than the interval `6s` (environment `qa`)
    [environments.qa.containers.web.env]
    level = "debug"
      9:1: `containers.web.env`: `LEVEL` and `level` differ in case only (environment `qa`)
    [environments.qa.containers.web.env]
    PORT = "81"
      9:1: `containers.web.env.PORT` is refused: the platform sets it to `http.port` (environment `qa`)
    [environments.qa.http]
    container = "wep"
      9:13: `http.container`: there is no container `wep` (environment `qa`); did you mean `web`?
    [environments.qa.containers.debug]
      5:1: `http.container` is missing: there are 2 containers to choose from (environment `qa`)
    "#);
}

#[test]
fn what_a_section_adds_must_be_whole() {
    let worker = "application = \"hello\"\n[containers.web.env]\nPORT = \"80\"\n";
    assert_snapshot!(told_of_each(worker, &["[environments.qa.http]\nprotocol = \"https\"", "[environments.qa.http]\nport = 80"]), @r#"
    [environments.qa.http]
    protocol = "https"
      3:1: `containers.web.env.PORT` is refused: the platform sets it to `http.port` (environment `qa`)
      4:1: `http.port` is missing: the port that the container listens on, which it also finds in PORT (environment `qa`)
      5:12: `http.certificate` is missing: `https` needs an ACM certificate (environment `qa`)
    [environments.qa.http]
    port = 80
      3:1: `containers.web.env.PORT` is refused: the platform sets it to `http.port` (environment `qa`)
    "#);
    let statement = "[environments.qa.permissions]\nstatements = [{ Effect = \"Allow\", Action = \"s3:GetObject\" }]";
    assert_snapshot!(told_of_each(worker, &[statement]), @r#"
    [environments.qa.permissions]
    statements = [{ Effect = "Allow", Action = "s3:GetObject" }]
      5:15: `permissions.statements[0].Resource` is missing: the resources it is about (environment `qa`)
    "#);
}

#[test]
fn a_problem_of_the_base_is_told_once() {
    assert_snapshot!(told(
        "application = \"hello\"\n[containers.web]\n[http]\ncontainer = \"wep\"\n[environments.qa]\n[environments.qb]\n"
    ), @"
    3:1: `http.port` is missing: the port that the container listens on, which it also finds in PORT
    4:13: `http.container`: there is no container `wep`; did you mean `web`?
    ");
}

#[test]
fn the_number_of_environments_has_a_limit() {
    let sections: Vec<String> = (0..51).map(|number| format!("[environments.e{number}]\n")).collect();
    assert_snapshot!(told(format!("{BASE}{}", sections.concat())), @"8:2: `environments` has 51 entries, the limit is 50");
}
