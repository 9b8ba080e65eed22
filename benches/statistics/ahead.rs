//! The likely range of own failures in the next 30 days.

use std::hint::black_box;
use std::time::Instant;

use fastrand::Rng;
use ruaudit::analyze::Thresholds;
use ruaudit::analyze::statistics::DayCount;
use ruaudit::analyze::statistics::likely::{HORIZON, likely};
use ruaudit::model::{Day, Window};

use crate::draw::{binomial, day_rate, days, normal};
use crate::{head, row, share};

const RUNS: usize = 1_000;
const LENGTHS: [usize; 2] = [31, 62];

/// What made-up streams remember from day to day.
struct Stream {
    rng: Rng,
    phase: usize,
    broken: bool,
}

type Law = fn(&mut Stream, usize) -> (u64, u64);

fn fails(rng: &mut Rng, messages: u64, rate: f64) -> (u64, u64) {
    (messages, binomial(rng, messages, rate))
}

/// Faults that begin and end with these probabilities a day; half of the mail fails meanwhile.
fn faults(stream: &mut Stream, begin: f64, end: f64) -> (u64, u64) {
    let chance = stream.rng.f64();
    stream.broken = if stream.broken { chance >= end } else { chance < begin };
    let rate = if stream.broken { 0.5 } else { 0.0 };
    fails(&mut stream.rng, 50, rate)
}

fn workday(stream: &Stream, day: usize) -> usize {
    (day + stream.phase) % 7
}

const LAWS: [(&str, Law); 12] = [
    ("steady: 2 % of 50 a day", |s, _| fails(&mut s.rng, 50, 0.02)),
    ("steady: 0.2 % of 50 a day", |s, _| fails(&mut s.rng, 50, 0.002)),
    ("steady: 0.5 % of 5,000 a day", |s, _| fails(&mut s.rng, 5_000, 0.005)),
    ("weekly rhythm: 5 % of 80, 10 at weekends", |s, day| {
        let messages = if workday(s, day) >= 5 { 10 } else { 80 };
        fails(&mut s.rng, messages, 0.05)
    }),
    ("a newsletter each Monday fails by half", |s, day| {
        let newsletter = if workday(s, day) == 0 { binomial(&mut s.rng, 40, 0.5) } else { 0 };
        (120, binomial(&mut s.rng, 80, 0.01) + newsletter)
    }),
    ("an invoice run each month fails wholly", |s, day| {
        (50, if (day + s.phase).is_multiple_of(31) { 30 } else { 0 })
    }),
    ("5 % of a volume that doubles and halves", |s, _| {
        let messages = (50.0 * (0.8 * normal(&mut s.rng) - 0.32).exp()).round() as u64;
        fails(&mut s.rng, messages, 0.05)
    }),
    ("2 %, days differ 6 times chance", |s, _| {
        let rate = day_rate(&mut s.rng, 0.02, 50.0, 6.0);
        fails(&mut s.rng, 50, rate)
    }),
    ("bursts: half the mail of 10 % of days", |s, _| faults(s, 0.1, 0.9)),
    ("bursts: half the mail of 3 % of days", |s, _| faults(s, 0.03, 0.97)),
    ("faults of three days, once a month", |s, _| faults(s, 1.0 / 31.0, 1.0 / 3.0)),
    ("faults of five days, twice a month", |s, _| faults(s, 0.1, 0.2)),
];

/// The upper end of the plain bootstrap: weeks from the window as it stands, and nothing added.
fn plain(known: &[DayCount], confidence: f64) -> u64 {
    let mut rng = Rng::with_seed(7);
    let mut sum = || {
        let blocks = [7, 7, 7, 7, 2].map(|length| {
            let start = rng.usize(..=known.len() - 7);
            known[start..start + length].iter().map(|day| day.failing).sum::<u64>()
        });
        blocks.iter().sum()
    };
    let mut sums: Vec<u64> = (0..500).map(|_| sum()).collect();
    sums.sort_unstable();
    sums[(confidence * 500.0) as usize]
}

pub(crate) fn ranges() {
    let limits = Thresholds::default();
    let columns = ["own mail", "31 days", "62 days"];
    let title = "Next 30 days: not above the upper end of the plain bootstrap / of ours / within both ends of ours";
    head(title, &columns);
    for (number, (name, law)) in LAWS.into_iter().enumerate() {
        let cells = LENGTHS.map(|length| {
            let (mut plainly, mut below, mut within) = (0, 0, 0);
            for run in 0..RUNS {
                let mut rng = Rng::with_seed((number * RUNS + run) as u64);
                let mut stream = Stream { phase: rng.usize(..31), rng, broken: false };
                let all = (0..length + HORIZON as usize).map(|day| law(&mut stream, day));
                let all = days(all.collect::<Vec<_>>());
                let (known, next) = all.split_at(length);
                let window = Window { from: Day(0), to: Day(length as i32 - 1) };
                let range = likely(known, window, HORIZON, &limits).unwrap_or_default();
                let came: u64 = next.iter().map(|day| day.failing).sum();
                plainly += usize::from(came <= plain(known, limits.confidence));
                below += usize::from(came <= range.high);
                within += usize::from((range.low..=range.high).contains(&came));
            }
            [plainly, below, within].map(|held| share(held, RUNS)).join(" / ")
        });
        let [month, two] = cells;
        row(&[name.to_owned(), month, two]);
    }
}

/// What one range costs.
pub(crate) fn cost() {
    const TIMES: u32 = 2_000;
    let limits = Thresholds::default();
    let mut rng = Rng::with_seed(1);
    let month = days((0..31).map(|_| fails(&mut rng, 50, 0.02)).collect::<Vec<_>>());
    let window = Window { from: Day(0), to: Day(30) };
    let start = Instant::now();
    for _ in 0..TIMES {
        black_box(likely(black_box(&month), window, HORIZON, &limits));
    }
    println!(
        "\nOne range costs {:.0} microseconds.",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
    );
}
