//! The running sum after a move: how seldom it alarms for nothing, and how soon for something.

use fastrand::Rng;
use ruaudit::analyze::Thresholds;
use ruaudit::analyze::statistics::DayCount;
use ruaudit::analyze::statistics::bound::bound;
use ruaudit::analyze::statistics::cusum::{Expectation, cusum, next};
use ruaudit::model::Day;

use crate::draw::{binomial, day_rate, poisson};
use crate::{head, row};

const RUNS: u64 = 150;
/// Days that a run lasts at most: ten years.
const LONGEST: usize = 3_650;
const LIMITS: [f64; 4] = [3.0, 4.6, 6.0, 8.0];

/// Mail of a domain: messages a day, the rate at which they fail, and by how much days differ more
/// than chance lets them.
#[derive(Clone, Copy)]
struct Mail {
    messages: f64,
    rate: f64,
    effect: f64,
}

impl Mail {
    /// A day on which, besides, such a share fails for a fault.
    fn day(self, rng: &mut Rng, fault: f64) -> DayCount {
        let messages = poisson(rng, self.messages);
        let rate = day_rate(rng, self.rate, self.messages, self.effect);
        let failing = binomial(rng, messages, rate);
        let failing = failing + binomial(rng, messages - failing, fault);
        DayCount { day: Day(0), messages, failing }
    }

    /// What a month lets expect, where it lets a domain move to quarantine.
    fn expectation(self, rng: &mut Rng, limits: &Thresholds) -> Option<Expectation> {
        let month: Vec<_> = (0..31).map(|_| self.day(rng, 0.0)).collect();
        let bound = bound(&month, limits).filter(|b| b.upper_rate <= limits.quarantine_rate)?;
        Some(Expectation::of(&bound, limits))
    }

    /// The mean number of days until the alarm, `longest` at most. `fault` is the share that fails
    /// besides, by day; `weigh` makes of what is expected what is looked for.
    fn mean_run(
        self,
        fault: impl Fn(usize) -> f64,
        longest: usize,
        limits: &Thresholds,
        weigh: impl Fn(Expectation) -> Expectation,
    ) -> f64 {
        let (mut runs, mut sum) = (0.0, 0.0);
        for seed in 0..RUNS {
            let mut rng = Rng::with_seed(seed);
            let Some(expected) = self.expectation(&mut rng, limits) else { continue };
            let (expected, mut level) = (weigh(expected), 0.0);
            let days = (1..=longest).find(|day| {
                level = next(level, &self.day(&mut rng, fault(*day)), &expected, limits);
                level > limits.cusum_limit
            });
            runs += 1.0;
            sum += days.unwrap_or(longest) as f64;
        }
        sum / f64::max(runs, 1.0)
    }
}

const VOLUMES: [f64; 6] = [5.0, 20.0, 50.0, 200.0, 1_000.0, 5_000.0];

fn at_limit(limit: f64) -> Thresholds {
    Thresholds { cusum_limit: limit, ..Thresholds::default() }
}

/// The sum as Page has it, with nothing that keeps days in bounds.
fn unbounded() -> Thresholds {
    let far = 1e9;
    Thresholds { cusum_cap: far, cusum_rise: far, cusum_fall: far, ..Thresholds::default() }
}

fn volume(messages: f64) -> String {
    format!("{messages:.0}")
}

pub(crate) fn run_lengths() {
    let title = "Days until an alarm without a fault (mean; 3,650 at most), by limit";
    head(title, &["own rate", "messages a day", "3", "4.6", "6", "8", "4.6, as Page has it"]);
    let rates = [
        ("0.1 %", 0.001, 1.0),
        ("0.1 %, days differ 3 times chance", 0.001, 3.0),
        ("0.1 %, 10 times", 0.001, 10.0),
        ("0.3 %, 10 times", 0.003, 10.0),
        ("0.5 %", 0.005, 1.0),
        ("0.5 %, 3 times", 0.005, 3.0),
        ("1 %", 0.01, 1.0),
    ];
    for (name, rate, effect) in rates {
        for messages in VOLUMES {
            let mail = Mail { messages, rate, effect };
            let run = |limit| mail.mean_run(|_| 0.0, LONGEST, &at_limit(limit), |e| e);
            let alone = |e| Expectation { design_effect: 1.0, ..e };
            let page = mail.mean_run(|_| 0.0, LONGEST, &unbounded(), alone);
            let mut cells = vec![name.to_owned(), volume(messages)];
            cells.extend(LIMITS.map(|limit| format!("{:.0}", run(limit))));
            cells.push(format!("{page:.0}"));
            row(&cells);
        }
    }
}

pub(crate) fn faults() {
    const LONGEST: usize = 200;
    let title = "Days until an alarm with a fault (mean; 200 at most), own rate 0.1 %, by limit";
    head(title, &["fault", "messages a day", "3", "4.6", "6", "8"]);
    let workdays = |day: usize| if day % 7 < 5 { 0.05 } else { 0.0 };
    let weekly = |day: usize| if day.is_multiple_of(7) { 0.2 } else { 0.0 };
    let faults: [(&str, &dyn Fn(usize) -> f64); 5] = [
        ("2 % of mail", &|_| 0.02),
        ("5 %", &|_| 0.05),
        ("20 %, one sender of five", &|_| 0.2),
        ("5 %, on workdays", &workdays),
        ("20 %, once a week", &weekly),
    ];
    for (name, fault) in faults {
        for messages in VOLUMES {
            let mail = Mail { messages, rate: 0.001, effect: 1.0 };
            let run = |limit| mail.mean_run(fault, LONGEST, &at_limit(limit), |e| e);
            let mut cells = vec![name.to_owned(), volume(messages)];
            cells.extend(LIMITS.map(|limit| format!("{:.1}", run(limit))));
            row(&cells);
        }
    }
}

/// How long an alarm lasts after the fault is mended.
pub(crate) fn mended() {
    let limits = Thresholds::default();
    let title = "Days of alarm after a fault of 20 % and 30 days is mended (mean)";
    head(title, &["messages a day", "days"]);
    for messages in VOLUMES {
        let mail = Mail { messages, rate: 0.001, effect: 1.0 };
        let (mut runs, mut sum) = (0.0, 0.0);
        for seed in 0..RUNS {
            let mut rng = Rng::with_seed(seed);
            let Some(expected) = mail.expectation(&mut rng, &limits) else { continue };
            let broken: Vec<_> = (0..30).map(|_| mail.day(&mut rng, 0.2)).collect();
            let mut level = cusum(&broken, &expected, &limits);
            let mut days = 0.0;
            while level > limits.cusum_limit {
                level = next(level, &mail.day(&mut rng, 0.0), &expected, &limits);
                days += 1.0;
            }
            runs += 1.0;
            sum += days;
        }
        row(&[volume(messages), format!("{:.1}", sum / f64::max(runs, 1.0))]);
    }
}
