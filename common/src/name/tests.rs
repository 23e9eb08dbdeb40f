//! What each kind of name allows, and what people are told of the rest.

use insta::assert_snapshot;

use super::*;

#[track_caller]
fn accepts<T: FromStr<Err = NameError>>(names: &[&str]) {
    for name in names {
        assert_eq!(name.parse::<T>().err(), None, "{name}");
    }
}

/// One line for each name that must be refused.
#[track_caller]
fn refusals<T: FromStr<Err = NameError>>(names: &[&str]) -> String {
    let message = |name: &&str| match name.parse::<T>() {
        Ok(_) => panic!("{name:?} is accepted"),
        Err(error) => error.to_string(),
    };
    names.iter().map(message).collect::<Vec<_>>().join("\n")
}

#[test]
fn applications_have_hyphens_and_24_characters() {
    accepts::<ApplicationName>(&["a", "a1", "a-b", "hello-world-2", "abcdefghijklmnopqrstuvwx"]);
    let refused = ["", "A", "1a", "-a", "a-", "a--b", "a_b", "a.b", "a/b", "a b", "héllo", "abcdefghijklmnopqrstuvwxy"];
    assert_snapshot!(refusals::<ApplicationName>(&refused), @r#"
    application name "": is empty; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "A": 'A' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "1a": does not begin with a letter; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "-a": does not begin with a letter; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "a-": ends with a hyphen; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "a--b": contains "--"; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "a_b": '_' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "a.b": '.' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "a/b": '/' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "a b": ' ' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "héllo": 'é' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    application name "abcdefghijklmnopqrstuvwxy": has 25 characters, the limit is 24; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters
    "#);
    assert_snapshot!(refusals::<ContainerName>(&["web_1"]), @r#"container name "web_1": '_' is not allowed; use a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters"#);
}

#[test]
fn environments_and_installations_have_12_letters_and_digits() {
    accepts::<EnvironmentName>(&["local", "qa", "production", "e2", "abcdefghijkl"]);
    accepts::<InstallationName>(&["jetway", "a"]);
    assert_snapshot!(refusals::<EnvironmentName>(&["", "pre-prod", "Qa", "2qa", "abcdefghijklm", "qa\n"]), @r#"
    environment name "": is empty; use a-z and 0-9, a letter first, 1 to 12 characters
    environment name "pre-prod": '-' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    environment name "Qa": 'Q' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    environment name "2qa": does not begin with a letter; use a-z and 0-9, a letter first, 1 to 12 characters
    environment name "abcdefghijklm": has 13 characters, the limit is 12; use a-z and 0-9, a letter first, 1 to 12 characters
    environment name "qa\n": '\n' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    "#);
    assert_snapshot!(refusals::<InstallationName>(&["a-b", "*"]), @r#"
    installation name "a-b": '-' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    installation name "*": '*' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    "#);
}

#[test]
fn config_names_are_names_of_environment_variables() {
    accepts::<ParameterName>(&["A", "a", "_", "_1", "A_b_2", "AWS", "JETWAY", "PORT", &"x".repeat(256)]);
    let refused = ["", "1A", "A-B", "A=B", "A B", "А", "A\0", "AWS_REGION", "JETWAY_RELEASE", "aws_region", "Jetway_x"];
    assert_snapshot!(refusals::<ParameterName>(&refused), @r#"
    environment variable "": is empty; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "1A": begins with a digit; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "A-B": '-' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "A=B": '=' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "A B": ' ' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "А": 'А' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "A\0": '\0' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "AWS_REGION": AWS_* and JETWAY_* are set by the platform; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "JETWAY_RELEASE": AWS_* and JETWAY_* are set by the platform; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "aws_region": AWS_* and JETWAY_* are set by the platform; use A-Z, a-z, 0-9 and "_", not a digit first
    environment variable "Jetway_x": AWS_* and JETWAY_* are set by the platform; use A-Z, a-z, 0-9 and "_", not a digit first
    "#);
    assert!(refusals::<ParameterName>(&[&"x".repeat(257)]).contains("has 257 characters, the limit is 256"));
}

#[test]
fn an_error_can_be_told_without_the_text() {
    let error = "s3cr3t+text".parse::<ParameterName>().unwrap_err();
    assert_snapshot!(error.without_value(), @r#"environment variable: '+' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first"#);
}

#[test]
fn instances_are_named_by_ec2_or_after_their_host() {
    accepts::<InstanceId>(&["i-0123456789abcdef0", "local-box", "local-my.host_1", &"x".repeat(64)]);
    assert_snapshot!(refusals::<InstanceId>(&["", ".", "..", "a/b", "a b", "../../x"]), @r#"
    instance "": is empty or begins with a dot; use letters, digits, "-", "." and "_", at most 64 characters
    instance ".": is empty or begins with a dot; use letters, digits, "-", "." and "_", at most 64 characters
    instance "..": is empty or begins with a dot; use letters, digits, "-", "." and "_", at most 64 characters
    instance "a/b": '/' is not allowed; use letters, digits, "-", "." and "_", at most 64 characters
    instance "a b": ' ' is not allowed; use letters, digits, "-", "." and "_", at most 64 characters
    instance "../../x": is empty or begins with a dot; use letters, digits, "-", "." and "_", at most 64 characters
    "#);
    assert!(refusals::<InstanceId>(&[&"x".repeat(65)]).contains("has 65 characters, the limit is 64"));
}

#[test]
fn releases_and_config_versions_are_counted() {
    accepts::<ReleaseName>(&["v1", "v42", "v4294967294"]);
    assert_snapshot!(refusals::<ReleaseName>(&["", "v", "v0", "v01", "v-1", "v+1", "42", "V1", "c1", "v1 ", "v4294967295"]), @r#"
    release "": is not a number of that kind; use the letter v and a number, for example v42
    release "v": is not a number of that kind; use the letter v and a number, for example v42
    release "v0": is not a number of that kind; use the letter v and a number, for example v42
    release "v01": is not a number of that kind; use the letter v and a number, for example v42
    release "v-1": is not a number of that kind; use the letter v and a number, for example v42
    release "v+1": is not a number of that kind; use the letter v and a number, for example v42
    release "42": is not a number of that kind; use the letter v and a number, for example v42
    release "V1": is not a number of that kind; use the letter v and a number, for example v42
    release "c1": is not a number of that kind; use the letter v and a number, for example v42
    release "v1 ": is not a number of that kind; use the letter v and a number, for example v42
    release "v4294967295": is not a number of that kind; use the letter v and a number, for example v42
    "#);
    assert_snapshot!(refusals::<ConfigVersion>(&["v1"]), @r#"config version "v1": is not a number of that kind; use the letter c and a number, for example c42"#);
    let tenth: ReleaseName = "v10".parse().unwrap();
    assert!(tenth > "v9".parse().unwrap(), "they are ordered by number");
    assert_eq!((tenth.next().to_string(), tenth.number()), ("v11".to_owned(), 10));
    assert_eq!(ConfigVersion::FIRST.to_string(), "c1");
}

#[test]
fn names_are_checked_when_they_are_read() {
    assert!(serde_json::from_str::<ApplicationName>("\"../x\"").is_err());
    assert!(serde_json::from_str::<ReleaseName>("\"v0\"").is_err());
    let name: ApplicationName = serde_json::from_str("\"hello\"").unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), "\"hello\"");
    assert!(EnvironmentName::local().is_local());
    assert_eq!(InstallationName::default().as_str(), "jetway");
}

#[test]
fn every_host_name_becomes_an_instance_name_and_none_is_made_up() {
    for (host, name) in [("box", "local-box"), ("Büro PC", "local-B-ro-PC"), ("a.b-c", "local-a.b-c")] {
        assert_eq!(InstanceId::of_host(host).unwrap().as_str(), name);
    }
    assert_eq!(InstanceId::of_host(&"x".repeat(200)).unwrap().as_str().len(), 64);
    assert!(InstanceId::of_host("").is_err());
}

#[test]
fn no_environment_is_called_like_a_folder_of_the_store() {
    for name in ["images", "jetway"] {
        let error = name.parse::<EnvironmentName>().unwrap_err().to_string();
        assert!(error.contains("is a folder of the store itself"), "{error}");
        assert!(name.parse::<InstallationName>().is_ok());
    }
}
