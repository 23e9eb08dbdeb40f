//! The commands of every day, as they are seen from outside: without Docker, and with a real one.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and end")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::CommandFactory as _;
use insta::assert_snapshot;
use support::{Told, World, settings};

#[path = "support/release.rs"]
mod release;

use release::Release;

macro_rules! assert_told {
    ($world:expr, $line:expr, @$snapshot:literal) => {
        settings(&$world).bind(|| assert_snapshot!($world.jetway($line).all(), @$snapshot))
    };
}

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

#[test]
fn completions_and_manual_are_made_from_the_commands() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = world.jetway(&format!("completions {shell}")).ok().stdout;
        assert!(script.contains("rollback") && script.contains("jetway"), "{shell}");
        assert_eq!(world.jetway(&format!("completions {shell} --json")).ok().json()["script"], script);
    }
    assert!(world.jetway("man").ok().stdout.contains(".TH jetway 1"));
    world.jetway("man --json").ok().json();
    let written = world.jetway("man --folder pages --json").ok().json();
    assert!(written["pages"].as_u64().unwrap() > 20, "{written}");
    assert!(world.path().join("pages/jetway-config-set.1").is_file());
}

#[test]
fn every_command_and_argument_is_explained_in_sentences() {
    fn unexplained(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        let path = format!("{path} {}", command.get_name());
        // A single word is a name, not an explanation.
        let is_sentence = |text: Option<String>| text.is_some_and(|text| text.contains(' '));
        if command.get_about().is_none() {
            found.push(path.clone());
        }
        for argument in command.get_arguments() {
            let texts = [argument.get_long_help(), argument.get_help()];
            let text = texts.into_iter().flatten().next().map(ToString::to_string);
            if !is_sentence(text) {
                found.push(format!("{path} {}", argument.get_id()));
            }
        }
        command.get_subcommands().for_each(|command| unexplained(command, &path, found));
    }
    let mut found = Vec::new();
    unexplained(&jetway::args::Arguments::command(), "", &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let world = World::new();
    let agent = world.write("agent", format!("#!/bin/sh\necho jetway-agent {}\n", env!("CARGO_PKG_VERSION")));
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).unwrap();
    let doctor = |agent: &std::path::Path, more: &[&str]| {
        Told::from(world.command([&["doctor"], more].concat()).env("JETWAY_AGENT", agent).output().unwrap())
    };
    let healthy = doctor(&agent, &["--json"]).ok().json();
    let verdict = |report: &serde_json::Value, what: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["what"] == what).unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    for what in ["jetway", "docker", "agent", "home", "key", "store", "clock"] {
        assert_eq!(verdict(&healthy, what), "ok", "{what}: {healthy}");
    }
    world.jetway("config set local A=1").ok();
    fs::set_permissions(world.home().join("key"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(world.home(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&agent, "#!/bin/sh\necho jetway-agent 9.9.9\n").unwrap();
    let future = std::time::SystemTime::now() + Duration::from_hours(2);
    fs::File::open(world.stored("config/c1.json")).unwrap().set_modified(future).unwrap();
    let ill = doctor(&agent, &["--json"]);
    assert_eq!(ill.code, 1);
    for (what, expected) in [("agent", "fail"), ("home", "fail"), ("key", "fail"), ("clock", "warn")] {
        assert_eq!(verdict(&ill.json(), what), expected, "{}", ill.stdout);
    }
    let mut settings = settings(&world);
    // These differ from machine to machine.
    settings.add_filter(r"(?m)^.*  (docker|disk) .*\n", "");
    settings.bind(|| {
        assert_snapshot!(doctor(&world.path().join("nowhere"), &[]).all(), @"
    exit 1
    -- stdout
          WHAT    FOUND
    ok    jetway  0.1.0
    FAIL  agent   JETWAY_AGENT names `FOLDER/nowhere`, and there is no file: let JETWAY_AGENT name the program
    FAIL  home    FOLDER/home has mode 0755: others may look into it: chmod 700 FOLDER/home
    FAIL  key     FOLDER/home/key has mode 0640: others may look into it: chmod 600 FOLDER/home/key
    ok    store   FOLDER/home/store
    warn  clock   it is TIME, and the store's newest record is of TIME: set this machine's clock
    ");
    });
}

#[test]
fn without_docker_it_is_said_so() {
    let world = World::new();
    for line in ["logs local", "exec local -- ls", "run local -- ls"] {
        let mut command = world.command(line.split(' '));
        let told = Told::from(command.env("DOCKER_HOST", "unix:///nowhere/docker.sock").output().unwrap());
        assert_eq!(told.code, 1, "{line}");
        assert!(told.stderr.contains("Docker does not answer"), "{line}: {}", told.stderr);
        assert!(told.stderr.contains("hint: start the Docker engine"), "{line}: {}", told.stderr);
    }
}

#[test]
fn logs_are_those_of_the_containers() {
    let release = Release::live("evlogs", "environment");
    let world = &release.world;
    let told = world.jetway("logs local").ok();
    let mut lines: Vec<&str> = told.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["bad \u{1b}[2J", "err", "out"], "what is no terminal gets the bytes as they are");
    let lines: Vec<serde_json::Value> =
        world.jetway("logs local --json").ok().stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let err = lines.iter().find(|line| line["line"] == "err").unwrap();
    assert_eq!((&err["channel"], &err["container"], &err["release"]), (&"stderr".into(), &"web".into(), &"v1".into()));
    assert_eq!(world.jetway("logs local --tail 0").ok().stdout, "");
    assert_eq!(world.jetway("logs local --since 2099-01-01T00:00:00Z").ok().stdout, "");
    release.start("worker", "echo from the worker");
    let told = world.jetway("logs local").ok();
    assert!(
        told.stdout.contains("web    | out\n") && told.stdout.contains("worker | from the worker\n"),
        "{}",
        told.stdout
    );
    assert_eq!(world.jetway("logs local --container worker").ok().stdout, "from the worker\n");
    assert_told!(world, "logs local --container wrker", @"
    exit 2
    -- stderr
    error: there is no container `wrker`; did you mean `worker`?
    hint: there are: web, worker
    ");
    assert_told!(world, "logs local --release v9", @"
    exit 1
    -- stderr
    error: no container of v9 of evlogs is in local
    hint: without --release, those that are there are meant
    ");
    assert_told!(world, "logs local --since yesterday", @r#"
    exit 2
    -- stderr
    error: invalid value 'yesterday' for '--since <WHEN>': "yesterday" is neither a length of time, for example "10m" or "2d", nor a time, for example "TIME"

    For more information, try '--help'.
    "#);
    assert_told!(world, "logs local --previous", @"
    exit 1
    -- stderr
    error: no container of evlogs has been removed from local yet
    hint: without --previous, the containers of now are shown
    ");
    world.write("home/instances/evlogs/logs/web.log", "one\ntwo\n\u{1b}[2Jthree\n");
    assert_eq!(world.jetway("logs local --previous").ok().stdout, "one\ntwo\n\u{1b}[2Jthree\n");
    assert_eq!(world.jetway("logs local --previous --tail 1 --json").ok().json()["line"], "\u{1b}[2Jthree");
}

#[test]
fn following_ends_with_the_containers_or_with_the_reader() {
    let release = Release::live("evfollow", "environment");
    let world = &release.world;
    let follow = || {
        let mut command = world.command(["logs", "local", "--follow"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut child = follow();
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    release.remove_containers();
    std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    let told = Told::from(child.wait_with_output().unwrap()).ok();
    assert_eq!(told.stderr, "the containers are gone\n");
    release.start("web", "while true; do echo line; sleep 0.05; done");
    let mut child = follow();
    drop(child.stdout.take());
    Told::from(child.wait_with_output().unwrap()).ok();
}

#[test]
fn exec_passes_everything_on() {
    let release = Release::live("evexec", "environment");
    let world = &release.world;
    let told = world.run(["exec", "local", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!((told.code, told.stdout.as_str(), told.stderr.as_str()), (7, "out\n", "err\n"));
    assert_eq!(world.jetway_with("exec local -- cat", "a\nb").ok().stdout, "a\nb");
    let json = world.run(["exec", "local", "--json", "--", "sh", "-c", "echo out; exit 3"]);
    assert_eq!((json.code, json.json()["stdout"].as_str()), (3, Some("out\n")));
    assert_told!(world, "exec local --container worker -- ls", @"
    exit 2
    -- stderr
    error: there is no container `worker`
    hint: there are: web
    ");
    assert_eq!(world.jetway("exec local -- no-such-program").code, 126);
    assert_eq!(world.jetway("exec local").code, 2);
}

#[test]
fn a_one_off_has_the_image_the_settings_and_the_config_of_its_release() {
    let release = Release::live("evrun", "environment");
    let world = &release.world;
    // A newer config that no release uses yet.
    world.jetway("config set local SECRET=newer").ok();
    let environment = |line: &str| {
        let told = world.jetway(line).ok();
        let wanted = ["SECRET=", "PLAIN=", "PORT=", "JETWAY_RELEASE=", "JETWAY_ENVIRONMENT="];
        let mut lines: Vec<String> = told
            .stdout
            .lines()
            .filter(|line| wanted.iter().any(|name| line.starts_with(name)))
            .map(str::to_owned)
            .collect();
        lines.sort_unstable();
        lines.join(" ")
    };
    assert_snapshot!(environment("run local -- env"), @"JETWAY_ENVIRONMENT=local JETWAY_RELEASE=v1 PLAIN=text PORT=18765 SECRET=c4n4ry");
    assert_snapshot!(environment("run local --container worker --config c2 -- env"), @"JETWAY_ENVIRONMENT=local JETWAY_RELEASE=v1 PLAIN=text SECRET=newer");
    let told = world.run(["run", "local", "--", "sh", "-c", "echo out; echo err >&2; exit 5"]);
    assert_eq!((told.code, told.stdout.as_str(), told.stderr.as_str()), (5, "out\n", "err\n"));
    assert_eq!(world.jetway_with("run local -- cat", "a\nb").ok().stdout, "a\nb");
    assert_eq!(world.jetway("run local -- no-such-program").code, 127);
    assert_eq!(world.jetway("run local --entrypoint echo -- hello").ok().stdout, "hello\n");
    let json = world.run(["run", "local", "--json", "--", "sh", "-c", "echo out; exit 3"]);
    assert_eq!((json.code, json.json()["stdout"].as_str()), (3, Some("out\n")));
    assert_told!(world, "run local --release v9 -- ls", @"
    exit 2
    -- stderr
    error: there is no release v9
    hint: `jetway releases local` lists them
    ");
    assert_told!(world, "run local --container wrker -- ls", @"
    exit 2
    -- stderr
    error: there is no container `wrker`; did you mean `worker`?
    ");
    assert_told!(world, "run local --config c9 -- ls", @"
    exit 2
    -- stderr
    error: there is no config c9 of evrun in local
    hint: `jetway config history local` lists them
    ");
    assert_eq!(release.containers().len(), 1, "nothing but the release's own container is left");
}

#[test]
fn a_one_off_sees_its_config_as_files_in_memory() {
    let release = Release::live("evfiles", "files");
    let script = "stat -f -c %T $JETWAY_CONFIG_DIR; cat $JETWAY_CONFIG_DIR/SECRET; env | grep -c c4n4ry";
    let told = release.world.run(["run", "local", "--", "sh", "-c", script]);
    assert_eq!(told.stdout, "tmpfs\nc4n4ry0\n");
}

#[test]
fn a_config_that_was_replaced_is_not_used() {
    let release = Release::live("evpin", "environment");
    fs::remove_file(release.world.stored("config/c1.json")).unwrap();
    release.world.jetway("config set local SECRET=other").ok();
    assert_told!(release.world, "run local -- env", @"
    exit 1
    -- stderr
    error: config c1 is not the one that v1 was made with: it was replaced
    ");
}

#[test]
fn a_one_off_is_gone_when_it_is_interrupted() {
    let release = Release::live("evgone", "environment");
    let script = "trap 'echo bye; exit 0' TERM; echo up; while true; do sleep 0.05; done";
    for (signal, code) in [("-TERM", 143), ("-INT", 130), ("-HUP", 129)] {
        let mut command = release.world.command(["run", "local", "--", "sh", "-c", script]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut up = String::new();
        stdout.read_line(&mut up).unwrap();
        let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let mut bye = String::new();
        stdout.read_line(&mut bye).unwrap();
        let told = Told::from(child.wait_with_output().unwrap());
        assert_eq!((told.code, up.as_str(), bye.as_str()), (code, "up\n", "bye\n"), "{signal}: {}", told.stderr);
        assert_eq!(release.containers().len(), 1, "{signal}");
    }
}
