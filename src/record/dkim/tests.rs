//! The table in tests/records: every row as it is told there.

use super::*;
use crate::model::finding::Finding;
use crate::record::Linted;

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

#[test]
fn records_of_the_table_are_judged_as_it_says() {
    let table: Table = toml::from_str(include_str!("../../../tests/records/dkim.toml")).unwrap();
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

#[test]
fn every_code_is_in_the_table() {
    let table: Table = toml::from_str(include_str!("../../../tests/records/dkim.toml")).unwrap();
    let rows: Vec<String> =
        table.record.into_iter().flat_map(|row| row.expect).map(|(_, code)| code).collect();
    let elsewhere = ["dkim_too_long"];
    for code in CODES.iter().filter(|code| !elsewhere.contains(code)) {
        assert!(rows.iter().any(|row| row == code), "{code}");
    }
    for code in rows {
        assert!(CODES.contains(&code.as_str()), "{code}");
    }
}

#[test]
fn what_is_too_long_is_not_looked_at() {
    let linted = lint(&"v=x; ".repeat(2_000));
    assert_eq!("dkim_too_long", linted.findings[0].code);
    assert_eq!((1, None), (linted.findings.len(), linted.corrected));
}
