//! The gate of the **DNS**: whether it has now what own mail passes by.
//!
//! In: own mail as reports show it, and what the DNS answered. Out: the gate, asked for only where the DNS
//! was; what is lost of each own sender; and what nobody could tell. Reports come a day or two late, so that
//! a key that was taken away today still passes in them. What hardly anybody tells of, or so little mail
//! that it can be chance, holds nothing up: it is told. Nor does a key that another has taken the place of.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Day;
use crate::model::numbers::{agree, amount};
use crate::model::verdict::{Blocker, Gate, Tally};
use crate::model::words::Policy;

use super::super::classify::is_misconfigured;
use super::super::facts::Facts;
use super::super::relied::{Believed, InDns};
use super::super::source::Source;
use super::Evidence;
use crate::model::traffic::TrafficRow;

mod fares;
mod used;

use fares::{Cause, Dark, Fares, fares};
use used::Used;

/// Days of a source's last mail that show what it relies on now: a week and a day, so that what runs weekly
/// shows.
const RECENT: i32 = 8;

/// Reasons that are told of one source, or of what nobody could tell.
const MOST: usize = 3;

/// What an own sender passes by, and the DNS has no longer.
#[derive(Debug)]
pub(in super::super) struct Lost<'a> {
    pub(in super::super) source: &'a Source<'a>,
    /// Messages of the window that passed by it alone.
    messages: u64,
    /// The last day on which they did.
    last: Day,
    /// What is gone and what to do, that which most mail relied on first.
    causes: Vec<Cause>,
    /// Whether that holds a step up.
    pub(in super::super) holds: bool,
}

impl<'a> Evidence<'a> {
    /// The gate of a step to `target`; none where the DNS was not asked.
    pub(super) fn dns(&self, target: &Policy) -> Option<Gate> {
        let in_dns = self.in_dns?;
        let lost = self.lost(target);
        let holding: Vec<_> = lost.iter().filter(|lost| lost.holds).collect();
        let found = match holding.split_first() {
            None => match self.dark(in_dns, target).as_slice() {
                [] => "the DNS, asked now, has what own mail passes by".to_owned(),
                dark => format!("nothing is known to be lost, but {}", dark.join("; ")),
            },
            Some((first, rest)) => {
                let more = match rest.len() as u64 {
                    0 => String::new(),
                    more => format!("; and so of {}", amount(more, "more own source")),
                };
                format!("{}{more}", first.sentence())
            }
        };
        Some(Gate {
            gate: "dns",
            passed: holding.is_empty(),
            found,
            needed: "the DNS has what own mail passes by".to_owned(),
            arithmetic: lost.iter().map(Lost::line).collect(),
        })
    }

    /// What the DNS has no longer, by own source, that of most mail first.
    pub(in super::super) fn lost(&self, target: &Policy) -> Vec<Lost<'a>> {
        let Some(in_dns) = self.in_dns else { return Vec::new() };
        let believed = Believed::of(self.traffic, self.limits);
        let found = self.own().filter_map(|source| {
            let rows = self.rows(source, &believed);
            let fares = rows
                .iter()
                .map(|(by, row, fact)| (*by, *row, fares(row, fact, in_dns, target, &source.name)));
            self.lost_of(source, &fares.collect::<Vec<_>>())
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|lost| std::cmp::Reverse((lost.holds, lost.messages)));
        found
    }

    /// What is to be known besides: what is lost and holds nothing up, SPF that receivers fail
    /// or that shuts nobody out, and what nobody could tell.
    pub(in super::super) fn dns_notes(&self, target: &Policy) -> Vec<String> {
        let Some(in_dns) = self.in_dns else { return Vec::new() };
        let lost = self.lost(target);
        let few = lost.iter().filter(|lost| !lost.holds).take(MOST).map(|lost| {
            format!(
                "{}: too little, too long ago or too seldom told of to hold the step up; see what it was",
                lost.sentence()
            )
        });
        let said =
            |what: &str| lost.iter().flat_map(|lost| &lost.causes).any(|cause| cause.what == what);
        let broken = in_dns.spf.values().filter_map(|spf| spf.broken.as_ref());
        let mut broken: Vec<_> = broken.filter(|what| !said(what)).collect();
        broken.sort_unstable();
        let broken = broken
            .into_iter()
            .map(|what| format!("{what}: do not count on SPF until that is mended"));
        let mut open: Vec<_> = in_dns.spf.values().filter_map(|spf| spf.open.clone()).collect();
        open.sort_unstable();
        few.chain(broken).chain(open).chain(self.dark(in_dns, target)).collect()
    }

    /// What is not known of the keys and SPF records that mail relies on: since nobody answered, and since
    /// it is beyond the limits.
    fn dark(&self, in_dns: &InDns, target: &Policy) -> Vec<String> {
        let believed = Believed::of(self.traffic, self.limits);
        let (mut unanswered, mut beyond) = (Unknown::new(), Unknown::new());
        for source in self.own() {
            for (_, row, fact) in self.rows(source, &believed) {
                let Fares::Dark(dark) = fares(row, fact, in_dns, target, &source.name) else {
                    continue;
                };
                let messages = match dark {
                    Dark::Unanswered(why) => unanswered.entry(why).or_default(),
                    Dark::Beyond(limit) => beyond.entry(limit).or_default(),
                };
                *messages = messages.saturating_add(row.messages);
            }
        }
        let unanswered = told(&unanswered).map(|(mail, whys)| {
            format!(
                "nobody could tell whether the DNS has what {mail} by: {whys}; ask again before you publish"
            )
        });
        let beyond = told(&beyond).map(|(mail, limits)| {
            format!("whether the DNS has what {mail} by was not asked for: {limits}")
        });
        unanswered.into_iter().chain(beyond).collect()
    }

    /// The rows of a source that count, with who tells of them.
    fn rows(
        &self,
        source: &Source<'_>,
        believed: &Believed<'_>,
    ) -> Vec<(usize, &'a TrafficRow, &'a Facts<'a>)> {
        let rows = source.rows_of(self.traffic).filter_map(|(_, row)| {
            let fact = self.facts.get(row.fingerprint as usize).filter(|fact| fact.passes())?;
            Some((believed.organization(row.reporter)?, row, fact))
        });
        rows.collect()
    }

    /// What is lost of one source.
    fn lost_of(
        &self,
        source: &'a Source<'a>,
        rows: &[(usize, &TrafficRow, Fares)],
    ) -> Option<Lost<'a>> {
        let newest = rows.iter().map(|(_, row, _)| row.day).max()?;
        let recent = |row: &TrafficRow| {
            if row.day > newest.plus(-RECENT) { row.messages } else { 0 }
        };
        let used = Used::of(rows);
        let (mut causes, mut tellers) = (BTreeMap::<Cause, u64>::new(), BTreeSet::new());
        let (mut tally, mut days) = (Tally::default(), BTreeSet::new());
        let mut lost: u64 = 0;
        for (by, row, fares) in rows {
            let gone = match fares {
                Fares::Passes(_) => {
                    tally.add(recent(row), true, true);
                    continue;
                }
                // what nobody could tell speaks neither for the sender nor against it
                Fares::Dark(_) => continue,
                Fares::Fails(gone) if gone.iter().any(|cause| used.is_over(&cause.way)) => continue,
                Fares::Fails(gone) => gone,
            };
            lost = lost.saturating_add(row.messages);
            tellers.insert(*by);
            days.insert(row.day);
            tally.add(recent(row), false, false);
            for cause in gone {
                let messages = causes.entry(cause.clone()).or_default();
                *messages = messages.saturating_add(row.messages);
            }
        }
        let last = *days.last()?;
        let is_told = tellers.len() >= 2 || days.len() >= self.limits.asks_days as usize;
        let holds = is_told && is_misconfigured(&tally, self.limits);
        let mut causes: Vec<_> = causes.into_iter().collect();
        causes.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
        let causes = causes.into_iter().map(|(cause, _)| cause).take(MOST).collect();
        Some(Lost { source, messages: lost, last, causes, holds })
    }
}

/// Messages, by why nothing is known of what they pass by.
type Unknown = BTreeMap<String, u64>;

/// How much mail it is, and why.
fn told(unknown: &Unknown) -> Option<(String, String)> {
    let messages = unknown.values().fold(0, |sum: u64, one| sum.saturating_add(*one));
    let whys: Vec<&str> = unknown.keys().take(MOST).map(String::as_str).collect();
    let mail =
        || format!("{} {}", amount(messages, "own message"), agree(messages, "passes", "pass"));
    (!whys.is_empty()).then(|| (mail(), whys.join("; ")))
}

impl Lost<'_> {
    /// What is gone, and how much mail passed by it.
    fn sentence(&self) -> String {
        format!(
            "{}, and {} of {} passed by {} (the last on {})",
            self.whats(" and "),
            amount(self.messages, "message"),
            self.source.name,
            if self.causes.len() == 1 { "it" } else { "these" },
            self.last
        )
    }

    fn whats(&self, between: &str) -> String {
        self.causes.iter().map(|cause| cause.what.as_str()).collect::<Vec<_>>().join(between)
    }

    fn line(&self) -> String {
        let what = if self.holds { "holds the step up" } else { "told, and holds nothing up" };
        format!("{}: {what}", self.sentence())
    }

    /// As something in the way of the step.
    pub(in super::super) fn blocker(&self) -> Blocker {
        let mut fixes: Vec<&str> = self.causes.iter().map(|cause| cause.fix.as_str()).collect();
        fixes.dedup();
        Blocker {
            source: self.source.name.clone(),
            class: self.source.class,
            messages: self.source.tally.messages,
            failing: self.source.tally.dmarc_fail,
            why: format!(
                "{} passed by what the DNS, asked now, has no longer: {}",
                amount(self.messages, "message"),
                self.whats("; ")
            ),
            fix: format!(
                "{}; reports come a day or two late, and still show that it passes",
                fixes.join("; ")
            ),
        }
    }
}
