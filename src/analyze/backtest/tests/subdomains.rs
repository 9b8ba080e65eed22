//! What a move leaves alone is not counted against it: `p` and `sp` are followed apart.

use super::*;
use crate::analyze::scenario::Mail;
use crate::model::words::OverrideKind;

fn below(mail: &Mail) -> Mail {
    mail.clone().from("news.shop.example")
}

/// Ninety days under a record with that `p`, and with `sp=none` besides.
fn open_below(p: &str) -> Scenario {
    let record = Scenario::empty().seeing(|record| {
        record.p = Some(Policy::parse(p));
        record.sp = Some(Policy::None);
    });
    record.reports(0..90, 0..2).mail(0..90, "192.0.2.10", &own(), 100)
}

fn listed() -> Mail {
    bare().bounces("lists.example", "pass").excused(OverrideKind::MailingList, "x")
}

#[test]
fn mail_of_subdomains_that_keep_their_policy_is_not_hit() {
    let broken = below(&own().unaligned());
    let scenario = reported(90)
        .mail(0..90, "192.0.2.10", &own(), 100)
        .mail(0..90, "198.51.100.9", &below(&own()), 50)
        .mail(0..90, "198.51.100.9", &broken, 40);
    let found = test(&history(scenario)).gates;
    assert_eq!(Some(Reach::Domain), found.reach);
    assert_eq!((0, 3_000, false), (found.hit, found.own, found.wrong));
}

#[test]
fn mail_of_subdomains_that_come_along_is_hit_and_was_expected_to_be() {
    let broken = below(&own().unaligned());
    let scenario = reported(90)
        .mail(0..90, "192.0.2.10", &own(), 100)
        .mail(0..90, "198.51.100.9", &below(&own()), 500)
        .mail((0..90).step_by(3), "198.51.100.9", &broken, 9);
    let found = test(&history(scenario)).gates;
    assert_eq!((Some(Reach::All), 90), (found.reach, found.hit));
    let most = found.at_most.unwrap();
    assert!((90..200).contains(&most), "by the failures of both, not of one: {most}");
    assert!(!found.wrong);
}

#[test]
fn a_step_of_subdomains_is_followed_by_their_mail_alone() {
    let scenario = open_below("quarantine")
        .mail(0..90, "203.0.113.77", &listed(), 1)
        .mail(0..90, "198.51.100.9", &below(&own()), 20)
        .mail(40..90, "192.0.2.10", &own().unaligned(), 1);
    let found = test(&history(scenario));
    assert_eq!(("quarantine", Some("quarantine")), (&*found.policy, found.next.as_deref()));
    assert_eq!(Some(Reach::Subdomains), found.gates.reach);
    assert_eq!((0, 600), (found.gates.hit, found.gates.own));
    assert_eq!(Some(Reach::Domain), found.raw.reach, "whoever changes p alone leaves sp standing");
    assert_eq!((5, 3_005), (found.raw.hit, found.raw.own));
}

#[test]
fn under_reject_the_step_of_subdomains_is_tested() {
    let broken = below(&own().unaligned());
    let scenario = open_below("reject").mail(0..50, "198.51.100.9", &below(&own()), 20);
    let found = test(&history(scenario.mail(50..90, "198.51.100.9", &broken, 20)));
    assert_eq!(("reject", Some("quarantine")), (&*found.policy, found.next.as_deref()));
    let days = u64::try_from(sent(&found.gates).unwrap() + 30 - 49).unwrap();
    assert_eq!((days * 20, 600, true), (found.gates.hit, found.gates.own, found.gates.wrong));
    assert_eq!(None, found.raw.ready, "there is no step of p");
}
