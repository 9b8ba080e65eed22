//! The **rows** of one report as a table: how many messages from which address, whether they align,
//! what the receiver did; below each what it rests on.

use std::io::{self, Write};

use crate::model::numbers::thousands;
use crate::model::{
    DkimAuth, Fingerprint, LangText, OverrideReason, Report, SourceAddress, SpfAuth,
};

use super::super::Page;
use super::super::table::{Fit, Table};
use super::super::text::{paragraph, shorten};
use super::super::words::amount;
use super::{TEXT, lang_text, more};

/// Rows that are shown unless all are asked for.
const SHOWN: usize = 50;

/// Results or reasons of a row that are shown unless all are asked for.
const LISTED: usize = 5;

/// Columns of an address: the longest of IPv6. What is none may be longer.
const ADDRESS: usize = 39;

/// Columns of a word; those of the RFCs are shorter.
const WORD: usize = 12;

/// Writes the rows.
///
/// # Errors
/// When the writer fails.
pub(super) fn write(out: &mut dyn Write, page: Page, report: &Report) -> io::Result<()> {
    paragraph(out, page, "", &totals(report))?;
    if report.records.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(
        2,
        &[
            ("MESSAGES", Fit::Number),
            ("SOURCE", Fit::Name),
            ("DKIM", Fit::Name),
            ("SPF", Fit::Name),
            ("DISPOSITION", Fit::Name),
        ],
    );
    let shown = if page.verbose { usize::MAX } else { SHOWN };
    for record in report.records.iter().take(shown) {
        // an index past the list cannot be: the store made both
        let Some(print) = report.fingerprints.get(record.fingerprint as usize) else { continue };
        table.row([
            thousands(record.count.unsigned_abs()),
            address(&record.source),
            shorten(print.dkim.as_str(), WORD),
            shorten(print.spf.as_str(), WORD),
            shorten(print.disposition.as_str(), WORD),
        ]);
        for (lead, text) in details(page, print, &report.policy.domain) {
            table.below(lead, text);
        }
    }
    table.write(out, page)?;
    more(out, report.records.len(), shown, "more row")
}

/// `2 rows, 12 messages: 9 pass DMARC, 3 fail`.
fn totals(report: &Report) -> String {
    let (mut pass, mut fail) = (0_u64, 0_u64);
    for record in &report.records {
        let passes = report.fingerprints.get(record.fingerprint as usize);
        let sum = if passes.is_some_and(Fingerprint::passes) { &mut pass } else { &mut fail };
        *sum = sum.saturating_add(record.count.unsigned_abs());
    }
    let rows = amount(report.records.len() as u64, "row");
    if report.records.is_empty() {
        return rows;
    }
    let messages = amount(pass.saturating_add(fail), "message");
    format!("{rows}, {messages}: {} pass DMARC, {} fail", thousands(pass), thousands(fail))
}

fn address(source: &SourceAddress) -> String {
    match source {
        SourceAddress::Ip(ip) => ip.to_string(),
        SourceAddress::Unreadable(text) => shorten(text, ADDRESS),
    }
}

/// What a row rests on, a line each.
fn details(page: Page, print: &Fingerprint, domain: &str) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if print.header_from != domain {
        lines.push(("from ", shorten(&print.header_from, TEXT)));
    }
    let envelope = envelope(print);
    if !envelope.is_empty() {
        lines.push(("envelope ", envelope));
    }
    for (lead, text) in [
        ("DKIM: ", listed(page, &print.dkim_auth, dkim)),
        ("SPF: ", listed(page, &print.spf_auth, spf)),
        ("because: ", listed(page, &print.reasons, reason)),
    ] {
        lines.extend(text.map(|text| (lead, text)));
    }
    lines
}

/// `from a.example to b.example`; the null sender is `<>`.
fn envelope(print: &Fingerprint) -> String {
    let from = print.envelope_from.as_deref().map(|from| if from.is_empty() { "<>" } else { from });
    let sides = [("from", from), ("to", print.envelope_to.as_deref())];
    let said =
        sides.iter().filter_map(|(side, who)| Some(format!("{side} {}", shorten((*who)?, TEXT))));
    said.collect::<Vec<_>>().join(" ")
}

/// The things in words, the first few of them; nothing where there are none.
fn listed<T>(page: Page, things: &[T], text: fn(Page, &T) -> String) -> Option<String> {
    let shown = if page.verbose { usize::MAX } else { LISTED };
    let mut words: Vec<_> = things.iter().take(shown).map(|thing| text(page, thing)).collect();
    if let more @ 1.. = things.len().saturating_sub(shown) as u64 {
        words.push(format!("and {} more", thousands(more)));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// `acme.example/s1 pass`.
fn dkim(page: Page, auth: &DkimAuth) -> String {
    let selector = auth.selector.as_ref().map(|selector| format!("/{selector}"));
    let who = format!("{}{}", named(&auth.domain), selector.unwrap_or_default());
    result(page, &who, auth.result.as_str(), auth.human_result.as_ref())
}

/// `acme.example (helo) pass`; the envelope sender is what is checked unless said.
fn spf(page: Page, auth: &SpfAuth) -> String {
    let scope = auth.scope.as_ref().map(|scope| format!(" ({scope})"));
    let who = format!("{}{}", named(&auth.domain), scope.unwrap_or_default());
    result(page, &who, auth.result.as_str(), auth.human_result.as_ref())
}

fn named(domain: &str) -> &str {
    if domain.is_empty() { "no domain" } else { domain }
}

fn result(page: Page, who: &str, result: &str, human: Option<&LangText>) -> String {
    let result = if result.is_empty() { "no result" } else { result };
    let human = human.map(|text| format!(" ({})", lang_text(page, text)));
    format!("{} {}{}", shorten(who, TEXT), shorten(result, TEXT), human.unwrap_or_default())
}

/// `local_policy: arc=pass`.
fn reason(page: Page, reason: &OverrideReason) -> String {
    let comment = reason.comment.as_ref().map(|text| format!(": {}", lang_text(page, text)));
    format!("{}{}", shorten(reason.kind.as_str(), TEXT), comment.unwrap_or_default())
}
