//! The **running sum of surprise** (CUSUM, Page 1954): whether own failures rose after a move.
//!
//! In: own messages and failures by day, in order; the rate that was expected. Out: the sum after the
//! last day. Each day adds by how much more likely its failures are at the alarming rate than at
//! the expected one, in logarithms; below zero the sum starts anew. Four things keep it honest:
//! days that failed together before weigh less (the design effect); no day alone can pass the
//! limit; no day alone can make it forget; and it does not climb so high that a mended fault
//! would alarm for weeks.

use crate::model::numbers::thousands;
use crate::model::verdict::RateBound;

use super::super::thresholds::Thresholds;
use super::DayCount;

/// The lowest expected rate that is used: logarithms have no zero.
const LOWEST_RATE: f64 = 1e-9;

/// What was expected, and what would be a reason to go back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// The failure rate that was expected (0 to 1).
    pub rate: f64,
    /// The failure rate that would be a reason to go back (0 to 1), above the other.
    pub alarming: f64,
    /// By how much days differed more than chance lets them, 1 at least.
    pub design_effect: f64,
}

impl Expectation {
    /// By the bound at the time of the move.
    #[must_use]
    pub fn of(before: &RateBound, limits: &Thresholds) -> Self {
        Self::at(before.upper_rate, before.design_effect, limits)
    }

    /// By that rate, where no month before the move is known.
    #[must_use]
    pub fn at_most(rate: f64, limits: &Thresholds) -> Self {
        Self::at(rate, 1.0, limits)
    }

    fn at(rate: f64, design_effect: f64, limits: &Thresholds) -> Self {
        let rate = rate.clamp(LOWEST_RATE, 0.5);
        let alarming = (limits.cusum_factor * rate).max(limits.cusum_floor);
        let alarming = alarming.clamp(1.5 * rate, f64::midpoint(rate, 1.0));
        Self { rate, alarming, design_effect: design_effect.max(1.0) }
    }

    /// How much more likely that day is at the alarming rate.
    fn surprise(&self, day: &DayCount) -> f64 {
        let (failed, all) = (day.failing as f64, day.messages as f64);
        let passed = (all - failed).max(0.0);
        let per_failure = (self.alarming / self.rate).ln();
        let per_pass = (-self.alarming).ln_1p() - (-self.rate).ln_1p();
        (failed * per_failure + passed * per_pass) / self.design_effect
    }
}

/// The sum after the last of those days.
#[must_use]
pub fn cusum(days: &[DayCount], expected: &Expectation, limits: &Thresholds) -> f64 {
    days.iter().fold(0.0, |sum, day| next(sum, day, expected, limits))
}

/// The sum after one day more.
#[must_use]
pub fn next(sum: f64, day: &DayCount, expected: &Expectation, limits: &Thresholds) -> f64 {
    let limit = limits.cusum_limit;
    let (fall, rise) = (-limits.cusum_fall * limit, limits.cusum_rise * limit);
    let surprise = expected.surprise(day).max(fall).min(rise);
    (sum + surprise).min(limits.cusum_cap * limit).max(0.0)
}

/// How the sum was worked out, line by line: what is expected, then every day that raised it.
#[must_use]
pub fn cusum_arithmetic(
    days: &[DayCount],
    expected: &Expectation,
    limits: &Thresholds,
) -> Vec<String> {
    let limit = limits.cusum_limit;
    let mut lines = vec![
        format!(
            "expected at most {:.4}% (p0), alarming from {:.4}% on (p1); deff = {:.2}",
            expected.rate * 100.0,
            expected.alarming * 100.0,
            expected.design_effect
        ),
        format!(
            "a day adds (k ln(p1 / p0) + (n - k) ln((1 - p1) / (1 - p0))) / deff, from -{:.2} to \
             {:.2}; the sum stays between 0 and {:.2}",
            limits.cusum_fall * limit,
            limits.cusum_rise * limit,
            limits.cusum_cap * limit
        ),
    ];
    let mut sum = 0.0;
    for day in days {
        let after = next(sum, day, expected, limits);
        if after > sum {
            let (failing, all) = (thousands(day.failing), thousands(day.messages));
            lines.push(format!("{}: {failing} of {all} fail: {sum:.2} -> {after:.2}", day.day));
        }
        sum = after;
    }
    lines.push(format!("after the last day {sum:.2}; above {limit} it is no chance"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;

    fn limits() -> Thresholds {
        Thresholds::default()
    }

    fn days(counts: &[(u64, u64)]) -> Vec<DayCount> {
        let day = |(at, (messages, failing)): (i32, &(u64, u64))| DayCount {
            day: Day(at),
            messages: *messages,
            failing: *failing,
        };
        (0..).zip(counts).map(day).collect()
    }

    fn sum(counts: &[(u64, u64)], rate: f64) -> f64 {
        cusum(&days(counts), &Expectation::at_most(rate, &limits()), &limits())
    }

    fn near(expected: f64, found: f64) {
        assert!((expected - found).abs() < 1e-9, "expected {expected}, found {found}");
    }

    #[test]
    fn a_day_adds_what_the_formula_says() {
        let day = 2.0 * (0.02_f64 / 0.005).ln() + 48.0 * (0.98_f64 / 0.995).ln();
        near(day, sum(&[(50, 2)], 0.005));
        let clustered =
            Expectation { design_effect: 3.0, ..Expectation::at_most(0.005, &limits()) };
        near(day / 3.0, cusum(&days(&[(50, 2)]), &clustered, &limits()));
    }

    #[test]
    fn expected_rates_give_alarming_ones() {
        let alarming = |rate| Expectation::at_most(rate, &limits()).alarming;
        near(0.02, alarming(0.0));
        near(0.02, alarming(0.005));
        near(0.06, alarming(0.02));
        assert!(alarming(0.4) > 0.4 && alarming(1.0) < 1.0);
    }

    #[test]
    fn days_as_expected_leave_nothing() {
        near(0.0, sum(&[(50, 0); 90], 0.005));
        near(0.0, sum(&[(1_000, 5); 90], 0.005));
        near(0.0, sum(&[], 0.005));
        near(0.0, sum(&[(0, 0); 9], 0.005));
    }

    #[test]
    fn one_day_alone_alarms_nobody_and_two_do() {
        assert!(sum(&[(5_000, 5_000)], 0.005) < limits().cusum_limit);
        assert!(sum(&[(5_000, 5_000); 2], 0.005) > limits().cusum_limit);
    }

    #[test]
    fn a_free_weekend_does_not_end_an_alarm_and_a_mended_week_does() {
        let fault = [(1_000, 200); 20];
        assert!(sum(&[&fault[..], &[(1_000, 0); 2]].concat(), 0.005) > limits().cusum_limit);
        assert!(sum(&[&fault[..], &[(1_000, 0); 5]].concat(), 0.005) < limits().cusum_limit);
        near(0.0, sum(&[&fault[..], &[(1_000, 0); 18]].concat(), 0.005));
    }

    #[test]
    fn a_sender_of_once_a_week_adds_up() {
        let week = [
            (5_000, 1_000),
            (5_000, 0),
            (5_000, 0),
            (5_000, 0),
            (5_000, 0),
            (5_000, 0),
            (5_000, 0),
        ];
        assert!(sum(&[&week.repeat(3)[..], &week[..1]].concat(), 0.005) > limits().cusum_limit);
    }

    #[test]
    fn forged_counts_give_a_number() {
        for counts in [(u64::MAX, u64::MAX), (u64::MAX, 0), (0, u64::MAX), (1, u64::MAX)] {
            for rate in [0.0, 0.005, 1.0, f64::MAX] {
                let found = sum(&[counts; 3], rate);
                assert!((0.0..=100.0).contains(&found), "{counts:?} {rate} {found}");
            }
        }
    }

    #[test]
    fn the_lines_tell_the_days_that_raised_it() {
        let expected = Expectation::at_most(0.005, &limits());
        let days = days(&[(50, 0), (50, 2), (50, 0)]);
        let lines = cusum_arithmetic(&days, &expected, &limits());
        assert_eq!(
            "expected at most 0.5000% (p0), alarming from 2.0000% on (p1); deff = 1.00",
            lines[0]
        );
        assert_eq!("1970-01-02: 2 of 50 fail: 0.00 -> 2.04", lines[2]);
        assert_eq!(4, lines.len());
    }
}
