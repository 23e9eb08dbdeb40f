//! `jetway config`, as it is seen from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use support::{Told, World, settings};

/// Stands for every secret: it must never be seen unless it is asked for.
const CANARY: &str = "c4n4ry-s3cr3t";

fn two_versions() -> World {
    let world = World::new();
    world.run(["config", "set", "local", "GREETING=hello there", "LEVEL=info"]).ok();
    world.jetway_with("config set local KEY -", format!("{CANARY}\n")).ok();
    world
}

macro_rules! assert_told {
    ($world:expr, $line:expr, @$snapshot:literal) => {
        settings(&$world).bind(|| assert_snapshot!($world.jetway($line).all(), @$snapshot))
    };
}

#[test]
fn a_config_is_set_listed_and_read() {
    let world = World::new();
    assert_told!(world, "config list local", @"
    exit 0
    -- stderr
    hello has no config in local
    ");
    assert_told!(world, "config set local GREETING=hello LEVEL=info", @"
    exit 0
    -- stdout
    c1 of hello in local: +GREETING +LEVEL
    -- stderr
    `jetway deploy local` releases it
    ");
    assert_told!(world, "config set local GREETING=hello", @"
    exit 0
    -- stdout
    nothing changed: hello in local still has c1
    ");
    assert_told!(world, "config set local GREETING=bye", @"
    exit 0
    -- stdout
    c2 of hello in local: ~GREETING
    -- stderr
    `jetway deploy local` releases it
    ");
    assert_told!(world, "config list local", @"
    exit 0
    -- stdout
    NAME      CHANGED IN  VALUE
    GREETING  c2          ********
    LEVEL     c1          ********
    -- stderr
    c2 of hello in local, by ann@host
    ");
    assert_told!(world, "config list local --reveal", @"
    exit 0
    -- stdout
    NAME      CHANGED IN  VALUE
    GREETING  c2          bye
    LEVEL     c1          info
    -- stderr
    c2 of hello in local, by ann@host
    ");
    assert_told!(world, "config get local GREETING", @"
    exit 0
    -- stdout
    ********
    -- stderr
    the value is masked; --reveal shows it
    ");
    assert_told!(world, "config get local GREETING --reveal", @"
    exit 0
    -- stdout
    bye
    ");
    assert_told!(world, "config unset local LEVEL", @"
    exit 0
    -- stdout
    c3 of hello in local: -LEVEL
    -- stderr
    `jetway deploy local` releases it
    ");
    assert_told!(world, "config history local", @"
    exit 0
    -- stdout
    VERSION  WHEN                     BY  NAMES
    c3       TIME  ann@host  -LEVEL
    c2       TIME  ann@host  ~GREETING
    c1       TIME  ann@host  +GREETING +LEVEL
    ");
    assert_told!(world, "config history local LEVEL", @"
    exit 0
    -- stdout
    VERSION  WHEN                     BY  NAMES
    c3       TIME  ann@host  -LEVEL
    c1       TIME  ann@host  +GREETING +LEVEL
    ");
}

#[test]
fn programs_are_told_the_same_in_json() {
    let world = two_versions();
    assert_told!(world, "--json config set local LEVEL=debug", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "environment": "local",
      "version": "c3",
      "stored": true,
      "added": [],
      "changed": [
        "LEVEL"
      ],
      "removed": []
    }
    -- stderr
    `jetway deploy local` releases it
    "#);
    assert_told!(world, "--json config list local", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "at": "TIME",
      "by": "ann@host",
      "environment": "local",
      "names": [
        {
          "changed_in": "c1",
          "name": "GREETING"
        },
        {
          "changed_in": "c2",
          "name": "KEY"
        },
        {
          "changed_in": "c3",
          "name": "LEVEL"
        }
      ],
      "version": "c3"
    }
    -- stderr
    c3 of hello in local, by ann@host
    "#);
    assert_told!(world, "--json config list local --reveal -q", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "at": "TIME",
      "by": "ann@host",
      "environment": "local",
      "names": [
        {
          "changed_in": "c1",
          "name": "GREETING",
          "value": "hello there"
        },
        {
          "changed_in": "c2",
          "name": "KEY",
          "value": "c4n4ry-s3cr3t"
        },
        {
          "changed_in": "c3",
          "name": "LEVEL",
          "value": "debug"
        }
      ],
      "version": "c3"
    }
    "#);
    assert_told!(world, "--json config get local LEVEL", @r#"
    exit 0
    -- stdout
    {
      "changed_in": "c3",
      "config": "c3",
      "name": "LEVEL"
    }
    -- stderr
    the value is masked; --reveal shows it
    "#);
    assert_told!(world, "--json config get local LEVEL --reveal", @r#"
    exit 0
    -- stdout
    {
      "changed_in": "c3",
      "config": "c3",
      "name": "LEVEL",
      "value": "debug"
    }
    "#);
}

#[test]
fn programs_are_told_of_changes_in_json() {
    let world = two_versions();
    world.jetway("config set local LEVEL=debug").ok();
    assert_told!(world, "--json config unset local LEVEL", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "environment": "local",
      "version": "c4",
      "stored": true,
      "added": [],
      "changed": [],
      "removed": [
        "LEVEL"
      ]
    }
    -- stderr
    `jetway deploy local` releases it
    "#);
    assert_told!(world, "--json config export local --reveal", @r#"
    exit 0
    -- stdout
    {
      "GREETING": "hello there",
      "KEY": "c4n4ry-s3cr3t"
    }
    "#);
    assert_told!(world, "--json config history local KEY", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "environment": "local",
      "versions": [
        {
          "added": [
            "KEY"
          ],
          "at": "TIME",
          "by": "ann@host",
          "changed": [],
          "removed": [],
          "version": "c2"
        }
      ]
    }
    "#);
    assert_told!(world, "--json config diff local c1 c4", @r#"
    exit 1
    -- stdout
    {
      "added": [
        "KEY"
      ],
      "changed": [],
      "from": "c1",
      "removed": [
        "LEVEL"
      ],
      "to": "c4"
    }
    -- stderr
    c1 and c4: different
    "#);
    assert_told!(world, "--json config list qa", @r#"
    exit 2
    -- stdout
    {"error":{"because":[],"hint":"name one with --region, or set AWS_REGION","message":"no AWS region is named: not in jetway.toml, in installation.toml or in the AWS settings"}}
    -- stderr
    error: no AWS region is named: not in jetway.toml, in installation.toml or in the AWS settings
    hint: name one with --region, or set AWS_REGION
    "#);
}

#[test]
fn versions_are_compared_by_name() {
    let world = two_versions();
    world.jetway("config unset local LEVEL").ok();
    world.jetway("config set local GREETING=bye").ok();
    assert_told!(world, "config diff local", @"
    exit 1
    -- stdout
    + GREETING
    + KEY
    -- stderr
    no release is live: compared with no config
    no config and c4: different
    ");
    assert_told!(world, "config diff local c1", @"
    exit 1
    -- stdout
    + KEY
    ~ GREETING
    - LEVEL
    -- stderr
    c1 and c4: different
    ");
    assert_told!(world, "config diff local c4 c1", @"
    exit 1
    -- stdout
    + LEVEL
    ~ GREETING
    - KEY
    -- stderr
    c4 and c1: different
    ");
    assert_told!(world, "config diff local c2 c2", @"
    exit 0
    -- stderr
    c2 and c2: the same names and values
    ");
    assert_told!(world, "config diff local c9", @"
    exit 2
    -- stderr
    error: there is no config c9 of hello in local
    hint: `jetway config history local` lists them
    ");
    fs::write(world.stored("config/c4.json"), "{}").unwrap();
    assert_told!(world, "config diff local c1", @"
    exit 2
    -- stderr
    error: `jetway/local/hello/config/c4.json` cannot be used: the sealed config is damaged: not its JSON
    ");
}

#[test]
fn wrong_use_is_told_without_a_value() {
    let world = two_versions();
    assert_told!(world, "config set local AWS_KEY=c4n4ry-s3cr3t 1A=c4n4ry-s3cr3t KEY=1 KEY=2 key=c4n4ry-s3cr3t", @r#"
    exit 2
    -- stderr
    error: argument 1: environment variable "AWS_KEY": AWS_* and JETWAY_* are set by the platform; use A-Z, a-z, 0-9 and "_", not a digit first
           argument 2: environment variable "1A": begins with a digit; use A-Z, a-z, 0-9 and "_", not a digit first
           argument 4: `KEY` is given twice, first at argument 3
           argument 5: `key` and `KEY` differ in case only, found at argument 4
           nothing was stored
    "#);
    assert_told!(world, "config set local key=c4n4ry-s3cr3t", @"
    exit 2
    -- stderr
    error: `key` and `KEY` differ in case only
           nothing was stored
    ");
    assert_told!(world, "config set local KEY c4n4ry-s3cr3t", @"
    exit 2
    -- stderr
    error: argument 1 has no `=`
           argument 2 has no `=`
           nothing was stored
    hint: write NAME=VALUE, or one NAME and `-` for standard input
    ");
    assert_told!(world, "config set KEY=c4n4ry-s3cr3t OTHER=c4n4ry-s3cr3t", @"
    exit 2
    -- stderr
    error: the first word must be the environment, and it is NAME=VALUE
    hint: jetway config set local NAME=VALUE
    ");
    assert_told!(world, "config set local KEY", @"
    exit 2
    -- stderr
    error: the value of `KEY` is not given, and there is no terminal to ask on
    hint: write `-` to read it from standard input
    ");
    assert_told!(world, "config set local BAD-NAME", @r#"
    exit 2
    -- stderr
    error: argument 1: environment variable "BAD-NAME": '-' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
           nothing was stored
    "#);
    assert_told!(world, "config set qa KEY=c4n4ry-s3cr3t", @"
    exit 2
    -- stderr
    error: no AWS region is named: not in jetway.toml, in installation.toml or in the AWS settings
    hint: name one with --region, or set AWS_REGION
    ");
    assert_told!(world, "config get local KYE", @"
    exit 2
    -- stderr
    error: the config has no name `KYE`; did you mean `KEY`?
    ");
    assert_told!(world, "config unset local KYE NOTHING KEY", @"
    exit 2
    -- stderr
    error: the config has no name `KYE`; did you mean `KEY`?
           the config has no name `NOTHING`
           nothing was stored
    ");
    assert_told!(world, "config history local KYE", @"
    exit 2
    -- stderr
    error: no version of the config has a name `KYE`; did you mean `KEY`?
    ");
    assert_told!(world, "config export local", @"
    exit 2
    -- stderr
    error: an export shows every value of the config
    hint: say --reveal if that is what you want
    ");
    assert_told!(world, "--json config export local --format dotenv --reveal", @r#"
    exit 2
    -- stdout
    {"error":{"because":[],"hint":null,"message":"--json and --format dotenv contradict each other"}}
    -- stderr
    error: --json and --format dotenv contradict each other
    "#);
    assert_eq!(world.jetway("config list local --json").json()["version"], "c2");
}

#[test]
fn a_file_with_problems_is_refused_whole() {
    let world = World::new();
    world.write(
        "env",
        format!("A=1\nAWS_X={CANARY}\n{CANARY}\nB=\"{CANARY}\n\" {CANARY}\na=2\n+/{CANARY}==\nC='{CANARY}\n"),
    );
    assert_told!(world, "config import local env", @r#"
    exit 2
    -- stderr
    error: env, line 2: environment variable "AWS_X": AWS_* and JETWAY_* are set by the platform; use A-Z, a-z, 0-9 and "_", not a digit first
           env, line 3: has no `=`; write NAME=value, and quote values of several lines
           env, line 5: something stands after the closing quote
           env, line 6: `a` and `A` differ in case only, found at line 1
           env, line 7: environment variable: '+' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
           env, line 8: the quote is never closed
           nothing was stored
    "#);
    world.write(
        "json",
        format!("{{\n\"A\": 1,\n\"B\": [\"{CANARY}\"],\n\"b-b\": \"{CANARY}\",\n\"C\": \"\\u0000\"\n}}"),
    );
    assert_told!(world, "config import local json", @r#"
    exit 2
    -- stderr
    error: json, line 2: the value is a number, expected a string in double quotes
           json, line 3: the value is a list, expected a string in double quotes
           json, line 4: environment variable "b-b": '-' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
           json, line 5: `C`: contains a NUL character, which no environment variable can
           nothing was stored
    "#);
    world.write("latin1", [b'A', b'=', 0xe9]);
    assert_told!(world, "config import local latin1", @"
    exit 2
    -- stderr
    error: latin1 is not UTF-8 at byte 2; nothing was stored
    ");
    assert_told!(world, "config import local .", @"
    exit 2
    -- stderr
    error: cannot read .: is a directory
    ");
    assert_told!(world, "config import local nowhere", @"
    exit 2
    -- stderr
    error: cannot read nowhere: there is no such file
    ");
    assert!(!world.stored("config").exists());
}

#[test]
fn an_import_says_what_it_changed() {
    let world = two_versions();
    world.write("env", "\u{feff}# the new ones\r\nexport GREETING=bye\r\nNEW=1\r\n");
    assert_told!(world, "config import local env", @"
    exit 0
    -- stdout
    c3 of hello in local: +NEW ~GREETING
    -- stderr
    `jetway deploy local` releases it
    ");
    assert_told!(world, "config import local env", @"
    exit 0
    -- stdout
    nothing changed: hello in local still has c3
    ");
    assert_told!(world, "config import local env --replace", @"
    exit 0
    -- stdout
    c4 of hello in local: -KEY -LEVEL
    -- stderr
    `jetway deploy local` releases it
    ");
    settings(&world).bind(|| {
        assert_snapshot!(world.jetway_with("config import local -", "{\"FROM\": \"json\"}").all(), @"
        exit 0
        -- stdout
        c5 of hello in local: +FROM
        -- stderr
        `jetway deploy local` releases it
        ");
    });
}

#[test]
fn what_is_exported_can_be_imported() {
    let values = serde_json::json!({
        "EMPTY": "", "SPACES": "  a  ", "LINES": "a\nb\r\nc\n", "QUOTES": "\"a\" 'b' `c`", "DOLLAR": "${HOME} $X",
        "BACKSLASH": "\\n \\ \\\\", "COMMENT": "a #b", "UNICODE": "ключ 🔑 \u{200b}", "ESCAPE": "\u{1b}[31m\u{7}\t",
        "PEM": "-----BEGIN KEY-----\nMIIB+/==\n-----END KEY-----\n", "JSON": "{\"a\": [1, \"b\"]}",
    });
    let world = World::new();
    world.jetway_with("config import local -", values.to_string()).ok();
    let exported = world.jetway("config export local --format json --reveal").ok().json();
    assert_eq!(exported, values);
    let dotenv = world.jetway("config export local --reveal").ok().stdout;
    let other = World::new();
    other.jetway_with("config import local -", &dotenv).ok();
    assert_eq!(other.jetway("config export local --format json --reveal").ok().json(), values);
    assert_eq!(world.jetway("config get local LINES --reveal").ok().stdout, "a\nb\r\nc\n\n");
}

#[test]
fn one_line_end_of_standard_input_is_removed() {
    let world = World::new();
    for (input, value) in [("a\n", "a"), ("a\n\n", "a\n"), ("a\r\n", "a"), ("a", "a"), ("", ""), ("a\nb\n", "a\nb")] {
        world.jetway_with("config set local KEY -", input).ok();
        let json = world.jetway("--json config get local KEY --reveal").json();
        assert_eq!(json["value"], value, "{input:?}");
    }
}

#[test]
fn limits_are_told_and_nothing_is_stored() {
    let world = World::new();
    let told = world.jetway_with("config set local KEY -", "x".repeat(131_068));
    assert_snapshot!(told.all(), @"
    exit 2
    -- stderr
    error: argument 1: `KEY`: 131072 bytes, the kernel allows 131071 for NAME=value
           nothing was stored
    ");
    let told = world.jetway_with("config set local KEY -", "x".repeat(200_000));
    assert_snapshot!(told.all(), @"
    exit 2
    -- stderr
    error: standard input has more than 131073 bytes; nothing was stored
    ");
    let told = world.jetway_with("config set local KEY -", "x".repeat(131_067));
    // The time of the day in the header has more or fewer digits.
    let size = told.all().split_whitespace().find(|word| word.starts_with("1752")).unwrap().to_owned();
    assert_snapshot!(told.all().replace(&size, "SIZE"), @"
    exit 2
    -- stderr
    error: the config has SIZE bytes when sealed, the limit is 65536; nothing was stored
    ");
    let told = world.jetway_with("config set local KEY -", "a\0b");
    assert_snapshot!(told.all(), @"
    exit 2
    -- stderr
    error: argument 1: `KEY`: contains a NUL character, which no environment variable can
           nothing was stored
    ");
    assert!(!world.stored("config").exists());
    world.jetway_with("config set local KEY -", "x".repeat(40_000)).ok();
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let world = World::new();
    let start = |index: u32| {
        let mut command = world.command(["config", "set", "local", &format!("N{index}={index}")]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let all: Vec<_> = (0..8).map(start).collect();
    let versions: std::collections::BTreeSet<String> = all
        .into_iter()
        .map(|child| Told::from(child.wait_with_output().unwrap()).ok().stdout)
        .map(|stdout| stdout.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(versions.len(), 8, "{versions:?}");
    let list = world.jetway("--json config list local").json();
    assert_eq!((&list["version"], list["names"].as_array().unwrap().len()), (&"c8".into(), 8));
}

#[test]
fn no_value_is_on_the_disk_or_in_any_output() {
    let world = two_versions();
    world.jetway("config set local LEVEL=debug").ok();
    for line in ["list", "get", "history", "diff", "unset"] {
        let name = if line == "get" || line == "unset" { " KEY" } else { "" };
        let told = world.jetway(&format!("-vv config {line} local{name}"));
        assert!(!told.all().contains(CANARY), "{line}");
    }
    let found = Command::new("grep").arg("-r").arg(CANARY).arg(world.home()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}

#[test]
fn a_config_opens_only_where_it_belongs_and_with_its_key() {
    let world = two_versions();
    fs::copy(world.stored("config/c1.json"), world.stored("config/c3.json")).unwrap();
    assert_told!(world, "config get local GREETING --reveal", @"
    exit 1
    -- stderr
    error: `jetway/local/hello/config/c3.json` cannot be used
      because: the config was sealed for hello c1 in local of jetway, not for hello c3 in local of jetway
    ");
    fs::remove_file(world.stored("config/c3.json")).unwrap();
    let sealed = fs::read_to_string(world.stored("config/c2.json")).unwrap();
    fs::write(world.stored("config/c2.json"), sealed.replace("\\\"by\\\":\\\"ann", "\\\"by\\\":\\\"eve")).unwrap();
    assert_told!(world, "config get local GREETING --reveal", @"
    exit 1
    -- stderr
    error: the config of hello c2 in local of jetway does not open: it was changed after it was sealed, or the key is another one
    ");
    fs::write(world.stored("config/c2.json"), sealed).unwrap();
    let key = world.home().join("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_told!(world, "config get local GREETING --reveal", @"
    exit 1
    -- stderr
    error: the key `FOLDER/home/key` has mode 0644: others may read it
    hint: chmod 600 FOLDER/home/key
    ");
    fs::remove_file(&key).unwrap();
    let gone = world.jetway("config get local GREETING --reveal");
    assert_eq!(gone.code, 1);
    assert!(gone.stderr.contains("is gone"), "{}", gone.stderr);
    world.jetway("config list local").ok();
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let world = two_versions();
    for line in ["config list local", "config export local --reveal", "--json config history local", "--help"] {
        let mut child = world.command(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let told = Told::from(child.wait_with_output().unwrap()).ok();
        assert!(!told.stderr.contains("panic"), "{line}: {}", told.stderr);
    }
}

/// Needs python with cryptography: tests/lab/python.sh makes it under target/python.
#[test]
fn an_independent_program_opens_a_config() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let python = root.join("target/python/bin/python");
    assert!(python.is_file(), "{} is missing: tests/lab/python.sh makes it", python.display());
    let world = two_versions();
    let open = |version: &str, key: &std::path::Path| {
        let script = root.join("tests/lab/open_sealed_config.py");
        let output = Command::new(&python)
            .arg(script)
            .args([world.stored(&format!("config/{version}.json")).as_path(), key])
            .args(["jetway", "local", "hello", "c2"])
            .output()
            .unwrap();
        Told::from(output)
    };
    let key = world.home().join("key");
    let opened = open("c2", &key).ok().json();
    assert_eq!(opened, serde_json::json!({ "GREETING": "hello there", "LEVEL": "info", "KEY": CANARY }));
    assert_eq!(open("c1", &key).code, 1, "it belongs to c1");
    let other = World::new();
    other.jetway("config set local A=1").ok();
    assert_eq!(open("c2", &other.home().join("key")).code, 1, "it was sealed with another key");
}
