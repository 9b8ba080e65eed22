//! What became of an input, and words for it that make a failed test readable.

use std::collections::BTreeMap;

use ruaudit::decode::{Limits, decode};
use ruaudit::model::{
    Filter, Fingerprint, Identity, Origin, Outcome, RawInput, Report, Trace, Traffic, Written,
};
use ruaudit::store::Store;
use ruaudit::store::sqlite::SqliteStore;

/// The moment that counts as now: 2026-11-18T11:06:40Z.
pub(crate) const NOW: i64 = 1_795_000_000;

/// Decodes an input that lies at that place.
pub(crate) fn traces_of(place: &str, input: impl Into<Vec<u8>>, limits: &Limits) -> Vec<Trace> {
    decode(RawInput::new(Origin::input(place), Ok(input.into())), NOW, limits)
}

/// Decodes an input.
pub(crate) fn traces(input: impl Into<Vec<u8>>) -> Vec<Trace> {
    traces_of("in", input, &Limits::default())
}

/// An outcome in words: `report`, `rejected unpack/corrupt`, `skipped empty`.
fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted(_) => "report".into(),
        Outcome::Rejected(r) => format!("rejected {}/{}", r.stage.as_str(), r.reason.as_str()),
        Outcome::Skipped(reason) => format!("skipped {}", reason.as_str()),
        Outcome::Deferred(reason) => format!("deferred {}", reason.as_str()),
    }
}

/// What became of everything in an input, in words.
pub(crate) fn outcomes(input: impl Into<Vec<u8>>) -> Vec<String> {
    outcomes_with(input, &Limits::default())
}

/// The same under these limits.
pub(crate) fn outcomes_with(input: impl Into<Vec<u8>>, limits: &Limits) -> Vec<String> {
    traces_of("in", input, limits).iter().map(|trace| word(&trace.outcome)).collect()
}

/// The reports in an input that holds nothing else that was looked at.
#[track_caller]
pub(crate) fn reports(input: impl Into<Vec<u8>>) -> Vec<Report> {
    let mut all = Vec::new();
    for trace in traces(input) {
        match trace.outcome {
            Outcome::Accepted(accepted) => all.push(accepted.report),
            other => panic!("no report at `{}`: {} {other:?}", trace.origin, word(&other)),
        }
    }
    all
}

/// The one report in an input.
#[track_caller]
pub(crate) fn read(input: impl Into<Vec<u8>>) -> Report {
    let mut all = reports(input);
    assert_eq!(1, all.len(), "reports in the input");
    all.remove(0)
}

/// The one report in an input, in which nothing is odd.
#[track_caller]
pub(crate) fn clean(input: impl Into<Vec<u8>>) -> Report {
    let report = read(input);
    assert_issues(&[], &report);
    report
}

/// The issues as (code, value), in the order of the codes.
fn issues(report: &Report) -> Vec<(String, String)> {
    let pair = |issue: &ruaudit::model::Issue| {
        let more = if issue.more > 0 { format!(" and {} more", issue.more) } else { String::new() };
        (issue.code.as_str().to_owned(), format!("{}{more}", issue.value))
    };
    let mut all: Vec<_> = report.issues.iter().map(pair).collect();
    all.sort();
    all
}

/// Asserts that these are the report's issues as (code, value), in whatever order, and no other.
#[track_caller]
pub(crate) fn assert_issues(expected: &[(&str, &str)], report: &Report) {
    let own = |pair: &(&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
    let mut expected: Vec<_> = expected.iter().map(own).collect();
    expected.sort();
    assert_eq!(expected, issues(report), "(code, value) of each issue: {:#?}", report.issues);
}

/// Asserts that what the report lacks stands at these places, and that nothing else is odd.
#[track_caller]
pub(crate) fn assert_missing(places: &[&str], report: &Report) {
    assert_issues(&vec![("missing_element", ""); places.len()], report);
    let found: Vec<_> = report.issues.iter().map(|issue| issue.place.as_str()).collect();
    assert_eq!(places, found, "places of what is missing");
}

/// Asserts that an input holds the plain report, whole, and nothing else.
#[track_caller]
pub(crate) fn assert_plain(input: impl Into<Vec<u8>>) {
    assert_eq!(clean(super::build::plain()), read(input), "not the plain report");
}

/// Where the one report in an input stood, as a way inside.
#[track_caller]
pub(crate) fn way_to_report(input: impl Into<Vec<u8>>) -> String {
    let all = traces(input);
    assert_eq!(vec!["report"], all.iter().map(|t| word(&t.outcome)).collect::<Vec<_>>());
    all[0].origin.part.clone()
}

/// What the only row says.
#[track_caller]
pub(crate) fn only(report: &Report) -> &Fingerprint {
    assert_eq!((1, 1), (report.records.len(), report.fingerprints.len()), "rows, fingerprints");
    &report.fingerprints[0]
}

/// Address and count of each row.
pub(crate) fn rows(report: &Report) -> Vec<(String, i64)> {
    report.records.iter().map(|row| (row.source.to_string(), row.count)).collect()
}

/// All messages of a report.
pub(crate) fn messages(report: &Report) -> i64 {
    report.records.iter().map(|row| row.count).sum()
}

/// What the one report in an input is known by.
#[track_caller]
pub(crate) fn identity(input: impl Into<Vec<u8>>) -> Identity {
    Identity::of(&read(input))
}

/// Writes these inputs into one store, each in a batch of its own, and adds up.
pub(crate) fn store(inputs: &[Vec<u8>]) -> (SqliteStore, Written) {
    let mut store = SqliteStore::in_memory().unwrap();
    let mut written = Written::default();
    for (number, input) in inputs.iter().enumerate() {
        let batch = traces_of(&format!("in {number}"), input.clone(), &Limits::default());
        written += store.write(&batch, NOW).unwrap();
    }
    (store, written)
}

/// Reports, duplicates, conflicts and messages of these inputs.
pub(crate) fn counted(inputs: &[Vec<u8>]) -> (u64, u64, u64, u64) {
    let (_, written) = store(inputs);
    (written.reports, written.duplicates, written.conflicts, written.messages)
}

/// All traffic of acme.example.
pub(crate) fn traffic(store: &SqliteStore) -> Traffic {
    store.traffic(&Filter { domain: "acme.example".into(), window: None }).unwrap()
}

/// Messages of acme.example by address.
pub(crate) fn by_address(store: &SqliteStore) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for row in traffic(store).rows {
        *sums.entry(row.source.to_string()).or_default() += row.messages;
    }
    sums
}
