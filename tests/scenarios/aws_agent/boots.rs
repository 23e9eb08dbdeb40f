//! An instance that comes up, and what it asks AWS on the way.

use jetway_tests::ec2::Instance;
use jetway_tests::eventually;
use serde_json::Value;

/// The calls of AWS by the instance since the call with this number, as `s3:GetObject`.
fn calls(instance: &Instance, since: u64) -> Vec<String> {
    let found = instance.aws.ask(&format!("calls?caller=*{}*&since={since}", instance.id()));
    let name = |call: &Value| Some(format!("{}:{}", call["service"].as_str()?, call["operation"].as_str()?));
    found["calls"].as_array().unwrap().iter().filter_map(name).collect()
}

#[test]
fn an_instance_boots_with_the_role_of_its_application_and_says_so_in_the_store() {
    let mut instance = Instance::deployed();
    instance.boot();
    instance.is_in("ready", 60);
    assert!(instance.page().contains("hello from the config"));
    let report = instance.stored_report();
    assert_eq!([&report["phase"], &report["release"]], ["ready", "v1"]);
    assert_eq!(report["heartbeat"], "1m");
    let phases: Vec<&str> =
        report["history"].as_array().unwrap().iter().filter_map(|entry| entry["phase"].as_str()).collect();
    assert_eq!(phases, ["identify", "fetch", "unseal", "pull", "start", "probe", "ready"]);
    let container = instance.docker.inspect(&instance.docker.containers(instance.application())[0]);
    let environment = container["Config"]["Env"].to_string();
    for variable in [format!("JETWAY_INSTANCE={}", instance.id()), "AWS_REGION=us-west-2".to_owned()] {
        assert!(environment.contains(&variable), "{environment}");
    }
    let requests = instance.metadata_requests();
    assert_eq!(requests["without_token"], Value::Array(Vec::new()));
    let notices = |request: &&Value| {
        !request["path"]
            .as_str()
            .is_some_and(|path| path.contains("/meta-data/autoscaling/") || path.contains("/meta-data/spot/"))
    };
    assert!(requests["requests"].as_array().unwrap().iter().filter(notices).count() <= 20, "{requests}");
    assert_eq!(calls(&instance, 0).iter().filter(|call| *call == "kms:Decrypt").count(), 1);
}

#[test]
fn an_instance_that_serves_asks_nothing_of_aws_but_to_take_its_reports() {
    let mut instance = Instance::deployed();
    instance.boot();
    instance.is_in("ready", 60);
    let told = eventually("the store has the report of readiness", 10, || {
        let all = instance.aws.ask("calls");
        let last = all["calls"].as_array().unwrap().last().unwrap()["number"].as_u64().unwrap();
        (instance.stored_report()["phase"] == "ready").then_some(last)
    });
    let container = instance.docker.containers(instance.application());
    instance.docker.ok(&["kill", &container[0]]);
    eventually("Docker's restart is told in the store", 60, || {
        (instance.stored_report()["containers"]["web"]["restarts"] == 1).then_some(())
    });
    let calls = calls(&instance, told);
    let about_reading = ["s3:GetObject", "kms:Decrypt", "sts:AssumeRole"];
    assert!(calls.contains(&"s3:PutObject".to_owned()), "{calls:?}");
    assert!(!calls.iter().any(|call| about_reading.contains(&call.as_str())), "{calls:?}");
}

#[test]
fn an_agent_that_was_killed_finds_its_containers_and_touches_none() {
    let mut instance = Instance::deployed();
    instance.boot();
    let first = instance.is_in("ready", 60);
    let container = instance.docker.containers(instance.application());
    let started = instance.docker.inspect(&container[0])["State"]["StartedAt"].clone();
    instance.kill_agent();
    instance.boot();
    let again = eventually("the new agent is ready", 60, || {
        let report = instance.report();
        (report["phase"] == "ready" && report["boot"] != first["boot"]).then_some(report)
    });
    assert_eq!(again["release"], "v1");
    assert_eq!(instance.docker.containers(instance.application()), container);
    assert_eq!(instance.docker.inspect(&container[0])["State"]["StartedAt"], started);
}
