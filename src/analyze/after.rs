//! **After the move**: what the month before let expect of own mail, beside what happened.
//!
//! In: own days since the policy became stricter, and those of the month before. Out: both counts,
//! and whether own failures rose beyond chance. Without mail in the month before, the limit of the
//! rate that the step asks for is what was expected.

use crate::model::evidence::AfterMove;
use crate::model::verdict::RateBound;
use crate::model::{Day, Window};

use super::source::Source;
use super::statistics::cusum::{Expectation, cusum};
use super::statistics::likely::likely;
use super::statistics::{DayCount, own_days, own_rate};
use super::thresholds::Thresholds;

/// Own mail of the month before a move.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Before {
    /// Its days, summed over sources.
    days: Vec<DayCount>,
    /// The days that reports tell of.
    window: Window,
    /// The bound that the move rested on.
    rate: RateBound,
}

impl Before {
    /// Of the sources of that month (those that the step is judged by); `None` without own mail.
    pub(super) fn of<'a, 'b: 'a>(
        sources: impl Iterator<Item = &'a Source<'b>> + Clone,
        window: Window,
        limits: &Thresholds,
    ) -> Option<Self> {
        let rate = own_rate(sources.clone(), limits)?;
        Some(Self { days: own_days(sources), window, rate })
    }
}

/// Own mail since a move.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since<'a> {
    /// The first day on which reports saw the present policy.
    pub(super) first_day: Day,
    /// Own days of the window, summed over sources; those before the first day are passed over.
    pub(super) days: &'a [DayCount],
    /// Own messages that receivers quarantined.
    pub(super) quarantined: u64,
    /// Own messages that receivers rejected.
    pub(super) rejected: u64,
}

impl<'a> Since<'a> {
    /// Of the sources of the window. `days` are their [`own_days`].
    pub(super) fn of<'s, 'b: 's>(
        first_day: Day,
        days: &'a [DayCount],
        own: impl Iterator<Item = &'s Source<'b>> + Clone,
    ) -> Self {
        let sum =
            |count: fn(&Source<'b>) -> u64| own.clone().map(count).fold(0, u64::saturating_add);
        Self { first_day, days, quarantined: sum(|s| s.quarantined), rejected: sum(|s| s.rejected) }
    }
}

/// Compares the two. `step_rate` is the highest rate that the step allows. `None` where no own mail
/// is known since the move.
pub(super) fn after_move(
    since: &Since<'_>,
    before: Option<&Before>,
    step_rate: f64,
    limits: &Thresholds,
) -> Option<AfterMove> {
    let start = since.days.partition_point(|day| day.day < since.first_day);
    let days = &since.days[start..];
    let last_day = days.last()?.day;
    let observed = Window { from: since.first_day, to: last_day }.days().unsigned_abs();
    let expected = before.map_or_else(
        || Expectation::at_most(step_rate, limits),
        |before| Expectation::of(&before.rate, limits),
    );
    let sum = |count: fn(&DayCount) -> u64| days.iter().map(count).fold(0, u64::saturating_add);
    Some(AfterMove {
        since: since.first_day,
        days: u32::try_from(days.len()).unwrap_or(u32::MAX),
        messages: sum(|day| day.messages),
        predicted: before.and_then(|b| likely(&b.days, b.window, observed, limits)),
        failures: sum(|day| day.failing),
        quarantined: since.quarantined,
        rejected: since.rejected,
        cusum: cusum(days, &expected, limits),
        cusum_limit: limits.cusum_limit,
        expected_rate: expected.rate,
        alarming_rate: expected.alarming,
    })
}
