//! The keys that only EC2 knows: how it is reached there, what instances are made of, who deploys.

use insta::assert_snapshot;

use super::{told, told_of_each};

const APPLICATION: &str = "application = \"hello\"\ncontainers = { web = {} }\n";
const HTTP: &str = "application = \"hello\"\n[containers.web]\n[http]\nport = 80\n";

#[test]
fn what_stands_before_instances_has_its_forms() {
    assert_snapshot!(told_of_each(&format!("{HTTP}protocol = \"https\"\n"), &[
        "exposure = \"private\"",
        "exposure = true",
        "scheme = \"internal\"",
        "certificate = 1",
        "certificate = \"example.com\"",
        "certificate = \"arn:aws:iam::123456789012:server-certificate/old\"",
        "certificate = \"arn:aws:acm::123456789012:certificate/1\"",
        "certificate = \"arn:aws:acm:us-west-2:1234:certificate/1\"",
        "certificate = \"arn:aws:acm:us-west-2:123456789012:certificate/*\"",
        "certificate_arn = \"arn:aws:acm:us-west-2:123456789012:certificate/1\"",
        "draining = \"0s\"",
        "draining = \"2h\"",
        "draining = 30",
        "deregistration_delay = \"30s\"",
    ]), @r#"
    exposure = "private"
      6:12: `http.exposure`: `private` is not one of "public", "internal"
    exposure = true
      6:12: `http.exposure`: found true or false, expected one of "public", "internal"; put it in quotes
    scheme = "internal"
      6:1: unknown key `http.scheme`; did you mean `exposure`?
    certificate = 1
      6:15: `http.certificate`: found a whole number, expected the ARN of a certificate; put it in quotes
    certificate = "example.com"
      6:15: `http.certificate`: `example.com` is not an ARN such as `arn:aws:acm:REGION:ACCOUNT:certificate/ID`
    certificate = "arn:aws:iam::123456789012:server-certificate/old"
      6:15: `http.certificate`: `arn:aws:iam::123456789012:server-certificate/old` is not an ARN such as `arn:aws:acm:REGION:ACCOUNT:certificate/ID`
    certificate = "arn:aws:acm::123456789012:certificate/1"
      6:15: `http.certificate`: `arn:aws:acm::123456789012:certificate/1` is not an ARN such as `arn:aws:acm:REGION:ACCOUNT:certificate/ID`
    certificate = "arn:aws:acm:us-west-2:1234:certificate/1"
      6:15: `http.certificate`: `arn:aws:acm:us-west-2:1234:certificate/1` is not an ARN such as `arn:aws:acm:REGION:ACCOUNT:certificate/ID`
    certificate = "arn:aws:acm:us-west-2:123456789012:certificate/*"
      6:15: `http.certificate`: `arn:aws:acm:us-west-2:123456789012:certificate/*` is not an ARN such as `arn:aws:acm:REGION:ACCOUNT:certificate/ID`
    certificate_arn = "arn:aws:acm:us-west-2:123456789012:certificate/1"
      6:1: unknown key `http.certificate_arn`; did you mean `certificate`?
    draining = "0s"
      6:12: `http.draining`: `0s` is not from 1s to 1h
    draining = "2h"
      6:12: `http.draining`: `2h` is not from 1s to 1h
    draining = 30
      6:12: `http.draining`: found a whole number, expected a length of time from "1s" to "1h"; write "30s" for seconds
    deregistration_delay = "30s"
      6:1: unknown key `http.deregistration_delay`; did you mean `draining`?
    "#);
}

#[test]
fn what_instances_are_made_of_has_its_limits() {
    assert_snapshot!(told_of_each("application = \"hello\"\n[containers.web]\n[instances]\n", &[
        "volume = 7",
        "volume = 16385",
        "volume = \"20\"",
        "disk_size = 20",
        "keep = \"169h\"",
        "keep = 30",
        "keep = \"0s\"",
        "ssh_from = \"198.51.100.0/24\"",
        "ssh_from = [\"198.51.100.7\"]",
        "ssh_from = [\"198.51.100.7/24\"]",
        "ssh_from = [\"0.0.0.0/0\"]",
        "ssh_from = [\"2001:db8::/32\"]",
        "ssh_from = [\"198.51.100.0/24\", \"198.51.100.0/24\"]",
        "ssh = true",
    ]), @r#"
    volume = 7
      4:10: `instances.volume`: `7` is not from 8 to 16384
    volume = 16385
      4:10: `instances.volume`: `16385` is not from 8 to 16384
    volume = "20"
      4:10: `instances.volume`: found a string, expected a whole number from 8 to 16384; write it without quotes
    disk_size = 20
      4:1: unknown key `instances.disk_size`; did you mean `volume`?
    keep = "169h"
      4:8: `instances.keep`: `169h` is not from 0s to 168h
    keep = 30
      4:8: `instances.keep`: found a whole number, expected a length of time from "0s" to "168h"; write "30s" for seconds
    keep = "0s"
      nothing is wrong
    ssh_from = "198.51.100.0/24"
      4:12: `instances.ssh_from`: found a string, expected a list of strings; put it in brackets, each word by itself
    ssh_from = ["198.51.100.7"]
      4:13: `instances.ssh_from[0]`: `198.51.100.7` is not a network such as `10.1.0.0/16`
    ssh_from = ["198.51.100.7/24"]
      4:13: `instances.ssh_from[0]`: `198.51.100.7/24` is not the first address of its network; write `198.51.100.0/24`
    ssh_from = ["0.0.0.0/0"]
      4:13: `instances.ssh_from[0]`: `0.0.0.0/0` opens SSH to the whole internet; name the network of a VPN or an office
    ssh_from = ["2001:db8::/32"]
      4:13: `instances.ssh_from[0]`: `2001:db8::/32` is not a network such as `10.1.0.0/16`
    ssh_from = ["198.51.100.0/24", "198.51.100.0/24"]
      4:32: `instances.ssh_from[1]`: `198.51.100.0/24` is given twice
    ssh = true
      4:1: unknown key `instances.ssh`; did you mean `ssh_from`?
    "#);
    let many: Vec<String> = (0..51).map(|n| format!("\"10.0.{n}.0/24\"")).collect();
    let text = format!("{APPLICATION}instances = {{ ssh_from = [{}] }}\n", many.join(", "));
    assert_snapshot!(told(text), @"3:26: `instances.ssh_from` has 51 networks, the limit is 50");
}

#[test]
fn a_repository_is_an_owner_and_a_name() {
    assert_snapshot!(told_of_each(APPLICATION, &[
        "github = \"octo-org/hello\"",
        "github = {}",
        "github = { repository = \"hello\" }",
        "github = { repository = \"octo-org/*\" }",
        "github = { repository = \"https://github.com/octo-org/hello\" }",
        "github = { repo = \"octo-org/hello\" }",
    ]), @r#"
    github = "octo-org/hello"
      3:10: `github`: found a string, expected a table; the keys here are `repository`
    github = {}
      3:10: `github.repository` is missing: the repository whose workflows get a role that deploys, in the GitHub environment of the same name
    github = { repository = "hello" }
      3:25: `github.repository`: `hello` is not a repository such as `owner/name`
    github = { repository = "octo-org/*" }
      3:25: `github.repository`: `octo-org/*` is not a repository such as `owner/name`
    github = { repository = "https://github.com/octo-org/hello" }
      3:25: `github.repository`: `https://github.com/octo-org/hello` is not a repository such as `owner/name`
    github = { repo = "octo-org/hello" }
      3:10: `github.repository` is missing: the repository whose workflows get a role that deploys, in the GitHub environment of the same name
      3:12: unknown key `github.repo`; did you mean `repository`?
    "#);
}
