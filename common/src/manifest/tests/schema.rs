//! The published schema, as a reviewer of a change to the table of keys sees it.

use insta::assert_snapshot;

use crate::manifest::json_schema;

#[test]
fn the_schema_is_what_editors_get() {
    assert_snapshot!(serde_json::to_string_pretty(&json_schema()).unwrap());
}
