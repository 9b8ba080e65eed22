//! **Chance**: numbers of the distributions that mail follows here.

use fastrand::Rng;

/// A number of the standard normal distribution (Box and Muller).
pub(super) fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// A count with that mean (Knuth's way; for large means the normal approximation).
pub(super) fn poisson(rng: &mut Rng, mean: f64) -> u64 {
    if mean > 30.0 {
        return (mean + mean.sqrt() * normal(rng)).round().max(0.0) as u64;
    }
    let (limit, mut product, mut count) = ((-mean).exp(), rng.f64(), 0);
    while product > limit {
        product *= rng.f64();
        count += 1;
    }
    count
}

/// How many of so many, each with that chance.
pub(super) fn binomial(rng: &mut Rng, of: u64, chance: f64) -> u64 {
    if chance <= 0.0 || chance >= 1.0 {
        return if chance >= 1.0 { of } else { 0 };
    }
    if of > 200 {
        poisson(rng, of as f64 * chance).min(of)
    } else {
        (0..of).filter(|_| rng.f64() < chance).count() as u64
    }
}
