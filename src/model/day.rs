//! A **day** is a calendar day in UTC; a **window** is a run of days, both ends included.
//!
//! In: seconds since 1970 or `YYYY-MM-DD`. Out: the same. Refuses dates that do not exist.

use jiff::civil::Date;

/// Seconds in a day (UTC has no others here: leap seconds do not exist in Unix time).
pub const SECONDS: i64 = 86_400;

/// A calendar day in UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub i32);

impl Day {
    /// The day of a moment, given in seconds since 1970 UTC.
    #[must_use]
    pub fn of(seconds: i64) -> Self {
        let days = seconds.div_euclid(SECONDS);
        Self(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// The day that holds the middle of a reporting period. Reporters disagree whether the end is
    /// inclusive and in which time zone a day begins; the middle is the same for all of them.
    #[must_use]
    pub fn of_period(begin: i64, end: i64) -> Self {
        Self::of(begin.saturating_add(end.saturating_sub(begin) / 2))
    }

    /// The day so many days later (earlier if negative).
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The calendar date, where the calendar reaches (years -9999 to 9999).
    #[must_use]
    pub fn date(self) -> Option<Date> {
        let epoch = Date::constant(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().try_days(self.0).ok()?).ok()
    }

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// Says what was expected when the text is no such date.
    pub fn parse(text: &str) -> Result<Self, String> {
        let date: Date =
            text.parse().map_err(|_| format!("`{text}` is not a day; write it like 2026-11-20"))?;
        let span = date.since(Date::constant(1970, 1, 1)).map_err(|e| e.to_string())?;
        Ok(Self(span.get_days()))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.date() {
            Some(date) => date.fmt(f),
            None => write!(f, "day {}", self.0),
        }
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

/// A run of days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Window {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl Window {
    /// How many days the window has.
    #[must_use]
    pub fn days(self) -> i32 {
        self.to.0.saturating_sub(self.from.0).saturating_add(1).max(0)
    }

    /// Whether the day lies in the window.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

/// A moment as RFC 3339 in UTC (`2026-11-20T00:00:00Z`), or the bare number where the calendar ends.
#[must_use]
pub fn rfc3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |t| t.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_and_prints_the_same_text() {
        for text in ["1970-01-01", "2026-11-20", "2024-02-29", "1969-12-31"] {
            assert_eq!(text, Day::parse(text).unwrap().to_string());
        }
        assert!(Day::parse("2026-02-30").unwrap_err().contains("2026-02-30"));
    }

    #[test]
    fn inclusive_and_exclusive_ends_fall_on_one_day() {
        let begin = 1_794_182_400; // 2026-11-09
        assert_eq!(Day::of_period(begin, begin + 86_399), Day::of_period(begin, begin + 86_400));
        assert_eq!("2026-11-09", Day::of_period(begin, begin).to_string());
        assert_eq!("2026-11-09T00:00:00Z", rfc3339(begin));
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        assert_eq!(Day(i32::MAX), Day::of(i64::MAX));
        let _ = Day::of_period(i64::MIN, i64::MAX).to_string();
        assert_eq!(i64::MAX.to_string(), rfc3339(i64::MAX));
    }
}
