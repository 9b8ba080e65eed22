//! The back-test over **synthetic domains whose truth is known**: what the gates promise, held
//! against what then happened. The whole of it, with more seeds, is `cargo bench --bench backtest`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared with the benchmark")]

mod generator;
mod measure;

use ruaudit::analyze::Thresholds;
use ruaudit::model::words::Policy;

use generator::{Course, Profile, domains};
use measure::{Replayed, Rule, after_moves, replay, sum, until_ready, wrong};

/// A seed that chose no threshold.
const SEED: u64 = 201;
/// Domains that a test run has time for; the benchmark takes 200 of each seed.
const SOME: usize = 50;
/// The same of those that break down later.
const SOME_LATER: usize = 12;

#[test]
fn ready_is_rarely_wrong_and_clean_domains_are_not_kept_waiting() {
    let domains = domains(SEED, SOME, &Policy::None, Course::Shown);
    let replayed = until_ready(&domains, &Thresholds::default());
    let all = sum(&replayed, Rule::Gates, |_| true);
    let clean = sum(&replayed, Rule::Gates, Profile::is_clean);
    assert!(all.ready > 20 && all.of_ready(all.wrong) <= 1.0, "{:?}", wrong(&replayed));
    assert_eq!(clean.domains, clean.ready, "every clean domain gets there: {clean:?}");
    assert!(clean.median.unwrap() <= 35, "{clean:?}");
}

/// Nobody can know of them before; `docs/calibration.md` has the figures of each kind.
#[test]
fn what_breaks_after_a_move_is_told_within_days() {
    let thresholds = Thresholds::default();
    let domains = domains(SEED, SOME_LATER, &Policy::None, Course::Later);
    let replayed = until_ready(&domains, &thresholds);
    for kind in [Profile::KeyRotation, Profile::NewSource] {
        let told = after_moves(&replayed, &thresholds, |one| one == kind);
        assert!(told.moved >= 2 && told.told == told.moved, "{}: {told:?}", kind.name());
        assert!(told.days.iter().all(|days| *days <= 7), "{}: {told:?}", kind.name());
        assert!(told.hit < told.month, "{}: {told:?}", kind.name());
    }
}

#[test]
fn the_plain_rule_hits_own_mail_that_the_gates_spare() {
    let of = [Profile::Spoofed, Profile::MonthlyRun, Profile::CrmFails];
    let domains: Vec<_> = domains(SEED, 60, &Policy::None, Course::Shown)
        .into_iter()
        .filter(|domain| of.contains(&domain.profile))
        .collect();
    let replayed = replay(&domains, &Thresholds::default());
    let [gates, raw] = [Rule::Gates, Rule::Raw].map(|rule| sum(&replayed, rule, |_| true));
    assert!(gates.hit < raw.hit, "{gates:?} {raw:?}");
    let forged = sum(&replayed, Rule::Raw, |profile| profile == Profile::Spoofed);
    assert_eq!(0, forged.ready, "forgeries keep the plain rule from ever moving");
    let forged = sum(&replayed, Rule::Gates, |profile| profile == Profile::Spoofed);
    assert_eq!(forged.domains, forged.ready, "they are why one moves");
}

#[test]
fn hindsight_finds_the_own_mail_that_failed() {
    let domains = domains(SEED, SOME, &Policy::None, Course::Shown);
    let of = |profile| profile == Profile::CleanBig || profile == Profile::PartFails;
    let domains: Vec<_> = domains.into_iter().filter(|domain| of(domain.profile)).collect();
    for Replayed { domain, test } in until_ready(&domains, &Thresholds::default()) {
        let Some(ready) = test.gates.ready else { continue };
        let truth = domain.failing_after(ready, 30);
        // a forged message now and then comes from where own mail does
        let off = |told: u64, truth: u64| told.abs_diff(truth) > 2 + truth / 100;
        assert!(!off(test.gates.hit, truth), "{}: {truth}, {:?}", test.domain, test.gates);
        let own = domain.own_after(ready, 30);
        assert!(!off(test.gates.own, own), "{}: {own}, {:?}", test.domain, test.gates);
    }
}

#[test]
fn the_same_seed_gives_the_same_domains_and_another_others() {
    let made = |seed| domains(seed, 20, &Policy::None, Course::Shown);
    let same = made(5).iter().zip(&made(5)).all(|(a, b)| a.history == b.history);
    assert!(same);
    assert!(made(5).iter().zip(&made(6)).all(|(a, b)| a.history != b.history));
    let profiles: std::collections::BTreeSet<_> =
        made(5).iter().map(|domain| domain.profile).collect();
    assert!(profiles.len() > 12, "{profiles:?}");
}
