//! `docs/records.md` lists every code, with its severity as it is found.

use std::collections::BTreeSet;
use std::path::Path;

use ruaudit::record;

#[test]
fn every_code_stands_in_the_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/records.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let found: BTreeSet<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let own = record::dmarc::CODES.iter().chain(record::CODES);
    let missing: Vec<_> = own.filter(|code| !found.contains(**code)).collect();
    assert_eq!(Vec::<&&str>::new(), missing);
    let unknown: Vec<_> = found
        .iter()
        .filter(|code| {
            code.starts_with("dmarc_") || code.starts_with("record_") || code.starts_with("paste_")
        })
        .filter(|code| !record::dmarc::CODES.contains(code) && !record::CODES.contains(code))
        .collect();
    assert_eq!(Vec::<&&str>::new(), unknown);
}

#[test]
fn every_code_of_the_tables_has_the_severity_of_the_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/records.md");
    let text = std::fs::read_to_string(path).unwrap();
    for (_, table) in super::tables() {
        let zones = table.zone.into_iter().flat_map(|row| row.found);
        for told in table.record.into_iter().flat_map(|row| row.findings).chain(zones) {
            let words: Vec<&str> = told.split([' ', ':']).collect();
            let at = words.iter().position(|word| ["error", "warning", "hint"].contains(word));
            let (severity, code) = (words[at.unwrap()], words[at.unwrap() + 1]);
            let Some(row) = text.lines().find(|line| line.starts_with(&format!("| `{code}`")))
            else {
                assert!(code.starts_with("spf_") || code.starts_with("dkim_"), "{code}");
                continue;
            };
            let cell = row.split('|').nth(2).unwrap();
            assert!(cell.contains(severity), "{code} is also a {severity}: {row}");
        }
    }
}
