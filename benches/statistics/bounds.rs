//! The bound of the failure rate, the bound of bad days, and the share of unseen senders.

use fastrand::Rng;
use ruaudit::analyze::Thresholds;
use ruaudit::analyze::statistics::DayCount;
use ruaudit::analyze::statistics::bound::{bound, upper};
use ruaudit::analyze::statistics::unseen::{unseen_count, unseen_share};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::draw::{binomial, day_rate, days};
use crate::{head, row, share};

const RUNS: usize = 1_500;
const LENGTHS: [usize; 3] = [14, 30, 62];

/// How days fail.
#[derive(Clone, Copy)]
enum Law {
    /// Every message by itself.
    Steady(f64),
    /// Such a share of days is bad, and half of the mail fails on it.
    BadDays(f64),
    /// Around that rate, days differ so many times more than chance lets them.
    Differing(f64, f64),
}

impl Law {
    fn rate(self) -> f64 {
        match self {
            Self::Steady(rate) | Self::Differing(rate, _) => rate,
            Self::BadDays(share) => share * 0.5,
        }
    }

    fn day(self, rng: &mut Rng, messages: u64) -> u64 {
        let rate = match self {
            Self::Steady(rate) => rate,
            Self::BadDays(share) => {
                if rng.f64() < share {
                    0.5
                } else {
                    0.0
                }
            }
            Self::Differing(rate, effect) => day_rate(rng, rate, messages as f64, effect),
        };
        binomial(rng, messages, rate)
    }

    fn month(self, rng: &mut Rng, messages: u64, length: usize) -> Vec<DayCount> {
        days((0..length).map(|_| (messages, self.day(rng, messages))).collect::<Vec<_>>())
    }
}

/// Naive, clustered, and clustered with Student's t for so few days.
fn three_bounds(month: &[DayCount], limits: &Thresholds) -> [f64; 3] {
    let clustered = bound(month, limits).map(|b| (b.upper_rate, b.design_effect));
    let (clustered, effect) = clustered.unwrap_or((1.0, 1.0));
    let failed: u64 = month.iter().map(|day| day.failing).sum();
    let all: u64 = month.iter().map(|day| day.messages).sum();
    let (failed, passed) = (failed as f64, (all - failed) as f64);
    let normal = Normal::standard().inverse_cdf(limits.confidence);
    let student = StudentsT::new(0.0, 1.0, month.len() as f64 - 1.0);
    let student = student.map_or(normal, |t| t.inverse_cdf(limits.confidence));
    let wider = if effect > 1.0 { effect * (student / normal).powi(2) } else { 1.0 };
    let bounded = |effect: f64| upper(failed / effect, passed / effect, limits.confidence);
    [bounded(1.0), clustered, bounded(wider)]
}

pub(crate) fn of_rates() {
    let limits = Thresholds::default();
    let columns = ["messages a day", "days fail", "14 days", "30 days", "62 days"];
    head("Bound of the failure rate: naive / clustered / clustered with Student's t", &columns);
    let laws = [
        ("1 % of messages", Law::Steady(0.01)),
        ("half the mail of 30 % of days", Law::BadDays(0.3)),
        ("half the mail of 10 % of days", Law::BadDays(0.1)),
        ("half the mail of 3 % of days", Law::BadDays(0.03)),
        ("1 %, days differ 3 times chance", Law::Differing(0.01, 3.0)),
        ("1 %, days differ 10 times chance", Law::Differing(0.01, 10.0)),
    ];
    for messages in [50, 1_000] {
        for (name, law) in laws {
            let cells = LENGTHS.map(|length| {
                let mut rng = Rng::with_seed(length as u64 * 1_000 + messages);
                let mut held = [0; 3];
                for _ in 0..RUNS {
                    let bounds = three_bounds(&law.month(&mut rng, messages, length), &limits);
                    held.iter_mut().zip(bounds).for_each(|(held, bound)| {
                        *held += usize::from(bound >= law.rate());
                    });
                }
                held.map(|held| share(held, RUNS)).join(" / ")
            });
            let [fortnight, month, two] = cells;
            row(&[messages.to_string(), name.to_owned(), fortnight, month, two]);
        }
    }
}

pub(crate) fn of_bad_days() {
    let limits = Thresholds::default();
    head("Bound of the share of bad days", &["bad days", "14 days", "30 days", "62 days"]);
    for bad in [0.01, 0.03, 0.1, 0.3] {
        let cells = LENGTHS.map(|length| {
            let mut rng = Rng::with_seed(length as u64);
            let held = (0..RUNS).filter(|_| {
                let month = Law::BadDays(bad).month(&mut rng, 50, length);
                bound(&month, &limits).is_some_and(|bound| bound.upper_bad_days >= bad)
            });
            share(held.count(), RUNS)
        });
        let [fortnight, month, two] = cells;
        row(&[format!("{:.0} %", bad * 100.0), fortnight, month, two]);
    }
}

/// Twelve senders, by the probability that a day shows them.
const SENDERS: [f64; 12] = {
    let (week, month) = (1.0 / 7.0, 1.0 / 30.0);
    [0.9, 0.9, 0.9, 0.9, 0.5, week, week, week, month, month, month, month]
};

pub(crate) fn of_unseen() {
    const RUNS: usize = 4_000;
    let title = "Unseen senders: twelve, of whom four send once a month; means of 4,000 runs";
    let columns = ["days", "share, estimated", "true", "senders at least", "true"];
    head(title, &columns);
    for length in [14, 31, 62] {
        let mut rng = Rng::with_seed(length as u64);
        let mut sums = [0.0; 4];
        for _ in 0..RUNS {
            let seen = SENDERS.map(|p| (0..length).filter(|_| rng.f64() < p).count());
            let missed = || SENDERS.iter().zip(seen).filter(|(_, seen)| *seen == 0);
            let missed_share = missed().map(|(p, _)| p).sum::<f64>() / SENDERS.iter().sum::<f64>();
            let seen: Vec<usize> = seen.into_iter().filter(|seen| *seen > 0).collect();
            let (share, count) = (unseen_share(&seen, length), unseen_count(&seen, length));
            let run = [share * 100.0, missed_share * 100.0, count, missed().count() as f64];
            sums.iter_mut().zip(run).for_each(|(sum, value)| *sum += value / RUNS as f64);
        }
        let [share, true_share, count, true_count] = sums;
        row(&[
            length.to_string(),
            format!("{share:.2} %"),
            format!("{true_share:.2} %"),
            format!("{count:.2}"),
            format!("{true_count:.2}"),
        ]);
    }
}
