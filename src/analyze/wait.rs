//! The **wait**: the day on which all that only time can bring may be there.
//!
//! In: the gates and what they rest on. Out: a day, or none where something else than time lacks, or
//! where it can never be there. It is the earliest day, if mail goes on as it did; nothing promises
//! that it does.

use crate::model::Day;
use crate::model::verdict::Gate;
use crate::model::words::Policy;

use super::gates::Evidence;
use super::source::Source;
use super::statistics::clean_messages_needed;

/// Days after a day until its reports are there: most come within two.
const REPORTS_LATE: i32 = 2;

/// The gates that time alone can open.
const TIMELY: [&str; 4] = ["time", "coverage", "stability", "rate"];

impl<'a> Evidence<'a> {
    /// The earliest day of a step to `target`. `today` is the day of asking: no day before it is
    /// told.
    pub(super) fn not_before(
        &self,
        gates: &[Gate],
        target: &Policy,
        parked: bool,
        today: Option<Day>,
    ) -> Option<Day> {
        let unmet = || gates.iter().filter(|gate| !gate.passed);
        if !unmet().all(|gate| TIMELY.contains(&gate.gate)) || !self.enough_reporters() {
            return None;
        }
        let missing = if parked {
            self.limits.observed_days.saturating_sub(self.observed.span())
        } else {
            let days = self.limits.observed_days.saturating_sub(self.held.days);
            days.max(self.limits.observed_span.saturating_sub(self.held.span))
        };
        let mut missing = missing.max(self.missing_stable_days());
        if unmet().any(|gate| gate.gate == "coverage") {
            missing = missing.max(self.observed.coverage.missing());
        }
        if unmet().any(|gate| gate.gate == "rate") {
            missing = missing.max(self.missing_rate_days(target)?);
        }
        let reported = today.map_or(Day(i32::MIN), |day| day.plus(-REPORTS_LATE));
        let from = self.observed.last_day?.max(reported);
        (missing > 0).then(|| from.plus(i32::try_from(missing).unwrap_or(i32::MAX)))
    }

    /// Days until as many clean messages as the rate needs can lie in a window as long as the one that
    /// was asked for: more of them, or those that failed out of it. None where the domain sends too
    /// little for that.
    fn missing_rate_days(&self, target: &Policy) -> Option<u32> {
        let (rate, last) = (self.rate?, self.observed.last_day?);
        let window = self.observed.window_days(self.limits).max(1);
        let limit = self.rate_limit(target);
        let needed = clean_messages_needed(limit, self.limits.confidence);
        let a_day = rate.messages as f64 / f64::from(self.told_days(last).clamp(1, window));
        if a_day * f64::from(window) < needed as f64 {
            return None;
        }
        if rate.failures == 0 {
            let lacking = needed.saturating_sub(rate.messages);
            return Some((lacking as f64 / a_day).ceil() as u32);
        }
        let (_, bad) = self.ended()?;
        let age = u32::try_from(last.0.saturating_sub(bad.0)).unwrap_or(0);
        Some(window.saturating_sub(age).max(1))
    }

    /// Days of the window since its first report.
    fn told_days(&self, last: Day) -> u32 {
        let from = self.observed.in_window.map_or(last, |told| told.from);
        u32::try_from(last.0.saturating_sub(from.0).saturating_add(1)).unwrap_or(1)
    }

    /// The own source whose fault was over last, and its last bad day; none where one goes on failing,
    /// which ends on no day.
    pub(super) fn ended(&self) -> Option<(&'a Source<'a>, Day)> {
        let failing = self.own().filter(|source| source.tally.dmarc_fail > 0);
        let ended = failing.map(|source| Some((source, source.healed?)));
        ended.collect::<Option<Vec<_>>>()?.into_iter().max_by_key(|(_, day)| *day)
    }
}
