//! The **portfolio**: what came of following each rule on many domains.
//!
//! In: back-tests. Out: sums and medians over the domains that have enough days.

use crate::model::backtest::{Backtest, Followed, Outcomes, Portfolio};

/// Puts the domains together that have enough days to be tested.
#[must_use]
pub fn portfolio(tests: &[Backtest]) -> Portfolio {
    let tested = || tests.iter().filter(|test| test.is_long_enough());
    Portfolio {
        domains: tested().count() as u64,
        gates: outcomes(tested().map(|test| &test.gates)),
        raw: outcomes(tested().map(|test| &test.raw)),
    }
}

fn outcomes<'a>(followed: impl Iterator<Item = &'a Followed>) -> Outcomes {
    let (mut outcomes, mut days) = (Outcomes::default(), Vec::new());
    for one in followed.filter(|one| one.ready.is_some()) {
        outcomes.ready += 1;
        outcomes.wrong += u64::from(one.wrong);
        for (sum, more) in [
            (&mut outcomes.hit, one.hit),
            (&mut outcomes.own, one.own),
            (&mut outcomes.unanswered, one.unanswered),
        ] {
            *sum = sum.saturating_add(more);
        }
        days.extend(one.days_to_ready);
    }
    days.sort_unstable();
    // of an even number the later of the middle two: a median that some domain has
    outcomes.median_days = days.get(days.len() / 2).copied();
    outcomes
}
