//! What the judgement tells a person to do and to publish, and what forged input cannot break.

use crate::model::verdict::Verdict;
use crate::model::words::Policy;
use crate::model::{PolicyPublished, SourceAddress};

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
        Scenario::at("none").own().mail([2], "192.0.2.10", &few, 2).published(given).judge();
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

fn undo(scenario: Scenario) -> String {
    // what those state who tell no mail has no weight
    let told = (1..3).fold(scenario.own(), |scenario, by| {
        scenario.mail_seen_by(by, 0..31, "192.0.2.10", &own(), 10)
    });
    told.judge().advice.rollback.unwrap()
}

#[test]
fn what_reporters_fill_in_is_no_tag_of_the_record() {
    let filled = |sp: &'static str, np: &'static str| {
        let fill = move |policy: &mut PolicyPublished| {
            (policy.sp, policy.np) = (Some(Policy::parse(sp)), Some(Policy::parse(np)));
        };
        undo(Scenario::empty().reports(0..31, 0..1).seeing(fill).reports(0..31, 1..3))
    };
    assert_eq!("v=DMARC1; p=none; rua=mailto:<your present rua>", filled("none", "none"));
    assert_eq!(
        "v=DMARC1; p=none; sp=reject; rua=mailto:<your present rua>",
        filled("reject", "reject")
    );
    assert_eq!(
        "v=DMARC1; p=none; sp=reject; np=none; rua=mailto:<your present rua>",
        filled("reject", "none")
    );
}

#[test]
fn silence_counts_as_absence_only_where_the_tag_was_stated_before() {
    let with_np = |policy: &mut PolicyPublished| policy.np = Some(Policy::Reject);
    let without = |policy: &mut PolicyPublished| policy.np = None;
    // Reporter 1 alone states np; two others never do.
    let stated = Scenario::empty().reports(0..31, 0..1).reports(0..31, 2..3);
    assert!(undo(stated.seeing(with_np).reports(0..31, 1..2)).contains("; np=reject;"));
    let taken_out = Scenario::empty().seeing(with_np).reports(0..28, 0..2).seeing(without);
    assert!(!undo(taken_out.reports(28..31, 0..2)).contains("np="));
}

#[test]
fn a_headline_names_three_senders_and_counts_the_others() {
    let headline = |senders: u8| {
        let mut scenario = Scenario::at("none").own();
        for n in 1..=senders {
            scenario = scenario.daily(&format!("203.0.{n}.9"), &forged(), 10 - u64::from(n));
        }
        scenario.judge().advice.headline
    };
    assert_eq!("one sender needs your answer: is 203.0.1.9 yours?", headline(1));
    assert_eq!("2 senders need your answer: 203.0.1.9 and 203.0.2.9", headline(2));
    assert_eq!("3 senders need your answer: 203.0.1.9, 203.0.2.9 and 203.0.3.9", headline(3));
    assert_eq!(
        "5 senders need your answer: 203.0.1.9, 203.0.2.9, 203.0.3.9 and 2 more",
        headline(5)
    );
}

#[test]
fn a_question_names_the_address_where_a_network_has_only_one() {
    let one = Scenario::at("none").own().daily("203.0.113.77", &forged(), 5);
    let fix = |judged: &super::super::Judgement| judged.advice.blockers[0].fix.clone();
    assert!(fix(&one.judge()).starts_with("is 203.0.113.77 yours? If so: add ip4:203.0.113.77 to"));
    let two = one.daily("203.0.113.78", &forged(), 5).judge();
    assert!(fix(&two).starts_with("is 203.0.113.0/24 yours?"), "{}", fix(&two));
    assert_eq!("203.0.113.0/24", two.advice.blockers[0].source);
}

#[test]
fn what_holds_for_every_domain_stands_apart() {
    let ready = Scenario::at("none").own().judge().advice;
    let parked = Scenario::at("reject").judge().advice;
    assert_eq!(ready.blind_spots, parked.blind_spots);
    assert!(ready.blind_spots[0].contains("SPF -all"));
    assert!(!ready.notes.iter().any(|note| ready.blind_spots.contains(note)));
}

#[test]
fn names_of_gates_are_codes() {
    for gate in Scenario::at("quarantine").own().judge().advice.gates {
        assert!(gate.gate.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", gate.gate);
    }
}

#[test]
fn what_is_left_out_or_doubtful_is_told_and_changes_no_verdict() {
    for scenario in
        [Scenario::at("none").own(), Scenario::at("quarantine").own(), Scenario::empty()]
    {
        let before = scenario.judge();
        let mut told = scenario;
        told.traffic.unread_rows = 3;
        told.traffic.unverified = 2;
        told.traffic.authenticity_failed = 1;
        told.traffic.conflicts = 1;
        told.traffic.odd = 4;
        let judged = told.judge();
        for words in [
            "3 rows are not counted, since nobody can read how many messages they tell of",
            "2 reports are not counted, since the mail did not authenticate: anyone may have",
            "1 report is counted although the mail failed authentication: anyone may have written",
            "1 report contradicts an earlier one",
        ] {
            assert!(noted(&judged, words), "{words}: {:?}", judged.advice.notes);
            assert!(!noted(&before, words), "{words}");
        }
        let counts = (judged.summary.odd, judged.summary.unread_rows, judged.summary.unverified);
        assert_eq!((4, 3, 2), counts);
        assert_eq!(before.advice.notes.len() + 4, judged.advice.notes.len());
        let mut same = judged.advice;
        same.notes = before.advice.notes.clone();
        assert_eq!(before.advice, same, "the notes are all that differs");
    }
}
