//! A record **to publish**, and a domain's **history** of records.
//!
//! In: [`Proposed`], or what is remembered. Out: a page; or one form of the record alone, to be copied or
//! to be read by a program. A TXT value stands on a line of its own, unbroken.

use std::io::{self, Write};

use crate::model::finding::{Finding, Severity};
use crate::model::numbers::thousands;
use crate::model::publication::{
    Consent, Origin, Proposed, Publication, Remembered, Sender, SpfChange, Today, ZoneEditor,
};

use super::Page;
use super::advice::txt_value;
use super::escape::escape;
use super::table::{Fit, Table};
use super::text::{LABEL, hanging, headed, labelled, paragraph};
use super::words::verdict;

/// Senders that are shown unless all are asked for.
const SENDERS: usize = 10;

/// Writes all that is to be known.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, proposed: &Proposed) -> io::Result<()> {
    match (proposed.verdict, &proposed.headline) {
        (Some(word), Some(headline)) => {
            headed(out, page, &proposed.domain, &format!("{}: {headline}", verdict(word)))?;
        }
        _ => writeln!(out, "{}", escape(&proposed.domain))?,
    }
    if let Some(today) = &proposed.keep {
        labelled(out, page, "keep", keep_text(today))?;
        txt_value(out, "", &today.txt)?;
    }
    if let Some(record) = &proposed.record {
        publish(out, page, record)?;
    }
    for finding in &proposed.findings {
        labelled(out, page, severity(finding), &finding_text(finding))?;
    }
    for effect in &proposed.effect {
        labelled(out, page, "receivers", effect)?;
    }
    for Consent { host, name, txt } in &proposed.consents {
        let text = format!("{host} must publish this, or no reports go there: {name} TXT");
        labelled(out, page, "consent", &text)?;
        txt_value(out, "", txt)?;
    }
    for note in &proposed.notes {
        labelled(out, page, "beware", note)?;
    }
    senders(out, page, &proposed.senders)?;
    proposed.spf.iter().try_for_each(|change| spf(out, page, &proposed.domain, change))
}

/// How the record of today is known, and what to do with it.
fn keep_text(today: &Today) -> &'static str {
    match (today.origin, today.complete) {
        (Origin::Dns, _) => "copy this first, the record that is published now:",
        (Origin::Given, _) => "copy this first, the record that you gave:",
        (Origin::Kept, _) => "copy this first, the last record that is known:",
        (Origin::Reports, _) => {
            "copy the record that is published now first; this is what reports show of it:"
        }
    }
}

fn publish(out: &mut dyn Write, page: Page, record: &Publication) -> io::Result<()> {
    labelled(out, page, "publish", &format!("{} TXT", record.name))?;
    txt_value(out, "", &record.txt)?;
    if page.verbose {
        txt_value(out, "zone file", &record.zone)?;
        let fields = record.cpanel.fields();
        let line = fields.map(|(name, value)| format!("{name} {value}"));
        txt_value(out, "cPanel", &line[..3].join(", "))?;
        txt_value(out, "", &line[3])?;
    }
    Ok(())
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

/// What is wrong, and what would be right, in a line.
#[must_use]
pub fn finding_text(finding: &Finding) -> String {
    match &finding.instead {
        Some(instead) => format!("{}: {instead}", finding.what),
        None => finding.what.clone(),
    }
}

fn senders(out: &mut dyn Write, page: Page, senders: &[Sender]) -> io::Result<()> {
    if senders.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    hanging(
        out,
        page,
        "",
        2,
        "Senders that must sign, or be allowed by SPF, as reports show them:",
    )?;
    let columns = [
        ("MESSAGES", Fit::Number),
        ("FAILING", Fit::Number),
        ("SOURCE", Fit::Name),
        ("CLASS", Fit::Name),
    ];
    let mut table = Table::new(2, &columns);
    table.below_from(4);
    let shown = page.at_most(SENDERS);
    for sender in senders.iter().take(shown) {
        let [messages, failing] = [sender.messages, sender.failing].map(thousands);
        let class = sender.class.as_str().to_owned();
        table.row([messages, failing, sender.source.clone(), class]);
        table.below("-> ", sender.fix.clone());
    }
    table.write(out, page)?;
    match senders.len().saturating_sub(shown) {
        0 => Ok(()),
        more => paragraph(out, page, "  ", &format!("and {more} more: --verbose")),
    }
}

fn spf(out: &mut dyn Write, page: Page, domain: &str, change: &SpfChange) -> io::Result<()> {
    writeln!(out)?;
    if let Some(today) = &change.today {
        txt_value(out, "SPF now", today)?;
    }
    match (&change.changed, change.add.is_empty()) {
        (Some(changed), false) => {
            labelled(out, page, "publish", &format!("{domain} TXT"))?;
            txt_value(out, "", changed)
        }
        (None, false) => {
            labelled(out, page, "SPF", &format!("add to the SPF record of {domain}:"))?;
            txt_value(out, "", &change.add.join(" "))
        }
        (_, true) => labelled(out, page, "SPF", "reports ask for nothing to be added"),
    }
}

/// Writes the value alone, for another program.
///
/// # Errors
/// When the writer fails.
pub fn txt(out: &mut dyn Write, record: &Publication) -> io::Result<()> {
    writeln!(out, "{}", escape(&record.txt))
}

/// Writes a line of a zone file; before it, as a remark, the line of today's record (`keep`).
///
/// # Errors
/// When the writer fails.
pub fn zone(
    out: &mut dyn Write,
    record: &Publication,
    keep: Option<&Publication>,
) -> io::Result<()> {
    if let Some(keep) = keep {
        writeln!(out, "; until now: {}", escape(&keep.zone))?;
    }
    writeln!(out, "{}", escape(&record.zone))
}

/// Writes the fields of cPanel's zone editor in their order; first of all the line of today's record, to
/// be copied and kept.
///
/// # Errors
/// When the writer fails.
pub fn cpanel(out: &mut dyn Write, fields: &ZoneEditor, keep: Option<&str>) -> io::Result<()> {
    if let Some(keep) = keep {
        writeln!(out, "{:LABEL$} {}", "Keep first", escape(keep))?;
    }
    for (name, value) in fields.fields() {
        writeln!(out, "{name:LABEL$} {}", escape(value))?;
    }
    Ok(())
}

/// Writes what is remembered of a domain's records, the newest last.
///
/// # Errors
/// When the writer fails.
pub fn history(
    out: &mut dyn Write,
    page: Page,
    domain: &str,
    records: &[Remembered],
) -> io::Result<()> {
    writeln!(out, "{}", escape(domain))?;
    if records.is_empty() {
        return hanging(out, page, "  ", 2, "no record is known, and no report tells of a policy");
    }
    for record in records {
        let [first, last] = [&record.first, &record.last].map(|at| at.get(..10).unwrap_or(at));
        let days = if first == last { first.to_owned() } else { format!("{first} to {last}") };
        let what = match (record.seen, record.complete) {
            ("dns", _) => "in the DNS",
            ("given", _) => "given",
            ("proposed", true) => "proposed",
            ("proposed", false) => "proposed, without the addresses that reports do not show",
            _ => "seen by receivers, as far as reports show",
        };
        hanging(out, page, "  ", 2, &format!("{days}: {what}"))?;
        writeln!(out, "    {}", escape(&record.txt))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
