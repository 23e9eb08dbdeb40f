//! Each key, and each value that it refuses.

use insta::assert_snapshot;

use super::told_of_each;

#[test]
fn keys_have_their_types_and_forms() {
    assert_snapshot!(told_of_each("", &[
        "installation = \"my-jetway\"",
        "installation = 1",
        "name = \"acme\"",
        "account = 123456789012",
        "account = \"1234\"",
        "region = \"oregon\"",
        "tags = \"a\"",
        "tags = { \"aws:a\" = \"b\" }",
        "tags = { \"AWS:a\" = \"b\" }",
        "tags = { \"jetway:a\" = \"b\" }",
        "tags = { \"\" = \"b\" }",
        "tags = { \"a*\" = \"b\" }",
        "tags = { \"cost center\" = \"b\" }",
        "tags = { \"team/owner\" = \"b\" }",
        "tags = { \"..\" = \"b\" }",
        "tags = { a = \"<b>\" }",
        "tags = { a = 1 }",
        "environments = []",
        "environments = {}",
        "port = 80",
        "nat = \"one\"",
        "[environment.qa]",
        "[environments.QA]",
        "[environments.qa-two]",
        "[environments.abcdefghijklm]",
        "[environments.local]",
        "[environments.images]",
        "[environments.jetway]",
    ]), @r#"
    installation = "my-jetway"
      1:16: installation name "my-jetway": '-' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    installation = 1
      1:16: `installation`: found a whole number, expected a string; put it in quotes
    name = "acme"
      1:1: unknown key `name`; did you mean `installation`?
    account = 123456789012
      1:11: `account`: found a whole number, expected a string of 12 digits; put it in quotes
    account = "1234"
      1:11: `account`: `1234` is not an account number of 12 digits
    region = "oregon"
      1:10: `region`: `oregon` is not a region such as `us-west-2`
    tags = "a"
      1:8: `tags`: found a string, expected a table; write it as `{ NAME = "value" }`
    tags = { "aws:a" = "b" }
      1:10: `tags`: `aws:a` begins with `aws:`, which AWS keeps for itself
    tags = { "AWS:a" = "b" }
      1:10: `tags`: `AWS:a` begins with `aws:`, which AWS keeps for itself
    tags = { "jetway:a" = "b" }
      1:10: `tags`: `jetway:a` begins with `jetway:`, which Jetway keeps for itself
    tags = { "" = "b" }
      1:10: `tags`: `` is empty
    tags = { "a*" = "b" }
      1:10: `tags`: `a*` has the character U+002A; use ASCII letters, digits and _ . : = + - @, for instance metadata shows no other keys
    tags = { "cost center" = "b" }
      1:10: `tags`: `cost center` has the character U+0020; use ASCII letters, digits and _ . : = + - @, for instance metadata shows no other keys
    tags = { "team/owner" = "b" }
      1:10: `tags`: `team/owner` has the character U+002F; use ASCII letters, digits and _ . : = + - @, for instance metadata shows no other keys
    tags = { ".." = "b" }
      1:10: `tags`: `..` is a name that instance metadata keeps for itself
    tags = { a = "<b>" }
      1:14: `tags.a`: `<b>` has the character U+003C; use letters, digits, spaces and _ . : / = + - @
    tags = { a = 1 }
      1:14: `tags.a`: found a whole number, expected a string; put it in quotes
    environments = []
      1:16: `environments`: found a list, expected a table
    environments = {}
      1:16: `environments` is empty, expected at least 1 entry
    port = 80
      1:1: unknown key `port`; the keys here are `installation`, `account`, `region`, `tags`, `environments`
    nat = "one"
      1:1: unknown key `nat`; did you mean `nat` in `[environments.NAME]`?
    [environment.qa]
      1:2: unknown key `environment`; did you mean `environments`?
    [environments.QA]
      1:15: environment name "QA": 'Q' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    [environments.qa-two]
      1:15: environment name "qa-two": '-' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    [environments.abcdefghijklm]
      1:15: environment name "abcdefghijklm": has 13 characters, the limit is 12; use a-z and 0-9, a letter first, 1 to 12 characters
    [environments.local]
      1:15: `environments.local` is refused: it is built in, and is this machine
    [environments.images]
      1:15: environment name "images": is a folder of the store itself; use a-z and 0-9, a letter first, 1 to 12 characters
    [environments.jetway]
      1:15: environment name "jetway": is a folder of the store itself; use a-z and 0-9, a letter first, 1 to 12 characters
    "#);
}

#[test]
fn keys_of_an_environment_have_their_types_and_forms() {
    assert_snapshot!(told_of_each("region = \"us-west-2\"\n[environments.qa]\n", &[
        "cidr = \"10.0.0.0/8\"",
        "cidr = \"10.0.0.1/16\"",
        "cidr = \"8.8.0.0/16\"",
        "cidr = \"10.0.0.0\"",
        "cidr = 10",
        "zones = \"us-west-2a\"",
        "zones = 3",
        "zones = []",
        "zones = [\"us-west-2a\"]",
        "zones = [\"us-west-2a\", \"us-west-2a\"]",
        "zones = [\"us-west-2a\", \"us-east-1b\"]",
        "zones = [\"us-west-2a\", \"us-west-2\"]",
        "zones = [\"us-west-2a\", \"us-west-2-lax-1a\"]",
        "zones = [\"us-east-1a\", \"us-east-1b\"]\nregion = \"us-east-1\"",
        "zones = [\"us-west-2a\", \"us-west-2b\"]",
        "nat = \"two\"",
        "nat = \"per_az\"",
        "nat = true",
        "key_pair = \"\"",
        "key_pair = \" ops\"",
        "key_name = \"ops\"",
        "vpc_id = \"vpc-1\"",
        "zone_count = 3",
        "tags = {}",
    ]), @r#"
    cidr = "10.0.0.0/8"
      3:8: `environments.qa.cidr`: `10.0.0.0/8` is not from /16 to /20
    cidr = "10.0.0.1/16"
      3:8: `environments.qa.cidr`: `10.0.0.1/16` is not the first address of its network; write `10.0.0.0/16`
    cidr = "8.8.0.0/16"
      3:8: `environments.qa.cidr`: `8.8.0.0/16` is not within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16
    cidr = "10.0.0.0"
      3:8: `environments.qa.cidr`: `10.0.0.0` is not a network such as `10.1.0.0/16`
    cidr = 10
      3:8: `environments.qa.cidr`: found a whole number, expected a string such as "10.1.0.0/16"; put it in quotes
    zones = "us-west-2a"
      3:9: `environments.qa.zones`: found a string, expected a list of strings; put it in brackets, each word by itself
    zones = 3
      3:9: `environments.qa.zones`: found a whole number, expected a list of strings
    zones = []
      3:9: `environments.qa.zones`: expected from 2 to 8 zones, found 0
    zones = ["us-west-2a"]
      3:9: `environments.qa.zones`: expected from 2 to 8 zones, found 1
    zones = ["us-west-2a", "us-west-2a"]
      3:24: `environments.qa.zones`: `us-west-2a` is given twice
    zones = ["us-west-2a", "us-east-1b"]
      3:24: `environments.qa.zones`: `us-east-1b` is not in us-west-2
    zones = ["us-west-2a", "us-west-2"]
      3:24: `environments.qa.zones[1]`: `us-west-2` is not an availability zone such as `us-west-2a`
    zones = ["us-west-2a", "us-west-2-lax-1a"]
      3:24: `environments.qa.zones[1]`: `us-west-2-lax-1a` is not an availability zone such as `us-west-2a`
    zones = ["us-east-1a", "us-east-1b"]
    region = "us-east-1"
      nothing is wrong
    zones = ["us-west-2a", "us-west-2b"]
      nothing is wrong
    nat = "two"
      3:7: `environments.qa.nat`: `two` is not one of "none", "one", "per-az"
    nat = "per_az"
      3:7: `environments.qa.nat`: `per_az` is not one of "none", "one", "per-az"; did you mean "per-az"?
    nat = true
      3:7: `environments.qa.nat`: found true or false, expected one of "none", "one", "per-az"; put it in quotes
    key_pair = ""
      3:12: `environments.qa.key_pair`: `` is not a name of 1 to 255 ASCII characters
    key_pair = " ops"
      3:12: `environments.qa.key_pair`: ` ops` is not a name of 1 to 255 ASCII characters
    key_name = "ops"
      3:1: unknown key `environments.qa.key_name`; did you mean `key_pair`?
    vpc_id = "vpc-1"
      3:1: `environments.qa.vpc_id` is refused: an environment has a network of its own, and cannot be put into one that is there already
    zone_count = 3
      3:1: `environments.qa.zone_count` is refused: zones are not counted: name them in `zones`, or leave that out for all of them
    tags = {}
      3:1: unknown key `environments.qa.tags`; the keys here are `region`, `account`, `zones`, `cidr`, `nat`, `key_pair`, `ami`, `endpoints`, `github`
    "#);
}

#[test]
fn machine_images_and_switches_have_their_forms() {
    assert_snapshot!(told_of_each("[environments.qa]\n", &[
        "ami = \"ami-1\"",
        "ami = \"ami-0123456789ABCDEF0\"",
        "ami = \"ami-0123456789abcdef0\"",
        "ami = \"ami-01234567\"",
        "ami = \"ssm:/jetway/ami\"",
        "ami = \"ssm:jetway\"",
        "image_id = \"ami-01234567\"",
        "endpoints = \"yes\"",
        "vpc_endpoints = true",
        "github = \"octo-org/hello\"",
        "oidc = true",
    ]), @r#"
    ami = "ami-1"
      2:7: `environments.qa.ami`: `ami-1` is neither the id of an AMI such as `ami-0123456789abcdef0` nor a parameter such as `ssm:/jetway/ami`
    ami = "ami-0123456789ABCDEF0"
      2:7: `environments.qa.ami`: `ami-0123456789ABCDEF0` is neither the id of an AMI such as `ami-0123456789abcdef0` nor a parameter such as `ssm:/jetway/ami`
    ami = "ami-0123456789abcdef0"
      nothing is wrong
    ami = "ami-01234567"
      nothing is wrong
    ami = "ssm:/jetway/ami"
      nothing is wrong
    ami = "ssm:jetway"
      2:7: `environments.qa.ami`: `ssm:jetway` is neither the id of an AMI such as `ami-0123456789abcdef0` nor a parameter such as `ssm:/jetway/ami`
    image_id = "ami-01234567"
      2:1: unknown key `environments.qa.image_id`; did you mean `ami`?
    endpoints = "yes"
      2:13: `environments.qa.endpoints`: found a string, expected true or false; write it without quotes
    vpc_endpoints = true
      2:1: unknown key `environments.qa.vpc_endpoints`; did you mean `endpoints`?
    github = "octo-org/hello"
      2:10: `environments.qa.github`: found a string, expected true or false; write it without quotes
    oidc = true
      2:1: unknown key `environments.qa.oidc`; did you mean `github`?
    "#);
}
