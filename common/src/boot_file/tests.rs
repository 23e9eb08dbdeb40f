//! What boot files may say, and what people are told of those that are wrong.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

const EC2: &str = r#"{
  "format": 1,
  "installation": "jetway",
  "environment": "qa",
  "application": "web",
  "release": "v42",
  "record": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "deadline": "15m",
  "platform": {
    "kind": "ec2",
    "bucket": "jetway-storage",
    "account": "123456789012",
    "region": "us-west-2",
    "key": "arn:aws:kms:us-west-2:123456789012:key/11111111-2222-3333-4444-555555555555",
    "stack": "jetway-release-qa-web--v42",
    "resource": "Group",
    "launch_hook": "jetway-launch",
    "terminate_hook": "jetway-terminate",
    "draining": "30s",
    "log_group": "/jetway/qa/web"
  }
}
"#;

fn told(bytes: &[u8]) -> String {
    BootFile::from_bytes(bytes).expect_err("it is wrong").to_string()
}

/// What people are told when the one text is replaced by the other.
#[track_caller]
fn told_of(from: &str, to: &str) -> String {
    assert!(EC2.contains(from), "{from}");
    told(EC2.replacen(from, to, 1).as_bytes())
}

#[test]
fn a_place_on_ec2_is_read_and_written_the_same() {
    let file = BootFile::from_bytes(EC2.as_bytes()).unwrap();
    let Platform::Ec2(place) = &file.platform else { panic!("{file:?}") };
    assert_eq!(place.bucket.as_str(), "jetway-storage");
    let value = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    assert_eq!(value(&file.to_bytes().unwrap()), value(EC2.as_bytes()));
}

#[test]
fn the_ends_of_lines_do_not_matter() {
    let file = BootFile::from_bytes(EC2.replace('\n', "\r\n").as_bytes()).unwrap();
    assert_eq!(file, BootFile::from_bytes(EC2.as_bytes()).unwrap());
}

#[test]
fn a_field_that_is_wrong_is_named() {
    let table = [
        ("\"region\": \"us-west-2\",", ""),
        ("\"region\"", "\"regoin\": \"x\",\n\"region\""),
        ("\"us-west-2\"", "7"),
        ("\"123456789012\"", "123456789012"),
        ("\"123456789012\"", "\"1234\""),
        ("\"jetway-storage\"", "\"Jetway Storage\""),
        ("\"jetway-storage\"", "\"a\", \"bucket\": \"b\""),
        ("key/11111111-2222-3333-4444-555555555555", "alias/jetway"),
        ("\"ec2\"", "\"ec3\""),
        ("\"kind\": \"ec2\",", ""),
        ("\"ec2\"", "\"local\""),
        ("\"qa\"", "\"Q A\""),
        ("\"v42\"", "\"42\""),
        ("\"sha256:aaaa", "\"sha256:"),
        ("\"15m\"", "\"soon\""),
        ("\"release\"", "\"realease\": 1,\n\"release\""),
        ("\"environment\": \"qa\",", ""),
        ("\"format\": 1", "\"format\": 9"),
        ("\"format\": 1,", ""),
        ("\"us-west-2\"", "\"us-west-2\\u0000\""),
    ];
    let told: Vec<String> = table.iter().map(|(from, to)| told_of(from, to)).collect();
    assert_snapshot!(told.join("\n"), @r#"
    the boot file cannot be read: at `platform`: missing field `region`
    the boot file cannot be read: at `platform`: `regoin`: unknown field `regoin`, expected one of `bucket`, `account`, `region`, `key`, `stack`, `resource`, `launch_hook`, `terminate_hook`, `draining`, `log_group`
    the boot file cannot be read: at `platform`: `region`: invalid type: integer `7`, expected a string
    the boot file cannot be read: at `platform`: `account`: invalid type: integer `123456789012`, expected a string
    the boot file cannot be read: at `platform`: `account`: AWS account "1234": is not one; use 12 digits
    the boot file cannot be read: at `platform`: `bucket`: bucket "Jetway Storage": is not one; use a-z, 0-9, "-" and ".", 3 to 63 characters
    the boot file cannot be read: at `platform`: `bucket` is there twice at line 11 column 32
    the boot file cannot be read: at `platform`: `key`: key "arn:aws:kms:us-west-2:123456789012:alias/jetway": is not one; use an ARN such as arn:aws:kms:us-west-2:123456789012:key/1234abcd-...
    the boot file cannot be read: at `platform`: `kind` is "ec3", expected "local" or "ec2"
    the boot file cannot be read: at `platform`: missing field `kind`
    the boot file cannot be read: at `platform`: `account`: unknown field `account`, expected `store` or `key`
    the boot file cannot be read: at `environment`: environment name "Q A": 'Q' is not allowed; use a-z and 0-9, a letter first, 1 to 12 characters
    the boot file cannot be read: at `release`: release "42": is not a number of that kind; use the letter v and a number, for example v42
    the boot file cannot be read: at `record`: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is not a digest: expected `sha256:` and 64 hexadecimal digits in lower case
    the boot file cannot be read: at `deadline`: "soon" is not a length of time; write a whole number and its unit, for example "30s", "2m" or "1h"
    the boot file cannot be read: at `realease`: unknown field `realease`, expected one of `installation`, `environment`, `application`, `release`, `record`, `deadline`, `imds`, `platform`
    the boot file cannot be read: missing field `environment`
    the boot file has format 9 and this version reads formats 1 to 1: use a newer Jetway
    the boot file has no format number: it was not written by Jetway
    the boot file cannot be read: at `platform`: `region`: AWS region "us-west-2\0": is not one; use a name such as us-west-2
    "#);
}

#[test]
fn what_is_no_boot_file_at_all_is_called_by_its_name() {
    let mut utf8 = EC2.as_bytes().to_vec();
    utf8[30] = 0xff;
    let table: [&[u8]; 12] = [
        b"",
        b" \n",
        &[0x1f, 0x8b, 8, 0, 0, 0],
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed\n",
        b"#cloud-config\nwrite_files: []\n",
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>",
        format!("\u{feff}{EC2}").leak().as_bytes(),
        EC2.replacen("\"qa\"", "\"q\0a\"", 1).leak().as_bytes(),
        &EC2.as_bytes()[..200],
        utf8.leak(),
        b"[]",
    ];
    let told: Vec<String> = table.iter().map(|bytes| told(bytes)).collect();
    assert_snapshot!(told.join("\n"), @r#"
    the boot file cannot be read: it is empty
    the boot file cannot be read: it is empty
    the boot file cannot be read: it is compressed with gzip
    the boot file cannot be read: it is a MIME document
    the boot file cannot be read: it is user data, not what user data carries
    the boot file cannot be read: it is a page in HTML: something answers in the place of AWS
    the boot file cannot be read: it is XML
    the boot file cannot be read: it begins with a byte order mark
    the boot file cannot be read: it contains a NUL
    the boot file cannot be read: EOF while parsing a value at line 8 column 1
    the boot file cannot be read: it is not UTF-8 at byte 30
    the boot file has no format number: it was not written by Jetway
    "#);
}

proptest! {
    /// Not a panic, and never another file than the one that was written.
    #[test]
    fn no_changed_byte_makes_another_place_of_it(at in 0..EC2.len(), byte in any::<u8>()) {
        let mut bytes = EC2.as_bytes().to_vec();
        bytes[at] = byte;
        if let Ok(file) = BootFile::from_bytes(&bytes) {
            let again = BootFile::from_bytes(&file.to_bytes().unwrap()).unwrap();
            prop_assert_eq!(file, again);
        }
    }

    #[test]
    fn a_file_that_is_cut_is_refused(at in 0..EC2.len() - 2) {
        prop_assert!(BootFile::from_bytes(&EC2.as_bytes()[..at]).is_err());
    }

    #[test]
    fn whatever_the_bytes_are_the_answer_is_one_sentence(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let told = BootFile::from_bytes(&bytes).unwrap_err().to_string();
        prop_assert!(told.starts_with("the boot file"), "{}", told);
    }
}
