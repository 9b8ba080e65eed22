//! What no single reporter may say alone, and what is remembered from before the window.

use crate::model::verdict::{Class, Health};
use crate::model::words::OverrideKind;

use super::super::scenario::*;
use super::source;

const POISON: u64 = 1 << 40;

/// A sender of ours that signs and fails on half of its mail, as two honest reporters see it.
fn failing() -> Scenario {
    let broken = bare().signed(DOMAIN, "k1", "fail").bounces("crm.example", "pass");
    let passing = bare().signed(DOMAIN, "k1", "pass").bounces("crm.example", "pass");
    let passing = passing.signed("crm.example", "c", "pass");
    (0..2).fold(Scenario::at("none").own(), |scenario, reporter| {
        scenario.mail_seen_by(reporter, 0..31, "198.51.100.7", &passing, 5).mail_seen_by(
            reporter,
            0..31,
            "198.51.100.7",
            &broken,
            5,
        )
    })
}

#[test]
fn a_sender_that_fails_is_not_talked_healthy() {
    let passing = bare().signed(DOMAIN, "k1", "pass").bounces("crm.example", "pass");
    let passing = passing.signed("crm.example", "c", "pass");
    let judged = failing().mail_seen_by(2, [3], "198.51.100.7", &passing, POISON).judge();
    let crm = source(&judged, "crm.example");
    assert_eq!((Class::Own, Some(Health::Misconfigured)), (crm.class, crm.health));
    assert!(
        crm.rule.starts_with("without tiny, which tells 99.9% of its mail: 310 of 620"),
        "{}",
        crm.rule
    );
}

#[test]
fn from_the_swamping_share_on_a_reporter_is_left_out_and_not_below() {
    // The others tell 20 messages, one of which fails; 380 more make 95 % of all.
    let health = |messages| {
        let judged = Scenario::at("none")
            .mail_seen_by(0, [1], "203.0.113.9", &own(), 19)
            .mail_seen_by(1, [1], "203.0.113.9", &forged(), 1)
            .mail_seen_by(2, [1], "203.0.113.9", &own(), messages)
            .judge();
        source(&judged, "203.0.113.0/24").health
    };
    assert_eq!(Some(Health::Healthy), health(379));
    assert_eq!(Some(Health::Misconfigured), health(380));
}

#[test]
fn a_reporter_that_sees_what_all_see_changes_nothing() {
    let judged = Scenario::at("none").own().mail_seen_by(1, 0..31, "192.0.2.10", &own(), 2).judge();
    let rule = &source(&judged, "192.0.2.0/24").rule;
    assert!(rule.starts_with("3,162 of 3,162 messages authorised"), "{rule}");
}

#[test]
fn a_sender_that_fails_is_not_talked_into_a_list_or_a_forwarder() {
    let listed = bare()
        .signed(DOMAIN, "k1", "fail")
        .bounces("crm.example", "pass")
        .excused(OverrideKind::MailingList, "");
    let carried = bare().signed(DOMAIN, "s1", "pass").bounces("crm.example", "pass");
    // Less than the swamping share is enough for that: the others tell 620 messages.
    for lie in [&listed, &carried] {
        let judged = failing().mail_seen_by(2, [3], "198.51.100.7", lie, 700).judge();
        let crm = source(&judged, "crm.example");
        assert_eq!(Class::Asks, crm.class, "{}", crm.rule);
        assert!(crm.rule.starts_with("without tiny, which "), "{}", crm.rule);
    }
}

#[test]
fn two_reporters_that_call_it_a_list_are_believed() {
    let listed = |by: &str| {
        bare()
            .signed(DOMAIN, "s1", "fail")
            .bounces(by, "pass")
            .excused(OverrideKind::MailingList, "")
    };
    let plain = bare().signed(DOMAIN, "s1", "fail").bounces("lists.club.example", "pass");
    let one = Scenario::at("none")
        .own()
        .mail_seen_by(0, 0..31, "198.51.100.7", &listed("lists.club.example"), 5)
        .mail_seen_by(2, 0..31, "198.51.100.7", &plain, 2);
    assert_eq!(Class::Asks, source(&one.judge(), "club.example").class);
    let two = one.mail_seen_by(1, 0..31, "198.51.100.7", &listed("lists.club.example"), 3);
    assert_eq!(Class::List, source(&two.judge(), "club.example").class);
}

#[test]
fn a_question_is_not_answered_by_one_forged_pass() {
    let judged = Scenario::at("none")
        .own()
        .mail([3, 9, 20, 21], "198.51.100.5", &service("mcsv.net"), 1)
        .mail_seen_by(2, [3], "198.51.100.5", &service("mcsv.net").signed(DOMAIN, "k", "pass"), 1)
        .judge();
    let mailchimp = source(&judged, "Mailchimp");
    assert_eq!(Class::Asks, mailchimp.class);
    assert!(mailchimp.rule.starts_with("without tiny, which alone saw any of it pass: 4 failing"));
}

#[test]
fn a_question_does_not_drown_in_forged_volume() {
    let judged = Scenario::at("none")
        .own()
        .mail([25], "203.0.113.9", &forged(), 40)
        .mail_seen_by(2, [3], "192.0.2.10", &own(), POISON)
        .judge();
    let run = source(&judged, "203.0.113.0/24");
    assert_eq!(Class::Asks, run.class);
    assert!(run.rule.contains("1.3% of the domain's mail"), "{}", run.rule);
}

#[test]
fn our_key_is_not_moved_elsewhere_by_one_reporter() {
    // DKIM alone, at a sender that nobody knows; the key is at home where our own server sends.
    let crm = bare().signed(DOMAIN, "s1", "pass").bounces("alumni.example", "pass");
    let scenario = Scenario::at("none")
        .own()
        .mail_seen_by(1, 0..31, "192.0.2.10", &own(), 5)
        .daily("198.51.100.7", &crm, 5)
        .mail_seen_by(2, [3], "203.0.113.66", &own(), POISON);
    let judged = scenario.judge();
    let own = source(&judged, "192.0.2.0/24");
    assert_eq!((Class::Own, Some(Health::Healthy)), (own.class, own.health));
    assert_eq!(Class::Forwarder, source(&judged, "alumni.example").class);
}

#[test]
fn own_once_is_own_when_all_of_it_fails() {
    let scenario = || Scenario::at("none").own().mail([3], "203.0.113.9", &forged(), 3);
    assert_eq!(Class::Noise, source(&scenario().judge(), "203.0.113.0/24").class);
    let judged = scenario().earlier("203.0.113.9", &own(), -90).judge();
    let once = source(&judged, "203.0.113.0/24");
    assert_eq!((Class::Own, Some(Health::Misconfigured)), (once.class, once.health));
    assert_eq!("was aligned before the window; now none of 3 messages is", once.rule);
    let failed_then = scenario().earlier("203.0.113.9", &forged(), -90).judge();
    assert_eq!(Class::Noise, source(&failed_then, "203.0.113.0/24").class);
}

#[test]
fn a_service_that_lost_its_signature_is_the_own_one_of_before() {
    let aligned = service("sendgrid.net").signed(DOMAIN, "k1", "pass");
    let judged = Scenario::at("none")
        .own()
        .mail([3], "198.51.100.5", &bare(), 4)
        .earlier("198.51.100.5", &aligned, -20)
        .judge();
    let lost = source(&judged, "198.51.100.0/24");
    assert_eq!((Class::Own, Some(Health::Misconfigured)), (lost.class, lost.health));
}

#[test]
fn what_was_only_carried_before_makes_no_own_source() {
    let broken = bare().signed(DOMAIN, "s1", "fail").bounces("alumni.example", "pass");
    let judged = Scenario::at("none")
        .own()
        .mail([3], "198.51.100.7", &broken, 4)
        .earlier("198.51.100.7", &forwarded("alumni.example"), -20)
        .judge();
    assert_eq!(Class::Noise, source(&judged, "alumni.example").class);
}

#[test]
fn a_fault_at_one_reporter_is_named_and_one_by_chance_is_not() {
    let at = |there: (u64, u64), others: u64| {
        let judged = Scenario::at("none")
            .mail_seen_by(0, [1], "192.0.2.10", &own(), there.0)
            .mail_seen_by(0, [1], "192.0.2.10", &bare().signed(DOMAIN, "s1", "fail"), there.1)
            .mail_seen_by(1, [1], "192.0.2.10", &own(), others)
            .judge();
        source(&judged, "192.0.2.0/24").fails_only_at.clone()
    };
    assert_eq!(Some("google.com".to_owned()), at((50, 10), 20));
    assert_eq!(None, at((50, 10), 19), "too few others");
    assert_eq!(None, at((1000, 30), 20), "20 others would miss 3 % by chance");
    assert_eq!(Some("google.com".to_owned()), at((1000, 30), 200));
}
