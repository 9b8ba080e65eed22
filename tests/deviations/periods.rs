//! Section 4.3, second half: the period, and the day that a report counts for.

use ruaudit::model::{Day, Report};

use super::build::{BEGIN, Xml};
use super::check::{assert_issues, clean, messages, outcomes, read, rows, store, traffic};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// The day that a report counts for, asked of the rule and of the store; they must agree.
#[track_caller]
fn day(report: &Report, input: Xml) -> String {
    let (store, _) = store(&[input.into()]);
    let stored = traffic(&store).rows[0].day;
    assert_eq!(Day::of_period(report.begin, report.end), stored);
    stored.to_string()
}

/// Asserts that a report about this period has no issue and counts for this day.
#[track_caller]
fn assert_day(expected: &str, begin: i64, end: i64) {
    let input = Xml::plain().period(begin, end);
    let report = clean(input.clone());
    assert_eq!((begin, end), (report.begin, report.end));
    assert_eq!(expected, day(&report, input), "{begin} to {end}");
}

#[test]
fn d38_the_end_is_the_last_second_or_the_one_after_it() {
    assert_day("2026-11-09", BEGIN, BEGIN + DAY - 1);
    assert_day("2026-11-09", BEGIN, BEGIN + DAY);
}

#[test]
fn d39_cisco_reports_a_little_more_than_a_day() {
    for length in [86_401, 86_405, 86_417, 86_432] {
        assert_day("2026-11-09", BEGIN, BEGIN + length);
        assert_day("2026-11-09", BEGIN + 9 * HOUR + 17, BEGIN + 9 * HOUR + 17 + length);
        assert_day("2026-11-10", BEGIN + 15 * HOUR + 1_871, BEGIN + 15 * HOUR + 1_871 + length);
    }
}

#[test]
fn d40_godaddy_reports_a_period_without_length() {
    assert_day("2026-11-09", BEGIN, BEGIN);
    assert_day("2026-11-08", BEGIN - 1, BEGIN - 1);
    assert_day("2026-11-09", BEGIN + 13 * HOUR + 7, BEGIN + 13 * HOUR + 7);
}

#[test]
fn d41_kddi_reports_periods_of_any_length() {
    assert_day("2026-11-09", BEGIN + 1, BEGIN + 2);
    assert_day("2026-11-09", BEGIN + 3 * HOUR, BEGIN + 4 * HOUR - 1);
    assert_day("2026-11-09", BEGIN + 23 * HOUR, BEGIN + 24 * HOUR);
    assert_day("2026-11-10", BEGIN + 23 * HOUR, BEGIN + 26 * HOUR);
}

#[test]
fn d42_trustwave_reports_several_weeks_at_once() {
    let (begin, end) = (BEGIN - 20 * DAY, BEGIN + DAY);
    let input = Xml::plain().period(begin, end);
    let report = read(input.clone());
    assert_issues(&[("odd_period", &format!("{begin}-{end}"))], &report);
    assert_eq!(vec![("192.0.2.1".to_owned(), 7)], rows(&report));
    assert_eq!("2026-10-30", day(&report, input));
}

#[test]
fn d42_a_week_is_not_odd() {
    assert_day("2026-11-06", BEGIN - 6 * DAY, BEGIN + DAY);
}

#[test]
fn d43_days_begin_at_midnight_where_the_reporter_lives() {
    assert_day("2026-11-10", BEGIN + 23 * HOUR, BEGIN + 23 * HOUR + DAY - 1);
    assert_day("2026-11-09", BEGIN - HOUR, BEGIN + 23 * HOUR);
    assert_day("2026-11-09", BEGIN + 8 * HOUR, BEGIN + 8 * HOUR + DAY);
    assert_day("2026-11-09", BEGIN - 9 * HOUR, BEGIN + 15 * HOUR - 1);
}

#[test]
fn d44_times_may_have_fractions() {
    let report = read(Xml::plain().period("1794182400.0", "1794268799.75"));
    assert_eq!((1_794_182_400, 1_794_268_799), (report.begin, report.end));
    assert_issues(&[("other_form", "1794182400.0"), ("other_form", "1794268799.75")], &report);
    assert_eq!(7, messages(&report));
}

#[test]
fn a_period_that_ends_before_it_begins_is_kept_and_said() {
    let report = read(Xml::plain().period(BEGIN + DAY, BEGIN));
    assert_eq!((BEGIN + DAY, BEGIN), (report.begin, report.end));
    assert_issues(&[("odd_period", "1794268800-1794182400")], &report);
}

#[test]
fn milliseconds_are_told_from_seconds() {
    let report = read(Xml::plain().period("1794182400000", "1794268799000"));
    assert_eq!((1_794_182_400, 1_794_268_799), (report.begin, report.end));
    assert_issues(&[("unit_guess", "1794182400000"), ("unit_guess", "1794268799000")], &report);
}

#[test]
fn a_period_that_cannot_be_read_or_believed_is_refused() {
    for (reason, begin, end) in [
        ("rejected report/bad_date_range", "soon", "1794268799"),
        ("rejected report/bad_date_range", "2026-11-09", "2026-11-10"),
        ("rejected report/bad_date_range", "1794182400", ""),
        ("rejected report/bad_date_range", "-5", "1794268799"),
        ("rejected report/date_in_future", "1794182400", "1826000000"),
    ] {
        assert_eq!(vec![reason], outcomes(Xml::plain().period(begin, end)), "{begin} to {end}");
    }
}
