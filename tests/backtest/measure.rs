//! What following a rule would have done to the synthetic domains, **by their truth**.
//!
//! In: domains and thresholds. Out: per profile and in all, how many each rule called ready, how many
//! of these wrongly, after how many days, and how many own messages the move would have hit; and of
//! domains that break down after a move, when that was told.

use rayon::prelude::*;
use ruaudit::analyze::backtest;
use ruaudit::analyze::{Question, Thresholds};
use ruaudit::model::History;
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
        let hit = domain.failing_after(ready, after);
        sum.ready += 1;
        sum.wrong += usize::from(hit > high);
        sum.hit += hit;
        sum.own += domain.own_after(ready, after);
        sum.unlikely += usize::from(followed.predicted.is_some_and(|likely| hit > likely.high));
        days.extend(followed.days_to_ready);
    }
    days.sort_unstable();
    sum.median = days.get(days.len() / 2).copied();
    sum
}

/// The domains that the gates called ready wrongly, each in a line.
pub fn wrong(all: &[Replayed<'_>]) -> Vec<String> {
    let line = |Replayed { domain, test }: &Replayed<'_>| {
        let (gates, ready) = (&test.gates, test.gates.ready?);
        let (hit, most) = (domain.failing_after(ready, 30), gates.at_most.unwrap_or(0));
        (hit > most).then(|| {
            format!(
                "{} {}: ready after {} days, hit {hit} of {}, at most {most}; hindsight {} and {}",
                test.domain,
                domain.profile.name(),
                gates.days_to_ready.unwrap_or(0),
                domain.own_after(ready, 30),
                gates.hit,
                gates.unanswered
            )
        })
    };
    all.iter().filter_map(line).collect()
}

/// What the advice said of domains that moved and then broke down.
#[derive(Default, Clone, Debug)]
pub struct Told {
    /// Domains that were called ready before their fault began, and moved.
    pub moved: usize,
    /// Of these: those that the month after the first failure told of, by their name or by the way back.
    pub told: usize,
    /// Of these: those that were told to go back.
    pub back: usize,
    /// Evenings from the first failure to the first word of it, of each that was told of.
    pub days: Vec<u32>,
    /// Own messages that failed until then, or in that month.
    pub hit: u64,
    /// Own messages that would have failed in that month.
    pub month: u64,
}

/// Moves each domain of that kind on the day that the gates say, and asks every evening from then on.
pub fn after_moves(
    all: &[Replayed<'_>],
    thresholds: &Thresholds,
    wanted: impl Fn(Profile) -> bool,
) -> Told {
    let of_kind: Vec<_> = all.iter().filter(|one| wanted(one.domain.profile)).collect();
    let all = of_kind.par_iter().filter_map(|one| after_move(one, thresholds));
    let mut sum = Told::default();
    for one in all.collect::<Vec<_>>() {
        sum.moved += one.moved;
        sum.told += one.told;
        sum.back += one.back;
        sum.days.extend(one.days);
        sum.hit += one.hit;
        sum.month += one.month;
    }
    sum.days.sort_unstable();
    sum
}

/// One domain; none that was never called ready, or whose fault began before.
fn after_move(Replayed { domain, test }: &Replayed<'_>, thresholds: &Thresholds) -> Option<Told> {
    let (ready, begun) = test.gates.ready.zip(domain.breakdown)?;
    if begun <= ready {
        return None;
    }
    let history = domain.moved(ready);
    let asked = backtest::backtest(&history, &Question::new(None, thresholds));
    let month = i32::try_from(FOLLOWED_DAYS).unwrap();
    let in_time = |word: &[&str]| {
        let said = asked.changes.iter().filter(|change| word.contains(&change.verdict));
        said.map(|change| change.day).find(|day| *day >= begun && *day <= begun.plus(month))
    };
    let told = in_time(&["rollback", "fix", "review"]);
    let eve = begun.plus(-1);
    let hit = |days: i32| domain.failing_after(eve, days);
    let days = told.map(|day| day.0 - begun.0);
    Some(Told {
        moved: 1,
        told: usize::from(told.is_some()),
        back: usize::from(in_time(&["rollback"]).is_some()),
        days: days.and_then(|days| u32::try_from(days).ok()).into_iter().collect(),
        hit: hit(days.map_or(month, |days| days + 1)),
        month: hit(month),
    })
}

/// How many domains moved, and how many of these were told to go back at some time.
pub fn alarms(all: &[Replayed<'_>], thresholds: &Thresholds) -> (usize, usize) {
    let moved: Vec<_> =
        all.iter().filter_map(|one| Some(one.domain.moved(one.test.gates.ready?))).collect();
    let is_alarmed = |history: &&History| {
        let test = backtest::backtest(history, &Question::new(None, thresholds));
        test.changes.iter().any(|change| change.verdict == "rollback")
    };
    (moved.len(), moved.par_iter().filter(is_alarmed).count())
}
