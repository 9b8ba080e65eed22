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
    let given = "v=DMARC1; p=quarantine; sp=none; rua=mailto:d@shop.example";
    let weaker = || open_at(Policy::Quarantine).own().published(given);
    let judged = weaker().daily("203.0.113.9", &invoices(), 20).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    let stays = "v=DMARC1; p=reject; sp=none; rua=mailto:d@shop.example";
    assert_eq!(Some(stays), judged.advice.record.as_deref());
    assert!(noted(&judged, "sp=none stays until a subdomain's failing mail is mended"));
    let judged = weaker().daily("203.0.113.9", &clean_below(), 60).judge();
    let goes = "v=DMARC1; p=reject; rua=mailto:d@shop.example";
    assert_eq!(Some(goes), judged.advice.record.as_deref());
}

#[test]
fn a_weaker_sp_stays_where_little_is_seen_and_nobody_is_said_to_fail() {
    let failing = bare().signed(DOMAIN, "s1", "fail");
    let own = open_at(Policy::Quarantine).daily("192.0.2.10", &own(), 400);
    let judged = own
        .mail([9], "192.0.2.10", &failing, 1)
        .mail([3, 10], "192.0.2.10", &clean_below(), 2)
        .judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert!(noted(&judged, "sp=none stays until there is enough mail of subdomains"));
    assert!(!noted(&judged, "failing mail"), "{:?}", judged.advice.notes);
}

#[test]
fn what_a_weaker_sp_decides_over_is_no_cost() {
    let hits = |judged: &crate::analyze::Judgement| {
        let what_if = judged.advice.what_if;
        (what_if.worst_case.own, what_if.worst_case.unanswered, what_if.spared)
    };
    // the step adds sp=none
    let step = Scenario::at("none").own().daily("203.0.113.9", &invoices(), 20).judge();
    assert_eq!((0, 0, 620), hits(&step));
    // the policy that holds has it
    let open = open_at(Policy::Reject).own();
    let held = open.daily("203.0.113.9", &invoices(), 20).judge();
    assert_eq!((0, 0, 620), hits(&held));
    // the step is of subdomains alone, and what the domain itself loses is none of its cost
    let failing = forged().met(Disposition::None);
    let closing = open_at(Policy::Reject).own().mail([9], "192.0.2.10", &failing, 1);
    let closing = closing.daily("203.0.113.9", &clean_below(), 60).judge();
    assert!(closing.advice.subdomains_only, "{:?}", closing.advice);
    assert_eq!((0, 0, 0), hits(&closing));
    // and p=quarantine without sp meets all
    let all = Scenario::at("quarantine").own().daily("203.0.113.9", &invoices(), 20).judge();
    assert_eq!((0, 620, 0), hits(&all));
}

#[test]
fn gates_and_rate_are_of_the_mail_that_decided() {
    let open = || open_at(Policy::Reject).own();
    let failing = bare().signed(DOMAIN, "s1", "fail").from(BILLING);
    // to mend
    let below = || open().daily("203.0.113.9", &clean_below(), 50);
    let judged = below().daily("203.0.113.9", &failing, 40).judge();
    assert_verdict(Verdict::Fix, None, &judged);
    assert_eq!(vec!["own_sources", "rate"], unmet(&judged));
    assert_eq!(Some((2790, 1240)), judged.advice.rate.map(|rate| (rate.messages, rate.failures)));
    // to name
    let judged = open().daily("203.0.113.9", &invoices(), 20).judge();
    assert_verdict(Verdict::Review, None, &judged);
    assert!(unmet(&judged).contains(&"answers"), "{:?}", judged.advice.gates);
    // to stay
    let judged = open().mail([3, 9], "203.0.113.9", &clean_below(), 4).judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert_eq!((vec!["rate"], Some(8)), (unmet(&judged), judged.advice.rate.map(|r| r.messages)));
    // to go on
    let judged = below().judge();
    assert_eq!(Some(1550), judged.advice.rate.map(|rate| rate.messages));
}

#[test]
fn a_question_of_subdomains_alone_shows_their_gates() {
    let judged = Scenario::at("quarantine").own().daily("203.0.113.9", &invoices(), 20).judge();
    assert_verdict(Verdict::Review, None, &judged);
    assert!(unmet(&judged).contains(&"answers"), "{:?}", judged.advice.gates);
}

#[test]
fn lists_and_what_keeps_subdomains_are_both_told() {
    let list = bare()
        .signed("lists.example", "l", "pass")
        .bounces("lists.example", "pass")
        .excused(crate::model::words::OverrideKind::MailingList, "");
    let open = open_at(Policy::Quarantine).own().daily("198.51.100.7", &list, 1);
    let judged = open.mail([3, 9], "203.0.113.9", &clean_below(), 4).judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert_eq!(vec!["rate", "people"], unmet(&judged));
}

#[test]
fn the_time_of_subdomains_is_that_of_their_own_policy() {
    let open = |p: Policy| {
        move |policy: &mut crate::model::PolicyPublished| {
            (policy.p, policy.sp) = (Some(p.clone()), Some(Policy::None));
        }
    };
    let moved = Scenario::empty()
        .seeing(open(Policy::Quarantine))
        .reports(0..24, 0..2)
        .seeing(open(Policy::Reject))
        .reports(24..DAYS, 0..2);
    let judged = moved.own().daily("203.0.113.9", &clean_below(), 60).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!("31 days with reports at sp=none", judged.advice.gates[0].found);
    assert!(judged.advice.gates[0].arithmetic[0].starts_with("sp=none since "));
    // sp was opened a week ago under a p that stands
    let opened = Scenario::empty()
        .seeing(|policy| policy.p = Some(Policy::Reject))
        .reports(0..24, 0..2)
        .seeing(open(Policy::Reject))
        .reports(24..DAYS, 0..2);
    let judged = opened.own().daily("203.0.113.9", &clean_below(), 60).judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert_eq!(vec!["time"], unmet(&judged));
    assert!(judged.advice.headline.ends_with("7 days with reports at sp=none"));
}

#[test]
fn days_that_one_stranger_made_are_no_month_of_subdomains() {
    let open = |policy: &mut crate::model::PolicyPublished| {
        (policy.p, policy.sp) = (Some(Policy::Reject), Some(Policy::None));
    };
    let mut scenario = Scenario::empty().seeing(open).reports(0..DAYS, 2..3);
    for day in [0, 10, 20, 30] {
        scenario = scenario.reports(day..day + 1, 0..2);
    }
    let judged = scenario.own().daily("203.0.113.9", &clean_below(), 60).judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert!(judged.advice.gates[0].found.starts_with("8 days"), "{:?}", judged.advice.gates[0]);
}

/// Subdomains are open under that policy.
fn open_at(policy: Policy) -> Scenario {
    Scenario::with(|p| (p.p, p.sp) = (Some(policy.clone()), Some(Policy::None)))
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
