//! The **arithmetic** of the gates: how each number was worked out, line by line.
//!
//! In: what the gates look at. Out: the lines that `--explain` prints. They hold the numbers that the
//! gate compared, so that a person can work them out again.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Day;
use crate::model::numbers::{agree, amount, percent, thousands, upper_percent};
use crate::model::verdict::{Class, Health};
use crate::model::words::Policy;

use super::domain::shown;
use super::facts::Excuse;
use super::gates::Evidence;
use super::gates::rate::failing;
use super::observed::{Held, month_before};
use super::outlier::Rate;
use super::reporter::Reporters;
use super::source::Source;
use super::statistics::{bound_arithmetic, own_days, own_days_seen, unseen_arithmetic};

/// Sources, reporters or spans that are told of one gate.
const MOST: usize = 12;

/// At most so many lines, and how many more there are.
fn bounded(lines: impl IntoIterator<Item = String>, what: &str) -> Vec<String> {
    let mut rest = lines.into_iter();
    let mut lines: Vec<String> = rest.by_ref().take(MOST).collect();
    let more = rest.count() as u64;
    if more > 0 {
        lines.push(format!("and {}", amount(more, &format!("more {what}"))));
    }
    lines
}

pub(super) fn time(evidence: &Evidence<'_>) -> Vec<String> {
    let Held { tag, days, since, .. } = &evidence.held;
    let days = amount(u64::from(*days), "day");
    let since = since.map_or_else(
        || format!("no report has seen {tag} yet"),
        |day| format!("{tag} since {day}, with reports on {days}"),
    );
    let spans = evidence.observed.history.iter().map(|span| {
        let sp = span.sp.as_ref().map_or(String::new(), |sp| format!("; sp={}", shown(sp)));
        let part = if span.partial { " in part" } else { "" };
        let days = amount(span.days.into(), "day");
        format!("p={}{sp}{part} from {} to {}, {days}", shown(&span.p), span.from, span.to)
    });
    let latest: Vec<String> = spans.rev().collect();
    let limits = evidence.limits;
    let needed = format!(
        "needed: {} (observed_days), from the first to the last {} (observed_span)",
        limits.observed_days, limits.observed_span
    );
    [since, needed].into_iter().chain(bounded(latest, "change")).collect()
}

pub(super) fn span(evidence: &Evidence<'_>) -> Vec<String> {
    let ends = evidence.observed.heard_since.zip(evidence.observed.reported);
    let from = ends.map(|(from, days)| {
        let told = format!("reports from {from} to {}", days.to);
        if days.from == from {
            told
        } else {
            format!("{told}; one of {} is of a stranger alone", days.from)
        }
    });
    let needed = format!("needed: {} (observed_days)", evidence.limits.observed_days);
    from.into_iter().chain([needed]).collect()
}

/// Which organisations wrote, and on how many days.
pub(super) fn reporters(evidence: &Evidence<'_>) -> Vec<String> {
    let reporters = Reporters::of(evidence.traffic);
    let mut days: BTreeMap<usize, BTreeSet<Day>> = BTreeMap::new();
    // the gate counts those of the last month
    let since = evidence.observed.last_day.map(|day| month_before(day, evidence.limits));
    let recent = evidence.traffic.reports.iter().filter(|report| Some(report.day) >= since);
    for report in recent.filter(|report| reporters.knows(report.reporter)) {
        days.entry(reporters.organization(report.reporter)).or_default().insert(report.day);
    }
    let named = days.into_iter().map(|(id, days)| (shown(reporters.name(id)), days.len() as u64));
    let mut named: Vec<(&str, u64)> = named.collect();
    named.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let needed = u64::from(evidence.limits.reporter_days);
    let lines = named.into_iter().map(|(name, days)| {
        let few = if days < needed { ", too few to count" } else { "" };
        format!("{name}: {}{few}", amount(days, "day"))
    });
    bounded(lines, "reporter")
}

/// A source and the rule of its class.
pub(super) fn rule(source: &Source<'_>) -> String {
    format!("{}: {}", source.name, source.rule)
}

pub(super) fn own_sources(evidence: &Evidence<'_>) -> Vec<String> {
    let limits = evidence.limits;
    let line = |source: &Source<'_>| {
        let tally = &source.tally;
        let fails = format!(
            "{}: {} of {} {} ({})",
            source.name,
            thousands(tally.dmarc_fail),
            amount(tally.messages, "message"),
            agree(tally.dmarc_fail, "fails", "fail"),
            percent(tally.dmarc_fail, tally.messages)
        );
        match (source.health, source.healed) {
            (Some(Health::Misconfigured), Some(day)) => {
                format!("{fails}; its last bad day was {day}, and it has passed since")
            }
            (Some(Health::Misconfigured), None) => format!("{fails}: too many"),
            _ => fails,
        }
    };
    let rule = format!(
        "too many: {} of more than {} messages, or all of {} or more",
        percent((limits.source_failure_share * 1e4) as u64, 10_000),
        limits.source_messages,
        limits.source_total_failure
    );
    let mut own: Vec<&Source<'_>> = evidence.own().collect();
    own.sort_by_key(|source| std::cmp::Reverse(source.tally.dmarc_fail));
    [rule].into_iter().chain(bounded(own.into_iter().map(line), "own source")).collect()
}

pub(super) fn stability(evidence: &Evidence<'_>) -> Vec<String> {
    let mut own: Vec<&Source<'_>> = evidence.own().collect();
    own.sort_by(|a, b| b.believed_since.cmp(&a.believed_since).then_with(|| a.name.cmp(&b.name)));
    let newest = evidence.newest_own().map(|source| source.name.as_str());
    let line = |source: &Source<'_>| {
        let since = source.believed_since;
        let first = format!("{} was first seen on {since}", source.name);
        let first = match source.first_day {
            day if day == since => first,
            day => format!("{first}; what is told of it since {day} is no regular reporter's word"),
        };
        let is_older = newest.is_none_or(|name| name != source.name);
        let begun = evidence.observed.reported.is_some_and(|days| since > days.from);
        if is_older && begun {
            format!("{first}; no new sender where it signs with a key that an older one uses")
        } else {
            first
        }
    };
    let last = evidence.observed.last_day.map(|day| {
        let days = evidence.limits.stable_days;
        format!("counted back from {day}; needed: {} (stable_days)", amount(days.into(), "day"))
    });
    let rising = evidence.rising().map(|rising| {
        format!(
            "the last week may fail {:.1} times by what failed before; from day to day the rate rises by \
             {:.1} standard errors (rising_errors: {})",
            rising.explained, rising.trend, evidence.limits.rising_errors
        )
    });
    let sources = bounded(own.into_iter().map(line), "own source");
    last.into_iter().chain(rising).chain(sources).collect()
}

/// How the bound that decides was worked out, of the days that it came from.
pub(super) fn rate(evidence: &Evidence<'_>, target: &Policy) -> Vec<String> {
    let (Some(own), Some(rate)) = (&evidence.rests_on, evidence.deciding(target)) else {
        return vec!["no own source has sent mail in the window".to_owned()];
    };
    let sum = |rate: &Rate| {
        format!("{}, at most {}", failing(&rate.bound), upper_percent(rate.bound.upper_rate))
    };
    let mut lines = Vec::new();
    if !std::ptr::eq(own, rate) {
        lines.push(format!("without the mail of subdomains: {}", sum(own)));
        lines.push("with it, since nothing of either fails:".to_owned());
    }
    lines.extend(rate.without());
    lines.extend(bound_arithmetic(&rate.bound, &rate.days, evidence.limits));
    if std::ptr::eq(own, rate) {
        let all = evidence.together.as_ref();
        lines.extend(all.map(|all| format!("with the mail of subdomains: {}", sum(all))));
    }
    lines.push(format!("needed: at most {}", upper_percent(evidence.rate_limit(target))));
    let days = own_days(evidence.sources.iter().copied()).len();
    lines.extend(unseen_arithmetic(&own_days_seen(evidence.sources.iter().copied()), days));
    lines
}

/// How much of an own source's mail DKIM aligns.
pub(super) fn signed(source: &Source<'_>) -> String {
    let (signed, messages) = source.signed;
    let less = source.tally.messages.saturating_sub(messages);
    let without = match less {
        0 => String::new(),
        _ => format!("; without {} that one reporter tells of", amount(less, "message")),
    };
    format!(
        "{}: DKIM aligns {} of {} ({}){without}",
        source.name,
        thousands(signed),
        amount(messages, "message"),
        percent(signed, messages)
    )
}

/// Where list mail was seen.
pub(super) fn lists(evidence: &Evidence<'_>) -> Vec<String> {
    let line = |source: &Source<'_>| {
        let called = source
            .uses
            .iter()
            .filter(|(print, _)| evidence.facts[*print].excuse == Some(Excuse::List))
            .fold(0, |sum: u64, (_, messages)| sum.saturating_add(*messages));
        match (source.class, called) {
            (Class::List, _) => Some(rule(source)),
            (_, 0) => None,
            (_, count) => Some(format!(
                "{}: receivers called {} mailing list mail",
                source.name,
                amount(count, "message")
            )),
        }
    };
    bounded(evidence.everything.iter().filter_map(line), "source")
}
