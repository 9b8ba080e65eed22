//! A fault that is **over**: an own source failed, and the same addresses have passed since.
//!
//! In: a source and its rows. Out: the last day on which it failed, where it has passed on enough days
//! after that. Such a source needs no mending any more; its bad days stay in the numbers until they
//! leave the window. A source that only sends once a month does not heal by being silent: the
//! addresses that failed must have sent mail that passes.

use std::collections::{BTreeSet, HashSet};

use crate::model::{Day, SourceAddress, Traffic};

use super::facts::Facts;
use super::source::Source;
use super::thresholds::Thresholds;

/// The last day on which the source failed, where it is healed.
pub(super) fn healed(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    traffic: &Traffic,
    limits: &Thresholds,
) -> Option<Day> {
    let often = |failing: u64, messages: u64| {
        failing > 0 && failing as f64 >= limits.source_failure_share * messages as f64
    };
    let bad = source.days.iter().rev().find(|day| often(day.failing, day.messages))?.day;
    let since = || source.days.iter().rev().take_while(|day| day.day > bad);
    let count =
        |of: fn(&super::source::DayCount) -> u64| since().map(of).fold(0, u64::saturating_add);
    let (messages, failing) = (count(|day| day.messages), count(|day| day.failing));
    if messages <= limits.source_messages || often(failing, messages) {
        return None;
    }
    let clean = returned(source, facts, traffic, bad);
    (clean.len() >= limits.healed_days as usize).then_some(bad)
}

/// The days after that one on which addresses that failed up to it passed; none if one of them that
/// failed more than a little has not come back.
fn returned(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    traffic: &Traffic,
    bad: Day,
) -> BTreeSet<Day> {
    let rows = || {
        let rows = source.rows.iter().filter_map(|row| traffic.rows.get(*row as usize));
        rows.map(|row| (row, facts.get(row.fingerprint as usize).is_some_and(Facts::passes)))
    };
    let failed: HashSet<&SourceAddress> = rows()
        .filter(|(row, passes)| !passes && row.day <= bad)
        .map(|(row, _)| &row.source)
        .collect();
    let back =
        || rows().filter(|(row, passes)| *passes && row.day > bad && failed.contains(&row.source));
    let seen: HashSet<&SourceAddress> = back().map(|(row, _)| &row.source).collect();
    if seen.len() < failed.len() {
        return BTreeSet::new();
    }
    back().map(|(row, _)| row.day).collect()
}
