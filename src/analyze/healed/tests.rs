use crate::analyze::Judgement;
use crate::analyze::scenario::*;
use crate::model::Day;
use crate::model::verdict::Verdict;

const SERVER: &str = "192.0.2.10";

/// Our signature does not verify.
fn broken() -> Mail {
    bare().signed(DOMAIN, "s1", "fail").bounces(DOMAIN, "fail")
}

/// The address in the pool that sends on that day.
fn host(day: i32) -> String {
    format!("192.0.2.{}", 10 + day * 7)
}

fn failed_until(judged: &Judgement) -> Option<i32> {
    let source = judged.sources.iter().find(|source| source.source == "192.0.2.0/24").unwrap();
    source.failed_until.map(|Day(day)| day - (LAST - DAYS + 1))
}

#[test]
fn a_pool_whose_key_was_wrong_is_healed_when_the_key_works_from_other_addresses() {
    let pool = |selector: &str| {
        let good = bare().signed(DOMAIN, selector, "pass").bounces(DOMAIN, "fail");
        (0..DAYS).fold(Scenario::at("none"), |scenario, day| {
            let mail = if (10..13).contains(&day) { broken() } else { good.clone() };
            scenario.mail([day], &host(day), &mail, 100)
        })
    };
    let same_key = pool("s1").judge();
    assert_eq!(Some(12), failed_until(&same_key));
    assert_ne!(Verdict::Fix, same_key.advice.verdict);
    assert_eq!(None, failed_until(&pool("s9").judge()), "neither the key nor the addresses");
}

#[test]
fn a_stray_failure_among_good_mail_is_no_bad_day() {
    let mended = |stray| {
        Scenario::at("none")
            .mail(14..17, SERVER, &broken(), 30)
            .mail((0..14).chain(17..DAYS), SERVER, &own(), 30)
            .mail([29], SERVER, &broken(), stray)
            .judge()
    };
    assert_eq!(Some(16), failed_until(&mended(1)));
    assert_eq!(Some(16), failed_until(&mended(2)));
    assert_eq!(None, failed_until(&mended(20)), "the fault is back");
}

#[test]
fn a_silent_run_does_not_heal_by_the_mail_of_others() {
    let run = |messages| {
        Scenario::at("none")
            .own()
            .mail(8..11, SERVER, &broken(), 100)
            .mail([5], "192.0.2.77", &broken(), messages)
            .judge()
    };
    assert_eq!(None, failed_until(&run(11)), "4 % of what failed, and a machine of its own");
    assert_eq!(Some(10), failed_until(&run(5)), "a few of a pool");
    let signed_alike = Scenario::at("none").own().mail([9], "192.0.2.77", &broken(), 70).judge();
    assert_eq!(None, failed_until(&signed_alike), "the key is good, the machine is not");
}

#[test]
fn little_mail_heals_too() {
    let judged = Scenario::at("none")
        .mail(0..5, SERVER, &broken(), 1)
        .mail(5..DAYS, SERVER, &own(), 1)
        .judge();
    assert_eq!(Some(4), failed_until(&judged));
}

#[test]
fn nobody_is_believed_alone_that_a_fault_is_over() {
    let clean = |others: &[(u32, Mail, u64)]| {
        let fails = Scenario::at("none")
            .mail(0..10, SERVER, &broken(), 50)
            .mail_seen_by(1, 0..10, SERVER, &broken(), 50)
            .mail(10..DAYS, SERVER, &own(), 5_000);
        let others = others.iter();
        others
            .fold(fails, |s, (by, mail, a_day)| s.mail_seen_by(*by, 10..DAYS, SERVER, mail, *a_day))
            .judge()
    };
    assert_eq!(None, failed_until(&clean(&[])), "one tells of the days since");
    assert_eq!(Some(9), failed_until(&clean(&[(1, own(), 2)])));
    let drowned = [(1, broken(), 50), (1, own(), 1)];
    assert_eq!(None, failed_until(&clean(&drowned)), "the other goes on seeing it fail");
}
