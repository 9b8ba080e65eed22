//! What reports of strangers cannot do: freeze a domain, or certify a rate, under however many
//! addresses and names.

use crate::model::Day;
use crate::model::traffic::{ReportCount, ReporterName};
use crate::model::verdict::{Gate, Verdict};
use crate::model::words::Policy;

use super::super::Judgement;
use super::super::scenario::*;
use super::{assert_verdict, noted, source, unmet};

mod alone;
mod few;

const LIE: u64 = 3_000_000;

/// The same, heard from by these, too.
fn heard(mut scenario: Scenario, by: &[(&str, &str)]) -> Scenario {
    let name = |(org_name, email): &(&str, &str)| ReporterName {
        org_name: (*org_name).into(),
        email: (*email).into(),
    };
    scenario.traffic.reporters.extend(by.iter().map(name));
    scenario
}

/// The numbers of strangers that `heard` adds.
fn strangers(count: u32) -> std::ops::Range<u32> {
    3..3 + count
}

/// A domain whose mail two reporters see: so many messages a day each, and so many fail.
fn seen(scenario: Scenario, messages: u64, failing: u64) -> Scenario {
    let broken = bare().signed(DOMAIN, "s1", "fail");
    (0..2).fold(scenario, |scenario, by| {
        let passing = scenario.mail_seen_by(by, 0..DAYS, "192.0.2.10", &own(), messages);
        passing.mail_seen_by(by, 0..DAYS, "192.0.2.10", &broken, failing)
    })
}

/// At quarantine, 0.6 % of 31,000 messages fail: too many for reject.
fn too_many_fail() -> Scenario {
    seen(Scenario::at("quarantine"), 497, 3)
}

fn rate(judged: &Judgement) -> &Gate {
    judged.advice.gates.iter().find(|gate| gate.gate == "rate").unwrap()
}

/// What the rate says where those tell of three million messages each, on these days.
fn lied_to(names: &[(&str, &str)], on: impl Fn(u32) -> Vec<i32>) -> Judgement {
    let count = u32::try_from(names.len()).unwrap();
    let lied = strangers(count).fold(heard(too_many_fail(), names), |scenario, by| {
        scenario.mail_seen_by(by, on(by), "192.0.2.10", &own(), LIE)
    });
    lied.judge()
}

#[track_caller]
fn assert_certifies_nothing(judged: &Judgement) {
    assert_verdict(Verdict::Hold, None, judged);
    assert_eq!(vec!["rate"], unmet(judged));
    let found = &rate(judged).found;
    assert!(found.starts_with("186 of 31,000 own messages fail, so at most 0.68%"), "{found}");
}

#[test]
fn without_a_lie_the_rate_is_too_high() {
    assert_certifies_nothing(&too_many_fail().judge());
}

#[test]
fn two_addresses_of_a_forger_certify_nothing() {
    let judged = lied_to(&[("Evil", "a@evil.example"), ("Evil", "b@evil.example")], |_| vec![28]);
    assert_certifies_nothing(&judged);
    assert!(
        rate(&judged)
            .found
            .ends_with("(not counted: what Evil suddenly tells, more than all others)")
    );
}

#[test]
fn neither_two_nor_five_names_of_a_forger_certify_anything() {
    let names = ["a", "b", "c", "d", "e"].map(|name| (name, ""));
    let two = lied_to(&names[..2], |_| vec![28]);
    assert_certifies_nothing(&two);
    assert!(rate(&two).found.contains("what a, b suddenly tell, "), "{}", rate(&two).found);
    let five = lied_to(&names, |_| vec![28]);
    assert_certifies_nothing(&five);
    let found = &rate(&five).found;
    assert!(found.contains("what a, b, c and 2 more suddenly tell, "), "{found}");
    let apart = |by: u32| vec![i32::try_from(by).unwrap() * 4];
    assert_certifies_nothing(&lied_to(&names, apart));
    assert_certifies_nothing(&lied_to(&names, |_| vec![2, 9, 16, 23, 30]));
}

#[test]
fn who_tells_little_every_day_cannot_suddenly_tell_much() {
    let scenario = heard(too_many_fail(), &[("patient", "")])
        .mail_seen_by(3, (0..DAYS).filter(|day| *day != 20), "192.0.2.10", &own(), 1)
        .mail_seen_by(3, [20], "192.0.2.10", &own(), LIE);
    let judged = scenario.judge();
    assert_eq!(vec!["rate"], unmet(&judged));
    let found = &rate(&judged).found;
    assert!(found.starts_with("186 of 31,031 own messages fail"), "{found}");
    assert!(found.contains("what patient suddenly tells"), "{found}");
}

#[test]
fn a_provider_that_steadily_tells_nearly_all_is_counted() {
    let judged = seen(Scenario::at("quarantine"), 15, 0).daily("192.0.2.10", &own(), 970).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    let found = &rate(&judged).found;
    assert!(found.starts_with("0 of 31,000 own messages fail"), "{found}");
    assert!(!found.contains("not counted"), "{found}");
}

#[test]
fn a_newsletter_that_all_see_is_counted() {
    // Twenty thousand on one day are more than half of what each of them tells.
    let letter = |scenario: Scenario, by| {
        scenario.mail_seen_by(by, [20], "192.0.2.10", &own(), 20_000 - 5_000 * u64::from(by))
    };
    let judged = letter(letter(too_many_fail(), 0), 1).judge();
    let messages = judged.advice.rate.unwrap().messages;
    assert!((61_000..=66_000).contains(&messages), "{messages}");
}

#[test]
fn who_began_to_write_this_week_is_counted_as_far_as_the_others_go() {
    let rate_of = |messages| {
        let scenario = heard(too_many_fail(), &[("new", "")]);
        scenario.mail_seen_by(3, 26..DAYS, "192.0.2.10", &own(), messages).judge().advice.rate
    };
    assert_eq!(31_000 + 5 * 994, rate_of(994).unwrap().messages);
    let too_much = rate_of(995).unwrap();
    assert_eq!(31_000, too_much.messages);
}

#[test]
fn what_a_stranger_says_fails_is_believed() {
    let judged = heard(seen(Scenario::at("quarantine"), 500, 0), &[("a", ""), ("b", "")])
        .mail_seen_by(3, [20], "192.0.2.10", &bare().signed(DOMAIN, "s1", "fail"), 400)
        .mail_seen_by(4, [20], "192.0.2.10", &own(), LIE)
        .judge();
    assert!(unmet(&judged).contains(&"rate"), "{:#?}", judged.advice);
    assert_eq!(400, judged.advice.rate.unwrap().failures);
}

#[test]
fn a_lie_does_not_move_what_is_likely_to_fail() {
    let likely = |judged: &Judgement| judged.advice.what_if.likely.unwrap();
    let honest = likely(&too_many_fail().judge());
    let lied = lied_to(&[("Evil", "a@evil.example"), ("Evil", "b@evil.example")], |_| vec![28]);
    assert_eq!(honest, likely(&lied));
    assert!(honest.low > 0, "{honest:?}");
}

#[test]
fn the_days_that_are_printed_are_those_of_the_bound() {
    let honest = rate(&too_many_fail().judge()).arithmetic.clone();
    let judged = lied_to(&[("Evil", "a@evil.example")], |_| vec![28]);
    let lines = &rate(&judged).arithmetic;
    assert_eq!("not counted: what Evil suddenly tells, more than all others", lines[0]);
    assert_eq!(honest, lines[1..], "the lie is in no line");
}

#[test]
fn what_decides_together_is_printed() {
    let below = |mut mail: Mail| {
        mail.0.header_from = format!("news.{DOMAIN}");
        mail
    };
    let judged = Scenario::at("none")
        .daily("192.0.2.10", &own(), 3)
        .daily("198.51.100.7", &below(own()), 3)
        .judge();
    let gate = rate(&judged);
    assert!(gate.passed, "{gate:?}");
    assert!(gate.found.starts_with("0 of 186 own messages fail, so at most 1.6"), "{}", gate.found);
    let lines = &gate.arithmetic;
    assert!(lines[0].contains("0 of 93 own messages"), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("N = 186 own messages on D = 31")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("0.05^(1 / 186)")), "{lines:#?}");
}

#[test]
fn a_forger_with_many_reports_a_day_freezes_nobody() {
    let mut scenario =
        heard(seen(Scenario::at("quarantine"), 500, 0), &[("Evil", "x@evil.example")])
            .then("none")
            .reports(0..DAYS, 3..4);
    for report in scenario.traffic.reports.iter_mut().filter(|report| report.reporter == 3) {
        report.reports = 600;
    }
    scenario.traffic.reports.sort_by_key(|report| (report.day, report.reporter));
    let judged = scenario.judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    let history: Vec<_> = judged.advice.policy_history.iter().map(|span| span.p.as_str()).collect();
    assert_eq!(vec!["quarantine"], history);
    assert!(!noted(&judged, "the present record"));
}

#[test]
fn two_names_of_a_forger_make_no_day() {
    // A day that nobody else wrote of: two addresses are one organisation, which shows no policy.
    let evil = [("Evil", "a@evil.example"), ("Sister", "b@mx.evil.example")];
    let mut scenario = heard(seen(Scenario::at("quarantine"), 500, 0), &evil);
    let day = Day(LAST - 2);
    scenario.traffic.reports.retain(|report| report.day != day);
    let mut scenario = scenario.then("reject").reports(DAYS - 3..DAYS - 2, 3..5);
    scenario.traffic.reports.sort_by_key(|report| (report.day, report.reporter));
    let judged = scenario.judge();
    let history: Vec<_> = judged.advice.policy_history.iter().map(|span| span.p.as_str()).collect();
    assert_eq!(vec!["quarantine"], history);
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
}

#[test]
fn only_a_record_that_was_given_is_spoken_of() {
    let given = Scenario::at("none").own().published("v=DMARC1; p=quarantine");
    assert!(noted(&given.judge(), "the present record says p=quarantine"));
    // No day shows the policy that was seen last: none is counted, and none was given.
    let mut unread = Scenario::at("quarantine").own();
    unread.traffic.reports.iter_mut().for_each(|report| report.policy = 99);
    assert!(!noted(&unread.judge(), "the present record"));
}

#[test]
fn a_tag_is_not_outvoted_by_many_reports_of_one() {
    let evil = heard(seen(Scenario::with(|p| p.pct = Some("100".into())), 500, 0), &[("Evil", "")]);
    let mut scenario = evil.seeing(|policy| policy.pct = Some("10".into())).reports(0..DAYS, 3..4);
    scenario.traffic.reports.iter_mut().filter(|r| r.reporter == 3).for_each(|r| r.reports = 600);
    scenario.traffic.reports.sort_by_key(|report| (report.day, report.reporter));
    let judged = scenario.judge();
    assert!(!judged.advice.rollback.as_deref().unwrap_or_default().contains("pct=10"));
}

#[test]
fn two_names_of_a_forger_talk_no_failing_sender_healthy() {
    let broken = seen(Scenario::at("none"), 90, 10);
    let names = heard(broken, &[("a", ""), ("b", "")]);
    let lied = strangers(2)
        .fold(names, |scenario, by| scenario.mail_seen_by(by, [28], "192.0.2.10", &own(), LIE));
    let judged = lied.judge();
    assert_verdict(Verdict::Fix, None, &judged);
    let rule = &source(&judged, "192.0.2.0/24").rule;
    assert!(rule.starts_with("without a, b, which tell 99.9% of its mail: "), "{rule}");
}

#[test]
fn days_that_one_stranger_made_are_no_month() {
    let real = Scenario::empty().reports(26..DAYS, 0..2).mail(26..DAYS, "192.0.2.10", &own(), 100);
    let mut forged = heard(real, &[("liar", "")]);
    let (first, report) = (Day(LAST - DAYS + 1), forged.traffic.reports[0].clone());
    let back = (0..26).map(|at| ReportCount { day: first.plus(at), reporter: 3, ..report.clone() });
    forged.traffic.reports = back.chain(std::mem::take(&mut forged.traffic.reports)).collect();
    let judged = forged.judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert!(
        judged.advice.gates[0].found.starts_with("10 days"),
        "{}",
        judged.advice.gates[0].found
    );
}
