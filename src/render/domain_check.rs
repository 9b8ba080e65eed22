//! What came of **checking a domain**, as a page: its records and what receivers make of them, what
//! reports say beside that, and what is to be mended.
//!
//! In: the values of a check. Out: lines; nothing is wider than the page but a TXT value. Unless everything is
//! asked for, no list has more than some lines, whatever the DNS answers.

mod beside;
mod brief;
mod spf;

use std::io::{self, Write};

use crate::model::discovery::{Asked, Consent, Decision, ReportTo, Stood, Way};
use crate::model::dns::Exchange;
use crate::model::domain_check::{DmarcCheck, DomainCheck, KeyCheck, MxCheck, Presence};
use crate::model::finding::{Checked, Finding, RecordKind, Severity};
use crate::model::numbers::thousands;

use super::Page;
use super::check::CheckedOut;
use super::text::{hanging, headed, moment, shorten};
use super::words::amount;
use brief::{cut, labelled, more, part};

/// Findings of one kind that are shown unless everything is asked for; the worst stand first.
const FINDINGS: usize = 10;

/// Findings of the records together that are shown.
const TOGETHER: usize = 20;

/// Findings of one key that are shown.
const OF_KEY: usize = 3;

/// Records that are shown in full, of those at one name.
const RECORDS: usize = 3;

/// Destinations that are shown.
const DESTINATIONS: usize = 8;

/// Mail exchangers that are shown.
const EXCHANGES: usize = 25;

/// Reasons why nobody could tell that are shown, and what each is of.
const REASONS: usize = 10;
const WHATS: usize = 5;

/// Columns of an address of a destination.
const URI: usize = 100;

/// Columns of a text that is no record.
const SHOWN: usize = 40;

/// Keys that are shown unless everything is asked for.
const KEYS: usize = 25;

/// Writes the page.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, check: &DomainCheck) -> io::Result<()> {
    let line = format!("asked {}", moment(&check.asked_at));
    headed(out, page, &check.domain, &line)?;
    let is_there = check.dmarc.discovery.exists != Some(false);
    if !is_there {
        writeln!(out)?;
        findings(out, page, &of_code(check, NO_NAME), TOGETHER)?;
    }
    if is_there || check.dmarc.discovery.record().is_some() || has_unseen(check, RecordKind::Dmarc)
    {
        writeln!(out, "\nDMARC")?;
        part(out, page, |out| dmarc(out, page, &check.dmarc, check.unseen.alias.as_deref()))?;
        part(out, page, |out| unseen(out, page, check, RecordKind::Dmarc))?;
    }
    if is_there || has_unseen(check, RecordKind::Spf) {
        writeln!(out, "\nSPF")?;
        part(out, page, |out| spf::write(out, page, &check.spf))?;
        part(out, page, |out| unseen(out, page, check, RecordKind::Spf))?;
    }
    if is_there {
        writeln!(out, "\nMX")?;
        part(out, page, |out| mx(out, page, &check.mx))?;
    }
    if is_there || !check.dkim.is_empty() {
        writeln!(out, "\nDKIM")?;
        part(out, page, |out| keys(out, page, &check.dkim))?;
    }
    if let Some(beside) = &check.reports {
        writeln!(out, "\nReports of {} to {}", beside.from, beside.to)?;
        let has_none = check.dmarc.discovery.walk.decision.is_nothing();
        part(out, page, |out| beside::write(out, page, beside, has_none))?;
    }
    writeln!(out)?;
    part(out, page, |out| conclusion(out, page, check))
}

fn dmarc(
    out: &mut dyn Write,
    page: Page,
    dmarc: &DmarcCheck,
    alias: Option<&str>,
) -> io::Result<()> {
    let found = &dmarc.discovery;
    labelled(out, page, "Tree walk", &decided(&found.walk))?;
    let same = (&found.walk.decision, &found.walk.organization)
        == (&found.list.decision, &found.list.organization);
    let by_list = if same { "the same".to_owned() } else { decided(&found.list) };
    labelled(out, page, "By list", &by_list)?;
    for (at, asked) in found.walk.asked.iter().enumerate() {
        let label = if at == 0 { "Asked" } else { "" };
        let alias = alias.filter(|_| at == 0);
        let alias = alias.map_or(String::new(), |to| format!("an alias of {to}: "));
        labelled(out, page, label, &format!("{}: {alias}{}", asked.name, stood(asked)))?;
    }
    for asked in found.list.asked.iter().filter(|asked| !found.walk.asked.contains(asked)) {
        labelled(out, page, "", &format!("{}: {} (by the list)", asked.name, stood(asked)))?;
    }
    let shown = dmarc.destinations.len().min(page.at_most(DESTINATIONS));
    for (at, to) in dmarc.destinations[..shown].iter().enumerate() {
        let label = if at == 0 { "Reports" } else { "" };
        let uri = cut(page, &to.uri, URI);
        labelled(out, page, label, &format!("{} {uri}: {}", to.tag, consent(to)))?;
    }
    more(out, page, dmarc.destinations.len() - shown, "more")?;
    if dmarc.destinations_left > 0 {
        let text = format!("and {} more, which were not looked at", dmarc.destinations_left);
        labelled(out, page, "", &text)?;
    }
    records(out, page, dmarc.checked.iter())
}

/// What one way comes to.
fn decided(way: &Way) -> String {
    let organization = match &way.organization {
        Some(name) => format!("organisational domain {name}"),
        None => "organisational domain unknown".to_owned(),
    };
    let decision = match &way.decision {
        Decision::Policy { at, tag, policy, why, .. } => {
            format!("{policy}, the {} of _dmarc.{at}: {why}", tag.as_str())
        }
        Decision::Nothing { why } => format!("no policy: {why}"),
        // why stands beside the name that was asked for
        Decision::Unknown { .. } => "unknown".to_owned(),
    };
    format!("{decision}; {organization}")
}

fn stood(asked: &Asked) -> String {
    let beside = quoted(&asked.passed_over);
    let and = if beside.is_empty() { "" } else { "; passed over beside it: " };
    match &asked.answer {
        Stood::Record { .. } => format!("a record{and}{beside}"),
        Stood::Several { texts } => {
            format!("{} records, of which none counts{and}{beside}", texts.len())
        }
        Stood::OtherText => format!("no DMARC record, but another text: {beside}"),
        Stood::NoData => "no TXT record".to_owned(),
        Stood::NoName => "no such name".to_owned(),
        Stood::TooLong => "longer than a name can be".to_owned(),
        Stood::Unknown { why } => format!("unknown: {why}"),
    }
}

/// Texts of a name, the first in short.
fn quoted(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [only] => format!("“{}”", shorten(only, SHOWN)),
        [first, rest @ ..] => format!("“{}” and {} more", shorten(first, SHOWN), rest.len()),
    }
}

fn consent(to: &ReportTo) -> String {
    let name = to.name.as_deref().unwrap_or_default();
    match &to.consent {
        Consent::Same => "of the same organisation".to_owned(),
        Consent::Authorised { wildcard: Some(true) } => {
            format!("agreed, to reports about anybody ({name})")
        }
        Consent::Authorised { .. } => format!("agreed ({name})"),
        Consent::Redirected { to } => format!("agreed, and wants them at {to}"),
        Consent::RedirectedElsewhere { to } => {
            format!("wants them at {to}, which is another host: nothing is sent")
        }
        Consent::NotAuthorised => "did not agree: nothing is sent".to_owned(),
        Consent::NoHost => "the DNS knows no such host: nothing is sent".to_owned(),
        Consent::TooLong => "cannot agree: the name would be too long; nothing is sent".to_owned(),
        Consent::NoAddress { why } => why.clone(),
        Consent::Unknown { why } => format!("unknown: {why}"),
    }
}

/// The finding that stands first, where it does.
const NO_NAME: &str = "domain_no_name";

/// The findings of the whole with a code.
fn of_code(check: &DomainCheck, code: &str) -> Vec<Finding> {
    check.findings.iter().filter(|finding| finding.code == code).cloned().collect()
}

fn has_unseen(check: &DomainCheck, kind: RecordKind) -> bool {
    check.unseen.records.iter().any(|record| record.kind == Some(kind))
}

/// Texts that are meant as records of a kind, and that receivers do not see.
fn unseen(
    out: &mut dyn Write,
    page: Page,
    check: &DomainCheck,
    kind: RecordKind,
) -> io::Result<()> {
    let of_kind = check.unseen.records.iter().filter(|record| record.kind == Some(kind));
    records(out, page, of_kind)
}

/// Records with what is wrong with each, as `check RECORD` shows them.
fn records<'a>(
    out: &mut dyn Write,
    page: Page,
    checked: impl Iterator<Item = &'a Checked>,
) -> io::Result<()> {
    let all: Vec<&Checked> = checked.collect();
    let shown = all.len().min(page.at_most(RECORDS));
    for (at, one) in all[..shown].iter().enumerate() {
        // what holds of several together stands below the last of them
        let next = all[..shown].get(at + 1);
        let mut record = CheckedOut::of(None, one);
        if next.is_some_and(|next| next.effect == one.effect && next.corrected == one.corrected) {
            (record.effect, record.corrected) = (&[], None);
        }
        writeln!(out)?;
        super::check::brief(out, page, &record)?;
    }
    match all.len() - shown {
        0 => Ok(()),
        left => {
            writeln!(out)?;
            more(out, page, left, "more records there")
        }
    }
}

fn findings(out: &mut dyn Write, page: Page, findings: &[Finding], most: usize) -> io::Result<()> {
    let shown = findings.len().min(page.at_most(most));
    for finding in &findings[..shown] {
        let label = match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "Warning",
            Severity::Hint => "Hint",
        };
        let instead = finding.instead.as_deref();
        let instead = instead.map(|text| format!("; rather: {text}")).unwrap_or_default();
        labelled(out, page, label, &format!("{}{instead}", finding.what))?;
    }
    more(out, page, findings.len() - shown, "more of these")
}

fn mx(out: &mut dyn Write, page: Page, mx: &MxCheck) -> io::Result<()> {
    match (mx.status, mx.null) {
        (_, true) => labelled(out, page, "Null", "the domain takes no mail (RFC 7505)"),
        (Presence::Missing, _) => {
            labelled(out, page, "None", "mail goes to the addresses of the domain, if it has any")
        }
        (Presence::Unknown, _) => labelled(out, page, "Unknown", "nobody could tell"),
        _ => exchanges(out, page, &mx.exchanges),
    }
}

fn exchanges(out: &mut dyn Write, page: Page, all: &[Exchange]) -> io::Result<()> {
    let shown = all.len().min(page.at_most(EXCHANGES));
    for exchange in &all[..shown] {
        let host = if exchange.host.is_empty() { "." } else { &exchange.host };
        labelled(out, page, &exchange.preference.to_string(), host)?;
    }
    more(out, page, all.len() - shown, "more")
}

fn keys(out: &mut dyn Write, page: Page, keys: &[KeyCheck]) -> io::Result<()> {
    if keys.is_empty() {
        let text =
            "no selector is known: name one with --selector, or read reports, which show them";
        return labelled(out, page, "None", text);
    }
    let shown = keys.len().min(page.at_most(KEYS));
    for key in &keys[..shown] {
        hanging(out, page, "  ", 4, &format!("{}: {}", key.name, key_words(key)))?;
        let all = key.checked.as_ref().map(|checked| checked.findings.as_slice());
        // what is only worth knowing of a key is for the whole page
        let matters = |finding: &&Finding| page.verbose || finding.severity < Severity::Hint;
        let told: Vec<Finding> = all.unwrap_or_default().iter().filter(matters).cloned().collect();
        findings(out, page, &told, OF_KEY)?;
    }
    more(out, page, keys.len() - shown, "more")
}

fn key_words(key: &KeyCheck) -> String {
    let mut words = match key.status {
        Presence::Missing => match key.passed_over.as_slice() {
            [] => match key.aliases.last() {
                None => "no key".to_owned(),
                Some(end) => format!("an alias of {end}: no key there"),
            },
            texts => format!("no key, but another text: {}", quoted(texts)),
        },
        Presence::Unknown => "unknown: nobody could tell".to_owned(),
        Presence::Several => "more than one record: receivers may take any".to_owned(),
        Presence::Found if key.revoked => "revoked".to_owned(),
        Presence::Found => match (key.kind, key.bits) {
            (Some("rsa"), Some(bits)) => format!("RSA, {bits} bits"),
            (Some(kind), _) => kind.to_owned(),
            _ => "a record that receivers cannot use".to_owned(),
        },
    };
    if key.wildcard {
        let by = if key.checked.is_some() { "any selector has it" } else { "any name has it" };
        words.push_str(&format!(", by a wildcard: {by}"));
    }
    if key.testing {
        words.push_str(", marked as a test (t=y)");
    }
    match &key.seen {
        None => {}
        Some(seen) if seen.passed + seen.failed == 0 => {
            words.push_str(&format!("; last in reports of {}", seen.last_seen));
        }
        Some(seen) => {
            let (passed, failed) = (thousands(seen.passed), thousands(seen.failed));
            words.push_str(&format!("; in reports: {passed} passed, {failed} did not"));
        }
    }
    words
}

fn conclusion(out: &mut dyn Write, page: Page, check: &DomainCheck) -> io::Result<()> {
    if check.worst().is_none() && check.unknown.is_empty() {
        return writeln!(out, "Nothing is wrong.");
    }
    let kinds =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")];
    let counts = kinds.map(|(severity, word)| {
        let all = check.all_findings().filter(|finding| finding.severity == severity);
        match all.count() {
            0 => String::new(),
            count => amount(count as u64, word),
        }
    });
    let counts: Vec<String> = counts.into_iter().filter(|count| !count.is_empty()).collect();
    if check.worst().is_some() {
        writeln!(out, "In all: {}{}", counts.join(", "), hidden(page, &check.dkim))?;
    }
    let is_below = |finding: &&Finding| finding.code != NO_NAME;
    let below: Vec<Finding> = check.findings.iter().filter(is_below).cloned().collect();
    findings(out, page, &below, TOGETHER)?;
    unknown(out, page, &check.unknown)
}

/// How many hints of keys are counted that the page does not show.
fn hidden(page: Page, keys: &[KeyCheck]) -> String {
    let all = keys.iter().filter_map(|key| key.checked.as_ref()).flat_map(|one| &one.findings);
    let count = all.filter(|finding| finding.severity == Severity::Hint).count();
    match count {
        0 => String::new(),
        _ if page.verbose => String::new(),
        1 => " (1 of the hints with --verbose)".to_owned(),
        many => format!(" ({many} of the hints with --verbose)"),
    }
}

/// What nobody could tell: for one reason in one line.
fn unknown(out: &mut dyn Write, page: Page, all: &[String]) -> io::Result<()> {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for (what, why) in all.iter().map(|text| text.split_once(": ").unwrap_or((text, ""))) {
        match by_reason.iter_mut().find(|(other, _)| *other == why) {
            Some((_, whats)) => whats.push(what),
            None => by_reason.push((why, vec![what])),
        }
    }
    let shown = by_reason.len().min(page.at_most(REASONS));
    for (why, whats) in &by_reason[..shown] {
        let why = if why.is_empty() { "nobody could tell" } else { why };
        let named = whats.len().min(page.at_most(WHATS));
        let and = match whats.len() - named {
            0 => String::new(),
            left => format!(" and {left} more"),
        };
        labelled(out, page, "Unknown", &format!("{}{and}: {why}", whats[..named].join(", ")))?;
    }
    more(out, page, by_reason.len() - shown, "more reasons")
}
