//! What is refused, without a value in the message and with nothing stored.

use insta::assert_snapshot;

use crate::CANARY;
use crate::support::World;
use crate::two_versions;

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
fn an_environment_that_the_manifest_does_not_have_is_told_with_those_that_it_has() {
    let world = World::named("shop");
    let manifest = "application = \"shop\"\nimage = { reference = \"shop:1\" }\n[containers.web]\n";
    let sections =
        "[environments.staging]\nregion = \"us-west-2\"\n[environments.production]\nregion = \"us-west-2\"\n";
    world.write("jetway.toml", format!("{manifest}{sections}"));
    assert_told!(world, "image list --environment stagin", @"
    exit 2
    -- stderr
    error: jetway.toml has no environment `stagin`; did you mean `staging`?
    hint: it has production, staging
    ");
    assert_told!(world, "config list europe", @"
    exit 2
    -- stderr
    error: jetway.toml has no environment `europe`
    hint: it has production, staging
    ");
    // One that has no environment on AWS leaves them all to the AWS settings.
    world.write("jetway.toml", format!("{manifest}[environments.local]\n"));
    assert_told!(world, "config list europe", @"
    exit 2
    -- stderr
    error: no AWS region is named: not in jetway.toml, in installation.toml or in the AWS settings
    hint: name one with --region, or set AWS_REGION
    ");
    assert_told!(world, "config list locl", @"
    exit 2
    -- stderr
    error: jetway.toml has no environment `locl`; did you mean `local`?
    hint: if that is its name, give its region with --region, or set AWS_REGION
    ");
}
