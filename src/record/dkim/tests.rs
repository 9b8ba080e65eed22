//! What has no row in the tables of tests/records.

use super::*;

#[test]
fn what_is_too_long_is_not_looked_at() {
    let linted = lint(&"v=x; ".repeat(2_000));
    assert_eq!("dkim_too_long", linted.findings[0].code);
    assert_eq!((1, None), (linted.findings.len(), linted.corrected));
}

#[test]
fn a_place_is_that_of_whole_characters() {
    let text = "v=DKIM1; t=y; k=ed25519; p=Q\u{a0}uOuLTXonX7Qf912JbCZdZydZHfNzxr/jRijJmD07o=";
    for finding in lint(text).findings {
        assert!(finding.place.is_none_or(|at| text.get(at.from..at.to).is_some()), "{finding:?}");
    }
}

#[test]
fn every_code_stands_in_the_document() {
    let text = include_str!("../../../docs/records.md");
    for code in CODES {
        assert!(text.contains(&format!("`{code}`")), "{code}");
    }
}
