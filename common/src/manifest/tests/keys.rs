//! Unknown keys, wrong types, limits and forms.

use insta::assert_snapshot;

use super::{told, told_of_each};

const TOP: &str = "containers = { web = {} }\n";
const APPLICATION: &str = "application = \"hello\"\ncontainers = { web = {} }\n";
const CONTAINER: &str = "application = \"hello\"\n[containers.web]\n";
const HTTP: &str = "application = \"hello\"\n[containers.web]\n[http]\nport = 80\n";
const HEALTH: &str = "application = \"hello\"\n[containers.web]\n[http]\nport = 80\n[http.health]\n";

#[test]
fn an_unknown_key_is_met_with_a_guess() {
    assert_snapshot!(told_of_each(
        APPLICATION,
        &[
            "acount = \"123456789012\"",
            "Region = \"us-west-2\"",
            "port = 80",
            "instance_type = \"t4g.small\"",
            "instace = { count = 2 }",
            "scaling = { count = 2 }",
            "replicas = 2",
            "zzz = 1",
            "\"\" = 1",
            "\"a b\\u202e\" = 1",
            "\"\u{440}ort\" = 1",
        ]
    ), @"");
    assert_snapshot!(told_of_each(
        CONTAINER,
        &["cmd = [\"serve\"]", "read-only = true", "environment = { A = \"b\" }", "healthcheck = {}", "stop_timout = \"1s\""]
    ), @"");
}

#[test]
fn what_containers_never_do_is_refused_with_the_reason() {
    assert_snapshot!(told_of_each(
        CONTAINER,
        &[
            "privileged = true",
            "volumes = [\"/:/host\"]",
            "mounts = []",
            "ports = [\"80:80\"]",
            "network = \"bridge\"",
            "pid = \"host\"",
            "cap_add = [\"SYS_ADMIN\"]",
            "restart = \"no\"",
            "build = \".\"",
            "env_file = \".env\"",
        ]
    ), @"");
}

#[test]
fn wrong_types_are_told_with_what_is_expected() {
    assert_snapshot!(told(
        "application = 1\naccount = 123456789012\nregion = [\"us-west-2\"]\nconfig = true\nimage = \"hello\"\n\
         http = 8000\npermissions = []\nenvironments = { qa = 1 }\ninstances = 1.10\n[[containers]]\nname = \"web\"\n"
    ), @"");
    assert_snapshot!(told_of_each(
        CONTAINER,
        &[
            "command = \"serve --now\"",
            "command = [\"serve\", 1]",
            "env = [\"A=b\"]",
            "env = { VERSION = 1.10, SINCE = 2026-01-01, ON = true }",
            "stop_timeout = 30",
            "read_only = \"yes\"",
            "user = 1000",
        ]
    ), @"");
    assert_snapshot!(told_of_each(
        "application = \"hello\"\n[containers.web]\n[http]\n",
        &["port = \"8000\"", "port = 80.0", "port = 80\nhealth = \"/\""]
    ), @"");
}

#[test]
fn names_keep_their_rules() {
    assert_snapshot!(told_of_each(
        TOP,
        &[
            "application = \"Hello\"",
            "application = \"my_service\"",
            "application = \"\"",
            "application = \"a-name-of-twenty-five-char\"",
            "application = \"h\u{435}llo\"",
            "application = \"hel\u{200b}lo\"",
        ]
    ), @"");
    assert_snapshot!(told_of_each(
        "application = \"hello\"\n[containers.web]\n",
        &["[containers.Web]", "[containers.\"a b\"]", "[environments.pre-prod]", "[environments.Local]", "[environments.local]"]
    ), @"");
}

#[test]
fn texts_keep_their_forms() {
    assert_snapshot!(told_of_each(
        APPLICATION,
        &[
            "account = \"1234\"",
            "account = \"1111-2222-3333\"",
            "region = \"us-west-2a\"",
            "region = \"Oregon\"",
            "region = \"us-gov-west-1\"",
            "config = \"file\"",
            "config = \"vault\"",
            "image = { reference = \"\" }",
            "image = { reference = \" hello\" }",
            "instances = { type = \"small\" }",
            "instances = { type = \"u-6tb1.56xlarge\" }",
        ]
    ), @"");
    assert_snapshot!(told_of_each(CONTAINER, &["user = \"\"", "user = \"1000:\"", "user = \"app:app\"", "command = [\"a\\u0000\"]"]), @"");
}

#[test]
fn numbers_keep_their_limits() {
    assert_snapshot!(told_of_each(
        "application = \"hello\"\n[containers.web]\n[http]\n",
        &["port = 0", "port = 65535", "port = 70000", "port = -1", "port = 0x1f90", "port = 99999999999999999999999999"]
    ), @"");
    assert_snapshot!(told_of_each(APPLICATION, &["instances.count = 0", "instances.count = 1001", "instances.count = 1_000"]), @"");
}

#[test]
fn lengths_of_time_keep_their_limits() {
    assert_snapshot!(told_of_each(
        HEALTH,
        &["interval = \"4s\"", "interval = \"301s\"", "interval = \"5\"", "timeout = \"1s\"", "grace = \"0s\"", "grace = \"61m\""]
    ), @"");
    assert_snapshot!(told_of_each(CONTAINER, &["stop_timeout = \"0s\"", "stop_timeout = \"601s\"", "stop_timeout = \"10m\""]), @"");
}

#[test]
fn health_paths_keep_their_form() {
    assert_snapshot!(told_of_each(
        HEALTH,
        &["path = \"health\"", "path = \"/a b\"", "path = \"/a\\r\\nHost: b\"", "path = \"/\u{e9}\"", "path = \"/up?deep=1\""]
    ), @"");
    assert_snapshot!(told(format!("{HEALTH}path = \"/{}\"\n", "a".repeat(1023))), @"");
    assert_snapshot!(told(format!("{HEALTH}path = \"/{}\"\n", "a".repeat(1024))), @"");
}

#[test]
fn protocols_are_listed() {
    assert_snapshot!(told_of_each(HTTP, &["protocol = \"htps\"", "protocol = \"tcp\"", "protocol = \"http+https\""]), @"");
}

#[test]
fn everything_is_told_at_once_in_the_order_of_the_file() {
    assert_snapshot!(told(
        "aplication = \"hello\"\n[http]\nport = 70000\n[containers.web]\nstop_timeout = \"never\"\nprivileged = true\n"
    ), @"");
}
