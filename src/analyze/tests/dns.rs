//! What own mail relies on, and the DNS has or has no longer: the gate that is asked for with it.

use std::net::IpAddr;

use crate::model::verdict::Verdict;
use crate::model::words::Policy;

use super::super::relied::{InDns, Now, SpfNow};
use super::super::scenario::*;
use super::super::{Relied, Thresholds};
use super::{assert_verdict, noted, unmet};

const S1: &str = "s1._domainkey.shop.example";
const S2: &str = "s2._domainkey.shop.example";
const SERVER: &str = "192.0.2.10";

fn gone(name: &str) -> Now {
    Now::Gone(format!("no key stands at {name}"))
}

/// The DNS with these keys, and SPF that says this of the server.
fn in_dns(keys: &[(&str, Now)], spf: Now) -> InDns {
    let keys = keys.iter().map(|(name, now)| ((*name).to_owned(), now.clone())).collect();
    let addresses = [(SERVER.parse().unwrap(), spf)].into();
    let spf = SpfNow { addresses, ..SpfNow::default() };
    InDns { keys, spf: [(DOMAIN.to_owned(), spf)].into() }
}

fn spf_gone() -> Now {
    Now::Gone("the SPF record of shop.example does not let it pass".to_owned())
}

/// Mail that is signed with a key and passes by that alone.
fn signed(selector: &str) -> Mail {
    bare().signed(DOMAIN, selector, "pass").bounces(DOMAIN, "fail")
}

/// What two regular reporters tell of mail on these days.
fn told(of: Scenario, days: std::ops::Range<i32>, mail: &Mail) -> Scenario {
    let of = of.mail_seen_by(0, days.clone(), SERVER, mail, 100);
    of.mail_seen_by(1, days, SERVER, mail, 50)
}

#[test]
fn what_own_mail_relies_on_is_named_and_nothing_of_others() {
    let scenario = Scenario::at("none").own().forgeries(2, &forged());
    let server: IpAddr = SERVER.parse().unwrap();
    let expected =
        Relied { keys: vec![S1.to_owned()], spf: vec![(DOMAIN.to_owned(), vec![server])] };
    assert_eq!(expected, scenario.relied());
    assert_eq!(Relied::default(), Scenario::at("none").forgeries(8, &forged()).relied());
}

#[test]
fn the_gate_is_asked_for_where_the_dns_was_and_met_where_all_stands() {
    let scenario = Scenario::at("none").own();
    let judged = scenario.judge_by(Some(&in_dns(&[(S1, Now::Stands)], Now::Stands)));
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    let gate = judged.advice.gates.last().unwrap();
    assert_eq!(("dns", true), (gate.gate, gate.passed));
    assert!(scenario.judge().advice.gates.iter().all(|gate| gate.gate != "dns"));
}

#[test]
fn a_key_that_is_gone_holds_the_step_up_with_its_name_the_mail_and_the_way_to_mend_it() {
    let scenario = told(Scenario::at("quarantine"), 0..DAYS, &signed("s1"));
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &scenario.judge());
    let judged = scenario.judge_by(Some(&in_dns(&[(S1, gone(S1))], Now::Stands)));
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["dns"], unmet(&judged));
    let advice = &judged.advice;
    assert!(
        advice.headline.ends_with(
            "no key stands at s1._domainkey.shop.example, and 4,650 messages of 192.0.2.0/24 passed by it \
             (the last on 2026-11-20)"
        ),
        "{advice:#?}"
    );
    let [blocker] = advice.blockers.as_slice() else { panic!("{advice:#?}") };
    for said in ["publish the key that 192.0.2.0/24 signs with", S1, "a day or two late"] {
        assert!(blocker.fix.contains(said), "{blocker:#?}");
    }
    assert_eq!(None, advice.not_before, "no waiting ends it");
}

#[test]
fn mail_that_passes_by_another_key_or_before_quarantine_by_spf_is_not_harmed() {
    let twice = own().signed(DOMAIN, "s2", "pass");
    let keys = [(S1, gone(S1)), (S2, Now::Stands)];
    let scenario = told(Scenario::at("quarantine"), 0..DAYS, &twice);
    let judged = scenario.judge_by(Some(&in_dns(&keys, spf_gone())));
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    let lost = in_dns(&[(S1, gone(S1))], Now::Stands);
    let judged = told(Scenario::at("none"), 0..DAYS, &own()).judge_by(Some(&lost));
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    let judged = told(Scenario::at("quarantine"), 0..DAYS, &own()).judge_by(Some(&lost));
    assert_verdict(Verdict::Hold, None, &judged);
    let both = in_dns(&[(S1, gone(S1))], spf_gone());
    let judged = told(Scenario::at("none"), 0..DAYS, &own()).judge_by(Some(&both));
    assert_verdict(Verdict::Hold, None, &judged);
}

#[test]
fn what_nobody_could_tell_is_told_and_holds_nothing_up() {
    let dark = Now::Unknown(format!("the key at {S1} (SERVFAIL)"));
    let scenario = told(Scenario::at("quarantine"), 0..DAYS, &signed("s1"));
    let judged = scenario.judge_by(Some(&in_dns(&[(S1, dark)], Now::Stands)));
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert!(noted(&judged, "(SERVFAIL); ask again"), "{:?}", judged.advice.notes);
    let judged = scenario.judge_by(Some(&InDns::default()));
    let said = "what 4,650 own messages pass by was not asked for: no more than 30 keys are";
    assert!(noted(&judged, said), "{:?}", judged.advice.notes);
    assert!(!noted(&judged, "ask again"), "{:?}", judged.advice.notes);
}

#[test]
fn a_key_that_another_took_the_place_of_is_no_loss_and_one_of_another_stream_is() {
    let keys = [(S1, gone(S1)), (S2, Now::Stands)];
    let judge = |scenario: Scenario| scenario.judge_by(Some(&in_dns(&keys, Now::Stands)));
    let at = || Scenario::at("quarantine");
    let rotated = told(told(at(), 0..20, &signed("s1")), 19..DAYS, &signed("s2"));
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judge(rotated));
    let both = told(told(at(), 0..DAYS, &signed("s1")), 0..DAYS, &signed("s2"));
    assert_verdict(Verdict::Hold, None, &judge(both));
    let old = told(told(at(), 0..9, &signed("s1")), 0..DAYS, &signed("s2"));
    let judged = judge(old);
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert!(noted(&judged, "to hold the step up"), "{:?}", judged.advice.notes);
}

#[test]
fn a_rotation_is_over_also_where_the_sender_has_a_second_stream_that_went_on() {
    const M1: &str = "m1._domainkey.shop.example";
    let stream = || told(Scenario::at("quarantine"), 0..DAYS, &signed("m1"));
    let rotated = |from| told(told(stream(), 0..26, &signed("s1")), from, &signed("s2"));
    let keys = [(S1, gone(S1)), (S2, Now::Stands), (M1, Now::Stands)];
    let judge = |scenario: &Scenario| scenario.judge_by(Some(&in_dns(&keys, Now::Stands)));
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judge(&rotated(26..DAYS)));
    assert_verdict(Verdict::Hold, None, &judge(&rotated(20..DAYS)));
    assert_verdict(Verdict::Hold, None, &judge(&rotated(29..DAYS)));
}

#[test]
fn a_key_that_nobody_could_tell_of_takes_no_place_and_its_mail_dilutes_nothing() {
    let dark = Now::Unknown(format!("the key at {S2} (SERVFAIL)"));
    let keys = [(S1, gone(S1)), (S2, dark)];
    let rotated = told(Scenario::at("quarantine"), 0..26, &signed("s1"));
    let rotated = told(rotated, 26..DAYS, &signed("s2"));
    let judged = rotated.judge_by(Some(&in_dns(&keys, Now::Stands)));
    assert_verdict(Verdict::Hold, None, &judged);
    let much = signed("s2");
    let few = told(Scenario::at("quarantine"), 0..DAYS, &signed("s1"));
    let few = few.mail_seen_by(0, 0..DAYS, SERVER, &much, 90_000);
    let judged = few.judge_by(Some(&in_dns(&keys, Now::Stands)));
    assert_verdict(Verdict::Hold, None, &judged);
}

#[test]
fn forged_reports_of_strangers_hold_nothing_up_and_name_no_key() {
    let forged = signed("evil");
    let scenario = told(Scenario::at("quarantine"), 0..DAYS, &own()).mail_seen_by(
        2,
        [28, 29, 30],
        "203.0.113.9",
        &forged,
        9000,
    );
    let scenario = scenario.reports(28..31, 2..3);
    assert_eq!(vec![S1.to_owned()], scenario.relied().keys);
    let evil = "evil._domainkey.shop.example";
    let lost = in_dns(&[(S1, Now::Stands), (evil, gone(evil))], Now::Stands);
    let judged = scenario.judge_by(Some(&lost));
    assert!(!unmet(&judged).contains(&"dns"), "{:#?}", judged.advice);
    assert!(!judged.advice.notes.iter().any(|note| note.contains("evil")));
}

#[test]
fn one_regular_reporter_on_a_day_or_two_holds_nothing_up() {
    let scenario = |days| {
        told(Scenario::at("none"), 0..DAYS, &own()).mail_seen_by(
            0,
            days,
            SERVER,
            &signed("s2"),
            500,
        )
    };
    let lost = in_dns(&[(S1, Now::Stands), (S2, gone(S2))], Now::Stands);
    let judged = scenario(29..31).judge_by(Some(&lost));
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert!(noted(&judged, "too seldom told of"), "{:?}", judged.advice.notes);
    assert_verdict(Verdict::Hold, None, &scenario(28..31).judge_by(Some(&lost)));
}

#[test]
fn subdomains_whose_key_is_gone_keep_their_policy() {
    let news = bare().signed("news.shop.example", "n1", "pass").from("news.shop.example");
    let scenario = told(Scenario::at("none"), 0..DAYS, &own());
    let scenario = scenario.mail_seen_by(0, 0..DAYS, "198.51.100.9", &news, 100);
    let name = "n1._domainkey.news.shop.example";
    let keys = |now| in_dns(&[(S1, Now::Stands), (name, now)], Now::Stands);
    let judged = scenario.judge_by(Some(&keys(gone(name))));
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert!(judged.advice.record.as_ref().unwrap().contains("sp=none"), "{:#?}", judged.advice);
    let judged = scenario.judge_by(Some(&keys(Now::Stands)));
    assert!(!judged.advice.record.as_ref().unwrap().contains("sp="), "{:#?}", judged.advice);
}

#[test]
fn how_many_names_reports_claim_so_many_are_not_asked_for() {
    let mut scenario = Scenario::at("none").own();
    for at in 0..60 {
        scenario = scenario.daily(SERVER, &signed(&format!("k{at}")), 1);
    }
    assert_eq!(30, scenario.relied().keys.len());
    assert_eq!(2, Thresholds::default().reporters);
}
