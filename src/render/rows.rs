//! **Rows** for spreadsheets and databases: one flat list of values a thing, in a fixed order.
//!
//! In: records, sources, domains, reports and traces. Out: columns and values; [`csv`](super::csv) and
//! [`json`](super::json) write them. The names and their order are a contract: new ones go last.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::model::day::rfc3339;
use crate::model::kept::{HostStatus, KeptHost};
use crate::model::labelling::ListedLabel;
use crate::model::verdict::{DomainSummary, Recommendation, SourceSummary, Tally};
use crate::model::{DkimAuth, OverrideReason, ReportLine, SpfAuth, StoredRecord, StoredTrace};

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text, as it was reported.
    Text(Cow<'a, str>),
    /// A count.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Not said.
    Missing,
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => out.serialize_str(text),
            Self::Number(number) => out.serialize_u64(*number),
            Self::Flag(flag) => out.serialize_bool(*flag),
            Self::Missing => out.serialize_none(),
        }
    }
}

/// A row with its names, as JSON has it.
pub struct Named<'a>(pub &'a [&'a str], pub &'a [Value<'a>]);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(self.1.len()))?;
        for (name, value) in self.0.iter().zip(self.1) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The columns of a record.
pub const RECORD: [&str; 31] = [
    "domain",
    "reporter",
    "reporter_email",
    "report_id",
    "begin",
    "end",
    "day",
    "source_ip",
    "count",
    "dmarc",
    "dkim_aligned",
    "spf_aligned",
    "disposition",
    "header_from",
    "envelope_from",
    "envelope_to",
    "override_reasons",
    "dkim_auth",
    "spf_auth",
    "p",
    "sp",
    "np",
    "adkim",
    "aspf",
    "pct",
    "fo",
    "testing",
    "discovery_method",
    "generator",
    "dialect",
    "psd",
];

/// One record with its report and its policy.
#[must_use]
pub fn record(record: &StoredRecord) -> [Value<'_>; 31] {
    let StoredRecord { reporter, policy, fingerprint, .. } = record;
    [
        policy.domain.as_str().into(),
        reporter.org_name.as_str().into(),
        reporter.email.as_str().into(),
        (&*record.report_id).into(),
        rfc3339(record.begin).into(),
        rfc3339(record.end).into(),
        record.day.to_string().into(),
        record.source.to_string().into(),
        record.count.into(),
        (if fingerprint.passes() { "pass" } else { "fail" }).into(),
        fingerprint.dkim.as_str().into(),
        fingerprint.spf.as_str().into(),
        fingerprint.disposition.as_str().into(),
        fingerprint.header_from.as_str().into(),
        fingerprint.envelope_from.as_deref().into(),
        fingerprint.envelope_to.as_deref().into(),
        joined(&fingerprint.reasons, override_reason).into(),
        joined(&fingerprint.dkim_auth, dkim_auth).into(),
        joined(&fingerprint.spf_auth, spf_auth).into(),
        policy.p.as_ref().map(|word| word.as_str()).into(),
        policy.sp.as_ref().map(|word| word.as_str()).into(),
        policy.np.as_ref().map(|word| word.as_str()).into(),
        policy.adkim.as_ref().map(|word| word.as_str()).into(),
        policy.aspf.as_ref().map(|word| word.as_str()).into(),
        policy.pct.as_deref().into(),
        policy.fo.as_deref().into(),
        policy.testing.as_ref().map(|word| word.as_str()).into(),
        policy.discovery_method.as_ref().map(|word| word.as_str()).into(),
        reporter.generator.as_deref().into(),
        reporter.dialect.as_str().into(),
        policy.psd.as_deref().into(),
    ]
}

fn joined<T>(things: &[T], text: fn(&T) -> String) -> String {
    things.iter().map(text).collect::<Vec<_>>().join("; ")
}

/// `type:comment`.
fn override_reason(reason: &OverrideReason) -> String {
    match &reason.comment {
        Some(comment) => format!("{}:{}", reason.kind, comment.text),
        None => reason.kind.to_string(),
    }
}

/// `domain/selector=result`.
fn dkim_auth(auth: &DkimAuth) -> String {
    match &auth.selector {
        Some(selector) => format!("{}/{selector}={}", auth.domain, auth.result),
        None => format!("{}={}", auth.domain, auth.result),
    }
}

/// `domain/scope=result`.
fn spf_auth(auth: &SpfAuth) -> String {
    match &auth.scope {
        Some(scope) => format!("{}/{scope}={}", auth.domain, auth.result),
        None => format!("{}={}", auth.domain, auth.result),
    }
}

/// The columns of a source.
pub const SOURCE: [&str; 26] = [
    "domain",
    "source",
    "class",
    "health",
    "rule",
    "messages",
    "dkim_aligned",
    "spf_aligned",
    "dmarc_pass",
    "dmarc_fail",
    "quarantined",
    "rejected",
    "addresses",
    "busiest_addresses",
    "first_day",
    "last_day",
    "why",
    "fix",
    "label",
    "label_note",
    "subdomains",
    "header_froms",
    "fails_only_at",
    "disagreements",
    "failed_until",
    "hosts",
];

/// One source of a domain.
#[must_use]
pub fn source<'a>(domain: &'a str, source: &'a SourceSummary) -> [Value<'a>; 26] {
    let [messages, dkim, spf, pass, fail] = tally(&source.tally);
    [
        domain.into(),
        source.source.as_str().into(),
        source.class.as_str().into(),
        source.health.map(|health| health.as_str()).into(),
        source.rule.as_str().into(),
        messages,
        dkim,
        spf,
        pass,
        fail,
        source.quarantined.into(),
        source.rejected.into(),
        source.addresses.into(),
        source.busiest_addresses.join("; ").into(),
        source.first_day.to_string().into(),
        source.last_day.to_string().into(),
        source.why.join("; ").into(),
        source.fix.as_deref().into(),
        source.label.map(|label| label.as_str()).into(),
        source.label_note.as_deref().into(),
        source.subdomains.into(),
        source.header_froms.join("; ").into(),
        source.fails_only_at.as_deref().into(),
        source.disagreements.into(),
        source.failed_until.map(|day| day.to_string()).into(),
        source.hosts.iter().map(host).collect::<Vec<_>>().join("; ").into(),
    ]
}

/// `192.0.2.25 mail.acme.example (DE, AS64500 Hoster GmbH)`: what was looked up of an address.
pub(super) fn host(host: &KeptHost) -> String {
    let called = match (host.status, host.name.as_deref()) {
        (HostStatus::Confirmed, Some(name)) => name.to_owned(),
        (HostStatus::Unconfirmed, Some(name)) => format!("claims to be {name}"),
        (HostStatus::Nameless, _) => "no name".to_owned(),
        _ => "name unknown".to_owned(),
    };
    let number = host.network.map(|number| format!("AS{number}"));
    let network: Vec<String> = number.into_iter().chain(host.owner.clone()).collect();
    let network = (!network.is_empty()).then(|| network.join(" "));
    let place: Vec<String> = host.country.clone().into_iter().chain(network).collect();
    let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
    format!("{} {called}{place}", host.address)
}

/// The columns of a label.
pub const LABEL: [&str; 7] = ["domain", "source", "label", "note", "set_at", "messages", "stale"];

/// One label.
#[must_use]
pub fn label(label: &ListedLabel) -> [Value<'_>; 7] {
    [
        label.domain.as_str().into(),
        label.source.as_str().into(),
        label.label.as_str().into(),
        label.note.as_str().into(),
        label.set_at.as_str().into(),
        label.messages.into(),
        label.stale.into(),
    ]
}

/// The columns of a domain.
pub const DOMAIN: [&str; 19] = [
    "domain",
    "policy",
    "reports",
    "records",
    "messages",
    "dkim_aligned",
    "spf_aligned",
    "dmarc_pass",
    "dmarc_fail",
    "sources",
    "conflicts",
    "verdict",
    "next",
    "headline",
    "record",
    "odd",
    "unread_rows",
    "unverified",
    "authenticity_failed",
];

/// One domain with its verdict.
#[must_use]
pub fn domain<'a>(summary: &'a DomainSummary, advice: &'a Recommendation) -> [Value<'a>; 19] {
    let [messages, dkim, spf, pass, fail] = tally(&summary.tally);
    [
        summary.domain.as_str().into(),
        summary.policy.as_str().into(),
        summary.reports.into(),
        summary.records.into(),
        messages,
        dkim,
        spf,
        pass,
        fail,
        summary.sources.into(),
        summary.conflicts.into(),
        advice.verdict.as_str().into(),
        advice.next.as_ref().map(|policy| policy.as_str()).into(),
        advice.headline.as_str().into(),
        advice.record.as_deref().into(),
        summary.odd.into(),
        summary.unread_rows.into(),
        summary.unverified.into(),
        summary.authenticity_failed.into(),
    ]
}

/// Messages, DKIM aligned, SPF aligned, DMARC pass, DMARC fail.
fn tally(tally: &Tally) -> [Value<'static>; 5] {
    let Tally { messages, dkim_aligned, spf_aligned, dmarc_pass, dmarc_fail } = *tally;
    [messages, dkim_aligned, spf_aligned, dmarc_pass, dmarc_fail].map(Value::Number)
}

/// The columns of a report.
pub const REPORT: [&str; 10] = [
    "number",
    "day",
    "domain",
    "reporter",
    "report_id",
    "records",
    "messages",
    "issues",
    "standing",
    "authenticity",
];

/// One report on a line.
#[must_use]
pub fn report(line: &ReportLine) -> [Value<'_>; 10] {
    [
        line.number.into(),
        line.day.to_string().into(),
        line.domain.as_str().into(),
        line.reporter.as_str().into(),
        line.report_id.as_str().into(),
        line.records.into(),
        line.messages.into(),
        line.issues.into(),
        line.standing.as_str().into(),
        line.authenticity.as_str().into(),
    ]
}

/// The columns of a trace.
pub const TRACE: [&str; 9] = [
    "origin",
    "outcome",
    "stage",
    "reason",
    "detail",
    "position",
    "seen_at",
    "sender",
    "received_at",
];

/// What became of one input.
#[must_use]
pub fn trace(trace: &StoredTrace) -> [Value<'_>; 9] {
    [
        trace.origin.as_str().into(),
        trace.outcome.as_str().into(),
        trace.stage.as_str().into(),
        trace.reason.as_str().into(),
        trace.detail.as_str().into(),
        trace.position.into(),
        trace.seen_at.as_str().into(),
        trace.sender.as_deref().into(),
        trace.received_at.as_deref().into(),
    ]
}

#[cfg(test)]
mod tests;
