//! `status --instances`: what a person sees of each instance, and of those that say nothing.

use jetway_tests::eventually;
use serde_json::{Value, json};

use super::*;

/// The instances in service of a release, in order.
fn members(aws: &Aws, release: &str) -> Vec<String> {
    let all = aws.ask("instances")["instances"].clone();
    let of = |each: &Value| each["group"].as_str()?.contains(&format!("--{release}-")).then(|| each["id"].clone());
    let mut found: Vec<String> =
        all.as_array().unwrap().iter().filter_map(of).map(|id| id.as_str().unwrap().to_owned()).collect();
    found.sort();
    found
}

/// Puts something in the place of an instance's report.
fn overwrite(aws: &Aws, release: &str, instance: &str, body: &str) {
    aws.read(&format!(
        "outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
         bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
         key = 'jetway/qa/hello/instances/{release}/{instance}.json'\n\
         client('s3').put_object(Bucket=bucket, Key=key, Body={body:?})\nprint(1)"
    ));
}

#[test]
fn every_instance_of_every_release_is_shown_with_the_seconds_of_its_boot() {
    let aws = prepared(&manifest(2));
    behave(&aws, "healthy", &json!({"phases": {"pull": 0.4, "probe": 0.2}}));
    aws.jetway(&["deploy", "qa"]).succeeds();
    aws.jetway(&["deploy", "qa", "--image", &hello(2)]).succeeds();
    let shown = aws.jetway(&["status", "qa", "--instances"]).succeeds().prints("hello in qa: healthy\n");
    for instance in members(&aws, "v1").iter().chain(&members(&aws, "v2")) {
        assert!(shown.stdout.matches(instance.as_str()).count() == 2, "{instance}: {shown}");
    }
    let shown = shown.prints("v1 standby  us-west-2").prints("InService").prints("web healthy ");
    shown.prints("IDENTIFY  FETCH  UNSEAL  PULL  START  PROBE  TOTAL  SAYS");
    let told = aws.jetway(&["--json", "status", "qa", "--instances"]).succeeds().json();
    assert_eq!(told["health"], "healthy");
    let rows = told["instances"].as_array().unwrap();
    let roles: Vec<&str> = rows.iter().map(|row| row["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["live", "live", "standby", "standby"], "{told}");
    for row in rows {
        let phases = row["phases"].as_object().unwrap();
        let order: Vec<&str> = phases.keys().map(String::as_str).collect();
        assert_eq!(order.len(), 6, "{row}");
        assert!(row["phases"]["pull"].as_f64().unwrap() >= 0.4 && row["phases"]["probe"].as_f64().unwrap() >= 0.2);
        let sum: f64 = phases.values().map(|seconds| seconds.as_f64().unwrap()).sum();
        assert!((row["boot_seconds"].as_f64().unwrap() - sum).abs() < 0.001, "{row}");
        assert_eq!((&row["phase"], &row["lifecycle"]), (&json!("ready"), &json!("InService")), "{row}");
        assert!(row["images"]["web"].as_str().unwrap().starts_with("sha256:"), "{row}");
    }
    assert_eq!(rows[0]["target"], "healthy");
}

#[test]
fn an_instance_without_a_report_is_told_and_so_is_why_another_failed() {
    let aws = serving();
    behave(&aws, "silent", &json!({"release": "v2"}));
    let failing = json!({"release": "v2", "count": 1, "phase": "probe", "reason": "the container exited",
                         "exit_code": 3, "log": ["no database"]});
    behave(&aws, "fail", &failing);
    aws.file("jetway.toml", manifest(2));
    aws.jetway(&["deploy", "qa", "--detach"]).succeeds();
    let told = eventually("one instance has failed", 20, || {
        let told = aws.jetway(&["status", "qa", "--instances"]).exits(3);
        told.stdout.contains("exit code 3").then_some(told)
    });
    let told = told.prints("v2 in progress").prints("not healthy: the container exited").prints("    | no database");
    told.prints("unknown: no report: its agent has not begun, or cannot write to the store").prints("never");
}

#[test]
fn a_report_that_cannot_be_used_hides_no_other() {
    let aws = prepared(&manifest(2));
    aws.tell("settings", &json!({"heartbeat": 3600}));
    aws.jetway(&["deploy", "qa"]).succeeds();
    let both = members(&aws, "v1");
    overwrite(&aws, "v1", &both[0], "{");
    let told = aws.jetway(&["status", "qa"]).exits(3).prints("hello in qa: unknown");
    let told = told.prints(&format!("problem   the report of {} cannot be used:", both[0]));
    told.prints(&format!("instance  {}: ready", both[1]));
    let told = aws.jetway(&["status", "qa", "--instances"]).exits(3);
    told.prints(&format!("{}  unknown: its report cannot be used:", both[0])).prints("ready  healthy");
    let shown = aws.jetway(&["releases", "show", "qa", "v1"]).succeeds();
    shown.prints(&format!("instance  {}: its report cannot be used:", both[0])).prints("ready");
    aws.jetway(&["releases", "qa"]).succeeds().prints("v1       live");
    let other = aws.jetway(&["--json", "status", "qa"]).exits(3).json()["instances"][0].to_string();
    overwrite(&aws, "v1", &both[0], &other.replacen('{', "{\"format\":1,", 1));
    aws.jetway(&["status", "qa"]).exits(3).prints(&format!("it tells of {} with hello in qa", both[1]));
}

#[test]
fn a_deploy_that_cannot_read_one_report_judges_by_the_others() {
    let aws = prepared(&manifest(2));
    behave(&aws, "healthy", &json!({}));
    behave(&aws, "broken-report", &json!({"count": 1}));
    aws.jetway(&["deploy", "qa", "--detach"]).succeeds();
    eventually("the stack is complete", 20, || (stacks(&aws)["v1"] == "true 2 CREATE_COMPLETE").then_some(()));
    let told = aws.jetway(&["wait", "qa", "--timeout", "2s"]).exits(3).says("was last heard at");
    told.says("the report of i-").says("cannot be used:");
    aws.jetway(&["abort", "qa"]).succeeds();
    behave(&aws, "fail", &json!({"phase": "probe", "reason": "the container exited"}));
    behave(&aws, "broken-report", &json!({"count": 1}));
    let told = aws.jetway(&["deploy", "qa"]).exits(1).says("in phase probe: the container exited");
    assert!(told.took.as_secs() < 30, "{told}");
}

#[test]
fn reports_are_read_side_by_side() {
    let aws = serving();
    aws.read(
        "outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
         bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
         s3, prefix = client('s3'), 'jetway/qa/hello/instances/v1/'\n\
         first = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)['Contents'][0]['Key']\n\
         report = json.loads(s3.get_object(Bucket=bucket, Key=first)['Body'].read())\n\
         for number in range(200):\n    \
             report['instance'] = f'i-{number:017x}'\n    \
             s3.put_object(Bucket=bucket, Key=f\"{prefix}{report['instance']}.json\", Body=json.dumps(report))\n\
         print(1)",
    );
    aws.fault("GetObject", json!({"resource": "*/instances/v1/*", "delay": 0.5, "count": -1}));
    let told = aws.jetway(&["--json", "status", "qa", "--instances"]).succeeds();
    assert_eq!(told.json()["instances"].as_array().unwrap().len(), 201);
    // One after the other, all of them twice, would take 200 seconds.
    assert!(told.took.as_secs() < 20, "{told}");
}
