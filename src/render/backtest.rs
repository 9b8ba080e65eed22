//! The **back-test** as a person reads it, and as a row.
//!
//! In: back-tests. Out: of a few domains the story of each; of many a table, those of which most went
//! wrong first, with the sums of both rules. Nothing is worked out here.

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::model::backtest::{
    Backtest, ENOUGH_DAYS, Followed, Outcomes, Portfolio, Reach, VerdictChange,
};
use crate::model::evidence::Likely;
use crate::model::numbers::{agree, percent, thousands};

use super::Page;
use super::rows::Value;
use super::table::{Fit, Table};
use super::text::hanging;
use super::words::amount;

/// Domains that the table shows unless all are asked for.
pub const SHOWN: usize = 25;

/// Changes of the verdict that a story tells.
const CHANGES: usize = 8;

/// The columns of a row.
pub const COLUMNS: [&str; 27] = [
    "domain",
    "from",
    "to",
    "policy",
    "next",
    "ready",
    "days_to_ready",
    "hit",
    "own",
    "days_after",
    "predicted_low",
    "predicted_high",
    "wrong",
    "unanswered",
    "at_most",
    "raw_ready",
    "raw_days_to_ready",
    "raw_hit",
    "raw_own",
    "raw_days_after",
    "raw_predicted_low",
    "raw_predicted_high",
    "raw_wrong",
    "raw_unanswered",
    "raw_at_most",
    "reach",
    "raw_reach",
];

/// One domain.
#[must_use]
pub fn row(test: &Backtest) -> [Value<'_>; 27] {
    let day = |day: Option<_>| day.map(|day: crate::model::Day| day.to_string()).into();
    let [g0, g1, g2, g3, g4, g5, g6, g7, g8, g9] = followed(&test.gates);
    let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9] = followed(&test.raw);
    [
        test.domain.as_str().into(),
        day(test.from),
        day(test.to),
        test.policy.as_str().into(),
        test.next.as_deref().into(),
        g0,
        g1,
        g2,
        g3,
        g4,
        g5,
        g6,
        g7,
        g8,
        g9,
        r0,
        r1,
        r2,
        r3,
        r4,
        r5,
        r6,
        r7,
        r8,
        r9,
        test.gates.reach.map(Reach::as_str).into(),
        test.raw.reach.map(Reach::as_str).into(),
    ]
}

fn followed(one: &Followed) -> [Value<'static>; 10] {
    let told = one.ready.is_some();
    let count = |count: u64| told.then_some(count).into();
    [
        one.ready.map(|day| day.to_string()).into(),
        one.days_to_ready.map(u64::from).into(),
        count(one.hit),
        count(one.own),
        count(u64::from(one.days_after)),
        one.predicted.map(|likely| likely.low).into(),
        one.predicted.map(|likely| likely.high).into(),
        told.then_some(one.wrong).into(),
        count(one.unanswered),
        one.at_most.into(),
    ]
}

/// Writes the story of each domain.
///
/// # Errors
/// When the writer fails.
pub fn stories(out: &mut dyn Write, page: Page, tests: &[Backtest]) -> io::Result<()> {
    for (at, test) in tests.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        story(out, page, test)?;
    }
    Ok(())
}

fn story(out: &mut dyn Write, page: Page, test: &Backtest) -> io::Result<()> {
    let Some((from, to)) = test.from.zip(test.to) else {
        return hanging(out, page, "", 2, &format!("{}: no reports yet", test.domain));
    };
    let days = amount(u64::from(test.days()), "day");
    let heading = format!("{} at p={}, {from}..{to} ({days})", test.domain, test.policy);
    hanging(out, page, "", 2, &heading)?;
    for sentence in sentences(test) {
        hanging(out, page, "  ", 4, &sentence)?;
    }
    Ok(())
}

fn sentences(test: &Backtest) -> Vec<String> {
    let given = test.verdicts.iter();
    let given = given.map(|v| format!("{} on {}", v.verdict, amount(u64::from(v.days), "day")));
    let late = if test.verdicts.iter().map(|v| v.days).sum::<u32>() > test.days() {
        ", counted to the day on which the last report arrived"
    } else {
        ""
    };
    let mut sentences = vec![format!("verdicts: {}{late}", given.collect::<Vec<_>>().join(", "))];
    sentences.extend(changes(&test.changes));
    let at_reject = test.policy == "reject";
    if at_reject && test.gates.ready.is_none() {
        sentences.push("there is no step after p=reject to test".to_owned());
        return sentences;
    }
    sentences.push(told("the gates", &act(test), &test.gates));
    let plain = "the plain rule (98% of all mail passes)";
    sentences.extend((!at_reject).then(|| told(plain, "to move", &test.raw)));
    sentences.extend(short(test).then(|| {
        format!(
            "{} are too few to judge by: a month of reports leads to a verdict, and a month more \
             shows what came of it",
            amount(u64::from(test.days()), "day")
        )
    }));
    sentences
}

/// What the gates said to do.
fn act(test: &Backtest) -> String {
    let next = test.next.as_deref().unwrap_or("the next step");
    match test.gates.reach {
        Some(Reach::Subdomains) => format!("to move subdomains to sp={next}"),
        _ => format!("to move to p={next}"),
    }
}

/// The days on which the verdict changed, the last [`CHANGES`] of them; none where it never did.
fn changes(changes: &[VerdictChange]) -> Option<String> {
    let untold = changes.len().saturating_sub(CHANGES);
    let told = changes[untold..].iter().map(|change| format!("{} {}", change.day, change.verdict));
    let before = if untold > 0 { format!("{untold} before, then ") } else { String::new() };
    let told = told.collect::<Vec<_>>().join(", ");
    (changes.len() > 1).then(|| format!("changes: {before}{told}"))
}

fn short(test: &Backtest) -> bool {
    !test.is_long_enough()
}

/// When a rule said to move, and what came after.
fn told(rule: &str, act: &str, one: &Followed) -> String {
    let Some((ready, days)) = one.ready.zip(one.days_to_ready) else {
        return format!("{rule} never said to move");
    };
    let after = format!("{rule} said {act} on {ready}, after {}", amount(days.into(), "day"));
    if one.days_after == 0 {
        return format!("{after}; no later reports show what would have come of it");
    }
    let unnamed = match one.unanswered {
        0 => String::new(),
        count => format!(
            "; besides, {} of senders that nobody has named",
            amount(count, "failing message")
        ),
    };
    format!(
        "{after}; in the {} after, {} of {}{} failed{}{unnamed}",
        amount(one.days_after.into(), "day"),
        thousands(one.hit),
        amount(one.own, "own message"),
        of_whom(one),
        against(one)
    )
}

/// Whose messages are counted, where it is not all mail.
fn of_whom(one: &Followed) -> &'static str {
    match one.reach {
        Some(Reach::Domain) => " of the domain itself",
        Some(Reach::Subdomains) => " of subdomains",
        Some(Reach::All) | None => "",
    }
}

fn against(one: &Followed) -> String {
    let most = one.at_most.map_or_else(String::new, |most| format!("{} at most", thousands(most)));
    let likely = one.predicted.map_or_else(String::new, |Likely { low, high, .. }| {
        format!("{} to {} likely, ", thousands(low), thousands(high))
    });
    let than =
        if one.wrong { ", more than was predicted for a month" } else { "; predicted for a month" };
    format!("{than}: {likely}{most}")
}

/// Writes the table of domains, those of which most went wrong first and at most so many unless all
/// are asked for, and the sums of both rules.
///
/// # Errors
/// When the writer fails.
pub fn portfolio(
    out: &mut dyn Write,
    page: Page,
    tests: &[Backtest],
    sums: &Portfolio,
    all: bool,
) -> io::Result<()> {
    if tests.is_empty() {
        return writeln!(out, "No reports yet.");
    }
    let mut sorted: Vec<&Backtest> = tests.iter().collect();
    sorted.sort_by_key(|test| {
        (Reverse(went_wrong(&test.gates)), Reverse(went_wrong(&test.raw)), &test.domain)
    });
    let shown = if all { sorted.len() } else { sorted.len().min(page.at_most(SHOWN)) };
    table(&sorted[..shown]).write(out, page)?;
    super::domains::more(out, sorted.len(), shown, "--all")?;
    writeln!(out)?;
    totals(out, page, tests, sums)
}

/// How much went wrong: whether it was told, what was hit, and what may have been.
fn went_wrong(one: &Followed) -> (bool, u64, u64) {
    (one.wrong, one.hit, one.unanswered)
}

fn table(tests: &[&Backtest]) -> Table {
    let mut table = Table::new(
        0,
        &[
            ("DOMAIN", Fit::Domain),
            ("DAYS", Fit::Number),
            ("READY", Fit::Number),
            ("HIT", Fit::Number),
            ("MOST", Fit::Number),
            ("UNNAMED", Fit::Number),
            ("98%: READY", Fit::Number),
            ("HIT", Fit::Number),
            ("MOST", Fit::Number),
            ("UNNAMED", Fit::Number),
        ],
    );
    table.optional(&["UNNAMED", "MOST", "DAYS", "UNNAMED", "MOST"]);
    for test in tests {
        let [ready, hit, told, unnamed] = cells(&test.gates);
        let [raw_ready, raw_hit, raw_told, raw_unnamed] = cells(&test.raw);
        let (domain, days) = (test.domain.clone(), test.days().to_string());
        table.row([
            domain,
            days,
            ready,
            hit,
            told,
            unnamed,
            raw_ready,
            raw_hit,
            raw_told,
            raw_unnamed,
        ]);
    }
    table
}

/// On which day a rule said to move, what that would have hit, what was told, and what may be more.
fn cells(one: &Followed) -> [String; 4] {
    let dash = || "-".to_owned();
    let Some(days) = one.days_to_ready else { return [dash(), dash(), dash(), dash()] };
    let most = one.at_most.map_or_else(dash, thousands);
    let mark = if one.wrong { "!" } else { "" };
    [
        format!("day {days}"),
        format!("{mark}{}", thousands(one.hit)),
        most,
        thousands(one.unanswered),
    ]
}

fn totals(out: &mut dyn Write, page: Page, tests: &[Backtest], sums: &Portfolio) -> io::Result<()> {
    let short = tests.iter().filter(|test| short(test)).count() as u64;
    if sums.domains > 0 {
        let tested = amount(sums.domains, "domain");
        writeln!(out, "{tested} with {ENOUGH_DAYS} days of reports or more:")?;
        let columns = [
            ("RULE", Fit::Word),
            ("READY", Fit::Number),
            ("FALSE READY", Fit::Number),
            ("MEDIAN DAYS", Fit::Number),
            ("OWN HIT", Fit::Number),
            ("OF", Fit::Number),
            ("UNNAMED", Fit::Number),
        ];
        let mut table = Table::new(0, &columns);
        table.row(outcomes("gates", &sums.gates));
        table.row(outcomes("98% rule", &sums.raw));
        table.write(out, page)?;
    }
    if short == 0 {
        return Ok(());
    }
    let text = format!(
        "{} {} fewer than {ENOUGH_DAYS} days of reports: what would have come of a move cannot be \
         known yet",
        amount(short, "domain"),
        agree(short, "has", "have")
    );
    hanging(out, page, "", 2, &text)
}

fn outcomes(rule: &str, sums: &Outcomes) -> [String; 7] {
    let days = sums.median_days.map_or_else(|| "-".to_owned(), |days| days.to_string());
    let wrong = format!("{} ({})", thousands(sums.wrong), percent(sums.wrong, sums.ready));
    [
        rule.to_owned(),
        thousands(sums.ready),
        wrong,
        days,
        thousands(sums.hit),
        thousands(sums.own),
        thousands(sums.unanswered),
    ]
}

#[cfg(test)]
mod tests;
