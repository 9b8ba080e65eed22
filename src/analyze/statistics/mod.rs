//! The **statistics** of a judgement: how much the counts of a window say of the days to come.
//!
//! In: messages and failures by day. Out: bounds, ranges and estimates, each with the lines by which
//! it was worked out. Every formula, where it comes from, and how often it held when it was tried
//! stand in `docs/statistics.md`; `cargo bench --bench statistics` tries them again.

pub mod bound;
pub mod cusum;
pub mod likely;
pub mod unseen;

#[cfg(test)]
mod trials;

use std::collections::BTreeMap;

use crate::model::Day;
use crate::model::verdict::{Class, RateBound};

use super::source::Source;
use super::thresholds::Thresholds;

pub(super) use bound::{bound_arithmetic, clean_messages_needed};
pub(super) use unseen::unseen_arithmetic;

/// One day of a source, or of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    /// The day.
    pub day: Day,
    /// Messages.
    pub messages: u64,
    /// Those that fail DMARC.
    pub failing: u64,
}

/// The bound of the failure rate of those of the sources that are own; `None` without own mail.
pub(super) fn own_rate<'a, 'b: 'a>(
    sources: impl Iterator<Item = &'a Source<'b>> + Clone,
    limits: &Thresholds,
) -> Option<RateBound> {
    let days = own_days(sources.clone());
    let seen = own_days_seen(sources);
    let mut bound = bound::bound(&days, limits)?;
    bound.unseen_share = unseen::unseen_share(&seen, days.len());
    Some(bound)
}

/// The days of those of the sources that are own, summed, in order. Days without own mail are not
/// there.
pub(super) fn own_days<'a, 'b: 'a>(sources: impl Iterator<Item = &'a Source<'b>>) -> Vec<DayCount> {
    let mut days: BTreeMap<Day, (u64, u64)> = BTreeMap::new();
    for day in own(sources).flat_map(|source| &source.days) {
        let sum = days.entry(day.day).or_default();
        sum.0 = sum.0.saturating_add(day.messages);
        sum.1 = sum.1.saturating_add(day.failing);
    }
    let day = |(day, (messages, failing))| DayCount { day, messages, failing };
    days.into_iter().map(day).collect()
}

/// On how many days each own source was seen.
pub(super) fn own_days_seen<'a, 'b: 'a>(
    sources: impl Iterator<Item = &'a Source<'b>>,
) -> Vec<usize> {
    own(sources).map(|source| source.days.len()).collect()
}

fn own<'a, 'b: 'a>(
    sources: impl Iterator<Item = &'a Source<'b>>,
) -> impl Iterator<Item = &'a Source<'b>> {
    sources.filter(|source| source.class == Class::Own)
}

/// All messages, and all failing ones, of some days.
pub(super) fn totals(days: &[DayCount]) -> (u64, u64) {
    let sum = |count: fn(&DayCount) -> u64| days.iter().map(count).fold(0, u64::saturating_add);
    (sum(|d| d.messages), sum(|d| d.failing))
}
