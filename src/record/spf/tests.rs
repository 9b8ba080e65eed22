//! The table in tests/records: every row as it is told there.

use super::*;
use crate::record::table;

const TABLE: &str = include_str!("../../../tests/records/spf.toml");

#[test]
fn records_of_the_table_are_judged_as_it_says() {
    table::judge(TABLE, lint);
}

#[test]
fn every_code_is_in_the_table() {
    table::has_every_code(TABLE, CODES, &["spf_deprecated_type", "spf_too_long"]);
}

#[test]
fn what_is_too_long_is_not_looked_at() {
    let linted = lint(&"v=x; ".repeat(2_000));
    assert_eq!("spf_too_long", linted.findings[0].code);
    assert_eq!((1, None), (linted.findings.len(), linted.corrected));
}

#[test]
fn every_code_stands_in_the_document() {
    let text = include_str!("../../../docs/records.md");
    for code in CODES.iter().chain(EXPANSION_CODES) {
        assert!(text.contains(&format!("`{code}`")), "{code}");
    }
}
