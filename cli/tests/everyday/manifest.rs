//! A manifest begun and checked.

use std::fs;

use insta::assert_snapshot;

use crate::support::Told;
use crate::support::World;

#[test]
fn a_first_manifest_passes_the_check() {
    let world = World::new();
    assert_told!(world, "init", @"
    exit 0
    -- stdout
    jetway.toml is written, for the application hello
    -- stderr
    `jetway check` checks it, and `jetway deploy local` releases it
    ");
    assert_snapshot!(fs::read_to_string(world.path().join("jetway.toml")).unwrap(), @r#"
    # What Jetway deploys, and how it runs. `jetway check` checks this file; `jetway config-schema` tells editors all of it.

    application = "hello"

    [image]
    # What is deployed unless `jetway deploy --image` names another: a tag in the local Docker engine, or an archive.
    reference = "hello:latest"

    # A container; every instance runs all of them, on the host's network.
    [containers.web]
    # Instead of the image's own command:
    # command = ["serve", "--verbose"]
    # What is no secret; secrets go to `jetway config set`.
    # env = { LOG_LEVEL = "info" }
    # How long it may take to end before it is killed:
    stop_timeout = "30s"

    # How it is reached. The container finds the port in PORT, too.
    [http]
    container = "web"
    port = 8000
    # It is healthy when this path answers with a status from 200 to 299.
    health = { path = "/health-check", interval = "5s", timeout = "2s", grace = "120s" }

    # Does not apply to `local`, which is this machine.
    [instances]
    count = 1
    type = "t4g.small"

    # What differs in an environment; any key above may stand here.
    # [environments.production]
    # instances = { count = 3 }
    "#);
    assert_told!(world, "check", @"
    exit 0
    -- stdout
    jetway.toml is valid: application hello; containers: web; `web` answers on port 8000; environments with settings of their own: none
    ");
    assert_told!(world, "--json check", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "containers": [
        "web"
      ],
      "environments": [],
      "http": {
        "container": "web",
        "health": {
          "grace": "2m",
          "interval": "5s",
          "path": "/health-check",
          "timeout": "2s"
        },
        "port": 8000,
        "protocol": "http"
      },
      "image": "hello:latest",
      "valid": true
    }
    "#);
    assert_told!(world, "init", @"
    exit 2
    -- stderr
    error: jetway.toml is there already, and is left as it is
    hint: `jetway check` checks it
    ");
    assert_told!(world, "--manifest worker.toml init --worker --image ghcr.io/ann/hello:2", @"
    exit 0
    -- stdout
    worker.toml is written, for the application hello
    -- stderr
    `jetway check` checks it, and `jetway deploy local` releases it
    ");
    assert_told!(world, "--manifest worker.toml check", @"
    exit 0
    -- stdout
    worker.toml is valid: application hello; containers: worker; nothing reaches it over HTTP; environments with settings of their own: none
    ");
    assert_told!(world, "--manifest wrong.toml init --image not\u{7}an-image", @r"
    exit 2
    -- stderr
    error: `image.reference`: `not\u{7}an-image` begins or ends with a space or contains a control character
    ");
    assert_told!(world, "--manifest wrong.toml init --port 0", @"
    exit 2
    -- stderr
    error: invalid value '0' for '--port <PORT>': 0 is not in 1..=65535

    For more information, try '--help'.
    ");
    assert_told!(world, "--manifest no/folder.toml init", @"
    exit 2
    -- stderr
    error: cannot write no/folder.toml: there is no such folder
    ");
    assert!(!world.path().join("wrong.toml").exists());
}

#[test]
fn a_container_that_only_an_environment_has_is_named() {
    let world = World::new();
    world.write(
        "jetway.toml",
        "application = \"hello\"\nimage = { reference = \"hello:1\" }\n[containers.web]\n\
         [environments.local]\ncontainers.wbe.env = { A = \"b\" }\n",
    );
    let told = world.jetway("check").ok();
    assert!(told.stdout.contains("own: local (containers: wbe, web)"), "{}", told.stdout);
}

#[test]
fn the_application_is_named_after_its_folder() {
    let world = World::new();
    fs::create_dir(world.path().join("My Shop")).unwrap();
    let mut command = world.command(["init", "--json"]);
    let told = Told::from(
        command.env_remove("JETWAY_APPLICATION").current_dir(world.path().join("My Shop")).output().unwrap(),
    );
    assert_eq!(told.ok().json()["application"], "my-shop");
}

#[test]
fn every_problem_of_a_manifest_is_told_at_once() {
    let world = World::new();
    assert_told!(world, "check", @"
    exit 2
    -- stderr
    error: cannot read jetway.toml: there is no such file
    hint: `jetway init` writes a first one
    ");
    assert_told!(world, "--json check", @r#"
    exit 2
    -- stdout
    {
      "problems": [
        {
          "column": null,
          "hint": null,
          "line": null,
          "message": "cannot read jetway.toml: there is no such file"
        }
      ],
      "valid": false
    }
    "#);
    world
        .write("jetway.toml", "aplication = \"hello\"\n[containers.web]\ncomand = [\"serve\"]\n[http]\nport = 70000\n");
    assert_told!(world, "check", @"
    exit 2
    -- stderr
    error: jetway.toml:1:1: `application` is missing: the application's name in every environment
           jetway.toml:1:1: unknown key `aplication`; did you mean `application`?
           jetway.toml:3:1: unknown key `containers.web.comand`; did you mean `command`?
           jetway.toml:5:8: `http.port`: `70000` is not from 1 to 65535
    ");
    assert_told!(world, "--json check", @r#"
    exit 2
    -- stdout
    {
      "problems": [
        {
          "column": 1,
          "hint": null,
          "line": 1,
          "message": "`application` is missing: the application's name in every environment"
        },
        {
          "column": 1,
          "hint": "did you mean `application`?",
          "line": 1,
          "message": "unknown key `aplication`"
        },
        {
          "column": 1,
          "hint": "did you mean `command`?",
          "line": 3,
          "message": "unknown key `containers.web.comand`"
        },
        {
          "column": 8,
          "hint": null,
          "line": 5,
          "message": "`http.port`: `70000` is not from 1 to 65535"
        }
      ],
      "valid": false
    }
    "#);
    assert_told!(world, "--manifest . check", @"
    exit 2
    -- stderr
    error: cannot read .: is a directory
    ");
}

#[test]
fn the_schema_is_json() {
    let world = World::new();
    for line in ["config-schema", "--json config-schema"] {
        assert_eq!(world.jetway(line).ok().json()["title"], "jetway.toml");
    }
}
