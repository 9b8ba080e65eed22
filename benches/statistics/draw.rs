//! Draws: numbers that look random, by the laws that made-up months follow.

use fastrand::Rng;
use ruaudit::analyze::statistics::DayCount;
use ruaudit::model::Day;

fn uniform(rng: &mut Rng) -> f64 {
    1.0 - rng.f64()
}

pub(crate) fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * uniform(rng).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.f64()).cos()
}

/// How many of so many messages fail, each with that probability: by the gaps between failures.
pub(crate) fn binomial(rng: &mut Rng, messages: u64, rate: f64) -> u64 {
    if rate <= 0.0 {
        return 0;
    }
    if rate > 0.5 {
        return messages - binomial(rng, messages, 1.0 - rate);
    }
    let per_gap = (-rate).ln_1p();
    let (mut at, mut failures) = (0.0, 0);
    loop {
        at += (uniform(rng).ln() / per_gap).floor() + 1.0;
        if at > messages as f64 {
            return failures;
        }
        failures += 1;
    }
}

pub(crate) fn poisson(rng: &mut Rng, mean: f64) -> u64 {
    if mean > 200.0 {
        return mean.sqrt().mul_add(normal(rng), mean).round().max(0.0) as u64;
    }
    let end = (-mean).exp();
    let (mut count, mut product) = (0, rng.f64());
    while product > end {
        count += 1;
        product *= rng.f64();
    }
    count
}

/// Marsaglia and Tsang's way.
fn gamma(rng: &mut Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        return gamma(rng, shape + 1.0) * uniform(rng).powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = c.mul_add(x, 1.0).powi(3);
        if v > 0.0 && uniform(rng).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

fn beta(rng: &mut Rng, a: f64, b: f64) -> f64 {
    let x = gamma(rng, a);
    x / (x + gamma(rng, b))
}

/// A rate of one day, around that mean, so that the days of so many messages differ `effect` times
/// more than chance lets them (the design effect).
pub(crate) fn day_rate(rng: &mut Rng, mean: f64, messages: f64, effect: f64) -> f64 {
    if mean <= 0.0 || effect <= 1.0 {
        return mean;
    }
    let within = ((effect - 1.0) / (messages - 1.0)).min(0.9);
    let size = 1.0 / within - 1.0;
    beta(rng, mean * size, (1.0 - mean) * size)
}

/// Counts by day, from day 0 on.
pub(crate) fn days(counts: impl IntoIterator<Item = (u64, u64)>) -> Vec<DayCount> {
    let day = |(at, (messages, failing))| DayCount { day: Day(at), messages, failing };
    (0..).zip(counts).map(day).collect()
}
