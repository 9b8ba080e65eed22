//! What has no row in the tables of tests/records.

use super::*;

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

#[test]
fn of_very_many_who_may_send_some_are_named() {
    let includes =
        |count| -> String { (0..count).map(|at| format!(" include:a{at}.example")).collect() };
    let told =
        |count| lint(&format!("v=spf1 ip4:192.0.2.1{} ~all", includes(count))).effect[0].clone();
    assert!(told(9).ends_with("a7.example lets pass and whom a8.example lets pass"), "{}", told(9));
    assert!(told(10).ends_with("whom a7.example lets pass and 2 others"), "{}", told(10));
}
