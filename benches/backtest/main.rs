//! The back-test of the gates over synthetic domains, beside the raw rule; and the calibration of
//! every threshold.
//!
//! `cargo bench --bench backtest` replays 200 domains of 120 days of each seed that chose nothing,
//! and prints what came of each rule, by kind of domain; and 80 that break down after the move, with
//! the day on which that was told. `cargo bench --bench backtest -- calibrate`
//! varies each threshold on the seeds that choose, all others at their defaults, and prints a table
//! of each (`docs/calibration.md`). `-- choose` reports of the
//! seeds that choose, with the thresholds in `RUAUDIT_THRESHOLDS`; `-- wrong` lists the domains that were called ready wrongly.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot go on must fail")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(unreachable_pub, reason = "shared with the tests")]

mod calibrate;
#[path = "../../tests/backtest/generator/mod.rs"]
mod generator;
mod knobs;
#[path = "../../tests/backtest/measure.rs"]
mod measure;

use std::time::Instant;

use ruaudit::analyze::Thresholds;
use ruaudit::model::words::Policy;

use generator::Profile;
use generator::{Course, Domain, domains};
use measure::{Replayed, Rule, Sum, after_moves, replay, sum, until_ready};

/// Domains of each seed that reports.
const DOMAINS: usize = 200;
/// The same of those that break down later.
const LATER_DOMAINS: usize = 80;
/// Seeds that only report.
const REPORTING: [u64; 2] = [101, 102];
/// Seeds on which thresholds are chosen.
const CHOOSING: [u64; 2] = [1, 2];

/// So many domains of each seed.
fn made(seeds: &[u64], count: usize, policy: &Policy, course: Course) -> Vec<Domain> {
    seeds.iter().flat_map(|seed| domains(*seed, count, policy, course)).collect()
}

fn main() {
    let asked = |word: &str| std::env::args().any(|argument| argument == word);
    if asked("calibrate") {
        calibrate::calibrate();
    } else if asked("wrong") {
        wrong();
    } else {
        let thresholds = given(asked("choose"));
        let seeds = if asked("choose") { CHOOSING } else { REPORTING };
        [Policy::None, Policy::Quarantine].iter().for_each(|at| report(at, &seeds, &thresholds));
        later(&seeds, &thresholds);
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
    let domains = made(seeds, DOMAINS, policy, Course::Shown);
    let started = Instant::now();
    let replayed = replay(&domains, thresholds);
    let (count, days, seconds) = (domains.len(), generator::DAYS, started.elapsed().as_secs_f64());
    println!("{count} domains of {days} days at p={policy}, in {seconds:.1} s\n");
    println!("| | | gates | | | | 98 % rule | | | |");
    println!("| kind | domains | ready | false | days | hit | ready | false | days | hit |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (profile, _) in Course::Shown.mix() {
        line(profile.name(), &replayed, |one| one == *profile);
    }
    line("**clean**", &replayed, Profile::is_clean);
    line("**all**", &replayed, |_| true);
    for (rule, name) in [(Rule::Gates, "gates"), (Rule::Raw, "98 % rule")] {
        let sum = sum(&replayed, rule, |_| true);
        println!(
            "\n{name}: {:.1} % false ready; {} of {} own messages hit; {} domains above the likely range",
            sum.of_ready(sum.wrong),
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
    format!("{} | {} | {median} | {}", sum.ready, sum.wrong, sum.hit)
}

/// The domains that break down after a move, and when that was told.
fn later(seeds: &[u64], thresholds: &Thresholds) {
    let domains = made(seeds, LATER_DOMAINS, &Policy::None, Course::Later);
    let replayed = until_ready(&domains, thresholds);
    println!(
        "{} domains that break down after four weeks or more, moved when ready\n",
        domains.len()
    );
    println!(
        "| kind | domains | moved before | told | to go back | days to the word | hit by then | hit in a month |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (kind, _) in Course::Later.mix() {
        let count = domains.iter().filter(|domain| domain.profile == *kind).count();
        let told = after_moves(&replayed, thresholds, |one| one == *kind);
        let days = match (told.days.get(told.days.len() / 2), told.days.last()) {
            (Some(median), Some(most)) => format!("{median} (at most {most})"),
            _ => "-".to_owned(),
        };
        println!(
            "| {} | {count} | {} | {} | {} | {days} | {} | {} |",
            kind.name(),
            told.moved,
            told.told,
            told.back,
            told.hit,
            told.month
        );
    }
    println!();
}

/// The domains that were called ready wrongly, on the seeds that choose.
fn wrong() {
    for seed in CHOOSING {
        let domains = domains(seed, DOMAINS, &Policy::None, Course::Shown);
        for line in measure::wrong(&until_ready(&domains, &given(true))) {
            println!("{seed} {line}");
        }
    }
}
