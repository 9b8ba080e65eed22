//! A **table** of records in `tests/records`, held against the rules of its kind.
//!
//! In: the text of the table, and the rules. Out: nothing, or a failed test that names the row.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use crate::model::finding::Finding;

use super::Linted;

#[derive(serde::Deserialize)]
struct Table {
    record: Vec<Row>,
}

#[derive(serde::Deserialize)]
struct Row {
    given: String,
    expect: Vec<(String, String)>,
    place: Option<String>,
    corrected: Option<String>,
}

/// The findings, the worst first, then by place.
fn sorted(linted: &Linted) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = linted.findings.iter().collect();
    findings.sort_by_key(|found| (found.severity, found.place.map(|place| place.from)));
    findings
}

/// Judges every row, and looks whether each says what came of it.
pub(super) fn judge(table: &str, lint: impl Fn(&str) -> Linted) {
    let table: Table = toml::from_str(table).unwrap();
    assert!(table.record.len() >= 50);
    for row in table.record {
        let linted = lint(&row.given);
        let found = sorted(&linted);
        let codes: Vec<(String, String)> = found
            .iter()
            .map(|one| (format!("{:?}", one.severity).to_lowercase(), one.code.to_owned()))
            .collect();
        assert_eq!(row.expect, codes, "{}", row.given);
        let place = found.first().and_then(|one| one.place);
        let place = place.map(|place| row.given[place.from..place.to].to_owned());
        assert_eq!(row.place, place, "{}", row.given);
        assert_eq!(row.corrected, linted.corrected, "{}", row.given);
    }
}

/// Looks whether the table has every code, but for some that stand elsewhere, and no other.
pub(super) fn has_every_code(table: &str, codes: &[&str], elsewhere: &[&str]) {
    let table: Table = toml::from_str(table).unwrap();
    let rows: Vec<String> =
        table.record.into_iter().flat_map(|row| row.expect).map(|(_, code)| code).collect();
    for code in codes.iter().filter(|code| !elsewhere.contains(code)) {
        assert!(rows.iter().any(|row| row == code), "{code}");
    }
    for code in rows {
        assert!(codes.contains(&code.as_str()), "{code}");
    }
}
