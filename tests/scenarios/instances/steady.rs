//! Serving needs no AWS: what is served goes on while nobody there answers, whatever becomes of the agent meanwhile.

use jetway_tests::eventually;
use jetway_tests::fleet::PATIENCE;
use jetway_tests::shared::Loan;
use serde_json::json;

#[test]
fn f26_f34_f51_without_aws_and_metadata_even_a_new_agent_leaves_the_container_alone() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    let requests = instance.requests("/version");
    instance.suffers("machines/cut", json!({ "from": "aws" }));
    instance.suffers("metadata/faults", json!({ "path": "*", "status": 503 }));
    let agent = instance.unit("MainPID");
    let tries = "journalctl _PID=$(systemctl show --property MainPID --value jetway-agent) | grep 'answers HTTP 503'";
    instance.sh("systemctl kill --signal KILL jetway-agent");
    eventually("a new agent asks who it is", PATIENCE, || {
        (instance.unit("MainPID") != agent && instance.shell(tries).status.success()).then_some(())
    });
    // A container that ends is Docker's to start again.
    let told = instance.status();
    assert_eq!((&told["healthy"], &told["docker_containers"]["web"]), (&json!(false), &json!("running")), "{told}");
    assert_eq!(instance.process(), before);
    instance.metadata_heals();
    instance.suffers("machines/heal", json!({}));
    instance.serves();
    assert_eq!(instance.process(), before);
    assert!(requests.has_no_failure() > 20);
}

#[test]
fn f80_f81_a_container_that_is_killed_or_removed_with_its_image_is_brought_back() {
    let loan = Loan::take();
    let instance = loan.instance();
    for (what, script) in [
        ("killed", "docker kill $(docker ps --quiet)"),
        ("removed", "docker rm --force $(docker ps --quiet)"),
        (
            "removed with its image",
            "docker rm --force $(docker ps --quiet) && docker rmi --force $(docker images --quiet)",
        ),
    ] {
        let before = instance.process();
        instance.sh(script);
        eventually(&format!("a container that was {what} runs again"), PATIENCE, || {
            let running = instance.shell("docker ps --quiet --filter status=running").stdout;
            (!running.is_empty() && instance.process() != before).then_some(())
        });
        instance.serves();
        assert_eq!(instance.sh("docker ps --all --quiet").lines().count(), 1, "{what}");
    }
}
