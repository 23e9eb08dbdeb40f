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
    ), @"");
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
    ), @"");
}

#[test]
fn a_section_may_add_what_the_base_lacks_but_whole() {
    let worker = "application = \"hello\"\n[containers.web.env]\nPORT = \"80\"\n";
    assert_snapshot!(told_of_each(worker, &["[environments.qa.http]\nprotocol = \"https\"", "[environments.qa.http]\nport = 80"]), @"");
    let statement = "[environments.qa.permissions]\nstatements = [{ Effect = \"Allow\", Action = \"s3:GetObject\" }]";
    assert_snapshot!(told_of_each(worker, &[statement]), @"");
}

#[test]
fn a_problem_of_the_base_is_told_once() {
    assert_snapshot!(told(
        "application = \"hello\"\n[containers.web]\n[http]\ncontainer = \"wep\"\n[environments.qa]\n[environments.qb]\n"
    ), @"");
}

#[test]
fn the_number_of_environments_has_a_limit() {
    let sections: Vec<String> = (0..101).map(|number| format!("[environments.e{number}]\n")).collect();
    assert_snapshot!(told(format!("{BASE}{}", sections.concat())), @"");
}
