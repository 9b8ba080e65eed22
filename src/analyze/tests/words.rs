//! What the judgement tells a person to do and to publish, and what forged input cannot break.

use crate::model::SourceAddress;
use crate::model::verdict::Verdict;

use super::super::scenario::*;
use super::{assert_verdict, noted, source};

#[test]
fn a_fault_at_one_reporter_only_is_said_to_be_there() {
    let failing = bare().signed(DOMAIN, "s1", "fail").bounces(DOMAIN, "softfail");
    let judged =
        Scenario::at("none").own().mail_seen_by(1, 0..DAYS, "192.0.2.10", &failing, 5).judge();
    let fix = source(&judged, "192.0.2.0/24").fix.as_deref().unwrap();
    assert!(fix.starts_with("fails at Yahoo only: change no DNS"), "{fix}");
    assert!(fix.contains("s1._domainkey.shop.example"), "{fix}");
}

#[test]
fn strict_alignment_is_named_when_a_subdomain_signs() {
    let mail = bare().signed("mail.shop.example", "s1", "pass").unaligned();
    let judged = Scenario::with(strictly).own().daily("192.0.2.10", &mail, 5).judge();
    let own = source(&judged, "192.0.2.0/24");
    assert!(own.fix.as_deref().unwrap().contains("relaxed alignment (adkim=r"));
    assert!(judged.advice.rollback.unwrap().contains("adkim=s"));
}

#[test]
fn a_given_record_changes_only_what_the_step_changes() {
    let given = "v=DMARC1; p=none; rua=mailto:d@shop.example; sp=none; x=1; pct=100";
    let judged = Scenario::at("none").own().published(given).judge();
    let record = "v=DMARC1; p=quarantine; rua=mailto:d@shop.example; x=1; pct=100";
    assert_eq!(Some(record), judged.advice.record.as_deref());
    assert_eq!(Some(given), judged.advice.rollback.as_deref());
    assert!(noted(&judged, "sp=none is taken out"));
    assert!(!noted(&judged, "do not show rua"));
}

#[test]
fn a_weaker_sp_stays_while_a_subdomain_fails() {
    let given = "v=DMARC1; p=none; sp=none";
    let few = forged().from("news.shop.example");
    let judged =
        Scenario::at("none").own().mail([2], "192.0.2.10", &few, 4).published(given).judge();
    assert_eq!(Some("v=DMARC1; p=quarantine; sp=none"), judged.advice.record.as_deref());
    assert!(noted(&judged, "sp=none stays"));
}

#[test]
fn a_record_that_cannot_be_read_is_told_and_kept() {
    let judged = Scenario::at("none").own().published("v=DMARC1; p=none; p=reject").judge();
    assert!(noted(&judged, "the tag `p` stands twice"));
    assert_eq!(Some("v=DMARC1; p=none; p=reject"), judged.advice.rollback.as_deref());
    assert!(judged.advice.record.unwrap().contains("<your present rua>"));
}

#[test]
fn a_record_that_no_report_has_seen_yet_waits() {
    let judged = Scenario::at("none").own().published("v=DMARC1; p=quarantine").judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert!(noted(&judged, "the last reports saw another policy"));
}

#[test]
fn forged_numbers_and_names_break_nothing() {
    let long = format!("{}.example", "a.".repeat(5000));
    let mut scenario = Scenario::at("none").own().daily("198.51.100.7", &service(&long), u64::MAX);
    scenario.traffic.rows[0].fingerprint = u32::MAX;
    scenario.traffic.rows[1].reporter = u32::MAX;
    scenario.traffic.reports[0].policy = u32::MAX;
    scenario.traffic.reports[1].reporter = u32::MAX;
    scenario.traffic.rows[2].source = SourceAddress::Unreadable("x".repeat(100_000).into());
    let judged = scenario.judge();
    let texts =
        judged.sources.iter().flat_map(|s| s.why.iter().chain([&s.source, &s.rule]).chain(&s.fix));
    assert!(texts.chain(&judged.advice.notes).all(|text| text.len() < 2000));
}

#[test]
fn the_order_of_rows_within_a_day_does_not_change_the_judgement() {
    let scenario = || {
        Scenario::at("none").own().forgeries(5, &forged()).daily(
            "2001:db8:1::5",
            &service("mcsv.net"),
            3,
        )
    };
    let (one, mut other) = (scenario(), scenario());
    other.traffic.rows.reverse();
    other.traffic.rows.sort_by_key(|row| row.day);
    assert_eq!(one.judge(), other.judge());
}
