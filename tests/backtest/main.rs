//! The back-test over **synthetic domains whose truth is known**: what the gates promise, held
//! against what then happened. The whole of it, with more seeds, is `cargo bench --bench backtest`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared with the benchmark")]

mod generator;
mod measure;

use ruaudit::analyze::Thresholds;
use ruaudit::model::words::Policy;

use generator::{Profile, domains};
use measure::{Replayed, Rule, replay, sum, until_ready};

/// A seed that chose no threshold.
const SEED: u64 = 201;
/// Domains that a test run has time for; the benchmark takes 200 of each seed.
const SOME: usize = 24;
/// The same of every kind.
const SOME_OF_ALL: usize = 50;

/// Kinds of domain whose own senders fail in a way that the gates see, or not at all.
fn is_plain(profile: Profile) -> bool {
    use Profile as P;
    let hard = [P::MonthlyRun, P::QuarterlyRun, P::TenAMonth];
    let by_chance = [P::KeyRotation, P::NewSource, P::SlowDrift];
    !hard.contains(&profile) && !by_chance.contains(&profile)
}

#[test]
fn ready_is_rarely_wrong_and_clean_domains_are_not_kept_waiting() {
    let domains = domains(SEED, SOME, &Policy::None);
    let replayed = until_ready(&domains, &Thresholds::default());
    let plain = sum(&replayed, Rule::Gates, is_plain);
    let clean = sum(&replayed, Rule::Gates, Profile::is_clean);
    assert!(plain.ready > 10 && plain.of_ready(plain.wrong) <= 1.0, "{plain:?}");
    assert_eq!(clean.domains, clean.ready, "every clean domain gets there: {clean:?}");
    assert!(clean.median.unwrap() <= 35, "{clean:?}");
}

/// Of every kind of domain, by causes that reports had shown. `cargo bench --bench backtest` looks at
/// more of them; `docs/calibration.md` tells of the causes that come later.
#[test]
fn of_every_kind_of_domain_one_ready_in_a_hundred_is_wrong() {
    let domains = domains(SEED, SOME_OF_ALL, &Policy::None);
    let replayed = until_ready(&domains, &Thresholds::default());
    let all = sum(&replayed, Rule::Gates, |_| true);
    assert!(all.ready > 20 && all.of_ready(all.knowable) <= 1.0, "{all:?}");
}

#[test]
fn the_plain_rule_hits_own_mail_that_the_gates_spare() {
    let of = [Profile::Spoofed, Profile::MonthlyRun, Profile::CrmFails];
    let domains: Vec<_> = domains(SEED, 60, &Policy::None)
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
    let domains = domains(SEED, SOME, &Policy::None);
    let of = |profile| profile == Profile::CleanBig || profile == Profile::SlowDrift;
    let domains: Vec<_> = domains.into_iter().filter(|domain| of(domain.profile)).collect();
    for Replayed { domain, test } in until_ready(&domains, &Thresholds::default()) {
        let Some(ready) = test.gates.ready else { continue };
        let truth = domain.failing_after(ready, 30, ready.plus(30));
        // a forged message now and then comes from where own mail does
        let off = |told: u64, truth: u64| told.abs_diff(truth) > 2 + truth / 100;
        assert!(!off(test.gates.hit, truth), "{}: {truth}, {:?}", test.domain, test.gates);
        let own = domain.own_after(ready, 30);
        assert!(!off(test.gates.own, own), "{}: {own}, {:?}", test.domain, test.gates);
    }
}

#[test]
fn the_same_seed_gives_the_same_domains_and_another_others() {
    let made = |seed| domains(seed, 20, &Policy::None);
    let same = made(5).iter().zip(&made(5)).all(|(a, b)| a.history == b.history);
    assert!(same);
    assert!(made(5).iter().zip(&made(6)).all(|(a, b)| a.history != b.history));
    let profiles: std::collections::BTreeSet<_> =
        made(5).iter().map(|domain| domain.profile).collect();
    assert!(profiles.len() > 12, "{profiles:?}");
}
