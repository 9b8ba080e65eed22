//! The documents in `docs/` against the program: every limit and every code stands there, as it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::collections::BTreeSet;
use std::path::Path;

use ruaudit::decode::Limits;
use ruaudit::model::{IssueCode, Reason, Standing};

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The rows of the tables in a text, cell by cell, without code marks.
fn rows(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.split('|').skip(1).map(|cell| cell.trim().replace('`', "")).collect())
        .collect()
}

#[test]
fn every_limit_stands_there_with_its_default() {
    let limits = toml::Table::try_from(Limits::default()).unwrap();
    let expected: BTreeSet<_> =
        limits.iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
    let rows = rows(&document("limits.md"));
    let found: BTreeSet<_> = rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(expected, found);
}

#[test]
fn every_code_stands_there_and_no_other() {
    let text = document("codes.md");
    let (reasons, issues) = text.split_once("## What was odd").unwrap();
    let named = |text| rows(text).into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    let aside = Standing::ALL.iter().skip(1).map(|standing| standing.as_str());
    let expected: BTreeSet<_> = Reason::ALL.iter().map(|code| code.as_str()).chain(aside).collect();
    let found = named(reasons);
    assert_eq!(expected, found.iter().map(String::as_str).collect());
    let expected: BTreeSet<_> = IssueCode::ALL.iter().map(|code| code.as_str()).collect();
    let found = named(issues);
    assert_eq!(expected, found.iter().map(String::as_str).collect());
}
