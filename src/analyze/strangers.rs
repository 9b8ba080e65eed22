//! **Strangers**: organisations that hardly ever write about a domain, beside others that do so
//! regularly.
//!
//! In: traffic, and what is advised by all of it. Out: the same traffic as the regulars tell of it, and
//! of the advice with and without the strangers the more careful one, whole. A name and a report cost
//! whoever invents them nothing, and one of a receiver that writes once a month looks no different: so
//! what strangers say may stand in the way, never clear it, and alone it takes no policy back. That
//! without them there is too little of anything, and nothing else, holds nobody up.

use std::collections::BTreeSet;

use crate::model::Traffic;
use crate::model::evidence::PolicySpan;
use crate::model::numbers::agree;
use crate::model::traffic::ReportCount;
use crate::model::txt::TagList;
use crate::model::verdict::{Recommendation, Verdict};
use crate::model::words::Policy;

use super::domain::shown;
use super::observed::strictness;
use super::reporter::Reporters;
use super::thresholds::Thresholds;
use super::weight::regulars;

/// Traffic as the regulars tell of it, beside strangers.
pub(super) struct Regulars {
    pub(super) traffic: Traffic,
    strangers: Strangers,
}

/// Those who are left out.
struct Strangers {
    names: String,
    count: u64,
    /// Days that the regulars must have written over, for them to be missing nothing but mail.
    days: u32,
}

impl Regulars {
    /// `None` where there are too few regulars to go by, or no strangers.
    pub(super) fn of(traffic: &Traffic, limits: &Thresholds) -> Option<Self> {
        let reporters = Reporters::of(traffic);
        let regulars = regulars(traffic, &reporters);
        let reports = traffic.reports.iter().chain(&traffic.policies_before);
        let wrote = reports.map(|report| report.reporter);
        let wrote = wrote.chain(traffic.rows.iter().map(|row| row.reporter));
        let wrote = wrote.chain(traffic.earlier.iter().map(|row| row.reporter));
        let wrote: BTreeSet<usize> = wrote.map(|id| reporters.organization(id)).collect();
        let strangers: Vec<usize> = wrote.difference(&regulars).copied().collect();
        if regulars.len() < limits.reporters as usize || strangers.is_empty() {
            return None;
        }
        let is_regular = |reporter: u32| regulars.contains(&reporters.organization(reporter));
        let strangers = Strangers {
            names: reporters.names_of(&strangers),
            count: strangers.len() as u64,
            days: limits.observed_days,
        };
        Some(Self { traffic: told_by(traffic, is_regular), strangers })
    }

    /// What is advised with and without the strangers: one of both, whole.
    pub(super) fn weigh(&self, all: Recommendation, known: Recommendation) -> Recommendation {
        let strangers = &self.strangers;
        if all.policy != known.policy {
            return strangers.left_out(&all, known);
        }
        match (all.verdict, known.verdict) {
            (Verdict::Rollback, Verdict::Rollback) => all,
            (Verdict::Rollback, _) if rank(&known) < rank(&all) => strangers.asked(all),
            (Verdict::Ready, Verdict::Ready) if is_no_stricter(&known, &all) => {
                same_record(all, known)
            }
            (Verdict::Ready, Verdict::Ready) => all,
            _ if rank(&known) > rank(&all) => match strangers.only_add(&known, &all) {
                true => all,
                false => strangers.left_out(&all, known),
            },
            (_, Verdict::Ready) => strangers.held_up_by(all),
            (one, other) if one == other && hides(&all, &known) => strangers.left_out(&all, known),
            _ => all,
        }
    }
}

/// The traffic as some reporters tell of it.
fn told_by(traffic: &Traffic, is_one: impl Fn(u32) -> bool) -> Traffic {
    let kept = |reports: &[ReportCount]| {
        reports.iter().filter(|report| is_one(report.reporter)).cloned().collect()
    };
    Traffic {
        domain: traffic.domain.clone(),
        reporters: traffic.reporters.clone(),
        policies: traffic.policies.clone(),
        fingerprints: traffic.fingerprints.clone(),
        reports: kept(&traffic.reports),
        policies_before: kept(&traffic.policies_before),
        rows: traffic.rows.iter().filter(|row| is_one(row.reporter)).cloned().collect(),
        earlier: traffic.earlier.iter().filter(|row| is_one(row.reporter)).cloned().collect(),
        ..*traffic
    }
}

impl Strangers {
    /// What the regulars say, with a note on the others.
    fn left_out(&self, all: &Recommendation, mut known: Recommendation) -> Recommendation {
        let Self { names, count, .. } = self;
        known.notes.push(format!(
            "{names} {} otherwise, on few days, and {} left out: with {} it would be {} ({})",
            agree(*count, "says", "say"),
            agree(*count, "is", "are"),
            agree(*count, "that", "them"),
            all.verdict.as_str(),
            shown(&all.headline)
        ));
        known
    }

    /// What all say, with a note that it rests on strangers.
    fn held_up_by(&self, mut all: Recommendation) -> Recommendation {
        let Self { names, count, .. } = self;
        all.notes.push(format!(
            "without what {names} {}, on few days, it would be ready",
            agree(*count, "says", "say")
        ));
        all
    }

    /// A rollback that only they tell of: a question, by the numbers of all. Nothing is published, so that
    /// no note on a record holds.
    fn asked(&self, all: Recommendation) -> Recommendation {
        let Self { names, count, .. } = self;
        let say = agree(*count, "says", "say");
        Recommendation {
            verdict: Verdict::Review,
            headline: format!(
                "{names} alone, on few days, {say} that own mail is stopped: ask there before you \
                 roll back"
            ),
            next: None,
            subdomains_only: false,
            record: None,
            not_before: None,
            notes: Vec::new(),
            ..all
        }
    }

    /// Whether nothing speaks against a move without the strangers but that there is too little: of days
    /// with reports, of receivers, or of own mail, none of which fails. They must have seen the present
    /// policy as long as all have, and long enough.
    fn only_add(&self, known: &Recommendation, all: &Recommendation) -> bool {
        let clean = known.rate.as_ref().is_none_or(|rate| rate.failures == 0);
        let mut missing = known.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate);
        let few =
            missing.all(|gate| matches!(gate, "time" | "coverage") || (gate == "rate" && clean));
        let last = |advice: &Recommendation| advice.policy_history.last().cloned();
        let long = |span: &PolicySpan| span.to.0 - span.from.0 + 1 >= self.days.cast_signed();
        let seen = match (last(known), last(all)) {
            (Some(known_span), Some(all_span)) => {
                let moved = known.policy_history.len() > 1;
                long(&known_span) || (moved && known_span.from <= all_span.from)
            }
            _ => false,
        };
        known.verdict == Verdict::Hold && few && seen
    }
}

/// How much a verdict holds a move back, or asks for.
fn rank(advice: &Recommendation) -> u8 {
    match advice.verdict {
        Verdict::Ready => 0,
        Verdict::Stay => 1,
        Verdict::Hold => 2,
        Verdict::Review => 3,
        Verdict::Fix => 4,
        Verdict::Rollback => 5,
    }
}

/// Whether the first has something in the way that the second does not know of.
fn hides(all: &Recommendation, known: &Recommendation) -> bool {
    let has = |source: &str| all.blockers.iter().any(|one| one.source == source);
    known.blockers.iter().any(|one| !has(&one.source))
}

/// Whether the record of the first stops no more mail than that of the second, of any name.
fn is_no_stricter(one: &Recommendation, other: &Recommendation) -> bool {
    let policies = |advice: &Recommendation| {
        let list = TagList::parse(advice.record.as_deref().unwrap_or_default()).unwrap_or_default();
        let tag = |name: &str| list.get(name).map(Policy::parse).filter(Policy::is_known);
        let p = tag("p").unwrap_or(Policy::None);
        let sp = tag("sp").unwrap_or_else(|| p.clone());
        let np = tag("np").unwrap_or_else(|| sp.clone());
        [p, sp, np].map(|policy| strictness(&policy))
    };
    policies(one).iter().zip(policies(other)).all(|(one, other)| *one <= other)
}

/// Where both records are the same, the numbers of all; else what the regulars say, whole.
fn same_record(all: Recommendation, known: Recommendation) -> Recommendation {
    let same = known.record == all.record && known.rollback == all.rollback;
    if same { all } else { known }
}

#[cfg(test)]
mod tests;
