//! A fault that is **over**: an own source failed, and what failed has passed since.
//!
//! In: own sources and their rows. Out: the last bad day of each, where it has passed on enough days
//! after that. Such a source needs no mending any more; its bad days stay in the numbers until they
//! leave the window. A source that only sends once a month does not heal by being silent: nearly all
//! of what failed must have sent mail that passes, from the same addresses, or with the key that failed
//! everywhere. And nobody is believed alone: where two organisations tell of a source, two must tell
//! of the days since, and what the others say without the loudest must not fail either.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::verdict::Class;
use crate::model::{Day, SourceAddress, Traffic};

use super::facts::{Facts, Fault};
use super::reporter::Reporters;
use super::source::{DayCount, Source};
use super::thresholds::Thresholds;

/// Gives each own source its last bad day, where it is healed.
pub(super) fn mark(
    sources: &mut [Source<'_>],
    facts: &[Facts<'_>],
    traffic: &Traffic,
    limits: &Thresholds,
) {
    let reporters = Reporters::of(traffic);
    let failing = |source: &&mut Source<'_>| source.tally.dmarc_fail > 0;
    // of many put together, those that heal would hide those that do not
    let own = |source: &&mut Source<'_>| source.class == Class::Own && !source.is_crowd();
    for source in sources.iter_mut().filter(own).filter(failing) {
        let told = told(source, facts, traffic, &reporters);
        source.healed = healed(&source.days, &told, limits);
    }
}

/// A signature: d=, selector.
type Signature<'a> = (&'a str, &'a str);

/// A row, as far as it matters here.
struct Told<'a> {
    day: Day,
    organization: usize,
    address: &'a SourceAddress,
    fact: &'a Facts<'a>,
    messages: u64,
}

impl<'a> Told<'a> {
    /// The owner's signature that did not verify.
    fn broken(&self) -> Option<Signature<'a>> {
        match self.fact.fault {
            Some(Fault::BrokenSignature { domain, selector }) => Some((domain, selector?)),
            _ => None,
        }
    }
}

fn told<'a>(
    source: &Source<'_>,
    facts: &'a [Facts<'a>],
    traffic: &'a Traffic,
    reporters: &Reporters<'_>,
) -> Vec<Told<'a>> {
    let told = |(_, row): (u32, &'a crate::model::traffic::TrafficRow)| {
        Some(Told {
            day: row.day,
            organization: reporters.organization(row.reporter),
            address: &row.source,
            fact: facts.get(row.fingerprint as usize)?,
            messages: row.messages,
        })
    };
    source.rows_of(traffic).filter_map(told).collect()
}

fn healed(days: &[DayCount], told: &[Told<'_>], limits: &Thresholds) -> Option<Day> {
    let bad = last_bad(days, limits)?;
    let since = || told.iter().filter(|row| row.day > bad);
    let (messages, failing) = counts(since());
    if messages <= limits.source_messages || often(failing, messages, limits) {
        return None;
    }
    let (messages, failing) = without_loudest(since());
    if failing >= limits.source_total_failure && often(failing, messages, limits) {
        return None;
    }
    let fault = Failed::until(bad, told, limits);
    let back: Vec<&Told<'_>> = since().filter(|row| fault.is_mended_by(row)).collect();
    let clean: BTreeSet<Day> = back.iter().map(|row| row.day).collect();
    let believed = organizations(back.into_iter()) >= organizations(told.iter()).min(2);
    let enough = clean.len() >= limits.healed_days as usize;
    (enough && believed && fault.is_back(since(), told, limits)).then_some(bad)
}

fn often(failing: u64, messages: u64, limits: &Thresholds) -> bool {
    failing > 0 && failing as f64 >= limits.source_failure_share * messages as f64
}

/// The last bad day. A message or two that fail among good ones make none; where there is no other, the
/// last day that fails as often as what is misconfigured.
fn last_bad(days: &[DayCount], limits: &Thresholds) -> Option<Day> {
    let is_bad = |day: &&DayCount| {
        day.failing >= limits.source_total_failure
            && day.failing as f64 > limits.bad_day_share * day.messages as f64
    };
    let fails = |day: &&DayCount| often(day.failing, day.messages, limits);
    let bad = days.iter().rev().find(is_bad).or_else(|| days.iter().rev().find(fails));
    bad.map(|day| day.day)
}

/// Messages, and how many of them fail.
fn counts<'a>(rows: impl Iterator<Item = &'a Told<'a>>) -> (u64, u64) {
    rows.fold((0_u64, 0_u64), |(messages, failing), row| {
        let fails = if row.fact.passes() { 0 } else { row.messages };
        (messages.saturating_add(row.messages), failing.saturating_add(fails))
    })
}

/// The same without the organisation that tells the most of them.
fn without_loudest<'a>(rows: impl Iterator<Item = &'a Told<'a>> + Clone) -> (u64, u64) {
    let mut loud: BTreeMap<usize, u64> = BTreeMap::new();
    for row in rows.clone() {
        plus(loud.entry(row.organization).or_default(), row.messages);
    }
    let loudest = loud.into_iter().max_by_key(|(_, messages)| *messages).map(|(id, _)| id);
    counts(rows.filter(|row| Some(row.organization) != loudest))
}

fn organizations<'a>(rows: impl Iterator<Item = &'a Told<'a>>) -> usize {
    rows.map(|row| row.organization).collect::<BTreeSet<_>>().len()
}

fn plus(count: &mut u64, messages: u64) {
    *count = count.saturating_add(messages);
}

/// What failed up to the last bad day.
struct Failed<'a> {
    bad: Day,
    addresses: HashSet<&'a SourceAddress>,
    /// Signatures that failed nearly everywhere on some day: their key was wrong. One that fails from
    /// some addresses only is those addresses' fault.
    keys: HashSet<Signature<'a>>,
}

impl<'a> Failed<'a> {
    fn until(bad: Day, told: &[Told<'a>], limits: &Thresholds) -> Self {
        let failed: Vec<_> =
            told.iter().filter(|row| row.day <= bad && !row.fact.passes()).collect();
        let keys = wrong_keys(&failed, told, limits);
        Self { bad, addresses: failed.iter().map(|row| row.address).collect(), keys }
    }

    /// Whether a row shows that something of it works again.
    fn is_mended_by(&self, row: &Told<'_>) -> bool {
        let signed = || row.fact.signatures.iter().any(|signature| self.keys.contains(signature));
        row.fact.passes() && (self.addresses.contains(row.address) || signed())
    }

    /// Whether nearly all of it works again. A machine that only ever failed, and not just once or
    /// twice, is not drowned by the mail of others.
    fn is_back<'r>(
        &self,
        since: impl Iterator<Item = &'r Told<'r>>,
        told: &[Told<'_>],
        limits: &Thresholds,
    ) -> bool {
        let (mut addresses, mut keys) = (HashSet::new(), HashSet::new());
        for row in since.filter(|row| row.fact.passes()) {
            addresses.insert(row.address);
            keys.extend(row.fact.signatures.iter().copied());
        }
        let back = |row: &Told<'_>| {
            let key = row.broken().filter(|key| self.keys.contains(key));
            addresses.contains(row.address) || key.is_some_and(|key| keys.contains(&key))
        };
        let passed: HashSet<_> =
            told.iter().filter(|row| row.fact.passes()).map(|row| row.address).collect();
        let (mut all, mut lacking) = (0_u64, 0_u64);
        let mut only_failed: HashMap<&SourceAddress, u64> = HashMap::new();
        for row in told.iter().filter(|row| row.day <= self.bad && !row.fact.passes()) {
            plus(&mut all, row.messages);
            if !back(row) {
                plus(&mut lacking, row.messages);
                if !passed.contains(row.address) {
                    plus(only_failed.entry(row.address).or_default(), row.messages);
                }
            }
        }
        lacking as f64 <= (1.0 - limits.healed_share) * all as f64
            && only_failed.values().all(|messages| *messages <= limits.source_messages)
    }
}

/// The signatures of failed rows that fail nearly everywhere on some day.
fn wrong_keys<'a>(
    failed: &[&Told<'a>],
    told: &[Told<'a>],
    limits: &Thresholds,
) -> HashSet<Signature<'a>> {
    let mut days: HashMap<(Day, Signature<'a>), DayCount> = HashMap::new();
    for row in failed {
        if let Some(signature) = row.broken() {
            let empty = DayCount { day: row.day, messages: 0, failing: 0 };
            let day = days.entry((row.day, signature)).or_insert(empty);
            plus(&mut day.messages, row.messages);
            plus(&mut day.failing, row.messages);
        }
    }
    for row in told {
        for signature in &row.fact.signatures {
            if let Some(day) = days.get_mut(&(row.day, *signature)) {
                plus(&mut day.messages, row.messages);
            }
        }
    }
    let is_wrong = |day: &DayCount| day.failing as f64 >= limits.healed_share * day.messages as f64;
    days.iter().filter(|(_, day)| is_wrong(day)).map(|((_, signature), _)| *signature).collect()
}

#[cfg(test)]
mod tests;
