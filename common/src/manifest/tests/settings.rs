//! What right manifests say.

use insta::assert_debug_snapshot;

use crate::manifest::Manifest;

/// The example of the design, word for word.
const EXAMPLE: &str = r#"
application = "hello"
account = "123456789012"        # optional guard

[image]
reference = "hello:latest"      # default source for deploy; --image overrides

[containers.web]                # one or more; the image above unless the container names its own
command = ["serve"]
env = { LOG_LEVEL = "info" }
stop_timeout = "30s"

[http]                          # omit for a worker without a load balancer
container = "web"
port = 8000
protocol = "http"               # http | https | http+https
health = { path = "/health-check", interval = "5s", timeout = "2s", grace = "120s" }

[instances]
count = 2
type = "t4g.small"

[permissions]                   # custom IAM statements (SKY-31)
statements = []

[environments.production]       # any key above may be overridden per environment
region = "us-west-2"
instances = { count = 3 }
"#;

#[test]
fn the_example_says_what_it_says() {
    let manifest = Manifest::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(manifest.application().as_str(), "hello");
    assert_debug_snapshot!(manifest.settings(&"production".parse().unwrap()), @r#"
    Settings {
        application: ApplicationName(
            "hello",
        ),
        account: Some(
            "123456789012",
        ),
        region: Some(
            "us-west-2",
        ),
        image: Some(
            "hello:latest",
        ),
        config: Environment,
        imds: Allow,
        containers: {
            ContainerName(
                "web",
            ): ContainerEntry {
                image: None,
                settings: ContainerSettings {
                    entrypoint: None,
                    command: Some(
                        [
                            "serve",
                        ],
                    ),
                    env: {
                        ParameterName(
                            "LOG_LEVEL",
                        ): "info",
                    },
                    user: None,
                    stop_timeout: Seconds(
                        30,
                    ),
                    read_only: false,
                    drop_capabilities: false,
                },
            },
        },
        http: Some(
            Http {
                container: ContainerName(
                    "web",
                ),
                port: 8000,
                protocol: Http,
                health: Health {
                    path: "/health-check",
                    interval: Seconds(
                        5,
                    ),
                    timeout: Seconds(
                        2,
                    ),
                    grace: Seconds(
                        120,
                    ),
                },
            },
        ),
        load_balancer: Some(
            LoadBalancer {
                exposure: Public,
                certificate: None,
                draining: None,
            },
        ),
        instances: Instances {
            count: 3,
            instance_type: "t4g.small",
        },
        volume_gib: 20,
        keep: Seconds(
            1800,
        ),
        ssh_from: [],
        github: None,
        permissions: [],
    }
    "#);
    let qa = manifest.settings(&"qa".parse().unwrap());
    assert_eq!((qa.region, qa.instances.count), (None, 2));
}

#[test]
fn the_smallest_manifest_gets_every_default() {
    let manifest = Manifest::parse(b"application = \"hello\"\n[containers.web]\n[http]\nport = 8000\n").unwrap();
    assert_debug_snapshot!(manifest.settings(&"qa".parse().unwrap()), @r#"
    Settings {
        application: ApplicationName(
            "hello",
        ),
        account: None,
        region: None,
        image: None,
        config: Environment,
        imds: Allow,
        containers: {
            ContainerName(
                "web",
            ): ContainerEntry {
                image: None,
                settings: ContainerSettings {
                    entrypoint: None,
                    command: None,
                    env: {},
                    user: None,
                    stop_timeout: Seconds(
                        30,
                    ),
                    read_only: false,
                    drop_capabilities: false,
                },
            },
        },
        http: Some(
            Http {
                container: ContainerName(
                    "web",
                ),
                port: 8000,
                protocol: Http,
                health: Health {
                    path: "/health-check",
                    interval: Seconds(
                        5,
                    ),
                    timeout: Seconds(
                        2,
                    ),
                    grace: Seconds(
                        120,
                    ),
                },
            },
        ),
        load_balancer: Some(
            LoadBalancer {
                exposure: Public,
                certificate: None,
                draining: None,
            },
        ),
        instances: Instances {
            count: 1,
            instance_type: "t4g.small",
        },
        volume_gib: 20,
        keep: Seconds(
            1800,
        ),
        ssh_from: [],
        github: None,
        permissions: [],
    }
    "#);
}

#[test]
fn everything_can_be_said() {
    let text = r#"
application = "hello"
region = "eu-central-1"
config = "files"
[containers.web]
image = "web:1"
entrypoint = ["/init"]
user = "1000:1000"
read_only = true
drop_capabilities = true
[containers.cache]
[http]
container = "web"
port = 0x1F90
protocol = "http+https"
exposure = "internal"
certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
draining = "2m"
[instances]
volume = 40
keep = "2h"
ssh_from = ["198.51.100.0/24", "203.0.113.7/32"]
[github]
repository = "octo-org/hello"
[[permissions.statements]]
Sid = "Read"
Effect = "Allow"
Action = ["s3:GetObject", "s3:ListBucket"]
Resource = "arn:aws:s3:::bucket/*"
Condition = { NumericLessThan = { "s3:max-keys" = 10 }, Bool = { "aws:SecureTransport" = true } }
"#;
    assert_debug_snapshot!(Manifest::parse(text.as_bytes()).unwrap().settings(&"qa".parse().unwrap()), @r#"
    Settings {
        application: ApplicationName(
            "hello",
        ),
        account: None,
        region: Some(
            "eu-central-1",
        ),
        image: None,
        config: Files,
        imds: Allow,
        containers: {
            ContainerName(
                "cache",
            ): ContainerEntry {
                image: None,
                settings: ContainerSettings {
                    entrypoint: None,
                    command: None,
                    env: {},
                    user: None,
                    stop_timeout: Seconds(
                        30,
                    ),
                    read_only: false,
                    drop_capabilities: false,
                },
            },
            ContainerName(
                "web",
            ): ContainerEntry {
                image: Some(
                    "web:1",
                ),
                settings: ContainerSettings {
                    entrypoint: Some(
                        [
                            "/init",
                        ],
                    ),
                    command: None,
                    env: {},
                    user: Some(
                        "1000:1000",
                    ),
                    stop_timeout: Seconds(
                        30,
                    ),
                    read_only: true,
                    drop_capabilities: true,
                },
            },
        },
        http: Some(
            Http {
                container: ContainerName(
                    "web",
                ),
                port: 8080,
                protocol: Both,
                health: Health {
                    path: "/health-check",
                    interval: Seconds(
                        5,
                    ),
                    timeout: Seconds(
                        2,
                    ),
                    grace: Seconds(
                        120,
                    ),
                },
            },
        ),
        load_balancer: Some(
            LoadBalancer {
                exposure: Internal,
                certificate: Some(
                    Certificate {
                        arn: "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
                        region: "eu-central-1",
                        account: "123456789012",
                    },
                ),
                draining: Some(
                    Seconds(
                        120,
                    ),
                ),
            },
        ),
        instances: Instances {
            count: 1,
            instance_type: "t4g.small",
        },
        volume_gib: 40,
        keep: Seconds(
            7200,
        ),
        ssh_from: [
            198.51.100.0/24,
            203.0.113.7/32,
        ],
        github: Some(
            Repository(
                "octo-org/hello",
            ),
        ),
        permissions: [
            Object {
                "Action": Array [
                    String("s3:GetObject"),
                    String("s3:ListBucket"),
                ],
                "Condition": Object {
                    "Bool": Object {
                        "aws:SecureTransport": Bool(true),
                    },
                    "NumericLessThan": Object {
                        "s3:max-keys": Number(10),
                    },
                },
                "Effect": String("Allow"),
                "Resource": String("arn:aws:s3:::bucket/*"),
                "Sid": String("Read"),
            },
        ],
    }
    "#);
}
