//! What has no row in the tables of tests/records.

use super::*;

#[test]
fn what_is_too_long_is_not_looked_at() {
    let linted = lint(&"v=x; ".repeat(2_000));
    assert_eq!("dkim_too_long", linted.findings[0].code);
    assert_eq!((1, None), (linted.findings.len(), linted.corrected));
}

#[test]
fn every_code_stands_in_the_document() {
    let text = include_str!("../../../docs/records.md");
    for code in CODES {
        assert!(text.contains(&format!("`{code}`")), "{code}");
    }
}
