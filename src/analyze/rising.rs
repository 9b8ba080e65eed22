//! A failure rate that is **rising**: the last week beside the days before it.
//!
//! In: own days. Out: both counts, where the last week fails more than chance explains. A drift that has
//! only begun hides in the rate of a month.

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
        Some(Self { week, before, explained: expected + limits.rising_errors * error })
    }

    /// Whether more fails than that.
    pub(super) fn is_alarming(&self) -> bool {
        self.week.1 >= FEW && self.week.1 as f64 > self.explained
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
    fn days_that_fail_together_explain_more() {
        let mut days: Vec<_> =
            (0..31).map(|at| DayCount { day: Day(at), messages: 100, failing: 1 }).collect();
        days[30].failing = 9;
        let of = |effect| Rising::of(&days, Day(30), effect, &Thresholds::default()).unwrap();
        assert!(of(1.0).is_alarming() && !of(8.0).is_alarming());
        assert_eq!(None, Rising::of(&days[..20], Day(30), 1.0, &Thresholds::default()));
    }
}
