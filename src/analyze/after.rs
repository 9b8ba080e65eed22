//! **After the move**: what the month before let expect of own mail, beside what happened.
//!
//! In: own days since the policy became stricter, and those of the month before. Out: both counts,
//! and whether own failures rose beyond chance. Without mail in the month before, the limit of the
//! rate that the step asks for is what was expected.

use crate::model::evidence::AfterMove;
use crate::model::verdict::RateBound;
use crate::model::{Day, Traffic, Window};

use super::gates::Evidence;
use super::outlier::Rate;
use super::reporter::Reporters;
use super::statistics::cusum::{Expectation, cusum};
use super::statistics::likely::likely;
use super::statistics::{DayCount, totals};
use super::thresholds::Thresholds;
use super::{Question, facts, facts_of, weighed};

/// Own mail of the month before a move.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Before {
    /// Its days, summed over sources.
    days: Vec<DayCount>,
    /// The days that reports tell of.
    window: Window,
    /// The bound that the move rested on.
    rate: RateBound,
}

impl Before {
    /// Of the traffic of that month, grouped and classified as the traffic of the window is.
    /// `evidence` is what the step is judged by now.
    fn judged(
        traffic: &Traffic,
        question: &Question<'_>,
        last_day: Day,
        evidence: &Evidence<'_>,
    ) -> Option<Self> {
        let first_day = traffic.reports.first()?.day;
        let all = evidence.sources.len() == evidence.everything.len();
        // the back-test has one list for every window
        let same_list = traffic.fingerprints == evidence.traffic.fingerprints;
        let worked_out = if same_list { Vec::new() } else { facts_of(traffic, question) };
        let facts = if same_list { evidence.facts } else { &worked_out };
        let sources = weighed(traffic, facts, question);
        let judged: Vec<_> = sources.iter().filter(|source| all || !source.below).collect();
        let (reporters, limits) = (Reporters::of(traffic), question.thresholds);
        // the days that the gate of the rate looked at: what was suddenly told is cut there, too
        let rate = Rate::of(&judged, facts, traffic, &reporters, limits)?;
        let window = Window { from: first_day, to: last_day };
        Some(Self { days: rate.days, window, rate: rate.bound })
    }
}

/// Own messages that receivers stopped since a move.
#[derive(Debug, Clone, Copy, Default)]
struct Stopped {
    quarantined: u64,
    rejected: u64,
}

impl Stopped {
    fn since(first_day: Day, evidence: &Evidence<'_>) -> Self {
        let mut stopped = Self::default();
        for index in evidence.own().flat_map(|source| &source.rows) {
            let row = &evidence.traffic.rows[*index as usize];
            let fact = evidence.facts.get(row.fingerprint as usize);
            let count = match fact.map(|fact| fact.stopped).filter(|_| row.day >= first_day) {
                Some(facts::Stopped::Quarantined) => &mut stopped.quarantined,
                Some(facts::Stopped::Rejected) => &mut stopped.rejected,
                Some(facts::Stopped::No) | None => continue,
            };
            *count = count.saturating_add(row.messages);
        }
        stopped
    }
}

/// What happened since that day, beside what the month before let expect. `evidence` is what `p` is
/// judged by. `None` where no own mail is known since.
pub(super) fn after(
    evidence: &Evidence<'_>,
    question: &Question<'_>,
    first_day: Day,
) -> Option<AfterMove> {
    let last_day = first_day.plus(-1);
    let before =
        question.before.and_then(|traffic| Before::judged(traffic, question, last_day, evidence));
    // those of the gate, or one who suddenly tells that much passes would hide a fault
    let days = evidence.rests_on.as_ref().map_or(&[][..], |rate| &rate.days);
    // of a move before the window, only what the window shows is compared
    let from = evidence.observed.in_window.map_or(first_day, |window| window.from.max(first_day));
    let stopped = Stopped::since(from, evidence);
    let step_rate = evidence.rate_limit(&evidence.observed.policy);
    let after = after_move(days, from, before.as_ref(), step_rate, evidence.limits)?;
    let Stopped { quarantined, rejected } = stopped;
    Some(AfterMove { since: first_day, quarantined, rejected, ..after })
}

/// Compares own days with those of the month before. `step_rate` is the highest rate that the step
/// allows: what was expected where nothing is known of that month.
pub(super) fn after_move(
    days: &[DayCount],
    first_day: Day,
    before: Option<&Before>,
    step_rate: f64,
    limits: &Thresholds,
) -> Option<AfterMove> {
    let days = &days[days.partition_point(|day| day.day < first_day)..];
    let observed = Window { from: first_day, to: days.last()?.day }.days().unsigned_abs();
    let expected = before.map_or_else(
        || Expectation::at_most(step_rate, limits),
        |before| Expectation::of(&before.rate, limits),
    );
    let (messages, failures) = totals(days);
    Some(AfterMove {
        since: first_day,
        days: u32::try_from(days.len()).unwrap_or(u32::MAX),
        messages,
        predicted: before.and_then(|b| likely(&b.days, b.window, observed, limits)),
        failures,
        quarantined: 0,
        rejected: 0,
        cusum: cusum(days, &expected, limits),
        cusum_limit: limits.cusum_limit,
        expected_rate: expected.rate,
        alarming_rate: expected.alarming,
    })
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{DAYS, LAST, Mail, Scenario, own};
    use super::super::{Judgement, judge};
    use super::*;
    use crate::model::traffic::ReporterName;
    use crate::model::words::Disposition;

    /// The first day at quarantine.
    const MOVE: i32 = 10;

    fn broken() -> Mail {
        own().unaligned().met(Disposition::Quarantine)
    }

    fn first_day() -> Day {
        Day(LAST - DAYS + 1 + MOVE)
    }

    /// Ten days at none, then quarantine, with the ordinary own mail.
    fn moved() -> Scenario {
        let scenario = Scenario::empty().reports(0..MOVE, 0..2).then("quarantine");
        scenario.reports(MOVE..DAYS, 0..2).own()
    }

    fn month_before() -> Scenario {
        let days = MOVE - 31..MOVE;
        Scenario::empty().reports(days.clone(), 0..2).mail(days, "192.0.2.10", &own(), 100)
    }

    fn judged(now: &Scenario, before: Option<&Scenario>) -> Judgement {
        let window = Some(Window { from: Day(LAST - DAYS + 1), to: Day(LAST) });
        let limits = Thresholds::default();
        let before = before.map(|scenario| &scenario.traffic);
        judge(&now.traffic, &Question { before, ..Question::new(window, &limits) })
    }

    fn compared(now: &Scenario, before: Option<&Scenario>) -> AfterMove {
        judged(now, before).advice.after_move.unwrap()
    }

    #[test]
    fn a_quiet_move_is_as_predicted() {
        let after = compared(&moved(), Some(&month_before()));
        assert_eq!(
            (first_day(), 21, 2_100, 0),
            (after.since, after.days, after.messages, after.failures)
        );
        let predicted = after.predicted.unwrap();
        assert_eq!((0, 21), (predicted.low, predicted.days));
        assert!(predicted.high <= 3 && !after.is_alarming(), "{after:?}");
        // 3,100 clean messages: 1 - 0.05^(1/3100)
        assert!((after.expected_rate - 9.659e-4).abs() < 1e-6, "{}", after.expected_rate);
    }

    #[test]
    fn what_failed_before_is_expected_again() {
        let before = month_before().mail(MOVE - 31..MOVE, "192.0.2.10", &own().unaligned(), 2);
        let now = moved().mail(MOVE..DAYS, "192.0.2.10", &broken(), 2);
        let after = compared(&now, Some(&before));
        let predicted = after.predicted.unwrap();
        assert_eq!((42, 42, 0), (after.failures, after.quarantined, after.rejected));
        assert!(predicted.low < 42 && 42 < predicted.high, "{predicted:?}");
        assert!(!after.is_alarming(), "{after:?}");
    }

    #[test]
    fn a_fault_that_begins_with_the_move_alarms_and_one_that_ended_does_not() {
        let fault = |days| moved().mail(days, "192.0.2.10", &broken(), 20);
        assert!(compared(&fault(DAYS - 4..DAYS), Some(&month_before())).is_alarming());
        let ended = compared(&fault(DAYS - 12..DAYS - 8), Some(&month_before()));
        assert!(ended.failures == 80 && !ended.is_alarming(), "{ended:?}");
    }

    /// One who was never heard of tells that so much passes on these days.
    fn lied(mut told: Scenario, days: impl IntoIterator<Item = i32>) -> Scenario {
        told.traffic.reporters.push(ReporterName { org_name: "Evil".into(), email: "".into() });
        let by = u32::try_from(told.traffic.reporters.len() - 1).unwrap();
        told.mail_seen_by(by, days, "192.0.2.10", &own(), 100_000)
    }

    #[test]
    fn who_suddenly_tells_that_much_passes_hides_no_fault() {
        let fault = || {
            let fault = moved().mail(DAYS - 4..DAYS, "192.0.2.10", &broken(), 20);
            fault.mail_seen_by(1, 0..DAYS, "192.0.2.10", &own(), 5)
        };
        let honest = compared(&fault(), Some(&month_before()));
        let after = compared(&lied(fault(), DAYS - 4..DAYS), Some(&month_before()));
        assert!(honest.is_alarming() && after.is_alarming(), "{after:?}");
        assert_eq!((80, 80), (honest.failures, after.failures));
        assert!(after.messages <= 2 * honest.messages, "{after:?}");
    }

    #[test]
    fn what_was_suddenly_told_before_the_move_makes_nobody_expect_less() {
        let before = || {
            let before = month_before().mail(MOVE - 31..MOVE, "192.0.2.10", &own().unaligned(), 2);
            before.mail_seen_by(1, MOVE - 31..MOVE, "192.0.2.10", &own(), 5)
        };
        let now = moved().mail(MOVE..DAYS, "192.0.2.10", &broken(), 2);
        let honest = compared(&now, Some(&before()));
        let after = compared(&now, Some(&lied(before(), [MOVE - 20])));
        let (expected, least) = (after.expected_rate, 0.9 * honest.expected_rate);
        assert!(expected >= least, "{expected}, {least}");
        assert_eq!(honest.predicted, after.predicted, "what fails is counted all the same");
        assert!(!after.is_alarming(), "{after:?}");
    }

    #[test]
    fn without_a_month_before_the_limit_of_the_step_is_expected() {
        for before in [None, Some(Scenario::empty())] {
            let after = compared(&moved(), before.as_ref());
            assert_eq!(
                (None, 0.02, 0.06),
                (after.predicted, after.expected_rate, after.alarming_rate)
            );
        }
    }

    #[test]
    fn what_was_stopped_before_the_move_is_not_counted() {
        let now = moved().mail(2..5, "192.0.2.10", &broken(), 7);
        assert_eq!(0, compared(&now, None).quarantined);
    }

    #[test]
    fn no_move_or_no_own_mail_has_nothing_to_compare() {
        assert_eq!(None, judged(&Scenario::at("none").own(), None).advice.after_move);
        assert_eq!(None, judged(&Scenario::at("quarantine").own(), None).advice.after_move);
        let silent = Scenario::empty().reports(0..MOVE, 0..2).then("quarantine");
        let silent = silent.reports(MOVE..DAYS, 0..2).mail(0..MOVE, "192.0.2.10", &own(), 100);
        assert_eq!(None, judged(&silent, None).advice.after_move);
    }
}
