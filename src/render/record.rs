//! A record **to publish**, and a domain's **history** of records.
//!
//! In: [`Proposed`], or what is remembered. Out: a page; or one form of the record alone, to be copied or
//! to be read by a program. A TXT value stands on a line of its own, unbroken.

use std::io::{self, Write};

use crate::model::finding::{Finding, Severity};
use crate::model::numbers::{amount, thousands};
use crate::model::publication::{
    Consent, KeyChange, Origin, Proposed, Publication, Remembered, Sender, SpfChange, Today,
    WayBack, ZoneEditor,
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
        labelled(
            out,
            page,
            "keep",
            &keep_text(today, proposed.record.is_some() || proposed.draft.is_some()),
        )?;
        txt_value(out, "", &today.txt)?;
    }
    for text in &proposed.in_dns {
        labelled(out, page, "keep", "the DNS has this, asked now:")?;
        txt_value(out, "", text)?;
    }
    if let Some(record) = &proposed.record {
        publish(out, page, record)?;
        if proposed.keep.is_some() {
            labelled(out, page, "", EDIT)?;
        }
    }
    if let Some(draft) = &proposed.draft {
        let how = match &proposed.alias {
            Some(end) => format!("to be published at {end}, by whoever runs that name:"),
            None => "not to be published as it stands, since the rua is not known:".to_owned(),
        };
        labelled(out, page, "step", &how)?;
        txt_value(out, "", draft)?;
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
    for command in &proposed.run {
        txt_value(out, "run", command)?;
    }
    senders(out, page, &proposed.senders)?;
    keys(out, page, &proposed.dkim)?;
    proposed.spf.iter().try_for_each(|change| spf(out, page, &proposed.domain, change))
}

/// Two records of a kind are worse than none.
const EDIT: &str = "in the place of the one that stands there: edit it, do not add a second";

/// The same of SPF, beside which other texts stand.
const EDIT_SPF: &str =
    "in the place of the one that begins with v=spf1: edit that, leave the others at that name";

/// The same where receivers do not see it.
const EDIT_UNSEEN: &str =
    "in the place of the text above: edit that, leave the others at that name";

/// How the record of today is known, and what to do with it.
fn keep_text(today: &Today, is_replaced: bool) -> String {
    let day = today.seen_on.as_deref().unwrap_or("an earlier day");
    let what = match today.origin {
        Origin::Dns => "the record from the DNS, asked now".to_owned(),
        Origin::Given => "the record that you gave".to_owned(),
        Origin::Kept => format!("the last record known, of {day}"),
        Origin::Reports if is_replaced => {
            return "copy the record that is published now first; this is what reports show of it:"
                .to_owned();
        }
        Origin::Reports => "what reports show of the record that is published now".to_owned(),
    };
    if is_replaced { format!("copy this first, {what}:") } else { format!("{what}:") }
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

/// The keys that signatures of your senders need.
fn keys(out: &mut dyn Write, page: Page, keys: &[KeyChange]) -> io::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    hanging(out, page, "", 2, "DKIM keys whose signatures do not verify, as reports show them:")?;
    for key in keys {
        let many = amount(key.messages, "message");
        let text = format!("{}: {} in {many} of {}", key.name, key.result, key.source);
        hanging(out, page, "  ", 2, &text)?;
        hanging(out, page, "    -> ", 3, &key.fix)?;
    }
    Ok(())
}

fn spf(out: &mut dyn Write, page: Page, domain: &str, change: &SpfChange) -> io::Result<()> {
    writeln!(out)?;
    if let Some(today) = &change.today {
        let how = match change.origin {
            Some(Origin::Dns) => "copy this first, the SPF record from the DNS, asked now:",
            _ => "copy this first, the last SPF record known:",
        };
        let how = if change.add.is_empty() { "the SPF record:" } else { how };
        labelled(out, page, "SPF", how)?;
        txt_value(out, "", today)?;
    }
    for text in &change.unseen {
        let when = match change.origin {
            Some(Origin::Dns) => "stands in the DNS, asked now,",
            _ => "stood in the DNS when it was last asked,",
        };
        let how = format!("copy this first, it {when} and receivers do not see it:");
        labelled(out, page, "SPF", &how)?;
        txt_value(out, "", text)?;
    }
    match (&change.record, change.add.is_empty()) {
        (Some(record), _) => changed_spf(out, page, record, change)?,
        (None, true) if !change.unseen.is_empty() => {}
        (None, true) => labelled(out, page, "", "reports ask for nothing to be added to it")?,
        (None, false) => {
            labelled(out, page, "SPF", &format!("to be added to the SPF record of {domain}:"))?;
            txt_value(out, "", &change.add.join(" "))?;
        }
    }
    change.problem.iter().try_for_each(|problem| labelled(out, page, "beware", problem))
}

/// The record to publish, in whose place, and what it costs.
fn changed_spf(
    out: &mut dyn Write,
    page: Page,
    record: &Publication,
    change: &SpfChange,
) -> io::Result<()> {
    publish(out, page, record)?;
    match (&change.today, change.unseen.is_empty()) {
        (_, false) => labelled(out, page, "", EDIT_UNSEEN)?,
        (Some(_), true) => labelled(out, page, "", EDIT_SPF)?,
        (None, true) => {}
    }
    match change.lookups {
        Some(count) => {
            let text = format!("{} of 10 that receivers make", amount(count as u64, "look-up"));
            labelled(out, page, "", &text)
        }
        None => Ok(()),
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

/// Writes what is remembered of a domain's records, the newest last, and the command that prints one of them
/// again: `way_back`, if any can be vouched for. `word` is the domain as a shell needs it.
///
/// # Errors
/// When the writer fails.
pub fn history(
    out: &mut dyn Write,
    page: Page,
    domain: &str,
    records: &[Remembered],
    way_back: Option<&WayBack>,
    word: &str,
) -> io::Result<()> {
    writeln!(out, "{}", escape(domain))?;
    if records.is_empty() {
        return hanging(out, page, "  ", 2, "no record is known, and no report tells of a policy");
    }
    for record in records {
        let [first, last] = [&record.first, &record.last].map(|at| at.get(..10).unwrap_or(at));
        let days = if first == last { first.to_owned() } else { format!("{first} to {last}") };
        let number =
            record.number.map_or_else(|| "  -".to_owned(), |number| format!("{number:>3}"));
        let at = match record.name == format!("_dmarc.{domain}") {
            true => String::new(),
            false => format!(", at {}", record.name),
        };
        hanging(out, page, &format!("{number}  "), 5, &format!("{days}: {}{at}", how(record)))?;
        writeln!(out, "     {}", escape(&record.txt))?;
    }
    if records.iter().all(|record| record.number.is_none()) {
        return Ok(());
    }
    writeln!(out)?;
    let how = "To go back to one, publish its text, or have it in a form to enter:";
    hanging(out, page, "", 2, how)?;
    let number = way_back.map_or("NUMBER".to_owned(), |named| named.number.to_string());
    let command = format!("ruaudit record history {word} --back {number} --as cpanel");
    writeln!(out, "  {}", escape(&command))?;
    match way_back {
        Some(WayBack { number, because }) => {
            hanging(out, page, "", 2, &format!("Record {number} {because}."))
        }
        None => hanging(out, page, "", 2, NONE_IS_NAMED),
    }
}

/// Why no number stands in the command.
const NONE_IS_NAMED: &str = "Make sure that it was yours: none of these was given, or stood in the DNS for longer than a \
                             week, and one false answer of the DNS is kept like any other.";

/// How a record is known.
fn how(record: &Remembered) -> &'static str {
    match (record.seen, record.complete, record.several) {
        ("dns", _, false) => "in the DNS",
        ("dns", _, true) => "in the DNS, with another at once, so that receivers took neither",
        ("given", _, _) => "given",
        ("proposed", true, _) => "proposed",
        ("proposed", false, _) => "proposed, without the addresses that reports do not show",
        _ => "seen by receivers, as far as reports show",
    }
}

#[cfg(test)]
mod tests;
