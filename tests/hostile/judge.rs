//! What became of an input, in words that a test can compare.

use std::time::{Duration, Instant};

use ruaudit::decode::{Limits, decode};
use ruaudit::model::{Origin, Outcome, RawInput, Rejection, Report, Trace};

use crate::report::NOW;

/// Everything that one input became.
pub(crate) fn traces(bytes: &[u8], limits: &Limits) -> Vec<Trace> {
    decode(RawInput::new(Origin::input("in"), Ok(bytes.to_vec())), NOW, limits)
}

/// Each outcome: `accepted` and the codes of its issues, `skipped reason`, or `stage reason`.
pub(crate) fn words(bytes: &[u8]) -> Vec<String> {
    words_with(bytes, &Limits::default())
}

/// The same under other limits.
pub(crate) fn words_with(bytes: &[u8], limits: &Limits) -> Vec<String> {
    traces(bytes, limits).iter().map(|trace| word(&trace.outcome)).collect()
}

/// How often each outcome is there, in the order of their words.
pub(crate) fn tally(bytes: &[u8], limits: &Limits) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for word in words_with(bytes, limits) {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted(accepted) => {
            let mut codes: Vec<_> =
                accepted.report.issues.iter().map(|issue| issue.code.as_str()).collect();
            codes.dedup();
            [&["accepted"], &codes[..]].concat().join(" ")
        }
        Outcome::Rejected(rejection) => {
            format!("{} {}", rejection.stage.as_str(), rejection.reason.as_str())
        }
        Outcome::Skipped(reason) => format!("skipped {}", reason.as_str()),
        Outcome::Deferred(reason) => format!("deferred {}", reason.as_str()),
    }
}

/// The reports in an input.
pub(crate) fn reports(bytes: &[u8]) -> Vec<Report> {
    let outcomes = traces(bytes, &Limits::default()).into_iter().map(|trace| trace.outcome);
    outcomes
        .filter_map(|outcome| match outcome {
            Outcome::Accepted(accepted) => Some(accepted.report),
            _ => None,
        })
        .collect()
}

/// The one report in an input that holds nothing else.
pub(crate) fn report(bytes: &[u8]) -> Report {
    let words = words(bytes);
    assert_eq!(1, words.len(), "{words:?}");
    reports(bytes).pop().unwrap_or_else(|| panic!("{words:?}"))
}

/// The issues of the one report: code and value.
pub(crate) fn issues(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let issues = report(bytes).issues;
    issues.into_iter().map(|issue| (issue.code.as_str(), issue.value)).collect()
}

/// The one rejection in an input that holds nothing else.
pub(crate) fn rejection(bytes: &[u8], limits: &Limits) -> Rejection {
    let mut traces = traces(bytes, limits);
    assert_eq!(1, traces.len(), "{traces:?}");
    match traces.remove(0).outcome {
        Outcome::Rejected(rejection) => rejection,
        other => panic!("{}", word(&other)),
    }
}

/// Runs, and asserts that it did not take a time that only a quadratic walk can take.
pub(crate) fn quickly<T>(run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
    result
}
