//! A failure rate that is **rising**: in the last week beside the days before it, or day by day over the
//! whole window.
//!
//! In: own days. Out: both counts, and how steep the trend is, where either is more than chance explains.
//! A drift that has only begun hides in the rate of a month; one that began before the month hides in
//! both of its halves.

use crate::model::Day;

use super::statistics::{DayCount, totals};
use super::thresholds::Thresholds;

/// Days of the last week.
const WEEK: i32 = 7;

/// Failures below which nothing is said of a week.
const FEW: u64 = 3;

/// What the last week shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rising {
    /// Own messages of the last week, and how many of them fail.
    pub(super) week: (u64, u64),
    /// The same of the days before.
    pub(super) before: (u64, u64),
    /// The most failures of the week that chance explains.
    pub(super) explained: f64,
    /// How many standard errors the trend over all days is above none.
    pub(super) trend: f64,
    /// How many of these alarm.
    errors: f64,
}

impl Rising {
    /// Of own days, the last of which is `last`. `None` without mail in the week or before it.
    pub(super) fn of(
        days: &[DayCount],
        last: Day,
        design_effect: f64,
        limits: &Thresholds,
    ) -> Option<Self> {
        let (before, week) = days.split_at(days.partition_point(|d| d.day <= last.plus(-WEEK)));
        let (before, week) = (totals(before), totals(week));
        if before.0 == 0 || week.0 == 0 {
            return None;
        }
        let rate = before.1 as f64 / before.0 as f64;
        let expected = rate * week.0 as f64;
        let error = (design_effect.max(1.0) * expected * (1.0 - rate)).sqrt();
        let explained = expected + limits.rising_errors * error;
        let errors = limits.rising_errors;
        Some(Self { week, before, explained, trend: Trend::of(days).errors(), errors })
    }

    /// Whether more fails than that, or steadily more from day to day.
    pub(super) fn is_alarming(&self) -> bool {
        self.week.1 >= FEW && (self.week.1 as f64 > self.explained || self.trend > self.errors)
    }
}

/// The line through the failure rates of days, each weighing as its messages do: the trend of Cochran
/// (1954) and Armitage (1955), with days that scatter about that line more than chance lets them taken
/// for fewer messages.
struct Trend {
    /// The failure rate of all.
    rate: f64,
    /// By how much the rate rises from day to day.
    slope: f64,
    /// The messages times the square of their days' distance from the middle one.
    spread: f64,
    /// The variance about the line, in those of chance.
    scatter: f64,
}

impl Trend {
    fn of(days: &[DayCount]) -> Self {
        let (messages, failures) = totals(days);
        let (messages, failures) = (messages.max(1) as f64, failures as f64);
        let rate = failures / messages;
        let sum = |of: &dyn Fn(f64, f64, f64) -> f64| -> f64 {
            days.iter().map(|d| of(f64::from(d.day.0), d.messages as f64, d.failing as f64)).sum()
        };
        let middle = sum(&|day, sent, _| day * sent) / messages;
        let spread = sum(&|day, sent, _| sent * (day - middle).powi(2));
        let slope = sum(&|day, sent, failing| (day - middle) * (failing - sent * rate));
        let slope = if spread > 0.0 { slope / spread } else { 0.0 };
        let line = |day: f64, sent: f64| sent * (rate + slope * (day - middle));
        let about = sum(&|day, sent, failing| {
            if sent > 0.0 { (failing - line(day, sent)).powi(2) / sent } else { 0.0 }
        });
        let free = days.len().saturating_sub(2).max(1) as f64;
        let chance = rate * (1.0 - rate);
        let scatter = if chance > 0.0 { about / free / chance } else { 1.0 };
        Self { rate, slope, spread, scatter: scatter.max(1.0) }
    }

    /// The slope in its standard errors; 0 where nothing, or everything, fails.
    fn errors(&self) -> f64 {
        let error = (self.scatter * self.rate * (1.0 - self.rate) / self.spread).sqrt();
        if error > 0.0 && error.is_finite() { self.slope / error } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rising(before: u64, week: u64) -> bool {
        let day = |at: i32, failing| DayCount { day: Day(at), messages: 100, failing };
        let days: Vec<_> =
            (0..24).map(|at| day(at, before)).chain((24..31).map(|at| day(at, week))).collect();
        Rising::of(&days, Day(30), 1.0, &Thresholds::default()).unwrap().is_alarming()
    }

    #[test]
    fn a_week_that_fails_more_than_the_days_before_is_told() {
        assert!(rising(0, 1), "7 of 700 where none failed before");
        assert!(rising(1, 3), "21 where 7 were to be expected");
        assert!(!rising(1, 1) && !rising(2, 1) && !rising(0, 0));
    }

    #[test]
    fn a_rise_of_the_whole_month_is_told_though_no_week_stands_out() {
        let month = |failing: &dyn Fn(u64) -> u64| {
            let day =
                |at: u64| DayCount { day: Day(at as i32), messages: 400, failing: failing(at) };
            let days: Vec<_> = (0..31).map(day).collect();
            Rising::of(&days, Day(30), 1.0, &Thresholds::default()).unwrap()
        };
        let drift = month(&|at| at / 10);
        assert!(drift.trend > 3.0 && drift.is_alarming(), "{drift:?}");
        let level = month(&|at| at % 3);
        assert!(level.trend.abs() < 1.0 && !level.is_alarming(), "{level:?}");
        let falling = month(&|at| 3 - at / 10);
        assert!(falling.trend < -3.0 && !falling.is_alarming(), "{falling:?}");
        // one bad day is no trend
        let burst = month(&|at| if at == 22 { 75 } else { 1 });
        assert!(burst.trend < 2.0, "{burst:?}");
        assert_eq!(0.0, month(&|_| 0).trend);
        assert_eq!(0.0, month(&|_| 400).trend);
    }

    /// By the formula of Armitage (1955) as textbooks give it, worked out by hand: three groups of 100,
    /// of which 10, 20 and 30 fail; z is 20 / sqrt(200 * 0.2 * 0.8).
    #[test]
    fn the_trend_is_that_of_cochran_and_armitage() {
        let day = |at: i32, failing| DayCount { day: Day(at), messages: 100, failing };
        let trend = Trend::of(&[day(0, 10), day(1, 20), day(2, 30)]);
        assert!((trend.errors() - 20.0 / 32.0_f64.sqrt()).abs() < 1e-9, "{}", trend.errors());
    }

    #[test]
    fn days_that_fail_together_explain_more() {
        let mut days: Vec<_> =
            (0..31).map(|at| DayCount { day: Day(at), messages: 100, failing: 1 }).collect();
        days[30].failing = 9;
        let of = |effect| Rising::of(&days, Day(30), effect, &Thresholds::default()).unwrap();
        assert!(of(1.0).is_alarming() && !of(8.0).is_alarming(), "{:?}", of(8.0));
        assert_eq!(None, Rising::of(&days[..20], Day(30), 1.0, &Thresholds::default()));
    }
}
