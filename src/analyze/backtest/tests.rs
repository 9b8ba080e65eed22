use super::*;
use crate::analyze::Thresholds;
use crate::analyze::scenario::{LAST, Scenario, bare, own, service};
use crate::model::traffic::ConflictCount;
use crate::model::words::Policy;
use crate::model::{Knowledge, Label, LabelWord};

mod subdomains;

/// The first day of these histories; scenarios count days from here.
const FIRST: i32 = LAST - 30;

/// Everything arrives on the day after.
fn history(scenario: Scenario) -> History {
    let traffic = scenario.traffic;
    let report_arrivals = traffic.reports.iter().map(|report| report.day.plus(1)).collect();
    let row_arrivals = traffic.rows.iter().map(|row| row.day.plus(1)).collect();
    History { traffic, report_arrivals, row_arrivals, ..History::default() }
}

/// Reports of so many days, by two reporters.
fn reported(days: i32) -> Scenario {
    Scenario::empty().reports(0..days, 0..2)
}

fn test(history: &History) -> Backtest {
    backtest(history, &Question::new(None, &Thresholds::default()))
}

fn sent(followed: &Followed) -> Option<i32> {
    followed.ready.map(|day| day.0 - FIRST)
}

#[test]
fn a_clean_domain_is_ready_when_its_month_is_over_and_nothing_is_hit() {
    let found = test(&history(reported(90).mail(0..90, "192.0.2.10", &own(), 100)));
    let days = i32::try_from(Thresholds::default().observed_span).unwrap();
    assert_eq!(Some(days), sent(&found.gates), "reports of so many days have come then");
    assert_eq!(Some(Some("quarantine")), found.gates.ready.map(|_| found.next.as_deref()));
    assert_eq!((0, 3_000, 30), (found.gates.hit, found.gates.own, found.gates.days_after));
    assert_eq!(Some(14), sent(&found.raw));
    assert_eq!(("none", 90), (found.policy.as_str(), found.days()));
    let given: u32 = found.verdicts.iter().map(|verdict| verdict.days).sum();
    assert_eq!(90, given, "one verdict an evening, from the first arrival to the last");
}

#[test]
fn the_plain_rule_moves_before_the_monthly_run_and_never_under_forgeries() {
    let runs = reported(120).mail(0..120, "192.0.2.10", &own(), 100).mail(
        [20, 50, 80, 110],
        "203.0.113.9",
        &service("invoicing.example"),
        40,
    );
    let found = test(&history(runs));
    assert_eq!((Some(14), 40), (sent(&found.raw), found.raw.unanswered));
    assert_eq!(None, sent(&found.gates), "the run is asked about");
    // forgers move on: each network sends for a few days
    let mut forgeries = reported(60).mail(0..60, "192.0.2.10", &own(), 100);
    for net in 0..20 {
        let days = 3 * net..3 * net + 3;
        forgeries = forgeries.mail(days, &format!("198.51.{net}.1"), &bare(), 40);
    }
    let found = test(&history(forgeries));
    assert_eq!(None, sent(&found.raw));
    assert!(found.gates.ready.is_some());
}

#[test]
fn what_fails_after_the_move_is_wrong_if_more_was_not_predicted() {
    let broken = own().unaligned();
    let later = reported(90).mail(0..40, "192.0.2.10", &own(), 100).mail(
        40..90,
        "192.0.2.10",
        &broken,
        100,
    );
    let found = test(&history(later)).gates;
    let ready = sent(&found).unwrap();
    let hit = u64::try_from(ready + 30 - 39).unwrap() * 100;
    assert_eq!((hit, true), (found.hit, found.wrong));
    assert!(found.at_most.is_some_and(|most| most < 12), "{found:?}");
}

#[test]
fn a_past_day_knows_nothing_that_arrived_later() {
    let mut late = history(reported(60).mail(0..60, "192.0.2.10", &own(), 100).mail(
        10..60,
        "192.0.2.77",
        &own().unaligned(),
        5,
    ));
    let broken = 1; // the second fingerprint
    let rows = late.traffic.rows.iter().zip(&mut late.row_arrivals);
    rows.filter(|(row, _)| row.fingerprint == broken).for_each(|(_, at)| *at = at.plus(40));
    let replay = Replay::new(&late, 31);
    let mut traffic = replay.nothing();
    for day in replay.days() {
        let window = replay.arrived_by(day, &mut traffic).unwrap();
        let known = late.traffic.rows.iter().zip(&late.row_arrivals);
        let known = known.filter(|(row, at)| **at <= day && window.contains(row.day));
        let expected: Vec<_> = known.map(|(row, _)| row.clone()).collect();
        assert_eq!(expected, traffic.rows, "{day}");
        assert_eq!(day.plus(-1), window.to);
        assert!(traffic.reports.iter().all(|report| window.contains(report.day)));
    }
}

#[test]
fn who_sent_before_the_window_is_known_and_so_is_the_policy() {
    let history = history(reported(80).mail([0, 60], "192.0.2.10", &own(), 1));
    let replay = Replay::new(&history, 31);
    let mut traffic = replay.nothing();
    let window = replay.arrived_by(Day(FIRST + 75), &mut traffic).unwrap();
    assert_eq!((44, 74), (window.from.0 - FIRST, window.to.0 - FIRST));
    assert_eq!(vec![Day(FIRST + 60)], traffic.rows.iter().map(|row| row.day).collect::<Vec<_>>());
    let earlier: Vec<_> = traffic.earlier.iter().map(|row| row.first_day).collect();
    assert_eq!(vec![Day(FIRST)], earlier);
    assert_eq!(44 * 2, traffic.policies_before.len());
}

#[test]
fn a_report_from_the_future_moves_no_window() {
    let mut history = history(reported(40).mail(0..40, "192.0.2.10", &own(), 100));
    let mut forged = history.traffic.reports[79].clone();
    forged.day = Day(FIRST + 4_000);
    history.traffic.reports.push(forged);
    history.report_arrivals.push(Day(FIRST + 10));
    let replay = Replay::new(&history, 31);
    let window = replay.arrived_by(Day(FIRST + 20), &mut replay.nothing()).unwrap();
    assert_eq!(Day(FIRST + 19), window.to);
}

#[test]
fn at_quarantine_the_step_to_reject_is_tested_and_at_reject_none() {
    let at = |policy: &str| {
        let scenario = Scenario::empty().seeing(|record| record.p = Some(Policy::parse(policy)));
        test(&history(scenario.reports(0..90, 0..2).mail(0..90, "192.0.2.10", &own(), 100)))
    };
    let quarantine = at("quarantine");
    assert_eq!(("quarantine", Some("reject")), (&*quarantine.policy, quarantine.next.as_deref()));
    let reject = at("reject");
    assert_eq!((None, None), (reject.gates.ready, reject.raw.ready));
    assert_eq!(vec!["stay"], reject.verdicts.iter().map(|v| v.verdict).collect::<Vec<_>>());
}

#[test]
fn after_the_owner_has_moved_another_step_is_not_mistaken_for_the_first() {
    let moved = Scenario::empty()
        .reports(0..20, 0..2)
        .then("quarantine")
        .reports(20..90, 0..2)
        .mail(0..90, "192.0.2.10", &own(), 100);
    let found = test(&history(moved));
    assert_eq!(("none", None), (found.policy.as_str(), found.gates.ready));
}

#[test]
fn nothing_comes_of_nothing() {
    let found = test(&History::default());
    assert_eq!((0, 0), (found.days(), found.verdicts.len()));
    assert_eq!(Followed::default(), found.gates);
    let mut forged = reported(60);
    for day in 0..60 {
        forged = forged.mail([day], &format!("198.51.{day}.1"), &bare(), 2);
    }
    let parked = test(&history(forged));
    assert_eq!(Some("reject"), parked.next.as_deref());
    assert_eq!((0, false), (parked.gates.hit, parked.gates.wrong));
}

#[test]
fn sums_are_over_domains_with_enough_days() {
    let long = test(&history(reported(90).mail(0..90, "192.0.2.10", &own(), 100)));
    let short = test(&history(reported(40).mail(0..40, "192.0.2.10", &own(), 100)));
    assert!(short.gates.ready.is_some());
    let sums = portfolio(&[long.clone(), short]);
    assert_eq!((1, 1, 0), (sums.domains, sums.gates.ready, sums.gates.wrong));
    assert_eq!(long.gates.days_to_ready, sums.gates.median_days);
    assert_eq!(Some(0.0), sums.gates.false_ready());
}

#[test]
fn a_label_is_known_from_the_day_on_which_it_was_set() {
    let sends = service("invoicing.example");
    let mut history = history(reported(120).mail(0..120, "192.0.2.10", &own(), 100).mail(
        0..120,
        "203.0.113.9",
        &sends,
        5,
    ));
    let label = Label {
        domain: "*".into(),
        source: "invoicing.example".into(),
        label: LabelWord::Theirs,
        note: String::new(),
    };
    let knowledge = Knowledge { labels: vec![label], ..Knowledge::default() };
    let limits = Thresholds::default();
    let asked = Question { knowledge: &knowledge, ..Question::new(None, &limits) };
    let first = sent(&backtest(&history, &asked).gates).unwrap();
    assert!(first < 40, "{first}: of what has no day, it was always known");
    history.labels_set = vec![Day(FIRST + 70)];
    assert_eq!(Some(70), sent(&backtest(&history, &asked).gates));
    history.labels_set = vec![Day(FIRST + 400)];
    let never = backtest(&history, &asked).gates;
    assert_eq!(None, sent(&never), "until today it was asked about");
}

#[test]
fn a_move_is_compared_with_the_month_before_as_the_survey_does() {
    let scenario = Scenario::empty().reports(0..50, 0..2).then("quarantine").reports(50..80, 0..2);
    let history = history(scenario.mail(0..80, "192.0.2.10", &own(), 100));
    let replay = Replay::new(&history, 31);
    let mut before = replay.nothing();
    replay.month_before(Day(FIRST + 50), Day(FIRST + 80), &mut before);
    let days: Vec<i32> = before.rows.iter().map(|row| row.day.0 - FIRST).collect();
    assert_eq!((19..50).collect::<Vec<_>>(), days);
}

/// On these days, as many reports contradict earlier ones as count.
fn contradicted(days: std::ops::Range<i32>) -> Vec<ConflictCount> {
    let of = |at: i32| {
        let day = Day(FIRST + at);
        ConflictCount { day, arrival: day.plus(1), reports: 2 }
    };
    days.map(of).collect()
}

#[test]
fn where_reports_contradict_each_other_no_past_day_was_ready() {
    let mut history = history(reported(90).mail(0..90, "192.0.2.10", &own(), 100));
    assert!(test(&history).gates.ready.is_some());
    history.conflicts = contradicted(0..90);
    let found = test(&history);
    assert_eq!(None, sent(&found.gates));
    assert_eq!(vec!["hold"], found.verdicts.iter().map(|v| v.verdict).collect::<Vec<_>>());
    assert!(found.raw.ready.is_some(), "the plain rule knows of no doubt");
}

#[test]
fn a_contradiction_counts_from_the_day_it_came_while_its_day_is_in_the_window() {
    let mut history = history(reported(90).mail(0..90, "192.0.2.10", &own(), 100));
    let late = |found: ConflictCount| ConflictCount { arrival: Day(FIRST + 60), ..found };
    history.conflicts = contradicted(35..50).into_iter().map(late).collect();
    assert_eq!(Some(31), sent(&test(&history).gates), "nothing was known of them then");
    let replay = Replay::new(&history, 31);
    let mut traffic = replay.nothing();
    let known = [59, 60, 70, 90].map(|day| {
        replay.arrived_by(Day(FIRST + day), &mut traffic);
        traffic.conflicts
    });
    assert_eq!([0, 30, 22, 0], known, "on day 70 the window begins on day 39, on day 90 on 59");
}
