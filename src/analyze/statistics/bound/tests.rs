//! The bound against published values, against a second implementation, and against chance.

use super::*;
use crate::model::Day;

fn days(counts: &[(u64, u64)]) -> Vec<DayCount> {
    let day = |(at, (messages, failing)): (i32, &(u64, u64))| DayCount {
        day: Day(at),
        messages: *messages,
        failing: *failing,
    };
    (0..).zip(counts).map(day).collect()
}

fn within(tolerance: f64, expected: f64, found: f64) {
    assert!((expected - found).abs() < tolerance, "expected {expected}, found {found}");
}

fn near(expected: f64, found: f64) {
    within(5e-4, expected, found);
}

/// The same bound by another way: the rate at which so few failures have become so unlikely, found
/// by halving, from the binomial probabilities themselves.
fn by_bisection(failures: u64, messages: u64, confidence: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(failures, messages, middle) > 1.0 - confidence {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The probability of so many failures or fewer: term by term, in logarithms.
fn at_most(failures: u64, messages: u64, rate: f64) -> f64 {
    let mut term = messages as f64 * (-rate).ln_1p();
    let mut sum = term.exp();
    for k in 0..failures {
        term += ((messages - k) as f64 / (k + 1) as f64).ln() + rate.ln() - (-rate).ln_1p();
        sum += term.exp();
    }
    sum
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
fn intervals_that_others_published_are_met_to_their_last_digit() {
    // One end of a two-sided interval of 95 % is a one-sided bound of 97.5 %; the lower end is the
    // upper one of the passes, mirrored.
    let published = [
        // scipy.stats.binomtest(7, 50).proportion_ci()
        (7.0, 50.0, 0.975, 0.267_396_002_497_008_46, 1e-10),
        (43.0, 50.0, 0.975, 1.0 - 0.058_191_700_339_973_42, 1e-10),
        // scipy.stats.binomtest(3, 15, alternative="greater").proportion_ci()
        (12.0, 15.0, 0.95, 1.0 - 0.056_846_867_590_246_81, 1e-10),
        // R: binom.test(682, 925), the example of its manual
        (682.0, 925.0, 0.975, 0.765_406_6, 1e-7),
        (243.0, 925.0, 0.975, 1.0 - 0.707_668_3, 1e-7),
        // R: binom.test(9, 24)
        (9.0, 24.0, 0.975, 0.594_063_6, 1e-7),
        (15.0, 24.0, 0.975, 1.0 - 0.187_992_9, 1e-7),
        // R: binom.test(1, 1497, conf.level = 0.9)
        (1.0, 1497.0, 0.95, 3.164_954e-3, 1e-9),
    ];
    for (failures, messages, confidence, expected, tolerance) in published {
        within(tolerance, expected, upper(failures, messages - failures, confidence));
    }
}

#[test]
fn a_second_way_to_the_bound_leads_to_the_same_number() {
    for messages in [5_u64, 31, 149, 1_500, 40_000] {
        for failures in [0, 1, 2, 5, 30, 400] {
            for confidence in [0.8, 0.95, 0.99] {
                if failures < messages {
                    let found = upper(failures as f64, (messages - failures) as f64, confidence);
                    within(1e-8, by_bisection(failures, messages, confidence), found);
                }
            }
        }
    }
}

/// The share of a beta distribution below a value, by adding up its density in thin slices.
fn beta_below(value: f64, a: f64, b: f64) -> f64 {
    const SLICES: u32 = 200_000;
    let (mut below, mut all) = (0.0, 0.0);
    for slice in 0..SLICES {
        let at = (f64::from(slice) + 0.5) / f64::from(SLICES);
        let density = ((a - 1.0) * at.ln() + (b - 1.0) * (-at).ln_1p()).exp();
        all += density;
        below += if at <= value { density } else { 0.0 };
    }
    below / all
}

#[test]
fn fractions_of_messages_are_bounded_as_the_density_adds_up() {
    for (failed, passed) in [(0.98, 48.02), (0.3, 7.5), (3.25, 410.5), (12.5, 9.75)] {
        within(1e-3, 0.95, beta_below(upper(failed, passed, 0.95), failed + 1.0, passed));
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
    let half = bound(&days(&[(u64::MAX / 2, u64::MAX / 4); 2]), &Thresholds::default()).unwrap();
    assert!((0.5..0.51).contains(&half.upper_rate));
}

fn lines(counts: &[(u64, u64)]) -> String {
    let (days, limits) = (days(counts), Thresholds::default());
    let bound = bound(&days, &limits).unwrap();
    bound_arithmetic(&bound, &days, &limits).join("\n")
}

#[test]
fn the_lines_of_a_clean_month_show_the_closed_form() {
    assert_eq!(
        "K = 0 failing of N = 1,550 own messages on D = 31 days; r = K / N = 0\n\
         no failure, so nothing shows how days differ: deff = 1\n\
         upper bound = 1 - 0.05^(1 / N) = 1 - 0.05^(1 / 1,550) <= 0.2%\n\
         bad days (more than 5% of own mail fails): 0 of 31, 0.0%; at most 1 - 0.05^(1 / 31) <= 9.22%",
        lines(&[(50, 0); 31])
    );
}

#[test]
fn the_lines_of_clustered_failures_show_what_clustering_costs() {
    let mut counts = vec![(50, 0); 30];
    counts[7] = (50, 30);
    assert_eq!(
        "K = 30 failing of N = 1,500 own messages on D = 30 days; r = K / N = 0.02\n\
         var_binomial = r (1 - r) / N = 1.307e-5\n\
         var_days = D / (D - 1) * sum((k - r n)^2) / N^2 = 4.000e-4\n\
         deff = max(1, var_days / var_binomial) = max(1, 30.61) = 30.61: failures share days; \
         the messages weigh as 49 independent ones would\n\
         upper bound = BetaInv(0.95; K / deff + 1, (N - K) / deff) = \
         BetaInv(0.95; 1.98, 48.02) <= 9.26%\n\
         bad days (more than 5% of own mail fails): 1 of 30, 3.3%; at most \
         BetaInv(0.95; 2, 29) <= 14.86%",
        lines(&counts)
    );
}

#[test]
fn every_shape_of_days_has_lines() {
    assert!(lines(&[(50, 1); 30]).contains("= 1.00: failures are spread"));
    assert!(lines(&[(50, 1)]).contains("one day, or nothing but failures: deff = 1"));
    let all = lines(&[(5, 5), (9, 9)]);
    assert!(all.contains("every message fails: at most 100%"), "{all}");
    assert!(all.contains("2 of 2, 100.0%; at most all of them: 100%"), "{all}");
}
