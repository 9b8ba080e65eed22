//! The **bound** of a failure rate: how high it may be when so many failures were seen.
//!
//! In: messages and failures by day. Out: upper bounds with a confidence. Mail of one day fails
//! together, so days that differ more than chance allows count as fewer messages (the design
//! effect of survey statistics, with the one-sided interval of Clopper and Pearson).

use std::collections::BTreeMap;

use statrs::distribution::{Beta, ContinuousCDF};

use crate::model::Day;
use crate::model::verdict::{Class, RateBound};

use super::source::{DayCount, Source};
use super::thresholds::Thresholds;

/// Messages beyond which more make no difference that anybody could read. Forged counts are larger
/// and would keep the inverse beta busy for hours; fewer messages only make the bound wider.
const MOST_EVIDENCE: f64 = 1e6;

/// The bound of the own sources' failure rate; `None` without own mail.
pub(super) fn own_rate(sources: &[Source<'_>], limits: &Thresholds) -> Option<RateBound> {
    let own = || sources.iter().filter(|source| source.class == Class::Own);
    let mut days: BTreeMap<Day, (u64, u64)> = BTreeMap::new();
    for day in own().flat_map(|source| &source.days) {
        let sum = days.entry(day.day).or_default();
        sum.0 = sum.0.saturating_add(day.messages);
        sum.1 = sum.1.saturating_add(day.failing);
    }
    let days: Vec<_> = days
        .into_iter()
        .map(|(day, (messages, failing))| DayCount { day, messages, failing })
        .collect();
    let seen: Vec<usize> = own().map(|source| source.days.len()).collect();
    let mut bound = bound(&days, limits)?;
    bound.unseen_share = unseen_share(&seen, days.len());
    Some(bound)
}

fn bound(days: &[DayCount], limits: &Thresholds) -> Option<RateBound> {
    let sum = |count: fn(&DayCount) -> u64| days.iter().map(count).fold(0, u64::saturating_add);
    let (messages, failures) = (sum(|d| d.messages), sum(|d| d.failing));
    if messages == 0 {
        return None;
    }
    let design_effect = design_effect(days, failures as f64, messages as f64);
    let bad = |day: &&DayCount| day.failing as f64 > limits.bad_day_share * day.messages as f64;
    let bad_days = days.iter().filter(bad).count() as u64;
    let (failed, passed) = (failures as f64, (messages - failures) as f64);
    Some(RateBound {
        messages,
        failures,
        days: days.len() as u64,
        bad_days,
        design_effect,
        upper_rate: upper(failed / design_effect, passed / design_effect, limits.confidence),
        upper_bad_days: upper(
            bad_days as f64,
            (days.len() as u64 - bad_days) as f64,
            limits.confidence,
        ),
        unseen_share: 0.0,
    })
}

/// By how much the variance between days is larger than that of independent messages, 1 at least.
/// One day alone tells nothing of how days differ.
fn design_effect(days: &[DayCount], failures: f64, messages: f64) -> f64 {
    let (count, rate) = (days.len() as f64, failures / messages);
    let by_chance = rate * (1.0 - rate) / messages;
    if days.len() < 2 || by_chance <= 0.0 {
        return 1.0;
    }
    let squares: f64 =
        days.iter().map(|d| (d.failing as f64 - rate * d.messages as f64).powi(2)).sum();
    let by_days = count / (count - 1.0) * squares / messages.powi(2);
    (by_days / by_chance).max(1.0)
}

/// The one-sided upper bound of Clopper and Pearson after so many failures and passes.
fn upper(failed: f64, passed: f64, confidence: f64) -> f64 {
    if passed <= 0.0 {
        return 1.0;
    }
    if failed <= 0.0 {
        return -((1.0 - confidence).ln() / passed).exp_m1();
    }
    let scale = (MOST_EVIDENCE / (failed + passed)).min(1.0);
    let (failed, passed) = (failed * scale, passed * scale);
    let quantile = Beta::new(failed + 1.0, passed).map(|beta| beta.inverse_cdf(confidence));
    quantile.ok().filter(|rate| rate.is_finite()).map_or(1.0, |rate| rate.clamp(0.0, 1.0))
}

/// The estimated share of source-days that belong to sources not seen at all (Good and Turing,
/// with Chao's correction), from the number of days on which each source was seen.
fn unseen_share(days_seen: &[usize], days: usize) -> f64 {
    let on = |count: usize| days_seen.iter().filter(|seen| **seen == count).count() as f64;
    let (once, twice, all) = (on(1), on(2), days_seen.iter().sum::<usize>() as f64);
    let spread = days.saturating_sub(1) as f64 * once;
    if once == 0.0 {
        0.0
    } else if spread == 0.0 {
        once / all
    } else {
        once / all * spread / (spread + 2.0 * twice)
    }
}

/// How many messages without a failure certify that limit.
pub(super) fn clean_messages_needed(limit: f64, confidence: f64) -> u64 {
    ((1.0 - confidence).ln() / (1.0 - limit).ln()).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(counts: &[(u64, u64)]) -> Vec<DayCount> {
        let day = |(at, (messages, failing)): (i32, &(u64, u64))| DayCount {
            day: Day(at),
            messages: *messages,
            failing: *failing,
        };
        (0..).zip(counts).map(day).collect()
    }

    fn near(expected: f64, found: f64) {
        assert!((expected - found).abs() < 5e-4, "expected {expected}, found {found}");
    }

    #[test]
    fn clean_messages_certify_what_the_closed_form_says() {
        for (messages, limit) in [(149, 0.02), (299, 0.01), (598, 0.005), (2995, 0.001)] {
            assert_eq!(messages, clean_messages_needed(limit, 0.95));
            assert!(upper(0.0, messages as f64, 0.95) <= limit);
            assert!(upper(0.0, (messages - 1) as f64, 0.95) > limit);
        }
    }

    #[test]
    fn few_failures_need_the_published_sample_sizes() {
        let table = [
            (0.02, [236.0, 313.0, 386.0]),
            (0.01, [473.0, 628.0, 773.0]),
            (0.005, [947.0, 1258.0, 1549.0]),
        ];
        for (limit, sizes) in table {
            for (failures, size) in (1..).map(f64::from).zip(sizes) {
                assert!(upper(failures, size - failures, 0.95) <= limit);
                assert!(upper(failures, size - 1.0 - failures, 0.95) > limit);
            }
        }
    }

    #[test]
    fn clean_days_still_allow_bad_ones() {
        near(0.092, upper(0.0, 31.0, 0.95));
        near(0.047, upper(0.0, 62.0, 0.95));
    }

    #[test]
    fn failures_on_one_day_weigh_more_than_failures_spread_out() {
        let spread = bound(&days(&[(50, 1); 30]), &Thresholds::default()).unwrap();
        let mut clustered = vec![(50, 0); 30];
        clustered[7] = (50, 30);
        let clustered = bound(&days(&clustered), &Thresholds::default()).unwrap();
        assert_eq!((30, 30), (spread.failures, clustered.failures));
        assert!((spread.design_effect - 1.0).abs() < 1e-12);
        // var_days = 30/29 * (29*1 + 29^2) / 1500^2, var_binomial = 0.02 * 0.98 / 1500
        near(30.0 / 29.0 * 870.0 / 2_250_000.0 / (0.0196 / 1500.0), clustered.design_effect);
        assert!(clustered.upper_rate > 2.0 * spread.upper_rate);
        assert_eq!((0, 1), (spread.bad_days, clustered.bad_days));
    }

    #[test]
    fn the_extremes_have_a_bound() {
        assert_eq!(None, bound(&[], &Thresholds::default()));
        assert_eq!(None, bound(&days(&[(0, 0)]), &Thresholds::default()));
        let all = bound(&days(&[(5, 5), (9, 9)]), &Thresholds::default()).unwrap();
        near(1.0, all.upper_rate);
        let huge = bound(&days(&[(u64::MAX, 3), (u64::MAX, 1)]), &Thresholds::default()).unwrap();
        assert!((0.0..=1.0).contains(&huge.upper_rate));
        let half =
            bound(&days(&[(u64::MAX / 2, u64::MAX / 4); 2]), &Thresholds::default()).unwrap();
        assert!((0.5..0.51).contains(&half.upper_rate));
    }

    #[test]
    fn the_unseen_share_follows_good_and_turing() {
        near(0.0, unseen_share(&[31, 30], 31));
        // 2 of 64 source-days seen once, 1 source on two days: 2/64 * 60 / (60 + 2)
        near(2.0 / 64.0 * 60.0 / 62.0, unseen_share(&[31, 29, 1, 1, 2], 31));
        near(1.0, unseen_share(&[1], 1));
        near(0.0, unseen_share(&[], 0));
    }
}
