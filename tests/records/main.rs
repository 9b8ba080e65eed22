//! The **tables of records**: every `*.toml` beside this file is read, and each row checked.
//!
//! A `[[record]]` has `given` (what is pasted), `kind` (what it must be taken for; dmarc in dmarc.toml,
//! and so on, unless said; `none`), `findings` (all of them, in their order: severity, code, and behind
//! a colon the letters at its place) and `corrected` (absent where there must be none). A `[[zone]]` has
//! `given`, a zone file, and `found`: the line in front of each finding. A `[[record]]` with `expect` is a
//! bare value, which is checked without the rules of pasting; `place` is that of the first finding.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ruaudit::model::finding::{Checked, Finding, Severity};
use ruaudit::record;
use serde::Deserialize;

mod documented;
mod program;
mod rules;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    record: Vec<Row>,
    #[serde(default)]
    zone: Vec<Zone>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default)]
    what: String,
    given: String,
    kind: Option<String>,
    #[serde(default)]
    findings: Vec<String>,
    corrected: Option<String>,
    /// Of a bare value, severities and codes.
    expect: Option<Vec<(String, String)>>,
    /// The letters at the first place.
    place: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Zone {
    what: String,
    given: String,
    found: Vec<String>,
}

/// Every table with the kind that its name tells.
fn tables() -> Vec<(String, Table)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/records");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let table = toml::from_str(&text);
        let table = table.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_stem().unwrap().to_string_lossy().into_owned(), table)
    };
    files.iter().map(read).collect()
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

/// A finding as the tables write it.
fn written(checked: &Checked, finding: &Finding) -> String {
    let letters = finding.place.map(|place| &checked.text[place.from..place.to]);
    let letters = letters.map_or(String::new(), |letters| format!(": {letters}"));
    format!("{} {}{letters}", word(finding.severity), finding.code)
}

#[test]
fn every_record_has_the_findings_of_its_row_and_is_corrected_so() {
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for (name, table) in tables() {
        for row in table.record {
            rows += 1;
            if row.expect.is_some() {
                wrong.extend(bare(&name, &row));
                continue;
            }
            let checked = record::check(&row.given, None);
            let found: Vec<_> = checked.findings.iter().map(|one| written(&checked, one)).collect();
            let kind = checked.kind.map_or("none".to_owned(), |kind| kind.as_str().to_lowercase());
            let wanted = (row.kind.unwrap_or_else(|| name.clone()), row.findings, row.corrected);
            let found = (kind, found, checked.corrected);
            if wanted != found {
                wrong
                    .push(format!("{name}: {}\n  wanted {wanted:?}\n  found  {found:?}", row.what));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows >= 120, "only {rows} rows");
}

/// What is wrong with a row that has a bare value.
fn bare(name: &str, row: &Row) -> Option<String> {
    let linted = match name {
        "spf" => record::spf::lint(&row.given),
        "dkim" => record::dkim::lint(&row.given),
        _ => record::dmarc::lint(&row.given),
    };
    let mut findings = linted.findings;
    findings.sort_by_key(|one| (one.severity, one.place.map(|place| place.from)));
    let place = findings.first().and_then(|first| first.place);
    let place = place.map(|place| row.given[place.from..place.to].to_owned());
    let found: Vec<_> =
        findings.iter().map(|one| (word(one.severity).to_owned(), one.code.to_owned())).collect();
    let wanted = (row.expect.clone()?, row.place.clone(), row.corrected.clone());
    let found = (found, place, linted.corrected);
    let wrong = wanted != found;
    wrong.then(|| format!("{name}: {}\n  wanted {wanted:?}\n  found  {found:?}", row.given))
}

#[test]
fn every_zone_has_the_findings_of_its_row_on_their_lines() {
    let mut wrong = Vec::new();
    for row in tables().into_iter().flat_map(|(_, table)| table.zone) {
        let mut found = Vec::new();
        for one in record::zone(&row.given) {
            let checked = &one.checked;
            let told = checked.findings.iter().map(|it| written(checked, it));
            found.extend(told.map(|told| format!("{} {told}", one.line)));
        }
        if row.found != found {
            wrong.push(format!("{}\n  wanted {:?}\n  found  {found:?}", row.what, row.found));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_corrected_is_without_errors_and_needs_no_correction() {
    for row in tables().into_iter().flat_map(|(_, table)| table.record) {
        let Some(corrected) = record::check(&row.given, None).corrected else { continue };
        let again = record::check(&corrected, None);
        let errors: Vec<_> =
            again.findings.iter().filter(|one| one.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {corrected}: {errors:?}", row.what);
        assert_eq!(None, again.corrected, "{}", row.what);
    }
}

#[test]
fn each_row_says_what_receivers_do() {
    for (name, table) in tables() {
        for row in table.record.iter().filter(|_| name == "dmarc") {
            let effect = record::check(&row.given, None).effect;
            assert!(!effect.is_empty() || row.kind.is_some(), "{}", row.what);
        }
    }
}

#[test]
fn every_code_has_a_row_and_no_row_another_code() {
    let mut seen = BTreeSet::new();
    for (_, table) in tables() {
        let zones = table.zone.into_iter().flat_map(|row| row.found);
        let bare = table.record.iter().filter_map(|row| row.expect.as_ref()).flatten();
        seen.extend(bare.map(|(_, code)| code.clone()));
        for told in table.record.into_iter().flat_map(|row| row.findings).chain(zones) {
            let words = told.split([' ', ':']).take_while(|word| !word.is_empty());
            seen.extend(words.filter(|word| word.contains('_')).map(str::to_owned));
        }
    }
    let rules = [record::dmarc::CODES, record::spf::CODES, record::dkim::CODES, record::CODES];
    let codes: Vec<_> = rules.into_iter().flatten().copied().collect();
    let missing: Vec<_> = codes.iter().filter(|code| !seen.contains(**code)).collect();
    // their rows would be longer than all others together
    let long =
        ["dmarc_many_parts", "spf_too_long", "dkim_too_long", "record_too_long", "zone_more"];
    assert_eq!(long.iter().collect::<Vec<_>>(), missing);
    let unknown: Vec<_> = seen.iter().filter(|code| !codes.contains(&code.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
