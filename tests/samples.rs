//! The sample reports against what their generator counted while it wrote them: no parser was asked
//! for the truth, so decoder, store and totals are all on trial here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ruaudit::decode::{Admission, Limits, decode};
use ruaudit::intake::Intake;
use ruaudit::intake::paths::Paths;
use ruaudit::model::verdict::Tally;
use ruaudit::model::{Filter, Outcome, TraceFilter};
use ruaudit::pipeline::{Ingested, Progress, Terms, ingest};
use ruaudit::store::Store;
use ruaudit::store::sqlite::SqliteStore;
use serde_json::{Value, json};

/// The moment that counts as now: just after the samples' last day.
const NOW: i64 = 1_793_000_000;

struct Silent;

impl Progress for Silent {
    fn expect(&self, _inputs: u64) {}
    fn stored(&self, _inputs: u64) {}
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn truth() -> Value {
    let text = std::fs::read_to_string(root().join("tests/samples/truth.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn read_samples(store: &mut dyn Store) -> Ingested {
    let mut paths = Paths::new(&[root().join("sample-reports")], 25 << 20).unwrap();
    let (limits, admission) = (Limits::default(), Admission::default());
    let terms = Terms { now: NOW, limits: &limits, admission: &admission };
    ingest(&mut paths, store, terms, &Silent).unwrap()
}

fn totals(store: &dyn Store, domain: &str) -> Value {
    let traffic = store.traffic(&Filter { domain: domain.into(), window: None }).unwrap();
    let mut tally = Tally::default();
    for row in &traffic.rows {
        let fingerprint = &traffic.fingerprints[row.fingerprint as usize];
        let aligned = |word: &str| word == "pass";
        tally.add(
            row.messages,
            aligned(fingerprint.dkim.as_str()),
            aligned(fingerprint.spf.as_str()),
        );
    }
    let mut totals = serde_json::to_value(tally).unwrap();
    totals["reports"] = traffic.reports.iter().map(|count| count.reports).sum::<u64>().into();
    totals["records"] = traffic.rows.iter().map(|row| row.records).sum::<u64>().into();
    totals
}

#[test]
fn every_sample_becomes_what_its_generator_says() {
    let truth = truth();
    let mut store = SqliteStore::in_memory().unwrap();
    let ingested = read_samples(&mut store);
    let written = ingested.written;
    let found = json!({
        "inputs": ingested.inputs, "reports": written.reports, "duplicates": written.duplicates,
        "conflicts": written.conflicts, "rejected": written.rejected, "skipped": written.skipped,
        "records": written.records, "messages": written.messages,
    });
    assert_eq!(truth["ingest"], found);
    let found: BTreeMap<String, Value> = store
        .domains()
        .unwrap()
        .into_iter()
        .map(|domain| (domain.clone(), totals(&store, &domain)))
        .collect();
    assert_eq!(truth["domains"], serde_json::to_value(found).unwrap());
}

#[test]
fn every_refusal_is_the_one_that_the_generator_meant() {
    let truth = truth();
    let mut store = SqliteStore::in_memory().unwrap();
    read_samples(&mut store);
    let mut found = BTreeMap::new();
    let mut note = |trace: ruaudit::model::StoredTrace| {
        let origin = trace.origin.split(" > ").next().unwrap();
        let file = Path::new(origin).strip_prefix(root().join("sample-reports")).unwrap();
        let outcome = match trace.outcome.as_str() {
            "conflict" => "conflict".to_owned(),
            outcome => format!("{outcome} {}", trace.reason),
        };
        found.insert(file.display().to_string(), outcome);
        Ok(())
    };
    store.traces(TraceFilter { all: true }, &mut note).unwrap();
    let expected: BTreeMap<String, String> = truth["files"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(file, outcome)| (file.clone(), outcome.as_str().unwrap().to_owned()))
        .filter(|(_, outcome)| !outcome.starts_with("accepted") && outcome != "duplicate")
        .collect();
    assert_eq!(expected, found);
}

#[test]
fn every_issue_is_the_one_that_the_generator_meant() {
    let truth = truth();
    let mut checked = 0;
    for (file, outcome) in truth["files"].as_object().unwrap() {
        let outcome = outcome.as_str().unwrap();
        if outcome.starts_with("accepted") {
            let meant = outcome.strip_prefix("accepted with issues (").unwrap_or_default();
            let meant = meant.trim_end_matches(')').split(", ").filter(|code| !code.is_empty());
            assert_eq!(meant.collect::<BTreeSet<_>>(), issues(file), "{file}");
            checked += 1;
        }
    }
    assert!(checked > 50, "only {checked} files");
}

/// The codes of all issues in a file's reports.
fn issues(file: &str) -> BTreeSet<&'static str> {
    let path = root().join("sample-reports").join(file);
    let raw = Paths::new(&[path], 25 << 20).unwrap().next().unwrap().unwrap();
    let mut codes = BTreeSet::new();
    for trace in decode(raw, NOW, &Limits::default()) {
        let Outcome::Accepted(accepted) = trace.outcome else { panic!("{file}: {trace:?}") };
        codes.extend(accepted.report.issues.iter().map(|issue| issue.code.as_str()));
    }
    codes
}

#[test]
fn reading_the_samples_again_changes_nothing() {
    let mut store = SqliteStore::in_memory().unwrap();
    let first = read_samples(&mut store).written;
    let domains = store.domains().unwrap();
    let before: Vec<Value> = domains.iter().map(|domain| totals(&store, domain)).collect();
    let again = read_samples(&mut store).written;
    assert_eq!((0, 0, 0), (again.reports, again.records, again.conflicts));
    assert_eq!(first.reports + first.duplicates + first.conflicts, again.duplicates);
    let after: Vec<Value> = domains.iter().map(|domain| totals(&store, domain)).collect();
    assert_eq!(before, after);
}
