//! The **doubt**: no single reporter can talk a source out of the way, since a report can claim any
//! number.
//!
//! In: a source and the rule that matched. Out: the same; or, where the source does not stand in
//! the way by the word of one reporter alone, what the same rules say of the rest. One-sided: what
//! stands in the way stays there, whoever told of it.

use std::collections::BTreeMap;

use crate::model::numbers::{agree, percent};
use crate::model::traffic::TrafficRow;
use crate::model::verdict::Class;

use super::classify::{Matched, Rules};
use super::facts::{Excuse, Facts};
use super::outlier;
use super::reporter::outweighing;
use super::source::Source;

impl Rules<'_> {
    /// The same, or what is said without the reporter whose word alone keeps the source out of the
    /// way.
    pub(super) fn doubting(&self, source: &Source<'_>, matched: Matched) -> Matched {
        if matched.blocks() {
            return matched;
        }
        let doubted = self.doubted(source, matched.class).into_iter();
        let mut blocking = doubted.filter_map(|(left_out, reason)| {
            let others =
                |row: &TrafficRow| !left_out.contains(&self.reporters.organization(row.reporter));
            let rest = self.judge(&source.only(self.traffic, self.facts, others));
            rest.blocks().then(|| Matched {
                rule: format!(
                    "without {}, {reason}: {}",
                    self.reporters.names_of(&left_out),
                    rest.rule
                ),
                ..unless_passed_on(rest, matched.class)
            })
        });
        blocking.next().unwrap_or(matched)
    }

    /// The reporters that a source's class may hang on, each with why.
    fn doubted(&self, source: &Source<'_>, class: Class) -> Vec<(Vec<usize>, String)> {
        let tallies = self.reporters.tallies(source, self.facts, self.traffic);
        if tallies.len() < 2 {
            return Vec::new();
        }
        let all = &source.tally;
        let told = tallies.iter().map(|(id, tally)| (*id, tally.messages)).collect();
        let swamps = outweighing(&told, self.limits)
            .map(|most| (vec![most.organization], most.messages))
            .or_else(|| self.suddenly_swamped(source, &told));
        let mut seen_passing = tallies.iter().filter(|(_, tally)| tally.dmarc_pass > 0);
        let passes = seen_passing.next().filter(|_| seen_passing.next().is_none());
        let passed_on = matches!(class, Class::List | Class::Forwarder);
        let hides = passed_on.then(|| self.passed_on_by(source)).flatten();
        let share = |by: &[usize], messages| {
            let tell = agree(by.len() as u64, "tells", "tell");
            format!("which {tell} {} of its mail", percent(messages, all.messages))
        };
        swamps
            .map(|(by, messages)| {
                let why = share(&by, messages);
                (by, why)
            })
            .into_iter()
            .chain(passes.map(|(o, _)| (vec![*o], "which alone saw any of it pass".to_owned())))
            .chain(hides.map(|o| (vec![o], "which tells most of what was passed on".to_owned())))
            .collect()
    }

    /// Those who outweigh the others together, by what they suddenly say, and how much they tell: one
    /// forger may write under many names.
    fn suddenly_swamped(
        &self,
        source: &Source<'_>,
        told: &BTreeMap<usize, u64>,
    ) -> Option<(Vec<usize>, u64)> {
        let sum = |messages: &mut dyn Iterator<Item = u64>| messages.fold(0, u64::saturating_add);
        let sudden = outlier::sudden(source, self.facts, self.traffic, &self.reporters);
        let all = sum(&mut told.values().copied());
        let theirs = sum(&mut sudden.iter().filter_map(|id| told.get(id).copied()));
        let swamps = theirs < all && theirs as f64 >= self.limits.swamping_share * all as f64;
        (swamps && sudden.len() > 1).then_some((sudden, theirs))
    }

    /// Who tells of most of the mail that lists or forwarders passed on.
    fn passed_on_by(&self, source: &Source<'_>) -> Option<usize> {
        let mut told: BTreeMap<usize, u64> = BTreeMap::new();
        for (_, row) in source.rows_of(self.traffic) {
            let fact = self.facts.get(row.fingerprint as usize);
            let passed_on = |fact: &&Facts<'_>| {
                self.is_forwarded(fact, source.key) || fact.excuse == Some(Excuse::List)
            };
            if fact.filter(passed_on).is_some() {
                let count = told.entry(self.reporters.organization(row.reporter)).or_default();
                *count = count.saturating_add(row.messages);
            }
        }
        told.into_iter().max_by_key(|(_, messages)| *messages).map(|(organization, _)| organization)
    }
}

/// Where some receivers say that mail was passed on and the others see it fail, a person must say.
fn unless_passed_on(rest: Matched, class: Class) -> Matched {
    match class {
        Class::List | Class::Forwarder => Matched { class: Class::Asks, health: None, ..rest },
        _ => rest,
    }
}
