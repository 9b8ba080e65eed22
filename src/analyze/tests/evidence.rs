//! Which evidence lets a domain move, and what it waits for.

use crate::model::verdict::{Class, Verdict};
use crate::model::words::{Policy, Testing};
use crate::model::{Day, PolicyPublished, Window};

use super::super::scenario::*;
use super::{assert_verdict, noted, source, unmet};

#[test]
fn forty_percent_of_forgeries_do_not_delay_the_move() {
    let judged = Scenario::at("none").own().forgeries(67, &forged()).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!(67 * 31, judged.advice.what_if.worst_case.forged);
    assert_eq!(0, judged.advice.what_if.worst_case.own);
}

#[test]
fn silence_between_reports_is_normal_for_a_parked_domain() {
    let seldom = Scenario::empty().reports(0..1, 0..2).reports(29..30, 0..1);
    let judged = seldom.mail([0, 29], "198.51.100.7", &forged(), 1).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
}

#[test]
fn a_parked_domain_seen_for_nine_days_waits() {
    let judged = Scenario::empty().reports(22..31, 0..2).judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(Some(Day(LAST + 19)), judged.advice.not_before);
    assert!(judged.advice.headline.contains("sends nothing so far"));
}

#[test]
fn a_parked_domain_with_one_real_sender_is_not_parked() {
    let parked = Scenario::at("none").forgeries(8, &forged());
    let judged = parked.mail([3, 12, 20], "203.0.113.9", &forged(), 4).judge();
    assert_verdict(Verdict::Review, None, &judged);
    assert_eq!(Class::Asks, source(&judged, "203.0.113.0/24").class);
}

#[test]
fn a_quiet_domain_holds_for_want_of_messages() {
    let judged = Scenario::at("none").mail((0..31).step_by(4), "192.0.2.10", &own(), 1).judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["rate"], unmet(&judged));
    assert!(noted(&judged, "8 own messages are too few"), "{:?}", judged.advice.notes);
    assert_eq!(None, judged.advice.not_before);
}

#[test]
fn one_reporter_is_not_enough() {
    let judged = Scenario::empty().reports(0..31, 0..1).own().judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["coverage"], unmet(&judged));
    assert_eq!(None, judged.advice.not_before);
}

#[test]
fn gaps_in_the_reports_hold_the_move_until_enough_days_have_them() {
    let judged = Scenario::empty().reports(0..8, 0..2).reports(17..31, 0..2).own().judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["time", "coverage"], unmet(&judged));
    // 25 of 31 days are 80 %: of the nine days without reports, three must leave the month
    assert_eq!(Some(Day(LAST + 11)), judged.advice.not_before);
}

#[test]
fn a_sender_that_began_yesterday_must_be_watched_for_a_fortnight() {
    let new = bare().signed(DOMAIN, "k2", "pass").bounces(DOMAIN, "pass");
    let scenario = || Scenario::at("none").own().mail([29, 30], "203.0.113.9", &new, 5);
    let judged = scenario().judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["stability"], unmet(&judged));
    assert_eq!(Some(Day(LAST + 13)), judged.advice.not_before);
    assert!(judged.advice.headline.contains("203.0.113.0/24"), "{}", judged.advice.headline);
    let judged = scenario().earlier("203.0.113.77", &new, -40).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn a_new_address_with_a_known_signature_is_no_new_sender() {
    let judged = Scenario::at("none").own().mail([29, 30], "203.0.113.9", &own(), 5).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn where_no_own_source_is_new_it_is_not_said_that_there_is_none() {
    let below = own().from("news.shop.example");
    let scenario = Scenario::at("none").daily("203.0.113.9", &below, 50);
    let judged = scenario.mail(5..DAYS, "192.0.2.10", &own(), 100).judge();
    let stability = judged.advice.gates.iter().find(|gate| gate.gate == "stability").unwrap();
    assert_eq!("no own source is a new sender", stability.found);
}

#[test]
fn one_forged_report_does_not_change_the_policy() {
    let failing = service("mcsv.net");
    let real = Scenario::at("none").own().daily("198.51.100.7", &failing, 20);
    let forged = real.then("reject").reports(30..31, 2..3);
    let judged = forged.judge();
    assert_eq!("none", judged.summary.policy);
    assert_verdict(Verdict::Review, None, &judged);
    assert!(!unmet(&judged).contains(&"time"), "{:?}", judged.advice.gates);
    // nor does one that is dated a day later than all the others
    let later = Scenario::empty().reports(0..30, 0..2).then("reject").reports(30..31, 2..3);
    let judged = later.own().judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn a_change_that_most_reporters_saw_counts_at_once() {
    let moved = Scenario::empty().reports(0..30, 0..3).then("quarantine").reports(30..31, 0..2);
    assert_eq!("quarantine", moved.own().judge().summary.policy);
}

#[test]
fn at_reject_few_reports_are_no_praise() {
    let judged = Scenario::empty().then("reject").reports(29..31, 0..1).own().judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert!(judged.advice.headline.contains("few reports"), "{}", judged.advice.headline);
}

#[test]
fn one_reporter_with_nearly_all_the_mail_is_spoken_of() {
    let swamped = Scenario::at("none").own().mail_seen_by(1, [30], "192.0.2.10", &own(), 1 << 53);
    assert!(
        noted(&swamped.judge(), "told by one reporter, Yahoo"),
        "{:?}",
        swamped.judge().advice.notes
    );
    let shared = Scenario::at("none").own().mail_seen_by(1, 0..31, "192.0.2.10", &own(), 50);
    assert!(!noted(&shared.judge(), "told by one reporter"));
}

#[test]
fn a_policy_that_changed_last_week_is_observed_anew() {
    let changed = Scenario::empty().reports(0..24, 0..2).then("quarantine").reports(24..31, 0..2);
    let judged = changed.own().judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!("quarantine", judged.advice.policy);
    assert_eq!("not enough evidence yet: 7 of 28 days at p=quarantine", judged.advice.headline);
    assert_eq!(Some(Day(LAST + 24)), judged.advice.not_before);
}

#[test]
fn no_traffic_at_all_is_said_plainly() {
    let month = Window { from: Day(LAST - 30), to: Day(LAST) };
    for window in [Some(month), None] {
        let judged = Scenario::empty().within(window).judge();
        assert_verdict(Verdict::Hold, None, &judged);
        assert!(judged.advice.headline.starts_with("no reports"));
        assert_eq!(("", None), (judged.advice.policy.as_str(), judged.advice.rollback));
    }
}

#[test]
fn coverage_looks_at_the_last_month_however_long_the_window_is() {
    let since = |scenario: Scenario| {
        let window = Some(Window { from: Day(LAST - 130), to: Day(LAST) });
        scenario.own().within(window).judge()
    };
    let long_ago = || Scenario::empty().reports(-100..-90, 0..2);
    let judged = since(long_ago().reports(0..31, 0..1));
    assert_eq!(vec!["coverage"], unmet(&judged));
    assert_eq!("1 reporter, reports on 31 of 31 days", judged.advice.gates[1].found);
    let judged = since(long_ago().reports(0..31, 0..2));
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn days_of_a_sample_or_of_test_mode_do_not_count_towards_reject() {
    for (part, full) in [("pct", 7), ("t", 7)] {
        let in_part = |policy: &mut PolicyPublished| match part {
            "pct" => policy.pct = Some("25".into()),
            _ => policy.testing = Some(Testing::Yes),
        };
        let in_full = |policy: &mut PolicyPublished| match part {
            "pct" => policy.pct = Some("100".into()),
            _ => policy.testing = Some(Testing::No),
        };
        let judged = Scenario::empty()
            .then("quarantine")
            .seeing(in_part)
            .reports(0..31 - full, 0..2)
            .seeing(in_full)
            .reports(31 - full..31, 0..2)
            .own()
            .judge();
        assert_verdict(Verdict::Hold, None, &judged);
        assert_eq!("7 days with reports at p=quarantine", judged.advice.gates[0].found);
    }
}
