//! Which step follows, from `none` to the end, and back.

use crate::model::verdict::{Class, Health, Verdict};
use crate::model::words::{Disposition, OverrideKind, Policy};

use super::super::scenario::*;
use super::{assert_verdict, noted, source, unmet};

#[test]
fn a_clean_domain_is_ready_for_quarantine() {
    let judged = Scenario::at("none").own().judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!("move p=none to p=quarantine", judged.advice.headline);
    assert_eq!(Vec::<&str>::new(), unmet(&judged));
    assert_eq!("_dmarc.shop.example", judged.advice.record_name);
    let record = "v=DMARC1; p=quarantine; rua=mailto:<your present rua>";
    assert_eq!(Some(record), judged.advice.record.as_deref());
    let rollback = "v=DMARC1; p=none; rua=mailto:<your present rua>";
    assert_eq!(Some(rollback), judged.advice.rollback.as_deref());
    assert!(noted(&judged, "keep those of the record that you have"), "{:?}", judged.advice.notes);
    let own = source(&judged, "192.0.2.0/24");
    assert_eq!((Class::Own, Some(Health::Healthy)), (own.class, own.health));
    assert_eq!((3100, 3100, 1), (own.tally.messages, own.tally.dmarc_pass, own.addresses));
    assert_eq!(
        (62, 31, 3100),
        (judged.summary.reports, judged.summary.records, judged.summary.tally.messages)
    );
}

#[test]
fn a_parked_domain_is_ready_for_reject() {
    let judged = Scenario::at("none").forgeries(8, &forged()).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert_eq!("sends nothing: move p=none to p=reject", judged.advice.headline);
    assert!(noted(&judged, "v=spf1 -all") && noted(&judged, "null MX"));
    assert_eq!(None, judged.advice.rate);
}

#[test]
fn a_parked_domain_at_reject_stays() {
    assert_verdict(Verdict::Stay, None, &Scenario::at("reject").forgeries(8, &forged()).judge());
}

#[test]
fn list_mail_blocks_reject_and_not_quarantine() {
    let list = bare()
        .signed(DOMAIN, "s1", "fail")
        .signed("lists.example", "l", "pass")
        .bounces("lists.example", "pass")
        .excused(OverrideKind::MailingList, "");
    let judged = Scenario::at("none").own().daily("198.51.100.7", &list, 1).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!(Class::List, source(&judged, "lists.example").class);
    let judged = Scenario::at("quarantine").own().daily("198.51.100.7", &list, 1).judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert_eq!(vec!["people"], unmet(&judged));
    assert_eq!(
        "stay at p=quarantine: 31 messages went through mailing lists",
        judged.advice.headline
    );
    assert!(noted(&judged, "go on by hand"));
}

#[test]
fn clean_quarantine_is_ready_for_reject() {
    let judged = Scenario::at("quarantine").own().judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert_eq!(8, judged.advice.gates.len());
}

#[test]
fn test_mode_and_samples_come_before_reject() {
    for scenario in [
        Scenario::with(in_test_mode),
        Scenario::with(|p| {
            p.p = Some(Policy::Quarantine);
            p.pct = Some("25".into());
        }),
    ] {
        let judged = scenario.own().judge();
        assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
        let record = judged.advice.record.as_deref().unwrap();
        assert!(!record.contains("t=y") && !record.contains("pct"), "{record}");
        assert_ne!(judged.advice.record, judged.advice.rollback);
        assert!(noted(&judged, "in full comes before p=reject"));
    }
}

#[test]
fn own_mail_in_quarantine_means_going_back() {
    let failing = forwarded("crm.example").unaligned().met(Disposition::Quarantine);
    let failing = Mail(crate::model::Fingerprint { dkim_auth: Vec::new(), ..failing.0 });
    let signed = forwarded("crm.example").signed("crm.example", "c", "pass");
    let judged = Scenario::at("quarantine")
        .own()
        .daily("198.51.100.7", &signed, 10)
        .daily("198.51.100.7", &failing, 2)
        .judge();
    assert_verdict(Verdict::Rollback, Some(Policy::None), &judged);
    assert_eq!(
        "go back to p=none: 62 own messages of crm.example were stopped; then mend it: switch on DKIM",
        judged.advice.headline
    );
    assert_eq!("crm.example", judged.advice.blockers[0].source);
    assert!(judged.advice.record.unwrap().starts_with("v=DMARC1; p=none;"));
    assert!(judged.advice.rollback.unwrap().starts_with("v=DMARC1; p=quarantine;"));
}

#[test]
fn own_mail_that_fails_and_is_delivered_all_the_same_is_to_be_mended() {
    let judged = Scenario::at("quarantine").own().daily("192.0.2.10", &forged(), 5).judge();
    assert_verdict(Verdict::Fix, None, &judged);
    assert_eq!("one own sender fails alignment: mend 192.0.2.0/24", judged.advice.headline);
}

#[test]
fn clean_reject_stays() {
    let judged = Scenario::at("reject").own().judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert!(judged.advice.gates.iter().all(|gate| gate.passed));
}

#[test]
fn a_sender_that_only_spf_aligns_blocks_reject_alone() {
    let fragile = bare().bounces("bounce.shop.example", "pass");
    let judged = Scenario::at("none").own().daily("203.0.113.9", &fragile, 5).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!(Some(Health::Fragile), source(&judged, "203.0.113.0/24").health);
    let judged = Scenario::at("quarantine").own().daily("203.0.113.9", &fragile, 5).judge();
    assert_verdict(Verdict::Fix, None, &judged);
    assert_eq!(vec!["dkim"], unmet(&judged));
    assert!(judged.advice.blockers[0].fix.contains("forwarding breaks SPF"));
}

#[test]
fn reject_in_part_is_not_the_end() {
    let sampled = Scenario::with(|policy| {
        policy.p = Some(Policy::Reject);
        policy.pct = Some("25".into());
    });
    let judged = sampled.own().judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert!(judged.advice.headline.contains("in full"), "{}", judged.advice.headline);
    assert!(!judged.advice.record.as_ref().unwrap().contains("pct"), "{:?}", judged.advice.record);
    assert!(judged.advice.rollback.as_ref().unwrap().contains("pct=25"));
}

/// Own mail that fails, and that nobody stopped.
fn failing() -> Mail {
    bare().signed(DOMAIN, "s1", "fail").bounces(DOMAIN, "softfail")
}

#[test]
fn few_enough_is_said_only_of_what_is_few_enough() {
    let at_reject = |messages: u64| {
        let scenario = Scenario::at("reject").daily("192.0.2.10", &own(), 1000);
        scenario.daily("192.0.2.10", &failing(), messages).judge().advice
    };
    let few = at_reject(1);
    assert_eq!("stay at p=reject: 31 of 31,031 own messages fail, few enough", few.headline);
    let many = at_reject(15);
    assert_eq!(Verdict::Stay, many.verdict);
    assert!(
        many.headline.starts_with("stay at p=reject, though a move to it needs at most 0.5%"),
        "{}",
        many.headline
    );
    assert!(many.headline.ends_with("; most fail from 192.0.2.0/24"), "{}", many.headline);
}

#[test]
fn at_reject_a_fault_that_is_over_is_said_to_be_over() {
    let judged = Scenario::at("reject").own().mail(5..10, "192.0.2.10", &failing(), 80).judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert_eq!(
        "stay at p=reject: 400 of 3,500 own messages fail; 192.0.2.0/24 failed until 2026-10-30 and \
         passes since",
        judged.advice.headline
    );
}

#[test]
fn a_parked_domain_whose_reports_contradict_each_other_waits() {
    let mut parked = Scenario::at("none").forgeries(8, &forged());
    parked.traffic.conflicts = 62;
    let judged = parked.judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["coverage"], unmet(&judged));
    assert!(judged.advice.headline.contains("contradict"), "{}", judged.advice.headline);
    // nor are subdomains closed on their word
    let given = "v=DMARC1; p=reject; sp=none; rua=mailto:d@shop.example";
    let mut open = Scenario::at("reject").own().published(given);
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &open.judge());
    open.traffic.conflicts = 62;
    assert_verdict(Verdict::Stay, None, &open.judge());
}

#[test]
fn only_the_tags_that_hold_a_policy_back_are_taken_out() {
    let given = |text: &'static str| {
        let sampled = Scenario::with(|policy| {
            (policy.p, policy.pct) = (Some(Policy::Quarantine), Some("50".into()));
        });
        sampled.own().published(text).judge()
    };
    let judged = given("v=DMARC1; p=quarantine; t=n; pct=50");
    assert_eq!("enforce p=quarantine in full: take out pct", judged.advice.headline);
    assert_eq!(Some("v=DMARC1; p=quarantine; t=n"), judged.advice.record.as_deref());
    assert!(
        !judged.advice.notes.iter().any(|note| note.starts_with("t is")),
        "{:?}",
        judged.advice.notes
    );
    let both = given("v=DMARC1; p=quarantine; t=y; pct=50");
    assert_eq!("enforce p=quarantine in full: take out t and pct", both.advice.headline);
}

#[test]
fn a_step_of_subdomains_takes_a_weaker_np_out_and_the_way_back_leaves_it() {
    let given = "v=DMARC1; p=reject; sp=none; np=none";
    let below = own().from("news.shop.example");
    let open = Scenario::with(|p| (p.p, p.sp) = (Some(Policy::Reject), Some(Policy::None)));
    let judged = open.own().daily("203.0.113.9", &below, 60).published(given).judge();
    let record = judged.advice.record.as_deref();
    assert_eq!(Some("v=DMARC1; p=reject; sp=quarantine"), record);
    assert!(noted(&judged, "np=none is taken out"), "{:?}", judged.advice.notes);
}
