//! **Invariants**: what must hold of every input, whatever it is. In: the bytes of an input. Out:
//! nothing; a panic where one does not hold.

use std::collections::HashSet;

use ruaudit::decode::{Limits, decode};
use ruaudit::model::{
    Accepted, Fingerprint, Identity, Issue, IssueCode, Origin, Outcome, RawInput, Reason, Report,
    Trace,
};

/// The moment that counts as now: just after the sample reports' last day.
pub const NOW: i64 = 1_793_000_000;

/// The largest count that every JSON reader can hold exactly.
const COUNT_MAX: i64 = (1 << 53) - 1;

/// Limits so small that inputs of a few kilobytes reach them.
#[must_use]
pub fn limits() -> Limits {
    Limits {
        report_bytes: 64 << 10,
        total_bytes: 192 << 10,
        archive_entries: 12,
        gzip_members: 6,
        mime_parts: 24,
        mime_depth: 5,
        header_bytes: 4 << 10,
        xml_depth: 10,
        text_bytes: 200,
        records: 40,
        combinations: 48,
        issues: 24,
        ..Limits::default()
    }
}

/// Decodes an input twice and checks what came out.
///
/// # Panics
/// Where an invariant does not hold.
pub fn check(input: Vec<u8>) {
    let limits = limits();
    let traces = decoded(input.clone(), &limits);
    check_traces(&traces, &limits);
    assert_eq!(traces, decoded(input, &limits), "decoded again, it is something else");
}

fn decoded(bytes: Vec<u8>, limits: &Limits) -> Vec<Trace> {
    decode(RawInput::new(Origin::input("fuzz"), Ok(bytes)), NOW, limits)
}

/// Checks what became of an input.
///
/// # Panics
/// Where an invariant does not hold.
pub fn check_traces(traces: &[Trace], limits: &Limits) {
    assert!(!traces.is_empty(), "nothing became of the input");
    let origins: HashSet<&Origin> = traces.iter().map(|trace| &trace.origin).collect();
    assert_eq!(traces.len(), origins.len(), "two things have one origin");
    for trace in traces {
        match &trace.outcome {
            Outcome::Accepted(accepted) => check_accepted(accepted, limits),
            Outcome::Rejected(rejection) => {
                assert_ne!(Reason::Panicked, rejection.reason, "{}", rejection.detail);
            }
            Outcome::Skipped(_) | Outcome::Deferred(_) => {}
        }
    }
}

fn check_accepted(accepted: &Accepted, limits: &Limits) {
    let report = &accepted.report;
    assert_eq!(Identity::of(report), accepted.identity);
    check_size(report, limits);
    check_period(report, limits);
    for record in &report.records {
        assert!((record.fingerprint as usize) < report.fingerprints.len(), "{record:?}");
        assert!((1..=COUNT_MAX).contains(&record.count), "{record:?}");
    }
    for issue in &report.issues {
        assert!(issue.value.chars().count() <= Issue::VALUE_MAX, "{issue:?}");
    }
    for domain in domains(report) {
        assert_eq!(domain.to_lowercase(), domain, "a domain with upper case");
    }
    assert!(!report.policy.domain.is_empty());
}

fn check_size(report: &Report, limits: &Limits) {
    assert!(report.records.len() <= limits.records);
    // the first of every code is kept whatever the limit
    assert!(report.issues.len() <= limits.issues + IssueCode::ALL.len());
    assert!(report.report_id.len() <= limits.text_bytes);
    assert!(report.reporter.email.len() <= limits.text_bytes);
    let entries: usize = report.fingerprints.iter().map(entries).sum();
    assert!(report.fingerprints.len() + entries <= limits.combinations, "too many combinations");
}

fn entries(of: &Fingerprint) -> usize {
    of.reasons.len() + of.dkim_auth.len() + of.spf_auth.len()
}

fn check_period(report: &Report, limits: &Limits) {
    let times = 0..=NOW + limits.future_seconds;
    assert!(times.contains(&report.begin) && times.contains(&report.end));
}

fn domains(report: &Report) -> impl Iterator<Item = &str> {
    let policy = std::iter::once(report.policy.domain.as_str());
    policy.chain(report.fingerprints.iter().flat_map(|of| {
        let envelope = of.envelope_from.iter().chain(&of.envelope_to).map(String::as_str);
        let dkim = of.dkim_auth.iter().map(|auth| auth.domain.as_str());
        let spf = of.spf_auth.iter().map(|auth| auth.domain.as_str());
        std::iter::once(of.header_from.as_str()).chain(envelope).chain(dkim).chain(spf)
    }))
}
