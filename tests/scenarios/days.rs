//! **Days** by number: 0 is the last day with mail, Friday 2026-11-20; -30 the first of its window.
//!
//! In: `-30..0`, `-30..0/7` (every seventh), `-5`, joined by commas; `weekdays` after a range leaves
//! out Saturdays and Sundays. Out: the days in order.

use serde::Deserialize;

/// Day 0, in days since 1970-01-01.
const LAST: i32 = 20_777;

/// Seconds in a day.
const SECONDS: i64 = 86_400;

/// Some days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Days(Vec<i32>);

impl Default for Days {
    /// The window's 31.
    fn default() -> Self {
        Self((-30..=0).collect())
    }
}

impl Days {
    pub(crate) fn iter(&self) -> impl Iterator<Item = i32> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn has(&self, day: i32) -> bool {
        self.0.binary_search(&day).is_ok()
    }
}

impl TryFrom<String> for Days {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut days = Vec::new();
        for part in text.split(',').map(str::trim) {
            days.extend(range(part).ok_or_else(|| format!("`{part}` says no days"))?);
        }
        days.sort_unstable();
        days.dedup();
        Ok(Self(days))
    }
}

fn range(part: &str) -> Option<Vec<i32>> {
    let (part, weekdays) =
        part.strip_suffix(" weekdays").map_or((part, false), |part| (part, true));
    let (span, step) = part.split_once('/').unwrap_or((part, "1"));
    let (from, to) = span.split_once("..").unwrap_or((span, span));
    let (from, to): (i32, i32) = (from.parse().ok()?, to.parse().ok()?);
    let step: usize = step.parse().ok().filter(|step| *step > 0)?;
    let days = (from..=to).step_by(step).filter(|day| !weekdays || is_weekday(*day));
    Some(days.collect()).filter(|days: &Vec<i32>| !days.is_empty())
}

/// Day 0 is a Friday.
fn is_weekday(day: i32) -> bool {
    !matches!(day.rem_euclid(7), 1 | 2)
}

/// The first second of a day, since 1970 UTC.
pub(crate) fn begin(day: i32) -> i64 {
    i64::from(LAST + day) * SECONDS
}

/// Noon of a day.
pub(crate) fn noon(day: i32) -> i64 {
    begin(day) + SECONDS / 2
}

/// The day as the program writes it.
pub(crate) fn date(day: i32) -> String {
    ruaudit::model::Day(LAST + day).to_string()
}

#[test]
fn days_are_written_in_few_words() {
    let days = |text: &str| Days::try_from(text.to_owned()).map(|days| days.0);
    assert_eq!(Ok(vec![-3, -2, -1, 0]), days("-3..0"));
    assert_eq!(Ok(vec![-14, -7, 0]), days("-14..0/7"));
    assert_eq!(Ok(vec![-9, -4, -3]), days("-4..-3, -9"));
    assert_eq!(Ok(vec![-7, -4, -3, -2, -1, 0]), days("-7..0 weekdays"));
    assert_eq!(Err("`soon` says no days".to_owned()), days("soon"));
    assert_eq!("2026-11-20", date(0));
}
