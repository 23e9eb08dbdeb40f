//! `jetway app update`: what changes, what is refused, and what is gone on with.

use jetway_tests::aws::Aws;
use serde_json::json;

use super::{WEB, WORKER, created, listeners, resources};

/// The ARN of a certificate that a load balancer takes.
pub(super) fn imported_certificate(aws: &Aws) -> String {
    let found = aws.read(
        "import datetime\nfrom cryptography import x509\nfrom cryptography.hazmat.primitives import hashes, serialization\n\
         from cryptography.hazmat.primitives.asymmetric import rsa\n\
         key = rsa.generate_private_key(public_exponent=65537, key_size=2048)\n\
         name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'example.com')])\n\
         now = datetime.datetime.now(datetime.timezone.utc)\n\
         made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())\n\
         made = made.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=30))\n\
         made = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)\n\
         plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,\n    \
             serialization.NoEncryption())\n\
         print(json.dumps(client('acm').import_certificate(Certificate=made, PrivateKey=plain)['CertificateArn']))",
    );
    found.as_str().unwrap().to_owned()
}

#[test]
fn a_changed_health_path_is_shown_and_made_and_then_there_is_nothing_to_do() {
    let aws = created(WEB);
    aws.file("jetway.toml", format!("{WEB}health = {{ path = \"/up\" }}\n"));
    let change =
        "change: Instances that the load balancer sends requests to, and when they count as healthy (HealthCheckPath)";
    let _ = aws.jetway(&["app", "show", "qa"]).succeeds().prints(change);
    assert_eq!(aws.calls("CreateChangeSet"), 0, "showing leaves no trace");
    let before = resources(&aws);
    let _ = aws.jetway(&["app", "update", "qa"]).exits(2).says(change).says("no terminal to ask on");
    let _ = aws.jetway(&["--yes", "app", "update", "qa"]).succeeds().says(change).prints("hello is changed in qa");
    assert_eq!(resources(&aws), before);
    let _ = aws.jetway(&["--yes", "app", "update", "qa"]).succeeds().prints("hello is unchanged in qa");
    let path =
        aws.read("print(json.dumps(client('elbv2').describe_target_groups()['TargetGroups'][0]['HealthCheckPath']))");
    assert_eq!(path, "/up");
}

#[test]
fn environments_without_the_application_are_passed_over_unless_they_are_named() {
    let aws = created(WEB);
    aws.file("jetway.toml", format!("{WEB}health = {{ path = \"/up\" }}\n"));
    let told = aws.jetway(&["--yes", "app", "update"]).succeeds().prints("hello is changed in qa");
    let _ = told.says("warning: hello is not in production: there is no stack jetway-app-production-hello");
    let _ = aws.jetway(&["--yes", "app", "delete", "qa"]).succeeds();
    let _ = aws.jetway(&["--yes", "app", "update"]).exits(1).says("hello is in no environment; nothing was changed");
}

#[test]
fn a_target_group_is_replaced_only_by_name() {
    let aws = created(WEB);
    let before = resources(&aws);
    aws.file("jetway.toml", WEB.replace("8000", "9000"));
    let told = aws.jetway(&["--yes", "app", "update", "qa"]).exits(1);
    let told = told.says("would lose what nothing brings back, so nothing was changed");
    let _ = told
        .says("replace: Instances that the load balancer")
        .says("hint: say --allow-replace jetway-app-qa-hello/TargetGroup if you mean it");
    assert_eq!(resources(&aws), before);
    let told =
        aws.jetway(&["--yes", "app", "update", "qa", "--allow-replace", "jetway-app-qa-hello/TargetGroup"]).succeeds();
    let _ = told.says("no release of before is reached there: `jetway deploy qa` makes one that is");
    let after = resources(&aws);
    assert_ne!(after["TargetGroup"], before["TargetGroup"]);
    assert_eq!(after["LoadBalancer"], before["LoadBalancer"]);
}

#[test]
fn another_protocol_keeps_the_load_balancer() {
    let aws = created(WEB);
    let before = resources(&aws);
    let certificate = imported_certificate(&aws);
    aws.file("jetway.toml", format!("{WEB}protocol = \"http+https\"\ncertificate = \"{certificate}\"\n"));
    let told = aws.jetway(&["--yes", "app", "update", "qa"]).succeeds();
    let _ = told.says("add: Listener for HTTPS").says("sends clients to HTTPS");
    assert_eq!(listeners(&aws), json!([[80, "HTTP", "internet-facing"], [443, "HTTPS", "internet-facing"]]));
    for kept in ["LoadBalancer", "TargetGroup", "LoadBalancerGroup"] {
        assert_eq!(resources(&aws)[kept], before[kept], "{kept}");
    }
    let _ = aws.jetway(&["app", "show", "qa"]).succeeds().prints("jetway.toml changes nothing").prints("Url: https://");
}

#[test]
fn a_worker_becomes_reachable_and_back_again_only_by_name() {
    let aws = created(WORKER);
    aws.file("jetway.toml", WEB);
    let _ = aws.jetway(&["--yes", "app", "update", "qa"]).succeeds().says("add: Load balancer").prints("http://");
    aws.file("jetway.toml", WORKER);
    let told = aws.jetway(&["--yes", "app", "update", "qa"]).exits(1).says("remove: Load balancer");
    let _ = told.says("--allow-replace jetway-app-qa-hello/LoadBalancer");
    let mut line = vec!["--yes", "app", "update", "qa"];
    line.extend(["--allow-replace", "jetway-app-qa-hello/LoadBalancer"]);
    line.extend(["--allow-replace", "jetway-app-qa-hello/TargetGroup"]);
    let _ = aws.jetway(&line).succeeds().prints("a worker without a load balancer");
    // Its protection against deletion would have kept it, and nobody would have noticed.
    assert_eq!(listeners(&aws), json!([]));
}

#[test]
fn permissions_ssh_and_a_repository_come_and_go() {
    let aws = created(WEB);
    let more = "[instances]\nssh_from = [\"198.51.100.0/24\"]\n[github]\nrepository = \"octo-org/hello\"\n\
                [[permissions.statements]]\nEffect = \"Allow\"\nAction = \"sqs:SendMessage\"\n\
                Resource = \"arn:aws:sqs:us-west-2:123456789012:orders\"\n";
    aws.file("jetway.toml", format!("{WEB}{more}"));
    let told = aws.jetway(&["--yes", "app", "update", "qa"]).succeeds();
    let told = told.says("add: Lets SSH into instances from 198.51.100.0/24");
    let _ = told.says("What instances may do: their own images, config, storage and logs (PolicyDocument)");
    let outputs = aws.jetway(&["--json", "app", "show", "qa"]).succeeds().json();
    assert!(outputs["environments"][0]["outputs"]["DeployRoleArn"].is_string(), "{outputs}");
    aws.file("jetway.toml", WEB);
    let told = aws.jetway(&["--yes", "app", "update", "qa"]).succeeds();
    let _ = told.says("remove: Lets SSH into instances from 198.51.100.0/24");
    assert!(resources(&aws)["DeployRole"].is_null());
}

#[test]
fn a_change_that_fails_is_undone_and_its_cause_is_told() {
    let aws = created(WEB);
    aws.file("jetway.toml", format!("{WEB}health = {{ path = \"/up\" }}\n"));
    aws.tell("resource-faults", &json!({ "resource": "TargetGroup", "action": "UPDATE", "reason": "no such luck" }));
    let told = aws.jetway(&["--yes", "app", "update", "qa"]).exits(1);
    let _ = told.says("no such luck").says("it is as it was (UPDATE_ROLLBACK_COMPLETE)");
    let _ = aws.jetway(&["--yes", "app", "update", "qa"]).succeeds().prints("hello is changed in qa");
}
