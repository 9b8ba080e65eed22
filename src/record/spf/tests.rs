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
    let table: Table = toml::from_str(include_str!("../../../tests/records/spf.toml")).unwrap();
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
