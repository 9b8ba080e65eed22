//! The back-test of the gates over synthetic domains, beside the raw rule; and the calibration of
//! every threshold.
//!
//! `cargo bench --bench backtest` replays 200 domains of 120 days from seeds that chose nothing, and
//! prints what came of each rule, by kind of domain. `cargo bench --bench backtest -- calibrate`
//! varies every threshold that is ours on the seeds that choose.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot go on must fail")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(unreachable_pub, reason = "shared with the tests")]

#[path = "../tests/backtest/generator.rs"]
mod generator;
#[path = "../tests/backtest/measure.rs"]
mod measure;

use std::time::Instant;

use ruaudit::analyze::Thresholds;
use ruaudit::model::words::Policy;

use generator::{Domain, Profile, domains};
use measure::{Replayed, Rule, Sum, replay, sum};

/// Domains of each seed.
const DOMAINS: usize = 200;
/// Seeds that only report.
const REPORTING: [u64; 4] = [101, 102, 103, 104];

fn made(seeds: &[u64], policy: &Policy) -> Vec<Domain> {
    seeds.iter().flat_map(|seed| domains(*seed, DOMAINS, policy)).collect()
}

fn main() {
    report(&Policy::None);
    report(&Policy::Quarantine);
}

fn report(policy: &Policy) {
    let domains = made(&REPORTING, policy);
    let started = Instant::now();
    let replayed = replay(&domains, &Thresholds::default());
    println!(
        "{} domains of {} days at p={policy}, in {:.1} s\n",
        domains.len(),
        generator::DAYS,
        started.elapsed().as_secs_f64()
    );
    println!(
        "| domains | n | gates: ready | wrong | (knowable) | median days | own hit | raw: ready | wrong | (knowable) | median days | own hit |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (profile, _) in Profile::MIX {
        line(profile.name(), &replayed, |one| one == profile);
    }
    line("**clean**", &replayed, Profile::is_clean);
    line("**all**", &replayed, |_| true);
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
