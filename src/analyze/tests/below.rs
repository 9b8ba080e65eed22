//! Subdomains: `p` is judged by the mail of the domain itself, `sp` by theirs.

use crate::model::verdict::{Class, Verdict};
use crate::model::words::{Disposition, Policy};

use super::super::scenario::*;
use super::{assert_verdict, noted, source, unmet};

const BILLING: &str = "billing.shop.example";

/// What a service sends in the name of a subdomain, aligned with nothing.
fn invoices() -> Mail {
    service("invoicer.example").from(BILLING)
}

fn clean_below() -> Mail {
    own().from(BILLING)
}

#[test]
fn a_subdomain_that_is_not_ready_keeps_its_policy_and_holds_nobody_up() {
    let judged = Scenario::at("none").own().daily("203.0.113.9", &invoices(), 20).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!(
        "move p=none to p=quarantine, and keep subdomains at sp=none",
        judged.advice.headline
    );
    let record = "v=DMARC1; p=quarantine; rua=mailto:<your present rua>; sp=none";
    assert_eq!(Some(record), judged.advice.record.as_deref());
    assert!(noted(&judged, "sp=none is added"), "{:?}", judged.advice.notes);
    assert_eq!(["invoicer.example (subdomains)"], blockers(&judged)[..]);
    assert_eq!(620, judged.advice.what_if.spared);
}

#[test]
fn clean_subdomains_follow() {
    let judged = Scenario::at("none").own().daily("203.0.113.9", &clean_below(), 20).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert!(!judged.advice.record.as_deref().unwrap().contains("sp="));
    assert_eq!(0, judged.advice.what_if.spared);
}

#[test]
fn little_clean_mail_of_subdomains_follows_where_all_own_mail_is_enough() {
    let judged = Scenario::at("none").own().mail([3, 9], "203.0.113.9", &clean_below(), 4).judge();
    assert!(!judged.advice.record.as_deref().unwrap().contains("sp="));
}

#[test]
fn a_weaker_sp_stays_while_a_subdomain_fails_and_goes_when_none_does() {
    let weaker = || Scenario::with(|p| p.sp = Some(Policy::None)).own();
    let at_quarantine = |scenario: Scenario| {
        scenario.published("v=DMARC1; p=quarantine; sp=none; rua=mailto:d@shop.example")
    };
    let judged = at_quarantine(weaker().daily("203.0.113.9", &invoices(), 20)).judge();
    assert!(judged.advice.record.is_none_or(|record| record.contains("sp=none")));
}

#[test]
fn under_reject_open_subdomains_are_the_next_step() {
    let open = || {
        Scenario::with(|p| {
            p.p = Some(Policy::Reject);
            p.sp = Some(Policy::None);
        })
    };
    let judged = open().own().daily("203.0.113.9", &clean_below(), 20).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert!(
        judged.advice.headline.starts_with("move the subdomains from sp=none to sp=quarantine"),
        "{}",
        judged.advice.headline
    );
    assert_eq!(
        Some("v=DMARC1; p=reject; sp=quarantine; rua=mailto:<your present rua>"),
        judged.advice.record.as_deref()
    );
    let rollback = "v=DMARC1; p=reject; sp=none; rua=mailto:<your present rua>";
    assert_eq!(Some(rollback), judged.advice.rollback.as_deref());
    let judged = open().own().daily("203.0.113.9", &invoices(), 20).judge();
    assert_verdict(Verdict::Review, None, &judged);
    assert!(
        judged.advice.headline.contains("subdomains stay at none"),
        "{}",
        judged.advice.headline
    );
}

#[test]
fn where_only_subdomains_are_hit_only_sp_goes_back() {
    let hit = invoices().met(Disposition::Quarantine);
    let aligned = own().from(BILLING);
    let judged = Scenario::at("quarantine")
        .own()
        .mail(0..20, "203.0.113.9", &aligned, 40)
        .mail(20..DAYS, "203.0.113.9", &bare().from(BILLING).met(Disposition::Quarantine), 40)
        .judge();
    assert_verdict(Verdict::Rollback, Some(Policy::None), &judged);
    assert_eq!(
        "go back for subdomains to sp=none: 440 own messages of 203.0.113.0/24 (subdomains) were \
         stopped; then mend it: sign with DKIM",
        judged.advice.headline
    );
    assert_eq!(
        Some("v=DMARC1; p=quarantine; rua=mailto:<your present rua>; sp=none"),
        judged.advice.record.as_deref()
    );
    // who is not known to be own is asked about, where the policy stops it
    let judged = Scenario::at("quarantine").own().daily("203.0.113.9", &hit, 20).judge();
    assert_verdict(Verdict::Review, None, &judged);
}

#[test]
fn a_domain_that_sends_by_subdomains_alone_is_judged_by_all() {
    let judged = Scenario::at("none").daily("203.0.113.9", &invoices(), 20).judge();
    assert_verdict(Verdict::Review, None, &judged);
    let judged = Scenario::at("none").daily("203.0.113.9", &clean_below(), 20).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn names_are_told_the_domain_first() {
    let judged = Scenario::at("none")
        .daily("203.0.113.9", &clean_below(), 200)
        .own()
        .mail([4], "203.0.113.9", &invoices(), 15)
        .judge();
    let names: Vec<_> = judged
        .advice
        .names
        .iter()
        .map(|n| (n.header_from.as_str(), n.own, n.own_failing, n.ready))
        .collect();
    assert_eq!(vec![(DOMAIN, 3100, 0, true), (BILLING, 6215, 15, true)], names);
    assert_eq!(Class::Own, source(&judged, "192.0.2.0/24").class);
    assert_eq!(Vec::<&str>::new(), unmet(&judged));
}

fn blockers(judged: &crate::analyze::Judgement) -> Vec<&str> {
    judged.advice.blockers.iter().map(|blocker| blocker.source.as_str()).collect()
}
