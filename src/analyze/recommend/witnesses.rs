//! The **witnesses** of stopped mail: who tells of it, and what the others say of the same days.
//!
//! In: sources whose mail is stopped. Out: whether that is to be believed, and whose word it rests on. A
//! single report can be written by whoever wants the domain open again.

use std::collections::BTreeSet;

use crate::model::traffic::TrafficRow;
use crate::model::verdict::Tally;

use super::super::facts::Stopped;
use super::super::gates::Evidence;
use super::super::reporter::Reporters;
use super::super::source::Source;
use super::rollback::stopped;

/// All who tell of a domain's mail.
pub(super) struct Witnesses<'e, 'a> {
    evidence: &'e Evidence<'a>,
    reporters: Reporters<'a>,
    /// Own messages of the domain itself, and of its subdomains.
    own: [u64; 2],
}

/// Who tells of the stopped mail of some sources, and what the others say of these days.
struct Tellers {
    organizations: BTreeSet<usize>,
    /// Mail of these sources since it was stopped first, as those regular reporters tell of it who saw
    /// none stopped.
    others: Tally,
    /// Whether anybody else tells of these sources.
    are_others: bool,
}

impl<'e, 'a> Witnesses<'e, 'a> {
    pub(super) fn of(evidence: &'e Evidence<'a>) -> Self {
        let mut own = [0_u64; 2];
        for source in evidence.own() {
            let all = &mut own[usize::from(source.below)];
            *all = all.saturating_add(source.tally.messages);
        }
        Self { evidence, reporters: Reporters::of(evidence.traffic), own }
    }

    /// Whether several organisations tell of what is stopped of a source, or one on more than a day or
    /// two. And it must be some part of the own mail, unless somebody tells of it who writes regularly;
    /// and no word of strangers alone that the others contradict.
    pub(super) fn are_believable(&self, source: &Source<'_>) -> bool {
        let tellers = self.tellers(&[source]);
        let failing = source.days.iter().filter(|day| day.failing > 0).count();
        let by_several = source.fails_only_at.is_none() && tellers.organizations.len() >= 2;
        let known = by_several || failing >= self.evidence.limits.asks_days as usize;
        known
            && (self.is_a_share(source) || self.are_regular(&tellers))
            && !self.are_contradicted(&tellers)
    }

    /// The names of those who tell of the stopped mail of some sources, where others tell of the same
    /// sources, too: of one alone, or of some who tell little of the domain's mail.
    pub(super) fn alone(&self, sources: &[&Source<'_>]) -> Option<String> {
        let tellers = self.tellers(sources);
        let ids: Vec<usize> = tellers.organizations.iter().copied().collect();
        let little = !self.evidence.observed.weights.are_some(ids.iter().copied());
        (tellers.are_others && (ids.len() == 1 || little)).then(|| self.reporters.names_of(&ids))
    }

    fn tellers(&self, sources: &[&Source<'_>]) -> Tellers {
        let evidence = self.evidence;
        let fact = |row: &TrafficRow| evidence.facts.get(row.fingerprint as usize);
        let is_stopped =
            |row: &TrafficRow| fact(row).is_some_and(|fact| fact.stopped != Stopped::No);
        let rows = || sources.iter().flat_map(|source| source.rows_of(evidence.traffic));
        let rows = || rows().map(|(_, row)| row);
        let by = |row: &TrafficRow| self.reporters.organization(row.reporter);
        let stopped = || rows().filter(|row| is_stopped(row));
        let organizations: BTreeSet<usize> = stopped().map(by).collect();
        let since = stopped().map(|row| row.day).min();
        let mut found = Tellers { organizations, others: Tally::default(), are_others: false };
        for row in rows().filter(|row| !found.organizations.contains(&by(row))) {
            found.are_others = true;
            let regular = evidence.observed.weights.is_regular(by(row)) && Some(row.day) >= since;
            if let Some(fact) = fact(row).filter(|_| regular) {
                found.others.add(row.messages, fact.dkim, fact.spf);
            }
        }
        found
    }

    /// Whether what is stopped is some part of the own mail of the domain itself, or of its subdomains.
    fn is_a_share(&self, source: &Source<'_>) -> bool {
        let all = self.own[usize::from(source.below)];
        stopped(source) as f64 >= self.evidence.limits.rollback_share * all as f64
    }

    /// Whether one of them tells of mail regularly.
    fn are_regular(&self, tellers: &Tellers) -> bool {
        tellers.organizations.iter().any(|id| self.evidence.observed.weights.is_regular(*id))
    }

    /// Whether all of them are strangers, while regular reporters saw enough of the same source and
    /// next to none of it fail: any number of names can be invented for a few days.
    fn are_contradicted(&self, tellers: &Tellers) -> bool {
        let (limits, others) = (self.evidence.limits, &tellers.others);
        !self.are_regular(tellers)
            && others.messages >= limits.other_reporters_messages
            && (others.dmarc_fail as f64) < limits.other_reporters_share * others.messages as f64
    }
}
