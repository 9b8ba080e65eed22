//! The **doubt**: no single reporter can talk a source out of the way, since a report can claim any
//! number.
//!
//! In: a source and the rule that matched. Out: the same; or, where the source does not stand in
//! the way by the word of one reporter alone, what the same rules say of the rest. One-sided: what
//! stands in the way stays there, whoever told of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Day;
use crate::model::numbers::{agree, percent};
use crate::model::traffic::TrafficRow;
use crate::model::verdict::{Class, Tally};

use super::classify::{Matched, Rules};
use super::domain::shown;
use super::facts::{Excuse, Facts};
use super::outlier;
use super::source::Source;
use super::weight::REGULAR;

/// How many ordinary days one day must weigh to be sudden.
const SUDDEN: u64 = 3;

/// What each organisation tells of a source.
type Told = BTreeMap<usize, Tally>;

impl Rules<'_, '_> {
    /// The same, or what is said without the reporter whose word alone keeps the source out of the
    /// way; and whether it is that.
    pub(super) fn doubting(&self, source: &Source<'_>, matched: Matched) -> (Matched, bool) {
        let told = self.reporters.tallies(source, self.facts, self.traffic);
        if matched.blocks() || told.len() < 2 {
            return (matched, false);
        }
        let mut loud = self.loud(&told, source.tally.messages).into_iter();
        let found = loud
            .find_map(|organization| self.without_loud(source, &told, organization))
            .or_else(|| self.without_sudden_ones(source, &told))
            .or_else(|| self.without_sole_witness(source, &told, matched.class))
            .or_else(|| self.without_few(source, &told, matched.class));
        match found {
            Some((reason, rest)) => {
                let rule = format!("without {reason}: {}", rest.rule);
                (Matched { rule, ..unless_passed_on(rest, matched.class) }, true)
            }
            None => (matched, false),
        }
    }

    /// The organisations that tell at least half of it, and not all, the loudest first.
    fn loud(&self, told: &Told, all: u64) -> Vec<usize> {
        let share = self.limits.doubted_share * all as f64;
        let is_loud = |messages: u64| messages < all && messages as f64 >= share;
        let mut loud: Vec<_> = told.iter().filter(|(_, tally)| is_loud(tally.messages)).collect();
        loud.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.messages));
        loud.into_iter().map(|(organization, _)| *organization).collect()
    }

    /// What stands in the way without that organisation, with why it is left out. The largest
    /// mailbox provider tells as much of an ordinary domain, and one receiver's fault is no fault of
    /// the source: unless it tells nearly all, two others must see failures.
    fn without_loud(
        &self,
        source: &Source<'_>,
        told: &Told,
        organization: usize,
    ) -> Option<(String, Matched)> {
        let (limits, all) = (self.limits, source.tally.messages);
        let messages = told.get(&organization)?.messages;
        let others = told.iter().filter(|(id, tally)| **id != organization && tally.dmarc_fail > 0);
        let failing = others.clone().fold(0, |sum: u64, (_, t)| sum.saturating_add(t.dmarc_fail));
        let believed = messages as f64 >= limits.swamping_share * all as f64
            || (others.count() >= 2 && failing >= limits.source_total_failure);
        let name = shown(self.reporters.name(organization));
        let is_it = |row: &TrafficRow| self.reporters.organization(row.reporter) == organization;
        let judged = |keep: &dyn Fn(&TrafficRow) -> bool| {
            Some(self.judge(&source.only(self.traffic, self.facts, keep))).filter(Matched::blocks)
        };
        if let Some(rest) = judged(&|row| !is_it(row)).filter(|_| believed) {
            let share = percent(messages, all);
            return Some((format!("{name}, which tells {share} of its mail"), rest));
        }
        // Whoever poses as a large reporter must not take that one's failures away.
        let sudden = self.sudden(source, &is_it)?;
        let ordinary = |row: &TrafficRow| !sudden.contains(&row.day);
        let rest = judged(&|row| !is_it(row) || ordinary(row))?;
        let believed = believed || judged(&|row| is_it(row) && ordinary(row)).is_some();
        believed.then(|| (format!("what {name} suddenly tells of it"), rest))
    }

    /// What stands in the way without those who outweigh the others together, by what they suddenly say:
    /// one forger may write under many names.
    fn without_sudden_ones(&self, source: &Source<'_>, told: &Told) -> Option<(String, Matched)> {
        let sudden = outlier::sudden(source, self.facts, self.traffic, &self.reporters);
        let theirs = sudden.iter().filter_map(|id| told.get(id)).map(|tally| tally.messages);
        let (theirs, all) = (theirs.fold(0, u64::saturating_add), source.tally.messages);
        let swamps = theirs < all && theirs as f64 >= self.limits.swamping_share * all as f64;
        if !swamps || sudden.len() < 2 {
            return None;
        }
        let others =
            |row: &TrafficRow| !sudden.contains(&self.reporters.organization(row.reporter));
        let rest = self.judge(&source.only(self.traffic, self.facts, others));
        let (names, share) = (self.reporters.names_of(&sudden), percent(theirs, all));
        rest.blocks().then(|| (format!("{names}, which tell {share} of its mail"), rest))
    }

    /// The days on which somebody suddenly tells more than half of all its mail, and the others do not
    /// see a busy day; none where those are all of its days.
    fn sudden(
        &self,
        source: &Source<'_>,
        is_it: &dyn Fn(&TrafficRow) -> bool,
    ) -> Option<BTreeSet<Day>> {
        let mut days: BTreeMap<Day, [u64; 2]> =
            source.days.iter().map(|day| (day.day, [0, 0])).collect();
        for (_, row) in source.rows_of(self.traffic) {
            let count = &mut days.entry(row.day).or_default()[usize::from(!is_it(row))];
            *count = count.saturating_add(row.messages);
        }
        let much = |who: usize| SUDDEN.saturating_mul(median(days.values().map(|day| day[who])));
        let (much, busy) = (much(0), much(1));
        let is_sudden = |[its, others]: &[u64; 2]| *its > much && *others <= busy;
        let sum = |of: &dyn Fn(&[u64; 2]) -> bool| {
            let its = days.values().filter(|day| of(day)).map(|day| day[0]);
            its.fold(0, u64::saturating_add)
        };
        let (sudden, all) = (sum(&is_sudden), sum(&|_| true));
        let found = days.iter().filter(|(_, day)| is_sudden(day)).map(|(day, _)| *day);
        (sudden < all && sudden > all - sudden).then(|| found.collect())
    }

    /// How much of a source DKIM aligns, and of how much: by all, or without an organisation that tells
    /// at least half of it, where two others see less signed than reject needs.
    pub(super) fn signed(&self, source: &Source<'_>) -> (u64, u64) {
        let told = self.reporters.tallies(source, self.facts, self.traffic);
        let of = |tally: &Tally| (tally.dkim_aligned, tally.messages);
        let lacks = |(signed, messages): (u64, u64)| {
            (signed as f64) < self.limits.reject_dkim_share * messages as f64
        };
        let without = self.loud(&told, source.tally.messages).into_iter().map(|organization| {
            let others = told.iter().filter(|(id, _)| **id != organization);
            let lacking = others.clone().filter(|(_, tally)| lacks(of(tally))).count();
            let mut rest = Tally::default();
            others.for_each(|(_, tally)| rest.merge(tally));
            (of(&rest), lacking)
        });
        let mut lower = without.filter(|((signed, messages), lacking)| {
            let unsigned = messages.saturating_sub(*signed);
            let enough = unsigned >= self.limits.source_total_failure;
            *lacking >= 2 && enough && lacks((*signed, *messages))
        });
        lower.next().map_or(of(&source.tally), |(signed, _)| signed)
    }

    /// What stands in the way without the one organisation that saw any of it pass, or that tells most
    /// of what was passed on.
    fn without_sole_witness(
        &self,
        source: &Source<'_>,
        told: &Told,
        class: Class,
    ) -> Option<(String, Matched)> {
        let mut seen_passing = told.iter().filter(|(_, tally)| tally.dmarc_pass > 0);
        let passes = seen_passing.next().filter(|_| seen_passing.next().is_none());
        let passed_on = matches!(class, Class::List | Class::Forwarder);
        let hides = passed_on.then(|| self.passed_on_by(source)).flatten();
        let doubted = passes
            .map(|(organization, _)| (*organization, "which alone saw any of it pass"))
            .into_iter()
            .chain(hides.map(|o| (o, "which tells most of what was passed on")));
        let mut blocking = doubted.filter_map(|(organization, reason)| {
            let others =
                |row: &TrafficRow| self.reporters.organization(row.reporter) != organization;
            let rest = self.judge(&source.only(self.traffic, self.facts, others));
            let name = shown(self.reporters.name(organization));
            rest.blocks().then(|| (format!("{name}, {reason}"), rest))
        });
        blocking.next()
    }

    /// What stands in the way without those who say that it was passed on, however many they are, where
    /// the others tell of more of the domain's mail: names cost whoever invents them nothing.
    fn without_few(
        &self,
        source: &Source<'_>,
        told: &Told,
        class: Class,
    ) -> Option<(String, Matched)> {
        if !matches!(class, Class::List | Class::Forwarder) {
            return None;
        }
        let passed_on = self.passed_on(source);
        let says_so = |id: &usize, all: u64| {
            passed_on.get(id).is_some_and(|part| *part >= all.saturating_sub(*part))
        };
        let (few, others): (BTreeMap<_, _>, _) =
            told.iter().partition(|(id, tally)| says_so(id, tally.messages));
        let weigh =
            |those: &BTreeMap<&usize, &Tally>| self.weights.sum(those.keys().map(|id| **id));
        if weigh(&few) >= weigh(&others) {
            return None;
        }
        let is_other =
            |row: &TrafficRow| others.contains_key(&self.reporters.organization(row.reporter));
        let rest = self.judge(&source.only(self.traffic, self.facts, is_other));
        let ids: Vec<usize> = few.into_keys().copied().collect();
        let reason = agree(
            ids.len() as u64,
            "which tells less of the domain's mail than those who see it fail",
            "which tell less of the domain's mail than those who see it fail",
        );
        rest.blocks().then(|| (format!("{}, {reason}", self.reporters.names_of(&ids)), rest))
    }

    /// The same; or a question, where only strangers saw anything pass of a source that fails, or one
    /// organisation alone tells of it at all, on few days, and more fails: whoever wants an address authorised says that it
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
        let few_days = source.days.len() < REGULAR;
        let one = told.len() == 1 && few_days && source.tally.dmarc_fail > source.tally.dmarc_pass;
        if saw.is_empty() || !(strangers || one) {
            return matched;
        }
        let rule = format!("only {} saw any of it pass", self.reporters.names_of(&saw));
        Matched { class: Class::Asks, health: None, rule, ..matched }
    }

    /// Who tells of most of the mail that lists or forwarders passed on.
    fn passed_on_by(&self, source: &Source<'_>) -> Option<usize> {
        let told = self.passed_on(source).into_iter();
        told.max_by_key(|(_, messages)| *messages).map(|(organization, _)| organization)
    }

    /// How much each tells of mail that lists or forwarders passed on.
    fn passed_on(&self, source: &Source<'_>) -> BTreeMap<usize, u64> {
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
        told
    }
}

/// The middle of some counts, the lesser of two.
fn median(counts: impl Iterator<Item = u64>) -> u64 {
    let mut counts: Vec<u64> = counts.collect();
    counts.sort_unstable();
    counts.get(counts.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

/// Where some receivers say that mail was passed on and the others see it fail, a person must say.
fn unless_passed_on(rest: Matched, class: Class) -> Matched {
    match class {
        Class::List | Class::Forwarder => Matched { class: Class::Asks, health: None, ..rest },
        _ => rest,
    }
}
