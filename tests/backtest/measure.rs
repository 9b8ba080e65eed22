//! What following a rule would have done to the synthetic domains, **by their truth**.
//!
//! In: domains and thresholds. Out: per profile and in all, how many each rule called ready, how many
//! of these wrongly, after how many days, and how many own messages the move would have hit.

use rayon::prelude::*;
use ruaudit::analyze::backtest;
use ruaudit::analyze::{Question, Thresholds};
use ruaudit::model::backtest::{Backtest, FOLLOWED_DAYS, Followed};

use crate::generator::{Domain, Profile};

/// One domain, replayed.
pub struct Replayed<'a> {
    pub domain: &'a Domain,
    pub test: Backtest,
}

/// Replays all domains, on every core.
pub fn replay<'a>(domains: &'a [Domain], thresholds: &Thresholds) -> Vec<Replayed<'a>> {
    let replay = |domain: &'a Domain| {
        let test = backtest::backtest(&domain.history, &Question::new(None, thresholds));
        Replayed { domain, test }
    };
    domains.par_iter().map(replay).collect()
}

/// The same with other thresholds, and only until the gates say to move.
pub fn until_ready<'a>(domains: &'a [Domain], thresholds: &Thresholds) -> Vec<Replayed<'a>> {
    let replay = |domain: &'a Domain| {
        let test = backtest::until_ready(&domain.history, &Question::new(None, thresholds));
        Replayed { domain, test }
    };
    domains.par_iter().map(replay).collect()
}

/// Which rule is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Gates,
    Raw,
}

impl Rule {
    fn of(self, test: &Backtest) -> &Followed {
        if self == Self::Gates { &test.gates } else { &test.raw }
    }
}

/// What came of one rule.
#[derive(Default, Clone, Copy, Debug)]
pub struct Sum {
    pub domains: usize,
    pub ready: usize,
    /// More own mail was hit than was told to expect.
    pub wrong: usize,
    /// Of these: what was hit had its cause before the move, so that it could have been known.
    pub knowable: usize,
    /// Hit more than the range that was called likely.
    pub unlikely: usize,
    pub median: Option<u32>,
    pub hit: u64,
    pub own: u64,
}

impl Sum {
    /// So many of the domains called ready, in per cent.
    pub fn of_ready(&self, part: usize) -> f64 {
        100.0 * part as f64 / self.ready.max(1) as f64
    }

    /// Share of the domains that were called ready, in per cent.
    pub fn ever_ready(&self) -> f64 {
        100.0 * self.ready as f64 / self.domains.max(1) as f64
    }
}

/// Sums up the domains of which `wanted` says so.
pub fn sum(all: &[Replayed<'_>], rule: Rule, wanted: impl Fn(Profile) -> bool) -> Sum {
    let (mut sum, mut days) = (Sum::default(), Vec::new());
    for Replayed { domain, test } in all.iter().filter(|one| wanted(one.domain.profile)) {
        sum.domains += 1;
        let followed = rule.of(test);
        let Some(ready) = followed.ready else { continue };
        let after = i32::try_from(FOLLOWED_DAYS).unwrap();
        let high = followed.at_most.unwrap_or(0);
        let hit = domain.failing_after(ready, after, ready.plus(after));
        sum.ready += 1;
        sum.wrong += usize::from(hit > high);
        sum.knowable += usize::from(domain.failing_after(ready, after, ready) > high);
        sum.hit += hit;
        sum.own += domain.own_after(ready, after);
        sum.unlikely += usize::from(followed.predicted.is_some_and(|likely| hit > likely.high));
        days.extend(followed.days_to_ready);
    }
    days.sort_unstable();
    sum.median = days.get(days.len() / 2).copied();
    sum
}
