//! The **coverage**: on how many days of the last month there were reports.
//!
//! In: the days with reports. Out: how many there are, of how many, and how many more it takes until
//! enough days have some. A weekday on which no report came in the whole month counts for nothing: an
//! office sends nothing at weekends, and nothing is missing then.

use std::collections::BTreeSet;

use crate::model::{Day, Window};

/// Weekdays that may be silent: an office's weekend.
const MOST_SILENT: usize = 2;

/// How often a weekday must have come round to be called silent.
const WEEKS: usize = 3;

/// Days of the last month.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coverage {
    /// Days with reports.
    reported: BTreeSet<Day>,
    /// The month, from the first report of all on.
    month: Window,
    /// How long it is when it is full.
    length: i32,
    /// Weekdays that count for nothing.
    silent: Vec<i32>,
    /// The share that is enough.
    share: f64,
}

/// Any number that is the same for the same weekday.
fn weekday(day: Day) -> i32 {
    day.0.rem_euclid(7)
}

impl Coverage {
    /// Of the days with reports, in order; those before the month only tell when reports began.
    pub(super) fn of(days: impl Iterator<Item = Day>, month: Window, share: f64) -> Self {
        let length = month.days();
        let mut days = days.peekable();
        let first = days.peek().map_or(month.to.plus(1), |first| month.from.max(*first));
        let reported: BTreeSet<Day> = days.filter(|day| month.contains(*day)).collect();
        let month = Window { from: first, to: month.to };
        let mut coverage = Self { reported, month, length, silent: Vec::new(), share };
        coverage.silent = coverage.silent_weekdays();
        coverage
    }

    fn silent_weekdays(&self) -> Vec<i32> {
        let every: Vec<Day> = days(self.month).collect();
        let comes = |weekday_: i32| every.iter().filter(|day| weekday(**day) == weekday_).count();
        let told = |weekday_: i32| self.reported.iter().any(|day| weekday(*day) == weekday_);
        let silent: Vec<i32> = (0..7).filter(|day| comes(*day) >= WEEKS && !told(*day)).collect();
        if silent.len() <= MOST_SILENT { silent } else { Vec::new() }
    }

    fn counts(&self, day: Day) -> bool {
        !self.silent.contains(&weekday(day))
    }

    /// Days with reports.
    pub(super) fn reported(&self) -> u32 {
        u32::try_from(self.reported.len()).unwrap_or(u32::MAX)
    }

    /// Days that could have some.
    pub(super) fn days(&self) -> u32 {
        let counted = days(self.month).filter(|day| self.counts(*day)).count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    }

    /// How many weekdays count for nothing.
    pub(super) fn silent(&self) -> u64 {
        self.silent.len() as u64
    }

    /// Whether enough days have reports.
    pub(super) fn is_enough(&self) -> bool {
        enough(self.reported(), self.days(), self.share)
    }

    /// Days that must follow, each with reports, until enough have some: a gap has to leave the month.
    pub(super) fn missing(&self) -> u32 {
        let later = |more: i32| {
            let to = self.month.to.plus(more);
            let month = Window { from: self.month.from.max(to.plus(1 - self.length)), to };
            let has = |day: &Day| *day > self.month.to || self.reported.contains(day);
            let counted: Vec<Day> = days(month).filter(|day| self.counts(*day)).collect();
            let reported = counted.iter().filter(|day| has(day)).count();
            enough(reported as u32, counted.len() as u32, self.share)
        };
        (0..=self.length).find(|more| later(*more)).map_or(0, |more| more.unsigned_abs())
    }
}

fn enough(reported: u32, days: u32, share: f64) -> bool {
    reported > 0 && f64::from(reported) >= share * f64::from(days)
}

fn days(window: Window) -> impl Iterator<Item = Day> {
    (window.from.0..=window.to.0).map(Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTH: Window = Window { from: Day(1000), to: Day(1030) };

    fn of(days: impl Iterator<Item = i32>) -> Coverage {
        Coverage::of(days.map(Day), MONTH, 0.8)
    }

    #[test]
    fn days_count_from_the_first_report_on() {
        let coverage = of(1010..1031);
        assert_eq!((21, 21, true, 0), numbers(&coverage));
        let coverage = of((900..901).chain(1010..1031));
        assert_eq!((21, 31, false), (coverage.reported(), coverage.days(), coverage.is_enough()));
    }

    fn numbers(coverage: &Coverage) -> (u32, u32, bool, u32) {
        (coverage.reported(), coverage.days(), coverage.is_enough(), coverage.missing())
    }

    #[test]
    fn a_gap_has_to_leave_the_month() {
        // a week without reports, the last day of which is day 17 of the month
        let coverage = of((1000..1010).chain(1017..1031));
        assert_eq!((24, 31, false), (coverage.reported(), coverage.days(), coverage.is_enough()));
        // 25 of 31 are enough: the first six days of the month and the gap's first go
        assert_eq!(11, coverage.missing());
    }

    #[test]
    fn weekends_without_mail_are_no_gap() {
        let office = of((1000..1031).filter(|day| !matches!(day % 7, 2 | 3)));
        assert_eq!(2, office.silent());
        assert_eq!(office.reported(), office.days());
        let seldom = of((1000..1031).filter(|day| day % 7 < 4));
        assert_eq!(
            (0, false),
            (seldom.silent(), seldom.is_enough()),
            "three days a week are too few"
        );
    }

    #[test]
    fn nothing_is_never_enough() {
        let nothing = of(0..0);
        assert_eq!((0, 0, false), (nothing.reported(), nothing.days(), nothing.is_enough()));
    }
}
