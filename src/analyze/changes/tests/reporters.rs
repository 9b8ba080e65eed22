//! Who fell silent, who writes again, and when a silence calls a person.

use super::*;
use crate::analyze::changes::reporters;

const TODAY: Day = Day(scenario::LAST + 1);

/// Somebody who wrote on so many days up to so many days ago.
fn reporter(name: &str, days: u32, ago: i32) -> ReporterDays {
    let last = TODAY.plus(-ago);
    let first = last.plus(1 - i32::try_from(days).unwrap());
    ReporterDays { reporter: name.into(), days, first, last }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn heard(days: &[ReporterDays], before: &[&str]) -> ReporterChanges {
    let newest = days.iter().map(|reporter| reporter.last).max();
    let before = NotedRun { silent_reporters: names(before), ..run(0, None) };
    reporters(days, newest, TODAY, &before)
}

/// What was noted by somebody whose first run was so many days ago, and who was told of a silence so
/// many days ago.
fn run(first: i32, told: Option<i32>) -> NotedRun {
    let at = |ago: i32| i64::from(TODAY.plus(-ago).0) * 86_400;
    NotedRun { first_at: at(first), silence_told: told.map(at), ..NotedRun::default() }
}

#[test]
fn who_writes_daily_and_stops_is_told_once() {
    let days = [reporter("google.com", 27, 1), reporter("Yahoo", 20, 6)];
    let told = heard(&days, &[]);
    let silent = SilentReporter { reporter: "Yahoo".into(), last: TODAY.plus(-6) };
    assert_eq!((vec![silent], None), (told.silent, told.silence));
    assert_eq!(names(&["Yahoo"]), told.still);
    let told = heard(&days, &["Yahoo"]);
    assert_eq!((0, names(&["Yahoo"])), (told.silent.len(), told.still));
}

#[test]
fn who_was_silent_so_long_that_no_day_is_left_is_still_silent() {
    let told = heard(&[reporter("google.com", 27, 1)], &["Yahoo"]);
    assert_eq!((0, 0, names(&["Yahoo"])), (told.silent.len(), told.back.len(), told.still));
}

#[test]
fn who_writes_again_is_told() {
    let days = [reporter("google.com", 27, 1), reporter("Yahoo", 2, 2)];
    let told = heard(&days, &["Yahoo"]);
    assert_eq!((vec!["Yahoo".to_owned()], names(&[])), (told.back, told.still));
}

#[test]
fn a_day_or_two_of_silence_and_irregular_reporters_are_not_told() {
    let weekly = ReporterDays { days: 10, ..reporter("weekly", 60, 8) };
    let days =
        [reporter("google.com", 27, 1), reporter("late", 27, 5), reporter("new", 4, 9), weekly];
    assert_eq!(0, heard(&days, &[]).silent.len());
}

#[test]
fn a_stopped_mailbox_is_one_line_and_not_thirty() {
    let days: Vec<_> = (0..30).map(|n| reporter(&n.to_string(), 20, 7 + n % 9)).collect();
    let told = heard(&days, &[]);
    let silence = Silence { last: Some(TODAY.plus(-7)), days: 7, needs_person: true };
    assert_eq!((Some(silence), 0), (told.silence, told.silent.len()));
}

#[test]
fn a_silence_calls_a_person_at_first_and_then_once_a_week() {
    let days = [reporter("google.com", 20, 30)];
    let calls = |told| {
        let newest = Some(TODAY.plus(-30));
        reporters(&days, newest, TODAY, &run(40, told)).silence.unwrap().needs_person
    };
    assert!(calls(None));
    for (ago, expected) in [(0, false), (1, false), (6, false), (7, true), (30, true), (-3, true)] {
        assert_eq!(expected, calls(Some(ago)), "told {ago} days ago");
    }
}

#[test]
fn a_store_that_stays_empty_is_silent_from_five_days_after_the_first_run_on() {
    let silence = |first| reporters(&[], None, TODAY, &run(first, None)).silence;
    assert_eq!(None, silence(4));
    assert_eq!(Some(Silence { last: None, days: 5, needs_person: true }), silence(5));
    assert_eq!(None, silence(-5), "a clock that was wrong");
}

#[test]
fn a_strangers_report_does_not_hide_that_a_mailbox_has_stopped() {
    let days = [reporter("google.com", 20, 7), reporter("stranger", 1, 0)];
    let silence = Silence { last: Some(TODAY.plus(-7)), days: 7, needs_person: true };
    assert_eq!(Some(silence), heard(&days, &[]).silence);
}

#[test]
fn a_domain_with_weekly_reports_is_not_silent_in_between() {
    let weekly = ReporterDays { days: 4, ..reporter("weekly", 22, 8) };
    assert_eq!(None, heard(std::slice::from_ref(&weekly), &[]).silence);
    let stopped = ReporterDays { last: TODAY.plus(-14), ..weekly };
    assert_eq!(14, heard(&[stopped], &[]).silence.unwrap().days);
}

#[test]
fn an_empty_store_is_not_silent() {
    assert_eq!(ReporterChanges::default(), heard(&[], &[]));
}

#[test]
fn days_at_the_ends_of_time_do_not_overflow() {
    let at = |first: i32, last: i32| ReporterDays {
        reporter: String::new(),
        days: 20,
        first: Day(first),
        last: Day(last),
    };
    let days = [at(i32::MIN, i32::MAX), at(i32::MIN, i32::MIN)];
    let _ = reporters(&days, Some(Day(i32::MAX)), Day(i32::MIN), &run(0, None));
    let _ = reporters(&days[1..], Some(Day(i32::MIN)), Day(i32::MAX), &run(0, None));
    let ends = NotedRun { first_at: i64::MIN, silence_told: Some(i64::MAX), ..run(0, None) };
    let _ = reporters(&[], None, Day(i32::MAX), &ends);
}
