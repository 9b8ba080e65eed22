//! The **outlier**: an organisation that suddenly tells far more passing mail than it ever did, or
//! than all others.
//!
//! In: what each organisation tells of own mail, by day. Out: the bound of the own failure rate that
//! no such word made better, with the days that it came from. A report can claim any count, and one is
//! enough to drown a month of others; whoever writes one can as well write five, under five names. What
//! fails is believed whoever says it; that so much passes is not. A mailbox provider that most of a
//! domain's mail goes to tells as much every day and is no outlier.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::numbers::agree;
use crate::model::verdict::{Class, RateBound};
use crate::model::{Day, Traffic};

use super::facts::Facts;
use super::reporter::Reporters;
use super::source::Source;
use super::statistics::{self, DayCount};
use super::thresholds::Thresholds;

/// Share of its messages that lie on one day, above which an organisation is sudden: in a month, a day
/// has a thirtieth.
const ONE_DAY: f64 = 0.5;

/// Days that make an ordinary one: who is heard of on fewer than half of so many has none yet.
const FORTNIGHT: usize = 14;

/// Ordinary days that one day of those without an ordinary day may weigh, all of them together: where
/// a domain sends a message or two a day, its days differ by as much.
const SWING: u64 = 3;

/// A bound of the own failure rate, and what it rests on.
#[derive(Debug, Clone)]
pub(super) struct Rate {
    pub(super) bound: RateBound,
    /// The days that it came from.
    pub(super) days: Vec<DayCount>,
    /// Whose word on what passes is not counted in full, in words; empty where all is counted.
    left_out: String,
    /// How many they are.
    left_out_count: u64,
}

impl Rate {
    /// The rate of the own ones among those sources; none without own mail. What is told suddenly may
    /// make the bound worse, not better.
    pub(super) fn of(
        sources: &[&Source<'_>],
        facts: &[Facts<'_>],
        traffic: &Traffic,
        reporters: &Reporters<'_>,
        limits: &Thresholds,
    ) -> Option<Self> {
        let bound = statistics::own_rate(sources.iter().copied(), limits)?;
        let days = statistics::own_days(sources.iter().copied());
        let all = Self { bound, days, left_out: String::new(), left_out_count: 0 };
        let own = sources.iter().filter(|source| source.class == Class::Own);
        let words = Words::of(own.copied(), facts, traffic, reporters);
        let believed = words.believed();
        let left_out: Vec<usize> = believed.left_out.iter().copied().collect();
        if left_out.is_empty() {
            return Some(all);
        }
        let others = [believed.capped, believed.without_strangers].into_iter().filter_map(|days| {
            let bound = statistics::bound::bound(&days, limits)?;
            let bound = RateBound { unseen_share: all.bound.unseen_share, ..bound };
            Some(Self {
                bound,
                days,
                left_out: reporters.names_of(&left_out),
                left_out_count: left_out.len() as u64,
            })
        });
        let worst = others.max_by(|a, b| a.bound.upper_rate.total_cmp(&b.bound.upper_rate));
        let worse = |rate: &Self| rate.bound.upper_rate > all.bound.upper_rate;
        Some(worst.filter(worse).unwrap_or(all))
    }

    /// Whose word is not counted; none where all is.
    pub(super) fn without(&self) -> Option<String> {
        let (names, tell) = (&self.left_out, agree(self.left_out_count, "tells", "tell"));
        (!names.is_empty())
            .then(|| format!("not counted: what {names} suddenly {tell}, more than all others"))
    }
}

/// Those who suddenly tell that mail of a source passes.
pub(super) fn sudden(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    traffic: &Traffic,
    reporters: &Reporters<'_>,
) -> Vec<usize> {
    let words = Words::of(std::iter::once(source), facts, traffic, reporters);
    words.believed().left_out.into_iter().collect()
}

/// Messages that pass, and that fail.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    passing: u64,
    failing: u64,
}

/// What each organisation tells of own mail, by day.
struct Words {
    told: BTreeMap<usize, BTreeMap<Day, Count>>,
    /// The days that at least two tell of; all, where there are none. A day that one alone tells of
    /// takes no other's ordinary days away.
    shared: Vec<Day>,
    /// The ordinary day of each that has one: half of its days have no more passing mail.
    ordinary: BTreeMap<usize, u64>,
}

/// What is believed of it.
struct Believed {
    /// With what passes suddenly cut to what is likely.
    capped: Vec<DayCount>,
    /// Without all that those tell who have no ordinary day.
    without_strangers: Vec<DayCount>,
    /// Whose word was cut.
    left_out: BTreeSet<usize>,
}

impl Words {
    fn of<'s, 't: 's>(
        own: impl Iterator<Item = &'s Source<'t>>,
        facts: &[Facts<'_>],
        traffic: &Traffic,
        reporters: &Reporters<'_>,
    ) -> Self {
        let mut told: BTreeMap<usize, BTreeMap<Day, Count>> = BTreeMap::new();
        for (_, row) in own.flat_map(|source| source.rows_of(traffic)) {
            let days = told.entry(reporters.organization(row.reporter)).or_default();
            let count = days.entry(row.day).or_default();
            let passes = facts.get(row.fingerprint as usize).is_some_and(Facts::passes);
            let part = if passes { &mut count.passing } else { &mut count.failing };
            *part = part.saturating_add(row.messages);
        }
        let shared = shared(&told);
        let ordinary = told.iter().map(|(id, days)| (*id, ordinary(days, &shared)));
        let ordinary = ordinary.filter(|(_, messages)| *messages > 0).collect();
        Self { told, shared, ordinary }
    }

    fn believed(&self) -> Believed {
        let mut days: BTreeMap<Day, Vec<(usize, Count)>> = BTreeMap::new();
        for (id, told) in &self.told {
            for (day, count) in told {
                days.entry(*day).or_default().push((*id, *count));
            }
        }
        let sudden = self.sudden();
        let swing = self.strangers_day().saturating_mul(SWING);
        let empty = Believed {
            capped: Vec::new(),
            without_strangers: Vec::new(),
            left_out: BTreeSet::new(),
        };
        days.into_iter().fold(empty, |mut believed, (day, told)| {
            self.believe(day, &told, &sudden, swing, &mut believed);
            believed
        })
    }

    /// What is believed of one day.
    fn believe(
        &self,
        day: Day,
        told: &[(usize, Count)],
        sudden: &BTreeSet<(usize, Day)>,
        swing: u64,
        believed: &mut Believed,
    ) {
        let busy = self.busy(told);
        let (mut known, mut strangers) = (Count::default(), Vec::new());
        for (id, count) in told {
            let Some(ordinary) = self.ordinary.get(id) else {
                strangers.push((*id, *count));
                continue;
            };
            let most = (*ordinary as f64 * busy).ceil() as u64;
            let cut = sudden.contains(&(*id, day)) && most < count.passing;
            if cut {
                believed.left_out.insert(*id);
            }
            known.add(Count { passing: if cut { most } else { count.passing }, ..*count });
        }
        let most = known.passing.max(swing);
        let mut all = known;
        strangers.iter().for_each(|(_, count)| all.add(*count));
        all.passing = all.passing.min(known.passing.saturating_add(most));
        believed.left_out.extend(too_much(strangers, most));
        believed.capped.push(all.on(day));
        if known.passing > 0 || known.failing > 0 {
            believed.without_strangers.push(known.on(day));
        }
    }

    /// Who tells more than half of all its passing mail on one day, and on which.
    fn sudden(&self) -> BTreeSet<(usize, Day)> {
        let known = self.told.iter().filter(|(id, _)| self.ordinary.contains_key(id));
        let sudden = known.filter_map(|(id, days)| {
            let all = days.values().fold(0, |sum: u64, day| sum.saturating_add(day.passing));
            let (day, most) = days.iter().max_by_key(|(_, count)| count.passing)?;
            (most.passing as f64 > ONE_DAY * all as f64).then_some((*id, *day))
        });
        sudden.collect()
    }

    /// How many times as much as on an ordinary day is told of this one, 1 at least: what those say
    /// who tell half of the ordinary mail. A newsletter shows at all of them.
    fn busy(&self, told: &[(usize, Count)]) -> f64 {
        let times = told.iter().filter_map(|(id, count)| {
            let ordinary = *self.ordinary.get(id)?;
            Some((count.passing as f64 / ordinary as f64, ordinary as f64))
        });
        let mut times: Vec<(f64, f64)> = times.collect();
        times.sort_by(|a, b| b.0.total_cmp(&a.0));
        let half = self.ordinary.values().map(|ordinary| *ordinary as f64).sum::<f64>() / 2.0;
        let mut weight = 0.0;
        let median = times.into_iter().find(|(_, ordinary)| {
            weight += ordinary;
            weight > half
        });
        median.map_or(1.0, |(times, _)| times.max(1.0))
    }

    /// The ordinary day of all together that have none of their own.
    fn strangers_day(&self) -> u64 {
        let mut days: BTreeMap<Day, Count> = BTreeMap::new();
        let strangers = self.told.iter().filter(|(id, _)| !self.ordinary.contains_key(id));
        for (day, count) in strangers.flat_map(|(_, days)| days) {
            days.entry(*day).or_default().add(*count);
        }
        middle(&days, &self.shared, self.shared.len())
    }
}

impl Count {
    fn add(&mut self, other: Self) {
        self.passing = self.passing.saturating_add(other.passing);
        self.failing = self.failing.saturating_add(other.failing);
    }

    fn on(self, day: Day) -> DayCount {
        let messages = self.passing.saturating_add(self.failing);
        DayCount { day, messages, failing: self.failing }
    }
}

/// Those who tell most, until the rest tells no more than that.
fn too_much(mut strangers: Vec<(usize, Count)>, most: u64) -> Vec<usize> {
    strangers.sort_by_key(|(id, count)| (std::cmp::Reverse(count.passing), *id));
    let mut rest: u128 = strangers.iter().map(|(_, count)| u128::from(count.passing)).sum();
    let too_much = strangers.into_iter().take_while(|(_, count)| {
        let exceeds = rest > u128::from(most);
        rest -= u128::from(count.passing);
        exceeds
    });
    too_much.map(|(id, _)| id).collect()
}

fn shared(told: &BTreeMap<usize, BTreeMap<Day, Count>>) -> Vec<Day> {
    let mut by: BTreeMap<Day, u32> = BTreeMap::new();
    let passing = told.values().flatten().filter(|(_, count)| count.passing > 0);
    passing.for_each(|(day, _)| *by.entry(*day).or_default() += 1);
    let two: Vec<Day> = by.iter().filter(|(_, count)| **count > 1).map(|(day, _)| *day).collect();
    if two.is_empty() { by.into_keys().collect() } else { two }
}

/// The passing mail of the day in the middle, from the first day that it is told of to the last, but
/// of a fortnight at least. 0 where it is told of on fewer than half of them.
fn ordinary(told: &BTreeMap<Day, Count>, shared: &[Day]) -> u64 {
    let heard = |day: &&Day| told.get(day).is_some_and(|count| count.passing > 0);
    let first = shared.iter().position(|day| heard(&day)).unwrap_or(0);
    let last = shared.iter().rposition(|day| heard(&day)).unwrap_or(0);
    middle(told, shared, (last + 1 - first).max(FORTNIGHT.min(shared.len())))
}

/// The median of so many days, those without mail included; of two in the middle the lesser.
fn middle(told: &BTreeMap<Day, Count>, shared: &[Day], days: usize) -> u64 {
    let passing = shared.iter().filter_map(|day| told.get(day)).map(|count| count.passing);
    let mut passing: Vec<u64> = passing.filter(|messages| *messages > 0).collect();
    passing.sort_unstable();
    let silent = days.saturating_sub(passing.len());
    let at = (days.saturating_sub(1) / 2).checked_sub(silent);
    at.and_then(|at| passing.get(at)).copied().unwrap_or(0)
}
