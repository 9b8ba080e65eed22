//! How often the statistics hold, tried quickly: the full tables come from
//! `cargo bench --bench statistics`.

use fastrand::Rng;

use super::bound::{bound, upper};
use super::cusum::{Expectation, next};
use super::likely::{HORIZON, likely};
use super::unseen::unseen_share;
use super::*;
use crate::model::Window;

/// Days on which so many of 50 messages fail, each with the rate that `rate` gives for the day.
fn days(length: i32, mut rng: Rng, rate: impl Fn(&mut Rng) -> f64) -> Vec<DayCount> {
    let day = |at| {
        let rate = rate(&mut rng);
        let failing = (0..50).filter(|_| rng.f64() < rate).count() as u64;
        DayCount { day: Day(at), messages: 50, failing }
    };
    (0..length).map(day).collect()
}

/// A tenth of the days is bad, and half of their mail fails.
fn bursts(rng: &mut Rng) -> f64 {
    if rng.f64() < 0.1 { 0.5 } else { 0.0 }
}

fn share_of(runs: u64, holds: impl Fn(u64) -> bool) -> f64 {
    (0..runs).filter(|seed| holds(*seed)).count() as f64 / runs as f64
}

#[test]
fn the_clustered_bound_holds_where_failures_share_days_and_the_naive_one_does_not() {
    let limits = Thresholds::default();
    let month = |seed| days(30, Rng::with_seed(seed), bursts);
    let clustered = share_of(1_500, |seed| {
        bound(&month(seed), &limits).is_some_and(|bound| bound.upper_rate >= 0.05)
    });
    let naive = share_of(1_500, |seed| {
        let (messages, failures) = totals(&month(seed));
        upper(failures as f64, (messages - failures) as f64, limits.confidence) >= 0.05
    });
    assert!(clustered >= 0.93, "{clustered}");
    assert!(naive < 0.7, "{naive}");
}

#[test]
fn the_bound_of_steady_failures_holds() {
    let limits = Thresholds::default();
    let held = share_of(1_500, |seed| {
        let month = days(30, Rng::with_seed(seed), |_| 0.01);
        bound(&month, &limits).is_some_and(|bound| bound.upper_rate >= 0.01)
    });
    assert!(held >= 0.93, "{held}");
}

/// How often the month after a month did not fail more than was likely.
fn held_in_the_next_month(rate: impl Fn(&mut Rng) -> f64) -> f64 {
    let window = Window { from: Day(0), to: Day(30) };
    share_of(300, |seed| {
        let all = days(31 + 30, Rng::with_seed(seed), &rate);
        let (known, next) = all.split_at(31);
        let range = likely(known, window, HORIZON, &Thresholds::default()).unwrap();
        totals(next).1 <= range.high
    })
}

#[test]
fn a_likely_range_holds_nine_times_in_ten_where_failures_are_steady() {
    for rate in [0.002, 0.02] {
        let held = held_in_the_next_month(|_| rate);
        assert!(held >= 0.93, "{rate}: {held}");
    }
    let held = held_in_the_next_month(bursts);
    assert!((0.75..0.95).contains(&held), "bursts: {held}");
}

#[test]
fn the_unseen_share_is_right_on_average() {
    let senders = [0.9, 0.9, 0.9, 0.5, 1.0 / 7.0, 1.0 / 7.0, 1.0 / 30.0, 1.0 / 30.0, 1.0 / 30.0];
    let mut rng = Rng::with_seed(7);
    let (mut estimated, mut truth) = (0.0, 0.0);
    for _ in 0..2_000 {
        let seen = senders.map(|p| (0..31).filter(|_| rng.f64() < p).count());
        let missed = senders.iter().zip(seen).filter(|(_, seen)| *seen == 0);
        truth += missed.map(|(p, _)| p).sum::<f64>() / senders.iter().sum::<f64>();
        let seen: Vec<usize> = seen.into_iter().filter(|seen| *seen > 0).collect();
        estimated += unseen_share(&seen, 31);
    }
    assert!((0.9..1.1).contains(&(estimated / truth)), "{estimated} of {truth}");
}

#[test]
fn two_years_without_a_fault_seldom_alarm_and_a_fault_alarms_within_days() {
    let limits = Thresholds::default();
    let month = |seed| days(31, Rng::with_seed(seed), |_| 0.005);
    let expected = |seed| Expectation::of(&bound(&month(seed), &limits).unwrap(), &limits);
    let alarms = |days: &[DayCount], expected: &Expectation| {
        let mut sum = 0.0;
        days.iter().any(|day| {
            sum = next(sum, day, expected, &limits);
            sum > limits.cusum_limit
        })
    };
    let quiet = share_of(30, |seed| {
        !alarms(&days(730, Rng::with_seed(1_000 + seed), |_| 0.005), &expected(seed))
    });
    assert!(quiet >= 0.9, "{quiet}");
    let soon = share_of(200, |seed| {
        alarms(&days(4, Rng::with_seed(2_000 + seed), |_| 0.2), &expected(seed))
    });
    assert!(soon >= 0.99, "{soon}");
}
