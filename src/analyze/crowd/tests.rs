use std::sync::Arc;

use super::*;
use crate::analyze::Judgement;
use crate::analyze::scenario::{DAYS, DOMAIN, Mail, Scenario, bare, own, service};
use crate::model::SourceAddress;
use crate::model::traffic::{EarlierRow, TrafficRow};
use crate::model::verdict::{Recommendation, SourceSummary, Verdict};

/// More senders than are told one by one.
const MANY: u32 = 10_100;

/// A network of its own for each.
fn address(n: u32) -> SourceAddress {
    SourceAddress::Ip([20, (n >> 8) as u8, (n & 255) as u8, 9].into())
}

/// Somebody (the reporter `tiny`) claims so many senders, each in a network of its own, on the last day.
fn claimed(mut scenario: Scenario, count: u32, mail: &Mail, messages: u64) -> Scenario {
    scenario = scenario.mail_seen_by(2, [DAYS - 1], "20.0.0.9", mail, messages);
    let row = scenario.traffic.rows.last().unwrap().clone();
    let more = (1..count).map(|n| TrafficRow { source: address(n), ..row.clone() });
    scenario.traffic.rows.extend(more);
    scenario
}

fn ordinary() -> Scenario {
    Scenario::at("none").own()
}

fn crowds(judged: &Judgement) -> Vec<&SourceSummary> {
    judged.sources.iter().filter(|source| source.source.starts_with("other senders")).collect()
}

fn unmet(advice: &Recommendation) -> Vec<&str> {
    advice.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate).collect()
}

#[test]
fn what_is_put_together_is_in_all_numbers_and_said() {
    let judged = claimed(ordinary(), MANY, &bare(), 2).judge();
    assert_eq!(3_100 + 2 * u64::from(MANY), judged.summary.tally.messages);
    assert_eq!(u64::from(MANY) + 1, judged.summary.sources);
    assert_eq!(MOST + 1, judged.sources.len());
    let sum = judged.sources.iter().map(|source| source.tally.messages).sum::<u64>();
    assert_eq!(judged.summary.tally.messages, sum);
    let [crowd] = crowds(&judged)[..] else { panic!("{:?}", crowds(&judged)) };
    assert_eq!(("other senders: noise", 202), (crowd.source.as_str(), crowd.tally.messages));
    assert_eq!(101, crowd.addresses);
    let said =
        |note: &&String| note.starts_with("10,101 senders are too many to be told one by one");
    assert!(judged.advice.notes.iter().any(|note| said(&note)), "{:?}", judged.advice.notes);
    assert_eq!(Verdict::Ready, judged.advice.verdict, "forged mail decides nothing");
}

#[test]
fn up_to_so_many_nothing_is_put_together() {
    let judged = claimed(ordinary(), u32::try_from(MOST).unwrap() - 1, &bare(), 2).judge();
    assert_eq!((MOST, 0), (judged.sources.len(), crowds(&judged).len()));
    assert!(!judged.advice.notes.iter().any(|note| note.contains("too many to be told")));
}

#[test]
fn an_own_sender_that_fails_is_told_by_its_name_though_the_crowd_is_louder() {
    let faulty = ordinary().daily("192.0.2.130", &own(), 1).daily("203.0.113.7", &own(), 1);
    let faulty = faulty.mail(0..DAYS, "203.0.113.7", &own().unaligned(), 1);
    let judged = claimed(faulty, MANY, &bare(), 50).judge();
    assert_eq!(Verdict::Fix, judged.advice.verdict);
    assert_eq!("203.0.113.0/24", judged.advice.blockers[0].source);
}

#[test]
fn passing_senders_do_not_hide_failing_ones_among_those_put_together() {
    // More failing own senders than are told, and many more that pass: each fails entirely.
    let half = own().unaligned();
    let many = claimed(ordinary(), MANY, &half.clone().from(DOMAIN), 4);
    let mut loud = claimed(ordinary(), MANY, &own(), 1_000);
    Arc::make_mut(&mut loud.traffic.fingerprints).push(many.traffic.fingerprints[1].clone());
    let print = u32::try_from(loud.traffic.fingerprints.len() - 1).unwrap();
    let first = loud.traffic.rows.last().unwrap().clone();
    loud.traffic.rows.extend((0..MANY).map(|n| TrafficRow {
        source: SourceAddress::Ip([60, (n >> 8) as u8, (n & 255) as u8, 9].into()),
        fingerprint: print,
        messages: 4,
        ..first.clone()
    }));
    let judged = loud.judge();
    let failing: Vec<_> = crowds(&judged)
        .into_iter()
        .filter(|crowd| crowd.health == Some(Health::Misconfigured))
        .collect();
    let [failing] = failing[..] else { panic!("{:?}", crowds(&judged)) };
    assert_eq!("other senders: own, failing", failing.source.split(", without").next().unwrap());
    assert_eq!(0, failing.tally.dmarc_pass);
    assert!(failing.fix.is_some());
    assert_eq!(Verdict::Fix, judged.advice.verdict);
    assert!(unmet(&judged.advice).contains(&"own_sources"));
    let fail = judged.sources.iter().filter(|s| s.health == Some(Health::Misconfigured));
    let told: u64 = fail.map(|source| source.tally.dmarc_fail).sum();
    assert_eq!(4 * u64::from(MANY), told);
}

#[test]
fn those_to_be_asked_about_are_asked_about_as_a_crowd() {
    let mut scenario = claimed(ordinary(), 1, &service("crm.test"), 11);
    let row = scenario.traffic.rows.pop().unwrap();
    let print = Arc::make_mut(&mut scenario.traffic.fingerprints).pop().unwrap();
    for n in 0..MANY {
        let mut print = print.clone();
        print.spf_auth[0].domain = format!("b{n}.test");
        let fingerprint = u32::try_from(scenario.traffic.fingerprints.len()).unwrap();
        Arc::make_mut(&mut scenario.traffic.fingerprints).push(print);
        scenario.traffic.rows.push(TrafficRow { source: address(n), fingerprint, ..row.clone() });
    }
    let judged = scenario.judge();
    assert_eq!(Verdict::Review, judged.advice.verdict);
    let [crowd] = crowds(&judged)[..] else { panic!("{:?}", crowds(&judged)) };
    assert_eq!(("other senders: asks", Class::Asks), (crowd.source.as_str(), crowd.class));
    let asked: u64 = judged.advice.blockers.iter().map(|blocker| blocker.failing).sum();
    assert_eq!(11 * u64::from(MANY), asked);
}

#[test]
fn many_who_failed_before_the_window_are_put_together_and_still_ask() {
    let mail = bare().signed("crm.test", "k", "pass");
    let mut scenario = ordinary().earlier("20.0.0.9", &mail, -9);
    let row = EarlierRow { messages: 11, ..scenario.traffic.earlier[0].clone() };
    let print = scenario.traffic.fingerprints[row.fingerprint as usize].clone();
    scenario.traffic.earlier.clear();
    for n in 0..MANY {
        let mut print = print.clone();
        print.dkim_auth[0].domain = format!("s{n}.test");
        let fingerprint = u32::try_from(scenario.traffic.fingerprints.len()).unwrap();
        Arc::make_mut(&mut scenario.traffic.fingerprints).push(print);
        scenario.traffic.earlier.push(EarlierRow {
            source: address(n),
            fingerprint,
            ..row.clone()
        });
    }
    let advice = scenario.judge().advice;
    assert_eq!(Verdict::Review, advice.verdict);
    assert_eq!(MOST + 1, advice.blockers.len());
    let crowd: Vec<_> =
        advice.blockers.iter().filter(|b| b.source.starts_with("other senders")).collect();
    assert_eq!(100 * 11, crowd[0].failing);
    let all: u64 = advice.blockers.iter().map(|blocker| blocker.failing).sum();
    assert_eq!(11 * u64::from(MANY), all);
}

#[test]
fn a_new_own_sender_is_new_among_many() {
    // All began on the last day: stability counts the latest of them.
    let judged = claimed(ordinary(), MANY, &own().bounces("x.test", "fail"), 1).judge();
    assert!(unmet(&judged.advice).contains(&"stability"), "{:?}", judged.advice.gates);
}
