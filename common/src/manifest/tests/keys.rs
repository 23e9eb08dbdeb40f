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
    ), @r#"
    acount = "123456789012"
      3:1: unknown key `acount`; did you mean `account`?
    Region = "us-west-2"
      3:1: unknown key `Region`; did you mean `region`?
    port = 80
      3:1: unknown key `port`; did you mean `port` in `[http]`?
    instance_type = "t4g.small"
      3:1: unknown key `instance_type`; did you mean `type` in `[instances]`?
    instace = { count = 2 }
      3:1: unknown key `instace`; did you mean `instances`?
    scaling = { count = 2 }
      3:1: unknown key `scaling`; did you mean `instances`?
    replicas = 2
      3:1: unknown key `replicas`; did you mean `count` in `[instances]`?
    zzz = 1
      3:1: unknown key `zzz`; the keys here are `application`, `account`, `region`, `config`, `imds`, `image`, `containers`, `http`, `instances`, `permissions`, `github`, `environments`
    "" = 1
      3:1: unknown key `""`; the keys here are `application`, `account`, `region`, `config`, `imds`, `image`, `containers`, `http`, `instances`, `permissions`, `github`, `environments`
    "a b\u202e" = 1
      3:1: unknown key `"a b\u{202e}"`; character 4 is U+202E, not an ASCII letter
    "\u{440}ort" = 1
      3:1: unknown key `"\u{440}ort"`; character 1 is U+0440, not an ASCII letter
    "#);
    assert_snapshot!(told_of_each(
        CONTAINER,
        &["cmd = [\"serve\"]", "read-only = true", "environment = { A = \"b\" }", "healthcheck = {}", "stop_timout = \"1s\""]
    ), @r#"
    cmd = ["serve"]
      3:1: unknown key `containers.web.cmd`; did you mean `command`?
    read-only = true
      3:1: unknown key `containers.web.read-only`; did you mean `read_only`?
    environment = { A = "b" }
      3:1: unknown key `containers.web.environment`; did you mean `env`?
    healthcheck = {}
      3:1: unknown key `containers.web.healthcheck`; did you mean `health` in `[http]`?
    stop_timout = "1s"
      3:1: unknown key `containers.web.stop_timout`; did you mean `stop_timeout`?
    "#);
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
    ), @r#"
    privileged = true
      3:1: `containers.web.privileged` is refused: Jetway containers never run privileged: one that does owns the whole instance
    volumes = ["/:/host"]
      3:1: `containers.web.volumes` is refused: Jetway containers never mount anything of the host: an instance can be replaced at any time, so keep data in S3
    mounts = []
      3:1: `containers.web.mounts` is refused: Jetway containers never mount anything of the host: an instance can be replaced at any time, so keep data in S3
    ports = ["80:80"]
      3:1: `containers.web.ports` is refused: Jetway containers never map ports: they use the host's network, and `[http]` names the port that is reached
    network = "bridge"
      3:1: `containers.web.network` is refused: Jetway containers never choose a network: they all use the host's
    pid = "host"
      3:1: `containers.web.pid` is refused: Jetway containers never join namespaces of the host: they could reach its processes
    cap_add = ["SYS_ADMIN"]
      3:1: `containers.web.cap_add` is refused: Jetway containers never gain Linux capabilities or devices: they could change the instance
    restart = "no"
      3:1: `containers.web.restart` is refused: Jetway containers never choose a restart policy: they are always started again
    build = "."
      3:1: `containers.web.build` is refused: Jetway containers never build images: build one first and name it in `[image]`
    env_file = ".env"
      3:1: `containers.web.env_file` is refused: Jetway containers never read env files: write plain values to `env`, and secrets with `jetway config import`
    "#);
}

#[test]
fn wrong_types_are_told_with_what_is_expected() {
    assert_snapshot!(told(
        "application = 1\naccount = 123456789012\nregion = [\"us-west-2\"]\nconfig = true\nimage = \"hello\"\n\
         http = 8000\npermissions = []\nenvironments = { qa = 1 }\ninstances = 1.10\n[[containers]]\nname = \"web\"\n"
    ), @r#"
    1:15: `application`: found a whole number, expected a string; put it in quotes
    2:11: `account`: found a whole number, expected a string of 12 digits; put it in quotes
    3:10: `region`: found a list, expected a string such as "us-west-2"
    4:10: `config`: found true or false, expected one of "environment", "files"; put it in quotes
    5:9: `image`: found a string, expected a table; the keys here are `reference`
    6:8: `http`: found a whole number, expected a table; the keys here are `container`, `port`, `protocol`, `exposure`, `certificate`, `draining`, `health`
    7:15: `permissions`: found a list, expected a table; the keys here are `statements`, `allow_wildcards`
    8:23: `environments.qa`: found a whole number, expected a table
    9:13: `instances`: found a number with a fraction, expected a table; the keys here are `count`, `type`, `volume`, `keep`, `ssh_from`
    10:1: `containers`: found a list, expected a table
    "#);
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
    ), @r#"
    command = "serve --now"
      3:11: `containers.web.command`: found a string, expected a list of strings; put it in brackets, each word by itself
    command = ["serve", 1]
      3:21: `containers.web.command[1]`: found a whole number, expected a string; put it in quotes
    env = ["A=b"]
      3:7: `containers.web.env`: found a list, expected a table; write it as `{ NAME = "value" }`
    env = { VERSION = 1.10, SINCE = 2026-01-01, ON = true }
      3:19: `containers.web.env.VERSION`: found a number with a fraction, expected a string; put it in quotes
      3:33: `containers.web.env.SINCE`: found a date or time, expected a string; put it in quotes
      3:50: `containers.web.env.ON`: found true or false, expected a string; put it in quotes
    stop_timeout = 30
      3:16: `containers.web.stop_timeout`: found a whole number, expected a length of time from "1s" to "10m"; write "30s" for seconds
    read_only = "yes"
      3:13: `containers.web.read_only`: found a string, expected true or false; write it without quotes
    user = 1000
      3:8: `containers.web.user`: found a whole number, expected a string such as "1000:1000"; put it in quotes
    "#);
    assert_snapshot!(told_of_each(
        "application = \"hello\"\n[containers.web]\n[http]\n",
        &["port = \"8000\"", "port = 80.0", "port = 80\nhealth = \"/\""]
    ), @r#"
    port = "8000"
      4:8: `http.port`: found a string, expected a whole number from 1 to 65535; write it without quotes
    port = 80.0
      4:8: `http.port`: found a number with a fraction, expected a whole number from 1 to 65535
    port = 80
    health = "/"
      5:10: `http.health`: found a string, expected a table; the keys here are `path`, `interval`, `timeout`, `grace`
    "#);
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
    ), @r#"
    application = "Hello"
      2:15: application name "Hello": 'H' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application = "my_service"
      2:15: application name "my_service": '_' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application = ""
      2:15: application name "": is empty; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application = "a-name-of-twenty-five-char"
      2:15: application name "a-name-of-twenty-five-char": has 26 characters, the limit is 24; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application = "h\u{435}llo"
      2:15: application name "hеllo": 'е' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters; character 2 is U+0435, not an ASCII letter
    application = "hel\u{200b}lo"
      2:15: application name "hel\u{200b}lo": '\u{200b}' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters; character 4 is U+200B, not an ASCII letter
    "#);
    assert_snapshot!(told_of_each(
        "application = \"hello\"\n[containers.web]\n",
        &["[containers.Web]", "[containers.\"a b\"]", "[environments.pre-prod]", "[environments.Local]", "[environments.local]"]
    ), @r#"
    [containers.Web]
      3:13: container name "Web": 'W' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    [containers."a b"]
      3:13: container name "a b": ' ' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    [environments.pre-prod]
      3:15: environment name "pre-prod": '-' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    [environments.Local]
      3:15: environment name "Local": 'L' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    [environments.local]
      nothing is wrong
    "#);
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
            "imds = \"denied\"",
            "imds = false",
            "image = { reference = \"\" }",
            "image = { reference = \" hello\" }",
            "instances = { type = \"small\" }",
            "instances = { type = \"u-6tb1.56xlarge\" }",
        ]
    ), @r#"
    account = "1234"
      3:11: `account`: `1234` is not an account number of 12 digits
    account = "1111-2222-3333"
      3:11: `account`: `1111-2222-3333` is not an account number of 12 digits
    region = "us-west-2a"
      3:10: `region`: `us-west-2a` is not a region such as `us-west-2`
    region = "Oregon"
      3:10: `region`: `Oregon` is not a region such as `us-west-2`
    region = "us-gov-west-1"
      nothing is wrong
    config = "file"
      3:10: `config`: `file` is not one of "environment", "files"; did you mean "files"?
    config = "vault"
      3:10: `config`: `vault` is not one of "environment", "files"
    imds = "denied"
      3:8: `imds`: `denied` is not one of "allow", "deny"
    imds = false
      3:8: `imds`: found true or false, expected one of "allow", "deny"; put it in quotes
    image = { reference = "" }
      3:23: `image.reference`: `` is empty
    image = { reference = " hello" }
      3:23: `image.reference`: ` hello` begins or ends with a space or contains a control character
    instances = { type = "small" }
      3:22: `instances.type`: `small` is not an instance type such as `t4g.small`
    instances = { type = "u-6tb1.56xlarge" }
      nothing is wrong
    "#);
    assert_snapshot!(told_of_each(CONTAINER, &["user = \"\"", "user = \"1000:\"", "user = \"app:app\"", "user = \"727:0\"", "command = [\"a\\u0000\"]"]), @r#"
    user = ""
      3:8: `containers.web.user`: `` is not a user such as `app`, `1000` or `1000:1000`
    user = "1000:"
      3:8: `containers.web.user`: `1000:` is not a user such as `app`, `1000` or `1000:1000`
    user = "app:app"
      nothing is wrong
    user = "727:0"
      3:8: `containers.web.user`: `727:0` is the number of Jetway's own user on instances, 727
    command = ["a\u0000"]
      3:12: `containers.web.command[0]` contains a NUL character, which no program can be given
    "#);
}

#[test]
fn numbers_keep_their_limits() {
    assert_snapshot!(told_of_each(
        "application = \"hello\"\n[containers.web]\n[http]\n",
        &["port = 0", "port = 65535", "port = 70000", "port = -1", "port = 0x1f90", "port = 99999999999999999999999999"]
    ), @"
    port = 0
      4:8: `http.port`: `0` is not from 1 to 65535
    port = 65535
      nothing is wrong
    port = 70000
      4:8: `http.port`: `70000` is not from 1 to 65535
    port = -1
      4:8: `http.port`: `-1` is not from 1 to 65535
    port = 0x1f90
      nothing is wrong
    port = 99999999999999999999999999
      4:8: `http.port`: `99999999999999999999999999` is not from 1 to 65535
    ");
    assert_snapshot!(told_of_each(APPLICATION, &["instances.count = 0", "instances.count = 1001", "instances.count = 1_000"]), @"
    instances.count = 0
      3:19: `instances.count`: `0` is not from 1 to 1000
    instances.count = 1001
      3:19: `instances.count`: `1001` is not from 1 to 1000
    instances.count = 1_000
      nothing is wrong
    ");
}

#[test]
fn lengths_of_time_keep_their_limits() {
    assert_snapshot!(told_of_each(
        HEALTH,
        &["interval = \"4s\"", "interval = \"301s\"", "interval = \"5\"", "timeout = \"1s\"", "grace = \"0s\"", "grace = \"61m\""]
    ), @r#"
    interval = "4s"
      6:12: `http.health.interval`: `4s` is not from 5s to 5m
    interval = "301s"
      6:12: `http.health.interval`: `301s` is not from 5s to 5m
    interval = "5"
      6:12: `http.health.interval`: `5` is not a length of time; write a whole number and its unit, for example "30s", "2m" or "1h"
    timeout = "1s"
      6:11: `http.health.timeout`: `1s` is not from 2s to 2m
    grace = "0s"
      6:9: `http.health.grace`: `0s` is not from 1s to 1h
    grace = "61m"
      6:9: `http.health.grace`: `61m` is not from 1s to 1h
    "#);
    assert_snapshot!(told_of_each(CONTAINER, &["stop_timeout = \"0s\"", "stop_timeout = \"601s\"", "stop_timeout = \"10m\""]), @r#"
    stop_timeout = "0s"
      3:16: `containers.web.stop_timeout`: `0s` is not from 1s to 10m
    stop_timeout = "601s"
      3:16: `containers.web.stop_timeout`: `601s` is not from 1s to 10m
    stop_timeout = "10m"
      nothing is wrong
    "#);
}

#[test]
fn health_paths_keep_their_form() {
    assert_snapshot!(told_of_each(
        HEALTH,
        &["path = \"health\"", "path = \"/a b\"", "path = \"/a\\r\\nHost: b\"", "path = \"/\u{e9}\"", "path = \"/up?deep=1\""]
    ), @r#"
    path = "health"
      6:8: `http.health.path`: `health` does not begin with `/`
    path = "/a b"
      6:8: `http.health.path`: `/a b` contains a space, a control character or one that must be percent-encoded
    path = "/a\r\nHost: b"
      6:8: `http.health.path`: `/a\r\nHost: b` contains a space, a control character or one that must be percent-encoded
    path = "/\u{e9}"
      6:8: `http.health.path`: `/\u{e9}` contains a space, a control character or one that must be percent-encoded
    path = "/up?deep=1"
      nothing is wrong
    "#);
    assert_snapshot!(told(format!("{HEALTH}path = \"/{}\"\n", "a".repeat(1023))), @"nothing is wrong");
    assert_snapshot!(told(format!("{HEALTH}path = \"/{}\"\n", "a".repeat(1024))), @"6:8: `http.health.path`: `/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...` has 1025 bytes, the limit is 1024");
}

#[test]
fn protocols_are_listed() {
    assert_snapshot!(told_of_each(HTTP, &["protocol = \"htps\"", "protocol = \"tcp\"", "protocol = \"http+https\""]), @r#"
    protocol = "htps"
      5:12: `http.protocol`: `htps` is not one of "http", "https", "http+https"; did you mean "https"?
    protocol = "tcp"
      5:12: `http.protocol`: `tcp` is not one of "http", "https", "http+https"
    protocol = "http+https"
      nothing is wrong
    "#);
}

#[test]
fn everything_is_told_at_once_in_the_order_of_the_file() {
    assert_snapshot!(told(
        "aplication = \"hello\"\n[http]\nport = 70000\n[containers.web]\nstop_timeout = \"never\"\nprivileged = true\n"
    ), @r#"
    1:1: `application` is missing: the application's name in every environment
    1:1: unknown key `aplication`; did you mean `application`?
    3:8: `http.port`: `70000` is not from 1 to 65535
    5:16: `containers.web.stop_timeout`: `never` is not a length of time; write a whole number and its unit, for example "30s", "2m" or "1h"
    6:1: `containers.web.privileged` is refused: Jetway containers never run privileged: one that does owns the whole instance
    "#);
}
