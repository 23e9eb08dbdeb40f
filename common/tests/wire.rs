//! Files that released versions wrote stay readable, and are written again to the same bytes.
//!
//! The fixtures in `tests/fixtures/wire` are only ever added to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

use std::fs;
use std::path::PathBuf;

use jetway_common::agent_package::CurrentPackage;
use jetway_common::boot_file::BootFile;
use jetway_common::current::Current;
use jetway_common::document::Document;
use jetway_common::image::Layer;
use jetway_common::lock::Lock;
use jetway_common::release::ReleaseRecord;
use jetway_common::report::BootReport;

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/wire");
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
fn stays_readable<D: Document>(name: &str) -> D {
    let bytes = fixture(name);
    let document = D::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(String::from_utf8(document.to_bytes().unwrap()).unwrap(), String::from_utf8(bytes).unwrap(), "{name}");
    document
}

#[test]
fn documents_of_format_1_stay_readable() {
    let record: ReleaseRecord = stays_readable("v1/release.json");
    assert_eq!(record.release.to_string(), "v42");
    let record: ReleaseRecord = stays_readable("v1/release-machine.json");
    assert_eq!(record.machine.unwrap().image, "ami-0123456789abcdef0");
    stays_readable::<BootFile>("v1/boot.json");
    stays_readable::<Current>("v1/current.json");
    stays_readable::<Current>("v1/current-accepted.json");
    stays_readable::<Current>("v1/current-withdrawn.json");
    stays_readable::<Lock>("v1/lock.json");
    stays_readable::<BootReport>("v1/report.json");
    stays_readable::<Layer>("v1/layer.json");
    stays_readable::<CurrentPackage>("v1/agent-package.json");
}

#[track_caller]
fn refusal(text: &str) -> String {
    Current::from_bytes(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_is_no_document_is_refused_by_name() {
    insta::assert_snapshot!(refusal(""), @"the pointer to the live release cannot be read: it is empty");
    insta::assert_snapshot!(refusal("[]"), @"the pointer to the live release has no format number: it was not written by Jetway");
    insta::assert_snapshot!(refusal("{}"), @"the pointer to the live release has no format number: it was not written by Jetway");
    insta::assert_snapshot!(refusal(r#"{"format":"1"}"#), @"the pointer to the live release has no format number: it was not written by Jetway");
    insta::assert_snapshot!(refusal(r#"{"format":2}"#), @"the pointer to the live release has format 2 and this version reads formats 1 to 1: use a newer Jetway");
    insta::assert_snapshot!(
        refusal(r#"{"format":1,"live":"x1","previous":null,"pending":null,"updated_at":"2026-01-02T03:04:05Z"}"#),
        @r#"the pointer to the live release cannot be read: at `live`: release "x1": is not a number of that kind; use the letter v and a number, for example v42"#
    );
    insta::assert_snapshot!(
        refusal(r#"{"format":1,"live":null,"previous":null,"pending":null,"updated_at":"2026-01-02T03:04:05Z","more":1}"#),
        @"the pointer to the live release cannot be read: at `more`: unknown field `more`, expected one of `live`, `previous`, `pending`, `withdrawn`, `updated_at`"
    );
}

#[test]
fn a_document_larger_than_any_is_refused_before_it_is_parsed() {
    let error = Current::from_bytes(&vec![b' '; 1024 * 1024 + 1]).unwrap_err();
    assert_eq!(error.to_string(), "the pointer to the live release has 1048577 bytes, more than the 1048576 allowed");
}
