//! The **likely** range: how many own messages may fail in the days to come, if these are like the
//! days of the window.
//!
//! In: failures by day, and the window (days without mail count as days without failures). Out: a
//! range. Weeks are drawn from the window again and again (the block bootstrap of Künsch, with the
//! window closed to a ring as Politis and Romano do), so that weekdays keep their rhythm and days
//! that fail together stay together. What the draws cannot know is added: that the window itself
//! is only one of those that could have been. The same counts always give the same range.

use fastrand::Rng;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::model::Window;
use crate::model::evidence::Likely;

use super::super::thresholds::Thresholds;
use super::DayCount;

/// Days that a what-if looks ahead.
pub const HORIZON: u32 = 30;

/// How often the days to come are drawn. More draws move the ends by less than a message in fifty.
const DRAWS: usize = 2_000;

/// Days drawn together: a week, the rhythm that mail has.
const BLOCK: usize = 7;

/// Days of a window that are looked at, the last ones: ten years. A report can claim any date.
const MOST_DAYS: i32 = 3_660;

const SEED: u64 = 7;

/// The range of failures in the next `horizon` days; `None` where the window has no mail, or is shorter
/// than a week: of some weekdays nothing is known then. Its ends are those of which it is as sure as
/// `limits.confidence`, each for itself.
#[must_use]
pub fn likely(
    days: &[DayCount],
    window: Window,
    horizon: u32,
    limits: &Thresholds,
) -> Option<Likely> {
    let from = window.from.max(window.to.plus(1 - MOST_DAYS));
    let window = Window { from, to: window.to };
    if series_days(window) < BLOCK
        || !days.iter().any(|day| window.contains(day.day) && day.messages > 0)
    {
        return None;
    }
    let ahead = horizon.min(MOST_DAYS.unsigned_abs());
    let series = series(days, window);
    let (low, high) = range(&series, ahead as usize, limits.confidence);
    Some(Likely { low: low as u64, high: high as u64, days: ahead })
}

fn series_days(window: Window) -> usize {
    usize::try_from(window.days()).unwrap_or(0)
}

/// The failures of every day of the window, in order.
fn series(days: &[DayCount], window: Window) -> Vec<f64> {
    let mut series = vec![0.0; series_days(window)];
    for day in days.iter().filter(|day| window.contains(day.day)) {
        let at = usize::try_from(day.day.0.saturating_sub(window.from.0));
        if let Some(count) = at.ok().and_then(|at| series.get_mut(at)) {
            *count += day.failing as f64;
        }
    }
    series
}

fn range(series: &[f64], ahead: usize, confidence: f64) -> (f64, f64) {
    let (known, block) = (series.len() as f64, block(series.len()));
    let expected = series.iter().sum::<f64>() / known * ahead as f64;
    let (low, high) = drawn_range(series, block, ahead, confidence).unwrap_or((0.0, 0.0));
    // The window is a draw, too; and blocks of so few days vary less than the days they come from.
    let both = 1.0 + ahead as f64 / known;
    let few = known / (known - block as f64).max(1.0);
    let widened = (both * few).sqrt();
    // No count is surer than one whose messages all fail or pass by themselves.
    let sure = quantile(confidence);
    let counting = |count: f64| sure * (count * both).sqrt();
    let below = ((expected - low) * widened).max(counting(expected));
    let above = ((high - expected) * widened).max(counting(expected + 1.0));
    ((expected - below).max(0.0).floor(), (expected + above).ceil())
}

/// A window of less than two weeks has too few blocks: its days are drawn one by one.
fn block(days: usize) -> usize {
    if days < 2 * BLOCK { 1 } else { BLOCK }
}

/// The range of the drawn sums; `None` where nothing failed, so that every sum is zero.
fn drawn_range(series: &[f64], block: usize, ahead: usize, confidence: f64) -> Option<(f64, f64)> {
    series.iter().find(|failing| **failing > 0.0)?;
    let mut sums = drawn(series, block, ahead);
    let rank = |share: f64| ((share * DRAWS as f64).ceil() as usize).clamp(1, DRAWS) - 1;
    let mut nth = |at: usize| *sums.select_nth_unstable_by(at, f64::total_cmp).1;
    Some((nth(rank(1.0 - confidence)), nth(rank(confidence))))
}

/// Sums of so many days, each put together from blocks that begin anywhere in the ring.
fn drawn(series: &[f64], block: usize, ahead: usize) -> Vec<f64> {
    let mut before = vec![0.0];
    let ring = series.iter().chain(&series[..block]);
    before.extend(ring.scan(0.0, |sum, failing| {
        *sum += failing;
        Some(*sum)
    }));
    let mut rng = Rng::with_seed(SEED);
    let mut drawn = |days: usize| {
        let start = rng.usize(..series.len());
        before[start + days] - before[start]
    };
    let (whole, rest) = (ahead / block, ahead % block);
    let mut sum = || {
        let last = if rest > 0 { drawn(rest) } else { 0.0 };
        (0..whole).fold(last, |sum, _| sum + drawn(block))
    };
    (0..DRAWS).map(|_| sum()).collect()
}

/// How many standard deviations above its mean a normal value is with that probability.
fn quantile(confidence: f64) -> f64 {
    Normal::standard().inverse_cdf(confidence).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;

    const MONTH: Window = Window { from: Day(100), to: Day(130) };

    fn every(step: usize, messages: u64, failing: u64) -> Vec<DayCount> {
        (100..=130).step_by(step).map(|at| DayCount { day: Day(at), messages, failing }).collect()
    }

    fn of(days: &[DayCount], window: Window) -> Option<(u64, u64)> {
        likely(days, window, HORIZON, &Thresholds::default()).map(|l| (l.low, l.high))
    }

    #[test]
    fn no_mail_has_no_range() {
        assert_eq!(None, of(&[], MONTH));
        assert_eq!(None, of(&every(1, 0, 0), MONTH));
        assert_eq!(None, of(&every(1, 50, 0), Window { from: Day(1), to: Day(31) }));
    }

    #[test]
    fn less_than_a_week_tells_nothing_of_a_month() {
        let of_days = |days| of(&every(1, 50, 1), Window { from: Day(100), to: Day(99 + days) });
        assert_eq!([None, None], [of_days(1), of_days(6)]);
        assert!(of_days(7).is_some());
    }

    #[test]
    fn a_month_without_failures_still_allows_a_few() {
        // 1.645 * sqrt(1 + 30/31) = 2.3
        assert_eq!(Some((0, 3)), of(&every(1, 50, 0), MONTH));
    }

    #[test]
    fn equal_days_leave_only_the_chance_of_counting() {
        // 30 a month: 30 -+ 1.645 * sqrt(30 * (1 + 30/31)), and of 31 above
        assert_eq!(Some((17, 43)), of(&every(1, 50, 1), MONTH));
    }

    #[test]
    fn failures_that_share_a_day_make_the_range_wider() {
        let mut burst = every(1, 50, 0);
        burst[12].failing = 31;
        let (low, high) = of(&burst, MONTH).unwrap();
        assert_eq!(0, low);
        assert!(high > 70, "{high}");
    }

    #[test]
    fn days_without_mail_count_as_days_without_failures() {
        let weekly = every(7, 40, 40);
        let (low, high) = of(&weekly, MONTH).unwrap();
        assert!(low < 160 && 160 < high, "{low} to {high}");
        assert!(high < 400, "{high}");
    }

    #[test]
    fn the_same_counts_give_the_same_range() {
        let days = every(3, 50, 9);
        assert_eq!(of(&days, MONTH), of(&days, MONTH));
        let later = Window { from: Day(100), to: Day(161) };
        assert_ne!(of(&days, MONTH), of(&days, later));
    }

    #[test]
    fn forged_counts_and_dates_break_nothing() {
        let all_time = Window { from: Day(i32::MIN), to: Day(i32::MAX) };
        assert_eq!(None, of(&every(1, 50, 1), all_time));
        let (low, high) = of(&every(1, u64::MAX, u64::MAX), MONTH).unwrap();
        assert!(low <= high);
        for days in 7..20 {
            let window = Window { from: Day(100), to: Day(99 + days) };
            let (low, high) = of(&every(1, 9, 2), window).unwrap();
            assert!(low <= 60 && 60 <= high, "{days}: {low} to {high}");
        }
        assert_eq!(None, of(&every(1, 50, 1), Window { from: Day(130), to: Day(100) }));
        let none = likely(&every(1, 50, 1), MONTH, 0, &Thresholds::default()).unwrap();
        assert_eq!((0, 0), (none.low, none.days));
    }
}
