//! The **ranges** of the thresholds: what each can be, and what would make nonsense of the advice.
//!
//! In: thresholds as they were given. Out: nothing, or the first that lies outside, with what it can be.
//! A share that nothing can reach, or that everything does, is refused; one that only switches a
//! question off is not.

use std::fmt;

use toml::{Table, Value};

use crate::analyze::Thresholds;

use super::problem::Wrong;

/// What a threshold can be.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Range {
    /// A whole number, both ends included.
    Whole(i64, i64),
    /// A share from 0 to 1.
    Share,
    /// The same, and not 0: nothing is below it.
    SomeShare,
    /// The same, and neither 0 nor 1: logarithms are taken of it, or no sample is large enough.
    PartShare,
    /// A share of more than half.
    MostShare,
    /// A factor from 1 to 100.
    Factor,
    /// The same, and not 1: once as much is no more.
    Multiple,
}

use Range::{Factor, MostShare, Multiple, PartShare, Share, SomeShare, Whole};

/// Ten years.
const DAYS: i64 = 3650;
/// More than anybody sends to a window.
const MESSAGES: i64 = 1_000_000_000;

/// What each can be.
const RANGES: [(&str, Range); 41] = [
    ("observed_days", Whole(1, DAYS)),
    ("observed_span", Whole(1, DAYS)),
    ("reporters", Whole(1, 1000)),
    ("day_coverage", Share),
    ("coverage_days", Whole(1, DAYS)),
    ("record_days", Whole(1, DAYS)),
    ("stable_days", Whole(0, DAYS)),
    ("rising_errors", Factor),
    ("source_failure_share", SomeShare),
    ("source_messages", Whole(0, MESSAGES)),
    ("source_total_failure", Whole(1, MESSAGES)),
    ("asks_share", Share),
    ("asks_failing_share", Share),
    ("asks_days", Whole(1, DAYS)),
    ("steady_days", Whole(1, DAYS)),
    ("conflict_share", Share),
    ("asks_messages", Whole(0, MESSAGES)),
    ("asks_service_messages", Whole(1, MESSAGES)),
    ("unanswered_days", Whole(0, DAYS)),
    ("quarantine_rate", PartShare),
    ("reject_rate", PartShare),
    ("reject_dkim_share", Share),
    ("known_signature_share", SomeShare),
    ("one_reporter_share", SomeShare),
    ("other_reporters_messages", Whole(1, MESSAGES)),
    ("other_reporters_share", SomeShare),
    ("swamping_share", MostShare),
    ("doubted_share", Share),
    ("reporter_days", Whole(1, DAYS)),
    ("rollback_share", Share),
    ("healed_days", Whole(1, DAYS)),
    ("healed_share", SomeShare),
    ("after_move_days", Whole(0, DAYS)),
    ("bad_day_share", Share),
    ("confidence", PartShare),
    ("cusum_limit", Factor),
    ("cusum_factor", Multiple),
    ("cusum_floor", PartShare),
    ("cusum_cap", Factor),
    ("cusum_rise", SomeShare),
    ("cusum_fall", SomeShare),
];

impl Range {
    /// Whether it holds the value; TOML can also say `nan` and `inf`.
    fn holds(self, value: &Value) -> bool {
        let whole = value.as_integer();
        let real = value.as_float().unwrap_or(f64::NAN);
        match self {
            Whole(from, to) => whole.is_some_and(|number| (from..=to).contains(&number)),
            Share => (0.0..=1.0).contains(&real),
            SomeShare => real > 0.0 && real <= 1.0,
            PartShare => real > 0.0 && real < 1.0,
            MostShare => real > 0.5 && real <= 1.0,
            Factor => (1.0..=100.0).contains(&real),
            Multiple => real > 1.0 && real <= 100.0,
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whole(from, to) => write!(f, "a whole number from {from} to {to}"),
            Share => write!(f, "a share from 0 to 1"),
            SomeShare => write!(f, "a share above 0, 1 at most"),
            PartShare => write!(f, "a share above 0 and below 1"),
            MostShare => write!(f, "a share above 0.5, 1 at most"),
            Factor => write!(f, "a factor from 1 to 100"),
            Multiple => write!(f, "a factor above 1, 100 at most"),
        }
    }
}

/// Refuses the first that lies outside its range, with what is usual there.
pub(super) fn check(thresholds: &Thresholds) -> Result<(), Wrong> {
    let table = |thresholds: &Thresholds| Table::try_from(thresholds).unwrap_or_default();
    let (given, usual) = (table(thresholds), table(&Thresholds::default()));
    for (key, range) in &RANGES {
        let (Some(value), Some(usual)) = (given.get(*key), usual.get(*key)) else { continue };
        if !range.holds(value) {
            return Err(wrong(key, format!("cannot be {value}"), format!("{range}, like {usual}")));
        }
    }
    if thresholds.reporter_days > thresholds.coverage_days {
        let why = "is more than `thresholds.coverage_days`, the days that are looked at";
        return Err(wrong("reporter_days", why, format!("{} at most", thresholds.coverage_days)));
    }
    Ok(())
}

fn wrong(key: &str, why: impl fmt::Display, right: String) -> Wrong {
    Wrong::new(&format!("thresholds.{key}"), why, format!("give {right}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The usual thresholds, but for one.
    fn with(key: &str, value: Value) -> Thresholds {
        let mut table = Table::try_from(Thresholds::default()).unwrap();
        // so that only the range of the one is looked at
        table.insert("coverage_days".to_owned(), Value::Integer(DAYS));
        table.insert(key.to_owned(), value);
        if key == "coverage_days" {
            table.insert("reporter_days".to_owned(), Value::Integer(1));
        }
        table.try_into().unwrap()
    }

    /// Values of a range, and values beside it.
    fn samples(range: Range) -> (Vec<Value>, Vec<Value>) {
        let tiny = f64::MIN_POSITIVE;
        let below = 1.0 - f64::EPSILON;
        let (good, mut bad) = match range {
            Whole(from, to) => {
                let beside = if from > 0 { vec![from - 1, to + 1] } else { vec![to + 1] };
                let whole = |list: Vec<i64>| list.into_iter().map(Value::Integer).collect();
                return (whole(vec![from, to]), whole(beside));
            }
            Share => (vec![0.0, tiny, 1.0], vec![-tiny, 1.5]),
            SomeShare => (vec![tiny, 1.0], vec![0.0, -0.1, 1.5]),
            PartShare => (vec![tiny, below], vec![0.0, 1.0]),
            MostShare => (vec![0.51, 1.0], vec![0.0, 0.5, 1.1]),
            Factor => (vec![1.0, 100.0], vec![0.0, below, 101.0]),
            Multiple => (vec![1.1, 100.0], vec![1.0, 101.0]),
        };
        bad.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        let real = |list: Vec<f64>| list.into_iter().map(Value::Float).collect();
        (real(good), real(bad))
    }

    #[test]
    fn every_threshold_has_one_range_and_the_usual_ones_are_within() {
        let table = Table::try_from(Thresholds::default()).unwrap();
        let mut keys: Vec<&str> = RANGES.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        let mut known: Vec<&str> = table.keys().map(String::as_str).collect();
        known.sort_unstable();
        assert_eq!(known, keys);
        assert_eq!(Ok(()), check(&Thresholds::default()));
    }

    #[test]
    fn what_lies_within_is_taken_and_what_lies_beside_is_refused_with_what_it_can_be() {
        for (key, range) in RANGES {
            let (good, bad) = samples(range);
            for value in good {
                assert_eq!(Ok(()), check(&with(key, value.clone())), "{key} = {value}");
            }
            for value in bad {
                let wrong = check(&with(key, value.clone())).unwrap_err();
                assert_eq!(format!("thresholds.{key}"), wrong.key);
                assert_eq!(format!("`thresholds.{key}` cannot be {value}"), wrong.why);
                assert!(wrong.remedy.starts_with(&format!("give {range}, like ")), "{wrong:?}");
            }
        }
    }

    #[test]
    fn nobody_writes_on_more_days_than_are_looked_at() {
        let short = Thresholds { coverage_days: 2, ..Thresholds::default() };
        let wrong = check(&short).unwrap_err();
        assert_eq!("give 2 at most", wrong.remedy);
        assert!(wrong.why.contains("`thresholds.coverage_days`"), "{wrong:?}");
        assert_eq!(Ok(()), check(&Thresholds { reporter_days: 2, ..short }));
    }
}
