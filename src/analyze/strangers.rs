//! **Strangers**: organisations that hardly ever tell of a domain's mail, beside others that do so
//! regularly.
//!
//! In: traffic, and what is advised by all of it. Out: the same traffic as the regulars tell of it, and the
//! advice that holds with and without the strangers. A name and a report cost whoever invents them
//! nothing, and one of a receiver that writes once a month looks no different: so what strangers say may
//! stand in the way, never clear it, and alone it takes no policy back.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::traffic::ReportCount;
use crate::model::verdict::{Blocker, Class, Recommendation, Verdict};
use crate::model::{Day, Traffic};

use super::classify::{Matched, Rules};
use super::domain::shown;
use super::reporter::Reporters;
use super::source::Source;
use super::thresholds::Thresholds;
use super::weight::REGULAR;

/// Traffic as the regulars tell of it, beside strangers.
pub(super) struct Regulars {
    pub(super) traffic: Traffic,
    /// The strangers, by name.
    strangers: String,
}

impl Regulars {
    /// `None` where there are too few regulars to go by, or no strangers.
    pub(super) fn of(traffic: &Traffic, limits: &Thresholds) -> Option<Self> {
        let reporters = Reporters::of(traffic);
        let mut days: BTreeMap<usize, BTreeSet<Day>> = BTreeMap::new();
        let told = traffic.rows.iter().map(|row| row.reporter);
        for reporter in told.chain(traffic.earlier.iter().map(|row| row.reporter)) {
            days.entry(reporters.organization(reporter)).or_default();
        }
        for report in traffic.policies_before.iter().chain(&traffic.reports) {
            days.entry(reporters.organization(report.reporter)).or_default().insert(report.day);
        }
        let (regulars, strangers): (Vec<_>, Vec<_>) =
            days.iter().partition(|(_, days)| days.len() >= REGULAR);
        if regulars.len() < limits.reporters as usize || strangers.is_empty() {
            return None;
        }
        let regulars: BTreeSet<usize> = regulars.into_iter().map(|(id, _)| *id).collect();
        let is_regular = |reporter: u32| regulars.contains(&reporters.organization(reporter));
        let strangers: Vec<usize> = strangers.into_iter().map(|(id, _)| *id).collect();
        let kept = |reports: &[ReportCount]| {
            reports.iter().filter(|report| is_regular(report.reporter)).cloned().collect()
        };
        let known = Traffic {
            reports: kept(&traffic.reports),
            policies_before: kept(&traffic.policies_before),
            rows: traffic.rows.iter().filter(|row| is_regular(row.reporter)).cloned().collect(),
            earlier: traffic
                .earlier
                .iter()
                .filter(|row| is_regular(row.reporter))
                .cloned()
                .collect(),
            ..lists(traffic)
        };
        Some(Self { traffic: known, strangers: reporters.names_of(&strangers) })
    }

    /// What is advised with and without the strangers, together.
    pub(super) fn weigh(&self, all: Recommendation, known: Recommendation) -> Recommendation {
        let strangers = &self.strangers;
        if all.policy != known.policy || is_nearer_to_an_act(&known, &all) {
            let would = format!("with it: {} ({})", all.verdict.as_str(), shown(&all.headline));
            return noted(
                known,
                format!("left out what {strangers} alone say, on few days; {would}"),
            );
        }
        if all.verdict == Verdict::Rollback && known.verdict != Verdict::Rollback {
            return Recommendation {
                verdict: Verdict::Review,
                headline: format!(
                    "{strangers} alone, on few days, say that own mail is stopped: ask there before \
                     you roll back"
                ),
                blockers: all.blockers,
                next: None,
                subdomains_only: false,
                record: None,
                not_before: None,
                ..known
            };
        }
        if all.verdict != Verdict::Ready && known.verdict == Verdict::Ready {
            let note = format!("without what {strangers} say, on few days, it would be ready");
            return noted(all, note);
        }
        same(all, known)
    }
}

/// What a person is told of a domain's traffic, without its rows.
fn lists(traffic: &Traffic) -> Traffic {
    Traffic {
        domain: traffic.domain.clone(),
        reporters: traffic.reporters.clone(),
        policies: traffic.policies.clone(),
        fingerprints: traffic.fingerprints.clone(),
        reports: Vec::new(),
        rows: Vec::new(),
        policies_before: Vec::new(),
        earlier: Vec::new(),
        ..*traffic
    }
}

/// Whether the first holds a move back, or asks for mending, and the second less so.
fn is_nearer_to_an_act(known: &Recommendation, all: &Recommendation) -> bool {
    let rank = |advice: &Recommendation| match advice.verdict {
        Verdict::Ready => 0,
        Verdict::Stay => 1,
        Verdict::Hold => 2,
        Verdict::Review => 3,
        Verdict::Fix => 4,
        Verdict::Rollback => 5,
    };
    rank(known) > rank(all) && !lacks_only_days(known)
}

/// Whether nothing but days is missing: the reports of the last days may still come, and how many days
/// strangers may add is settled by the gate itself.
fn lacks_only_days(advice: &Recommendation) -> bool {
    let mut missing = advice.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate);
    advice.verdict == Verdict::Hold && missing.next() == Some("time") && missing.next().is_none()
}

fn noted(mut advice: Recommendation, note: String) -> Recommendation {
    advice.notes.push(note);
    advice
}

/// Where both come to the same: the numbers of all, and of what is to be done and published what the
/// regulars say, with what strangers add to it.
fn same(mut all: Recommendation, known: Recommendation) -> Recommendation {
    if all.verdict != known.verdict {
        return all;
    }
    if known.record != all.record || known.rollback != all.rollback {
        (all.record, all.rollback, all.next) = (known.record, known.rollback, known.next);
        (all.subdomains_only, all.notes) = (known.subdomains_only, known.notes);
        all.headline = known.headline.clone();
    }
    let have: Vec<&str> = all.blockers.iter().map(|one| one.source.as_str()).collect();
    let hidden = |one: &Blocker| !have.contains(&one.source.as_str());
    let hidden: Vec<Blocker> = known.blockers.into_iter().filter(hidden).collect();
    if !hidden.is_empty() {
        all.headline = known.headline;
    }
    all.blockers.splice(0..0, hidden);
    all
}

impl Rules<'_, '_> {
    /// The same; or a question, where only strangers saw anything pass of a source that fails, or one
    /// organisation alone tells of it at all, and more fails: whoever wants an address authorised says that it
    /// sends for the domain.
    pub(super) fn unless_by_strangers(&self, source: &Source<'_>, matched: Matched) -> Matched {
        let is_own = matched.class == Class::Own && matched.blocks();
        let several = self.weights.regulars() >= self.limits.reporters as usize;
        if !is_own || !several || source.label.is_some() || !source.passed_before.is_empty() {
            return matched;
        }
        let told = self.reporters.tallies(source, self.facts, self.traffic);
        let saw = told.iter().filter(|(_, tally)| tally.dmarc_pass > 0).map(|(id, _)| *id);
        let saw: Vec<usize> = saw.collect();
        let strangers = !saw.iter().any(|id| self.weights.is_regular(*id));
        let one = told.len() == 1 && source.tally.dmarc_fail > source.tally.dmarc_pass;
        if saw.is_empty() || !(strangers || one) {
            return matched;
        }
        let rule = format!("only {} saw any of it pass", self.reporters.names_of(&saw));
        Matched { class: Class::Asks, health: None, rule, ..matched }
    }
}
