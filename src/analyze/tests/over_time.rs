//! What time does: faults that are over, the history of the policy, the way back, and the wait.

use crate::analyze::{Question, Thresholds, moved};
use crate::model::Day;
use crate::model::traffic::ReportCount;
use crate::model::verdict::{Class, Health, Verdict};
use crate::model::words::{Disposition, Policy};

use super::super::scenario::*;
use super::{assert_verdict, source, unmet};

const SERVER: &str = "192.0.2.10";

/// Mail whose signature does not verify, from the server that signs.
fn broken() -> Mail {
    bare().signed(DOMAIN, "s2", "fail").bounces("mail.shop.example", "fail")
}

#[test]
fn a_fault_that_is_over_is_waited_for_and_not_mended() {
    let judged = Scenario::at("none")
        .mail(0..12, SERVER, &own(), 100)
        .mail(12..14, SERVER, &broken(), 100)
        .mail(14..DAYS, SERVER, &own(), 100)
        .judge();
    assert_eq!(Some(Health::Misconfigured), source(&judged, "192.0.2.0/24").health);
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["rate"], unmet(&judged));
    assert!(
        judged.advice.headline.contains("failed until 2026-11-03"),
        "{}",
        judged.advice.headline
    );
    // the bad days leave the window of 31 days
    assert_eq!(Some(Day(LAST - DAYS + 1 + 13 + 31)), judged.advice.not_before);
}

#[test]
fn a_fault_that_goes_on_or_whose_addresses_are_silent_is_mended() {
    let until_the_end = Scenario::at("none")
        .mail(0..29, SERVER, &own(), 100)
        .mail(29..DAYS, SERVER, &broken(), 100)
        .judge();
    assert_verdict(Verdict::Fix, None, &until_the_end);
    let monthly = Scenario::at("none")
        .own()
        .mail([10], "192.0.2.77", &bare().bounces(DOMAIN, "softfail"), 70)
        .judge();
    assert_verdict(Verdict::Fix, None, &monthly);
}

#[test]
fn what_the_policy_was_is_told_and_time_counts_the_present_step() {
    let judged = Scenario::empty()
        .reports(0..8, 0..2)
        .then("quarantine")
        .reports(8..DAYS, 0..2)
        .own()
        .judge();
    let spans: Vec<_> =
        judged.advice.policy_history.iter().map(|s| (s.p.as_str(), s.from, s.to, s.days)).collect();
    let (first, last) = (Day(LAST - DAYS + 1), Day(LAST));
    let expected = vec![("none", first, first.plus(7), 8), ("quarantine", first.plus(8), last, 23)];
    assert_eq!(expected, spans);
    assert_eq!(vec!["time"], unmet(&judged));
    let text = &judged.advice.gates[0].arithmetic;
    assert!(
        text.iter().any(|line| line.contains("p=none from 2026-10-21 to 2026-10-28")),
        "{text:?}"
    );
}

#[test]
fn reports_before_the_window_count_for_the_time() {
    let mut scenario = Scenario::at("none").own();
    scenario.traffic.policies_before = scenario
        .traffic
        .reports
        .iter()
        .map(|report| ReportCount { day: report.day.plus(-31), ..report.clone() })
        .collect();
    let judged = scenario.judge();
    assert!(
        judged.advice.gates[0].found.starts_with("62 days"),
        "{}",
        judged.advice.gates[0].found
    );
    assert_eq!(1, judged.advice.policy_history.len());
}

#[test]
fn a_move_is_known_by_its_first_day() {
    let limits = Thresholds::default();
    let day =
        |scenario: &Scenario| moved(&scenario.traffic, &Question::new(scenario.window, &limits));
    let first = Day(LAST - DAYS + 1);
    let moved = Scenario::empty().reports(0..8, 0..2).then("quarantine").reports(8..DAYS, 0..2);
    assert_eq!(Some(first.plus(8)), day(&moved));
    assert_eq!(None, day(&Scenario::at("quarantine")), "what was before is not known");
    assert_eq!(None, day(&Scenario::at("none")));
    let back = Scenario::with(|p| p.p = Some(Policy::Reject)).then("none").reports(5..DAYS, 0..3);
    assert_eq!(None, day(&back), "nothing is enforced");
}

#[test]
fn an_old_fault_is_mended_and_a_new_one_is_gone_back_from() {
    let hit = broken().met(Disposition::Reject);
    let mut old =
        Scenario::at("reject").mail(0..DAYS, SERVER, &own(), 100).mail(0..DAYS, SERVER, &hit, 5);
    assert_verdict(Verdict::Rollback, Some(Policy::Quarantine), &old.judge());
    old.traffic.policies_before = (31..100)
        .rev()
        .flat_map(|age| old.traffic.reports[..2].iter().map(move |report| (age, report)))
        .map(|(age, report)| ReportCount { day: Day(LAST - age), ..report.clone() })
        .collect();
    assert_verdict(Verdict::Fix, None, &old.judge());
    let new = Scenario::at("reject")
        .mail(0..DAYS, SERVER, &own(), 100)
        .mail(20..DAYS, SERVER, &hit, 10)
        .judge();
    assert_verdict(Verdict::Rollback, Some(Policy::Quarantine), &new);
    let over = Scenario::at("reject")
        .mail(0..DAYS, SERVER, &own(), 100)
        .mail(10..13, SERVER, &hit, 60)
        .judge();
    assert_verdict(Verdict::Stay, None, &over);
    assert_eq!(Class::Own, source(&over, "192.0.2.0/24").class);
}

#[test]
fn no_day_that_is_told_lies_in_the_past() {
    let scenario = Scenario::empty().reports(5..DAYS, 0..2).own();
    let told = |today: Option<i32>| {
        let limits = Thresholds::default();
        let question =
            Question { today: today.map(Day), ..Question::new(scenario.window, &limits) };
        crate::analyze::judge(&scenario.traffic, &question).advice.not_before
    };
    assert_eq!(Some(Day(LAST + 5)), told(None));
    assert_eq!(Some(Day(LAST + 5)), told(Some(LAST + 1)));
    assert_eq!(Some(Day(LAST + 103)), told(Some(LAST + 100)), "reports come two days late");
}

#[test]
fn too_few_messages_are_waited_for_where_enough_can_come() {
    let judged = Scenario::empty().reports(0..28, 0..2).mail(0..28, SERVER, &own(), 5).judge();
    assert_eq!(vec!["time", "rate"], unmet(&judged));
    assert_eq!(
        None, judged.advice.not_before,
        "5 a day are 155 a month, but 4.5 a day of the window are not"
    );
    let judged = Scenario::empty()
        .within(Some(crate::model::Window {
            from: Day(LAST - DAYS + 1),
            to: Day(LAST - DAYS + 20),
        }))
        .reports(0..20, 0..2)
        .mail(0..20, SERVER, &own(), 6)
        .judge();
    assert_eq!(vec!["time", "rate"], unmet(&judged));
    assert_eq!(Some(Day(LAST - DAYS + 20 + 11)), judged.advice.not_before);
}
