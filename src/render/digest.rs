//! The **digest** of a nightly run: first whether somebody must do something, and what; then what
//! else has changed.
//!
//! In: the changes. Out: a page for a person, or one line where nothing has changed. Of many
//! changes only the most urgent are written; the others are counted.

use std::io::{self, Write};

use crate::model::Written;
use crate::model::command;
use crate::model::digest::{
    Changes, DomainChange, DomainChanges, Failure, NothingYet, RejectedInput, ReporterChanges,
    Silence, SourceChange, SourceEvent, Troubles,
};
use crate::model::numbers::{agree, amount, thousands};

mod records;

use super::Page;
use super::rejected::{is_in_mailbox, mail};
use super::table::{Fit, Table};
use super::text::{hanging, headed, moment};
use super::words::{verdict, verdict_style};

/// Names in a line of names.
const NAMES: usize = 8;

/// What the run has read, for the line that accounts for it.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// Files and mails.
    pub inputs: u64,
    /// What the store made of them.
    pub written: &'a Written,
}

/// Writes the digest.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, changes: &Changes, read: Read<'_>) -> io::Result<()> {
    hanging(out, page, "", 2, &first_line(changes))?;
    if changes.is_empty() {
        return Ok(());
    }
    hanging(out, page, "", 2, &account(changes, read))?;
    for Failure { place, error } in &changes.failed {
        hanging(out, page, "", 2, &format!("{place} failed: {error}"))?;
    }
    if let Some(silence) = &changes.reporters.silence {
        hanging(out, page, "", 2, &no_reports(silence, changes.nothing_yet.as_ref()))?;
    }
    if let Some(nothing) = &changes.nothing_yet {
        hanging(out, page, "", 2, &nothing_yet(nothing, changes.reporters.silence.is_some()))?;
    }
    records::write(out, page, &changes.records)?;
    if changes.is_first() {
        table(out, page, changes)?;
    } else {
        domains(out, page, &changes.domains)?;
    }
    let mut rest = Vec::new();
    reporters(&mut rest, page, &changes.reporters)?;
    troubles(&mut rest, page, &changes.troubles)?;
    if !rest.is_empty() {
        writeln!(out)?;
    }
    out.write_all(&rest)
}

/// The answer.
fn first_line(changes: &Changes) -> String {
    let since = changes.since.as_deref().map(moment).unwrap_or_default();
    if changes.is_empty() {
        let reports = amount(changes.new_reports, "new report");
        return format!("Nothing has changed since {since}: {reports}.");
    }
    let needs = match needs(changes).join(", ") {
        none if none.is_empty() && changes.reporters.silence.is_some() => {
            "nothing new needs you".to_owned()
        }
        none if none.is_empty() => "nothing needs you".to_owned(),
        needs => needs,
    };
    match changes.is_first() {
        true => format!("First run: {needs}. The next one tells what has changed."),
        false => format!("{}.", capital(&needs)),
    }
}

/// What needs a person, in a few words each.
fn needs(changes: &Changes) -> Vec<String> {
    let DomainChanges { judged, need_person, .. } = changes.domains;
    let mut needs = Vec::new();
    if need_person > 0 {
        let of =
            if changes.is_first() { format!(" of {}", thousands(judged)) } else { String::new() };
        let need = agree(need_person, "needs", "need");
        needs.push(format!("{}{of} {need} you", amount(need_person, "domain")));
    }
    needs.extend(records::needs(&changes.records));
    if !changes.failed.is_empty() {
        let places = agree(changes.failed.len() as u64, "account or path", "accounts or paths");
        needs.push(format!("{} {places} could not be read", changes.failed.len()));
    }
    if let Some(silence) = changes.reporters.silence.filter(|silence| silence.needs_person) {
        let ever = silence.last.map_or("no report has come yet", |_| "no reports come any more");
        needs.push(ever.to_owned());
    }
    needs
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What has come, on one line, whoever read it: a `pull` between two runs is none. What could not be
/// read is told further down.
fn account(changes: &Changes, read: Read<'_>) -> String {
    let since = changes.since.as_deref().map(moment);
    let since = since.map(|since| format!("Since {since}: ")).unwrap_or_default();
    let all = amount(changes.new_reports, "new report");
    let inputs = agree(read.inputs, "file or mail", "files and mails");
    let inputs = format!("{} {inputs}", thousands(read.inputs));
    match read.written.reports {
        now if now >= changes.new_reports => format!("{since}{all} in {inputs}"),
        now => format!("{since}{all}, {} of them in this run ({inputs})", thousands(now)),
    }
}

fn no_reports(silence: &Silence, nothing: Option<&NothingYet>) -> String {
    let days = amount(u64::from(silence.days), "day");
    let aside = nothing.map_or(0, |nothing| nothing.aside);
    match silence.last {
        Some(last) => format!(
            "no reports at all since {last}, {days} ago: does the mailbox still receive them, and \
             does the rua tag still name it?"
        ),
        None if aside > 0 => format!(
            "no report that counts since the first run, {days} ago: are `domains` and \
             `provenance` of the configuration right?"
        ),
        None => format!(
            "no reports at all since the first run, {days} ago: is this the right mailbox and \
             folder, and is rua published?"
        ),
    }
}

/// That nothing was ever found, unless it was just said, and where it was looked.
fn nothing_yet(nothing: &NothingYet, is_said: bool) -> String {
    let mut text = match nothing.aside {
        0 if is_said => String::new(),
        0 => "No report was found yet. ".to_owned(),
        aside => format!(
            "No report that counts was found yet, {} kept aside: ruaudit reports --aside. ",
            thousands(aside)
        ),
    };
    let looked = nothing.looked.iter();
    let looked: Vec<_> =
        looked.map(|one| format!("{} in {}", thousands(one.inputs), one.place)).collect();
    if !looked.is_empty() {
        let looked = names(looked.iter().map(String::as_str));
        text.push_str(&format!("Files and mails there: {looked}"));
    }
    text
}

/// The domains of the first run, the most urgent first.
fn table(out: &mut dyn Write, page: Page, changes: &Changes) -> io::Result<()> {
    let found = &changes.domains;
    if found.domains.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let columns = [
        ("DOMAIN", Fit::Domain),
        ("POLICY", Fit::Word),
        ("MESSAGES", Fit::Number),
        ("VERDICT", Fit::Sentence),
    ];
    let mut table = Table::new(0, &columns);
    table.optional(&["MESSAGES", "POLICY"]);
    for change in &found.domains {
        let policy = if change.policy.is_empty() { "-" } else { &change.policy };
        let text = format!("{}: {}", verdict(change.verdict), change.headline);
        table.row([change.domain.clone(), policy.into(), thousands(change.messages), text]);
    }
    table.write(out, page)?;
    let shown = found.domains.len() as u64;
    if shown < found.judged {
        let counts = found.verdicts.iter();
        let counts = counts.map(|c| format!("{} {}", thousands(c.count), verdict(c.verdict)));
        let more = amount(found.judged - shown, "more domain");
        let counts: Vec<_> = counts.collect();
        let text = format!("and {more}; of all: {}: ruaudit advise", counts.join(", "));
        hanging(out, page, "", 2, &text)?;
    }
    hanging(out, page, "", 2, "What to do with each: ruaudit advise DOMAIN")
}

/// The domains of later runs: those that need a person, then the others, then the new names.
fn domains(out: &mut dyn Write, page: Page, found: &DomainChanges) -> io::Result<()> {
    let is_plainly_new = |change: &&DomainChange| change.is_new && !change.needs_person;
    let (needing, others): (Vec<_>, Vec<_>) =
        found.domains.iter().filter(|c| !is_plainly_new(c)).partition(|c| c.needs_person);
    for change in &needing {
        writeln!(out)?;
        domain(out, page, change)?;
    }
    if !others.is_empty() {
        writeln!(out)?;
        writeln!(out, "Changed, and needs nobody:")?;
        others.iter().try_for_each(|change| domain(out, page, change))?;
    }
    let new: Vec<_> = found.domains.iter().filter(is_plainly_new).collect();
    if !new.is_empty() {
        writeln!(out)?;
        let names = names(new.iter().map(|change| change.domain.as_str()));
        hanging(out, page, "", 2, &format!("New domains: {names}"))?;
    }
    match found.changed.saturating_sub(found.domains.len() as u64) {
        0 => Ok(()),
        more => {
            let text = format!("and {} changed: ruaudit advise", amount(more, "more domain"));
            hanging(out, page, "", 2, &text)
        }
    }
}

fn domain(out: &mut dyn Write, page: Page, change: &DomainChange) -> io::Result<()> {
    let word = verdict(change.verdict);
    let was = match (change.is_new, change.was) {
        (true, _) => " (new domain)".to_owned(),
        (_, Some(was)) if was != change.verdict => format!(" (was {})", verdict(was)),
        _ => String::new(),
    };
    let mut wrapped = Vec::new();
    headed(&mut wrapped, page, &change.domain, &format!("{word}{was}: {}", change.headline))?;
    let text = String::from_utf8_lossy(&wrapped);
    let painted = page.paint(verdict_style(change.verdict), &word);
    let heading = text.replacen(&format!("  {word}"), &format!("  {painted}"), 1);
    out.write_all(heading.as_bytes())?;
    for source in &change.sources {
        hanging(out, page, "  ", 4, &source_line(source))?;
        if let Some(fix) = &source.fix {
            hanging(out, page, "    -> ", 7, fix)?;
        }
    }
    if change.more_sources > 0 {
        let more = amount(change.more_sources, "more sender");
        hanging(
            out,
            page,
            "  ",
            4,
            &format!("and {more}: ruaudit sources {}", command::domain(&change.domain)),
        )?;
    }
    let said = change.sources.iter().any(|source| source.fix == change.act);
    match &change.act {
        Some(act) if !said => hanging(out, page, "  -> ", 5, act),
        _ => Ok(()),
    }
}

fn source_line(source: &SourceChange) -> String {
    let SourceChange { source: name, messages, failing, .. } = source;
    let of = format!("{} of {}", thousands(*failing), amount(*messages, "message"));
    let since = source.since.map(|day| format!(" since {day}")).unwrap_or_default();
    match source.event {
        SourceEvent::Fails => format!("{name} is yours and fails{since}: {of}"),
        SourceEvent::Asks => format!("{name} is new and may be yours: {of} fail{since}"),
        SourceEvent::New => format!("{name} is new and yours: {}", amount(*messages, "message")),
        SourceEvent::Mended if *failing == 0 => {
            format!("{name} is mended: {}, none fails", amount(*messages, "message"))
        }
        SourceEvent::Mended => format!("{name} is mended: {of} fail in the window"),
    }
}

fn reporters(out: &mut dyn Write, page: Page, changes: &ReporterChanges) -> io::Result<()> {
    if !changes.silent.is_empty() {
        let each = changes.silent.iter().map(|one| format!("{} since {}", one.reporter, one.last));
        let each: Vec<_> = each.collect();
        let names = names(each.iter().map(String::as_str));
        hanging(out, page, "", 2, &format!("No reports any more from: {names}"))?;
    }
    if !changes.back.is_empty() {
        let names = names(changes.back.iter().map(String::as_str));
        hanging(out, page, "", 2, &format!("Reports again from: {names}"))?;
    }
    Ok(())
}

fn troubles(out: &mut dyn Write, page: Page, troubles: &Troubles) -> io::Result<()> {
    rejected(out, page, troubles)?;
    if troubles.aside() == 0 {
        return Ok(());
    }
    let kinds = [
        (troubles.conflicts, "contradicting earlier ones"),
        (troubles.foreign, "about domains of others"),
        (troubles.unverified, "that nobody vouches for"),
    ];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<_> =
        kinds.map(|(count, what)| format!("{} {what}", thousands(*count))).collect();
    let (aside, kinds) = (amount(troubles.aside(), "report"), kinds.join(", "));
    hanging(out, page, "", 2, &format!("{aside} kept aside, {kinds}: ruaudit reports --aside"))
}

fn rejected(out: &mut dyn Write, page: Page, troubles: &Troubles) -> io::Result<()> {
    let reasons = troubles.rejected.iter();
    let all = reasons.clone().fold(0, |sum: u64, one| sum.saturating_add(one.count));
    if all == 0 {
        return Ok(());
    }
    let reasons = reasons.map(|one| format!("{} {}", thousands(one.count), one.reason));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    let text = format!("{} could not be read ({reasons}): ruaudit rejected", amount(all, "input"));
    hanging(out, page, "", 2, &text)?;
    let shown = &troubles.rejected_inputs;
    shown.iter().try_for_each(|one| hanging(out, page, "  ", 4, &place(one)))?;
    match all.saturating_sub(shown.len() as u64) {
        0 => Ok(()),
        more => writeln!(out, "  and {} more", thousands(more)),
    }
}

/// Where a rejected input stood. Of a mail in a mailbox, what a person can find it by.
fn place(input: &RejectedInput) -> String {
    let RejectedInput { origin, sender, received_at } = input;
    let mail = mail(origin, sender.as_deref(), received_at.as_deref());
    let Some(mail) = mail.filter(|_| is_in_mailbox(origin)) else { return origin.clone() };
    // the URL has no blank in it
    let part = origin.split_once(" > ").map(|(_, part)| format!(" > {part}")).unwrap_or_default();
    format!("mail {mail}{part}")
}

/// Some names, and how many more there are.
fn names<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let shown: Vec<_> = names.take(NAMES).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), thousands(more as u64)),
    }
}

#[cfg(test)]
mod tests;
