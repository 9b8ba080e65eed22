//! The **advice** for one domain: the verdict, what it rests on, what stands in the way, and the
//! record to publish.
//!
//! In: a [`Recommendation`]. Out: a block for a person. A TXT value stands on a line of its own,
//! unbroken and without quotes, since it is there to be copied.

use std::io::{self, Write};

use crate::model::evidence::{AfterMove, Likely, RUA_IS_UNSEEN};
use crate::model::numbers::{thousands, upper_percent};
use crate::model::publication::{Forms, Publication};
use crate::model::verdict::{Blocker, Gate, RateBound, Recommendation, Verdict, WhatIf};
use crate::model::words::Policy;

use super::Page;
use super::escape::escape;
use super::table::{Fit, Table};
use super::text::{LABEL, hanging, headed, labelled, paragraph};
use super::words::{amount, confidence, fate, is_step, verdict, verdict_style};

/// Domains that are named, of those that share a blind spot.
const NAMED: usize = 5;

/// Sources in the way that are shown unless all are asked for.
const SHOWN: usize = 10;

/// Writes a block a domain, each below an empty line. What holds for the records of several stands once,
/// behind the last. `level` is the confidence of the bounds (0 to 1); `forms` knows how a record is
/// entered.
///
/// # Errors
/// When the writer fails.
pub fn write(
    out: &mut dyn Write,
    page: Page,
    domains: &[&Recommendation],
    level: f64,
    forms: Forms,
) -> io::Result<()> {
    let rebuilt = |advice: &&&Recommendation| advice.notes.iter().any(|note| note == RUA_IS_UNSEEN);
    let once = domains.iter().filter(rebuilt).count() > 1;
    for advice in domains {
        writeln!(out)?;
        block(out, page, advice, level, forms)?;
        let mut notes = advice.notes.iter().filter(|note| !(once && *note == RUA_IS_UNSEEN));
        notes.try_for_each(|note| match note.strip_prefix("run: ") {
            // it is copied: a line of its own, unbroken
            Some(command) => txt_value(out, "run", command),
            None => labelled(out, page, "beware", note),
        })?;
    }
    if once {
        writeln!(out)?;
        hanging(out, page, "", 2, &format!("Beware of the records above: {RUA_IS_UNSEEN}"))?;
    }
    Ok(())
}

fn block(
    out: &mut dyn Write,
    page: Page,
    advice: &Recommendation,
    level: f64,
    forms: Forms,
) -> io::Result<()> {
    heading(out, page, advice)?;
    if let Some(rate) = &advice.rate {
        paragraph(out, page, "  ", &rests_on(rate, level))?;
        if page.verbose {
            paragraph(out, page, "  ", &reaches(rate, level))?;
        }
    }
    // where the end is reached, no gate is missing
    let at_end = advice.verdict == Verdict::Stay && advice.policy == Policy::Reject.as_str();
    let tells = |gate: &&Gate| page.verbose || !(gate.passed || at_end);
    for gate in advice.gates.iter().filter(tells) {
        labelled(out, page, gate_label(page, gate), &gate_text(gate))?;
    }
    if let Some(day) = advice.not_before {
        labelled(out, page, "wait", &format!("until {day} at the least"))?;
    }
    blockers(out, page, &advice.blockers)?;
    if let Some(after) = &advice.after_move {
        labelled(out, page, "since move", &since_move(after, &advice.policy))?;
    }
    what_if(out, page, advice)?;
    evidence::names(out, page, &advice.domain, &advice.names)?;
    if page.verbose {
        evidence::history(out, page, &advice.policy_history)?;
        evidence::disagreements(out, page, &advice.disagreements)?;
    }
    records(out, page, advice, forms)
}

/// Writes what reports cannot show, each point once however many domains share it; one that not all of them
/// share with their names.
///
/// # Errors
/// When the writer fails.
pub fn blind_spots<'a>(
    out: &mut dyn Write,
    page: Page,
    advice: impl IntoIterator<Item = &'a Recommendation>,
) -> io::Result<()> {
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut domains = 0;
    for advice in advice {
        domains += 1;
        for spot in &advice.blind_spots {
            match told.iter_mut().find(|(known, _)| known == spot) {
                Some((_, of)) => of.push(&advice.domain),
                None => told.push((spot, vec![&advice.domain])),
            }
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    let spots = told.into_iter().map(|(spot, of)| match of.len() == domains {
        true => spot.to_owned(),
        false => format!("{spot}, of {}", named(&of)),
    });
    let spots = spots.collect::<Vec<_>>().join("; ");
    writeln!(out)?;
    hanging(out, page, "", 2, &format!("What reports cannot show: {spots}"))
}

/// Some names, and how many more there are.
fn named(domains: &[&str]) -> String {
    let names = domains.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match domains.len().saturating_sub(NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// `acme.example  READY: move p=none to p=quarantine`.
fn heading(out: &mut dyn Write, page: Page, advice: &Recommendation) -> io::Result<()> {
    let word = verdict(advice.verdict);
    let mut wrapped = Vec::new();
    headed(&mut wrapped, page, &advice.domain, &format!("{word}: {}", advice.headline))?;
    let text = String::from_utf8_lossy(&wrapped);
    let painted = page.paint(verdict_style(advice.verdict), &word);
    out.write_all(text.replacen(&format!("{word}:"), &format!("{painted}:"), 1).as_bytes())
}

/// `12,282 own messages, none failed: at most 0.03% would (95%), 0 bad days of 31`.
fn rests_on(rate: &RateBound, level: f64) -> String {
    if rate.messages == 0 {
        return "no own messages in the window".to_owned();
    }
    let failed = if rate.failures == 0 { "none".to_owned() } else { thousands(rate.failures) };
    format!(
        "{}, {failed} failed: at most {} would ({}), {} of {}",
        amount(rate.messages, "own message"),
        upper_percent(rate.upper_rate),
        confidence(level),
        amount(rate.bad_days, "bad day"),
        thousands(rate.days)
    )
}

/// What the first bound does not cover: bad days, and senders that have not written yet.
fn reaches(rate: &RateBound, level: f64) -> String {
    let unseen = if rate.unseen_share > 0.0 {
        format!("about {} of own mail may come", upper_percent(rate.unseen_share))
    } else {
        "no sign of mail".to_owned()
    };
    format!(
        "at most {} of days would be bad ({}); {unseen} from senders not yet seen",
        upper_percent(rate.upper_bad_days),
        confidence(level)
    )
}

fn gate_label(page: Page, gate: &Gate) -> &'static str {
    match (page.verbose, gate.passed) {
        (true, true) => "ok",
        (true, false) => "--",
        (false, _) => "missing",
    }
}

fn gate_text(gate: &Gate) -> String {
    format!("{}: {} (needed: {})", gate.gate.replace('_', " "), gate.found, gate.needed)
}

fn blockers(out: &mut dyn Write, page: Page, blockers: &[Blocker]) -> io::Result<()> {
    if blockers.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(
        2,
        &[
            ("MESSAGES", Fit::Number),
            ("FAILING", Fit::Number),
            ("SOURCE", Fit::Name),
            ("WHY", Fit::Sentence),
        ],
    );
    table.below_from(4);
    let shown = page.at_most(SHOWN);
    for blocker in blockers.iter().take(shown) {
        let [messages, failing] = [blocker.messages, blocker.failing].map(thousands);
        table.row([messages, failing, blocker.source.clone(), blocker.why.clone()]);
        table.below("-> ", blocker.fix.clone());
    }
    table.write(out, page)?;
    match blockers.len().saturating_sub(shown) as u64 {
        0 => Ok(()),
        more => {
            paragraph(out, page, "  ", &format!("and {}: --verbose", amount(more, "more source")))
        }
    }
}

/// One line for each kind of mail that an enforced policy would have met.
fn what_if(out: &mut dyn Write, page: Page, advice: &Recommendation) -> io::Result<()> {
    let WhatIf { worst_case: worst, with_overrides: excepted, .. } = &advice.what_if;
    let fate = fate(advice);
    let aim = if is_step(advice) { ", which is what the move is for" } else { "" };
    let kinds = [
        (worst.own, excepted.own, ("own message", ""), ""),
        (worst.unanswered, excepted.unanswered, ("message", "of senders to be named"), ""),
        (worst.forwarded, excepted.forwarded, ("forwarded message", ""), ""),
        (worst.list, excepted.list, ("mailing list message", ""), ""),
        (worst.forged, excepted.forged, ("forged message", ""), aim),
    ];
    for (worst, excepted, (what, how), aim) in kinds.into_iter().filter(|kind| kind.0 > 0) {
        let gap = if how.is_empty() { "" } else { " " };
        let exceptions = exceptions(worst, excepted);
        let line = format!("{}{gap}{how} {fate}{aim}{exceptions}", amount(worst, what));
        paragraph(out, page, "  ", &line)?;
    }
    if advice.what_if.spared > 0 {
        let messages = amount(advice.what_if.spared, "failing message");
        let line = format!("{messages} of subdomains, over which a weaker sp decides");
        paragraph(out, page, "  ", &line)?;
    }
    match &advice.what_if.likely {
        Some(likely) if page.verbose || is_telling(advice, likely) => {
            paragraph(out, page, "  ", &ahead(page, likely))
        }
        _ => Ok(()),
    }
}

/// Whether the days to come are worth a line: where own mail fails, and a step is in sight.
fn is_telling(advice: &Recommendation, likely: &Likely) -> bool {
    let enforced = [Policy::Quarantine, Policy::Reject].map(|p| p.as_str() == advice.policy);
    let fails = advice.rate.is_some_and(|rate| rate.failures > 0);
    fails && likely.high > 0 && (is_step(advice) || !enforced.contains(&true))
}

/// `likely 0 to 12 own messages in the next 30 days, if they are like those of the window`.
fn ahead(page: Page, likely: &Likely) -> String {
    let held = if page.verbose { format!(" ({})", Likely::HELD) } else { String::new() };
    format!("in the next {} days likely {} own messages{held}", likely.days, range(likely))
}

fn range(likely: &Likely) -> String {
    if likely.low == likely.high {
        thousands(likely.high)
    } else {
        format!("{} to {}", thousands(likely.low), thousands(likely.high))
    }
}

/// What was predicted of a move, and what happened.
fn since_move(after: &AfterMove, policy: &str) -> String {
    let predicted = after.predicted.as_ref().map_or_else(
        || "nothing is known of the month before".to_owned(),
        |likely| format!("likely {} by the month before", range(likely)),
    );
    let alarm = if after.is_alarming() { "; more than chance explains" } else { "" };
    format!(
        "p={policy} since {}: {} of {} failed ({predicted}), {} quarantined, {} rejected{alarm}",
        after.since,
        thousands(after.failures),
        amount(after.messages, "own message"),
        thousands(after.quarantined),
        thousands(after.rejected)
    )
}

fn exceptions(worst: u64, excepted: u64) -> String {
    match excepted {
        _ if excepted >= worst => String::new(),
        0 => " (none with receivers' exceptions)".to_owned(),
        _ => format!(" ({} with receivers' exceptions)", thousands(excepted)),
    }
}

/// The record to publish, and the one to go back to.
fn records(
    out: &mut dyn Write,
    page: Page,
    advice: &Recommendation,
    forms: Forms,
) -> io::Result<()> {
    let back = advice.verdict == Verdict::Rollback;
    let (first, second) = if back { ("roll back", "it was") } else { ("publish", "undo with") };
    match (&advice.record, &advice.rollback) {
        (Some(record), rollback) => {
            publish(out, page, first, &forms(&advice.record_name, record))?;
            match rollback {
                Some(old) if old != record => txt_value(out, second, old),
                _ => Ok(()),
            }
        }
        (None, Some(old)) if back => publish(out, page, first, &forms(&advice.record_name, old)),
        (None, _) => Ok(()),
    }
}

fn publish(out: &mut dyn Write, page: Page, label: &str, record: &Publication) -> io::Result<()> {
    labelled(out, page, label, &format!("{} TXT", record.name))?;
    txt_value(out, "", &record.txt)?;
    if !page.verbose {
        return Ok(());
    }
    txt_value(out, "zone file", &record.zone)?;
    let [(name, at), (ttl, unchanged), (kind, txt), (value, text)] = record.cpanel.fields();
    let fields = format!("{name} {at}, {ttl} {unchanged}, {kind} {txt}, {value}:");
    labelled(out, page, "cPanel", &fields)?;
    txt_value(out, "", text)
}

/// Writes a TXT value whole, however long.
pub(super) fn txt_value(out: &mut dyn Write, label: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {label:LABEL$} {}", escape(value))
}

mod evidence;

#[cfg(test)]
mod tests;
