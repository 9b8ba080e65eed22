//! The back-test of the gates over synthetic domains, beside the raw rule; and the calibration of
//! every threshold.
//!
//! `cargo bench --bench backtest` replays 200 domains of 120 days of each seed that chose nothing,
//! and prints what came of each rule, by kind of domain. `cargo bench --bench backtest -- calibrate`
//! varies each threshold on the seeds that choose, all others at their defaults, and prints a table
//! of each (`docs/calibration.md`). `-- choose` reports of the
//! seeds that choose, with the thresholds in `RUAUDIT_THRESHOLDS`; `-- wrong` lists the domains that were called ready wrongly.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot go on must fail")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(unreachable_pub, reason = "shared with the tests")]

#[path = "../tests/backtest/generator/mod.rs"]
mod generator;
#[path = "../tests/backtest/measure.rs"]
mod measure;

use std::time::Instant;

use ruaudit::analyze::Thresholds;
use ruaudit::model::words::Policy;

use generator::{Domain, Profile, domains};
use measure::{Replayed, Rule, Sum, replay, sum, until_ready};

/// Domains of each seed that reports.
const DOMAINS: usize = 200;
/// Seeds that only report.
const REPORTING: [u64; 2] = [101, 102];
/// Domains of each seed that chooses.
const CHOOSING_DOMAINS: usize = 100;
/// Seeds on which thresholds are chosen.
const CHOOSING: [u64; 2] = [1, 2];

/// A threshold, the step that it decides, and the values that are tried.
type Knob = (&'static str, Policy, &'static [f64], fn(&mut Thresholds, f64));

const KNOBS: [Knob; 28] = [
    ("observed_days", Policy::None, &[14.0, 21.0, 28.0, 30.0, 31.0], |t, v| {
        t.observed_days = v as u32
    }),
    ("observed_span", Policy::None, &[28.0, 31.0, 35.0, 45.0], |t, v| t.observed_span = v as u32),
    ("reporters", Policy::None, &[1.0, 2.0, 3.0, 4.0], |t, v| t.reporters = v as u32),
    ("day_coverage", Policy::None, &[0.5, 0.7, 0.8, 0.9, 1.0], |t, v| t.day_coverage = v),
    ("record_days", Policy::None, &[1.0, 3.0, 7.0], |t, v| t.record_days = v as u32),
    ("stable_days", Policy::None, &[0.0, 7.0, 14.0, 21.0, 28.0], |t, v| t.stable_days = v as u32),
    ("rising_errors", Policy::None, &[1.0, 2.0, 3.0, 100.0], |t, v| t.rising_errors = v),
    ("source_failure_share", Policy::None, &[0.005, 0.01, 0.02, 0.05], |t, v| {
        t.source_failure_share = v
    }),
    ("source_total_failure", Policy::None, &[1.0, 3.0, 10.0, 30.0], |t, v| {
        t.source_total_failure = v as u64
    }),
    ("asks_share", Policy::None, &[0.001, 0.003, 0.01, 0.03], |t, v| t.asks_share = v),
    ("asks_failing_share", Policy::None, &[0.01, 0.05, 0.2, 1.0], |t, v| t.asks_failing_share = v),
    ("asks_days", Policy::None, &[1.0, 2.0, 3.0, 5.0, 8.0], |t, v| t.asks_days = v as u32),
    ("asks_messages", Policy::None, &[2.0, 5.0, 10.0, 20.0], |t, v| t.asks_messages = v as u64),
    ("asks_service_messages", Policy::None, &[1.0, 3.0, 10.0, 30.0], |t, v| {
        t.asks_service_messages = v as u64
    }),
    ("steady_days", Policy::None, &[3.0, 7.0, 14.0, 28.0], |t, v| t.steady_days = v as u32),
    ("unanswered_days", Policy::None, &[0.0, 31.0, 92.0, 180.0], |t, v| {
        t.unanswered_days = v as u32
    }),
    ("quarantine_rate", Policy::None, &[0.002, 0.005, 0.01, 0.02, 0.05], |t, v| {
        t.quarantine_rate = v
    }),
    ("known_signature_share", Policy::None, &[0.5, 0.9, 0.98, 1.0], |t, v| {
        t.known_signature_share = v
    }),
    ("one_reporter_share", Policy::None, &[0.5, 0.8, 1.0], |t, v| t.one_reporter_share = v),
    ("other_reporters_messages", Policy::None, &[5.0, 20.0, 100.0], |t, v| {
        t.other_reporters_messages = v as u64
    }),
    ("other_reporters_share", Policy::None, &[0.001, 0.01, 0.05], |t, v| {
        t.other_reporters_share = v
    }),
    ("swamping_share", Policy::None, &[0.4, 0.6, 0.8, 0.95], |t, v| t.swamping_share = v),
    ("healed_days", Policy::None, &[1.0, 3.0, 7.0, 14.0, 28.0], |t, v| t.healed_days = v as u32),
    ("healed_share", Policy::None, &[0.5, 0.8, 0.9, 1.0], |t, v| t.healed_share = v),
    ("confidence", Policy::None, &[0.8, 0.9, 0.95, 0.99], |t, v| t.confidence = v),
    ("reject_rate", Policy::Quarantine, &[0.001, 0.0025, 0.005, 0.01, 0.02], |t, v| {
        t.reject_rate = v
    }),
    ("reject_dkim_share", Policy::Quarantine, &[0.9, 0.98, 0.995, 1.0], |t, v| {
        t.reject_dkim_share = v
    }),
    ("bad_day_share", Policy::Quarantine, &[0.01, 0.02, 0.05, 0.2], |t, v| t.bad_day_share = v),
];

fn made(seeds: &[u64], count: usize, policy: &Policy) -> Vec<Domain> {
    seeds.iter().flat_map(|seed| domains(*seed, count, policy)).collect()
}

fn main() {
    let asked = |word: &str| std::env::args().any(|argument| argument == word);
    if asked("calibrate") {
        calibrate();
    } else if asked("wrong") {
        wrong();
    } else {
        let thresholds = given(asked("choose"));
        let seeds = if asked("choose") { CHOOSING } else { REPORTING };
        [Policy::None, Policy::Quarantine].iter().for_each(|at| report(at, &seeds, &thresholds));
    }
}

/// The thresholds that `RUAUDIT_THRESHOLDS` sets, as the configuration does (`asks_share = 0.003`).
/// Only the seeds that choose may try any.
fn given(choosing: bool) -> Thresholds {
    let text = std::env::var("RUAUDIT_THRESHOLDS").unwrap_or_default();
    assert!(choosing || text.is_empty(), "the seeds that report choose nothing: add `choose`");
    toml::from_str(&text).unwrap()
}

fn report(policy: &Policy, seeds: &[u64], thresholds: &Thresholds) {
    let domains = made(seeds, DOMAINS, policy);
    let started = Instant::now();
    let replayed = replay(&domains, thresholds);
    let (count, days, seconds) = (domains.len(), generator::DAYS, started.elapsed().as_secs_f64());
    println!("{count} domains of {days} days at p={policy}, in {seconds:.1} s\n");
    println!("| | | gates | | | | | 98 % rule | | | | |");
    println!(
        "| kind | domains | ready | false | knowable | days | hit | ready | false | knowable | days | hit |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (profile, _) in Profile::MIX {
        line(profile.name(), &replayed, |one| one == profile);
    }
    line("**clean**", &replayed, Profile::is_clean);
    line("**all**", &replayed, |_| true);
    for (rule, name) in [(Rule::Gates, "gates"), (Rule::Raw, "98 % rule")] {
        let sum = sum(&replayed, rule, |_| true);
        println!(
            "\n{name}: {:.1} % false ready, {:.1} % of causes that were there before; {} of {} own messages hit; {} domains above the likely range",
            sum.of_ready(sum.wrong),
            sum.of_ready(sum.knowable),
            sum.hit,
            sum.own,
            sum.unlikely
        );
    }
    println!();
}

fn line(name: &str, replayed: &[Replayed<'_>], wanted: impl Fn(Profile) -> bool) {
    let gates = sum(replayed, Rule::Gates, &wanted);
    let raw = sum(replayed, Rule::Raw, &wanted);
    println!("| {name} | {} | {} | {} |", gates.domains, cells(&gates), cells(&raw));
}

fn cells(sum: &Sum) -> String {
    let median = sum.median.map_or("-".to_owned(), |days| days.to_string());
    format!("{} | {} | {} | {median} | {}", sum.ready, sum.wrong, sum.knowable, sum.hit)
}

/// The domains that were called ready wrongly, on the seeds that choose.
fn wrong() {
    for seed in CHOOSING {
        let domains = domains(seed, DOMAINS, &Policy::None);
        for Replayed { domain, test } in until_ready(&domains, &given(true)) {
            let Some(ready) = test.gates.ready else { continue };
            let [all, knowable] =
                [ready.plus(30), ready].map(|known| domain.failing_after(ready, 30, known));
            if test.gates.at_most.is_some_and(|most| all > most) {
                println!(
                    "{seed} {} {}: day {:?}, hit {all} ({knowable} knowable) of {}, at most {:?}, hindsight {} and {}",
                    test.domain,
                    domain.profile.name(),
                    test.gates.days_to_ready,
                    domain.own_after(ready, 30),
                    test.gates.at_most,
                    test.gates.hit,
                    test.gates.unanswered
                );
            }
        }
    }
}

fn calibrate() {
    let at = |policy: &Policy| made(&CHOOSING, CHOOSING_DOMAINS, policy);
    let (none, quarantine) = (at(&Policy::None), at(&Policy::Quarantine));
    for (name, policy, values, set) in KNOBS {
        let domains = if policy == Policy::None { &none } else { &quarantine };
        println!("\n### {name}\n");
        println!(
            "| value | false ready | knowable | clean: days to ready | clean: ever ready | all: ever ready |"
        );
        println!("|---:|---:|---:|---:|---:|---:|");
        for value in values {
            let mut thresholds = Thresholds::default();
            set(&mut thresholds, *value);
            let is_default = thresholds == Thresholds::default();
            tried(*value, is_default, &until_ready(domains, &thresholds));
        }
    }
}

fn tried(value: f64, is_default: bool, replayed: &[Replayed<'_>]) {
    let all = sum(replayed, Rule::Gates, |_| true);
    let clean = sum(replayed, Rule::Gates, Profile::is_clean);
    let mark = if is_default { "**" } else { "" };
    let days = clean.median.map_or("-".to_owned(), |days| days.to_string());
    println!(
        "| {mark}{value}{mark} | {:.1} % | {:.1} % | {days} | {:.0} % | {:.0} % |",
        all.of_ready(all.wrong),
        all.of_ready(all.knowable),
        clean.ever_ready(),
        all.ever_ready()
    );
}
