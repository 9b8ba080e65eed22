//! The **outlier**: a reporter that suddenly tells more than all others together.
//!
//! In: a domain's traffic. Out: that reporter, if there is one. A report can claim any count, and one
//! is enough to drown a month of others. A mailbox provider that most of a domain's mail goes to tells
//! as much every day and is none. What an outlier says fails is believed; that so much passes is not.

use std::collections::BTreeMap;

use crate::model::traffic::TrafficRow;
use crate::model::{Day, Traffic};

use super::source::Source;
use super::statistics::DayCount;
use super::thresholds::Thresholds;

/// Share of its messages that lie on one day, from which on a reporter is sudden: in a month, a day
/// has a thirtieth.
const ONE_DAY: f64 = 0.5;

/// The reporter, by its index.
pub(super) fn outlier(traffic: &Traffic, limits: &Thresholds) -> Option<u32> {
    let mut told: BTreeMap<u32, (u64, BTreeMap<Day, u64>)> = BTreeMap::new();
    for row in &traffic.rows {
        let (all, days) = told.entry(row.reporter).or_default();
        *all = all.saturating_add(row.messages);
        let day = days.entry(row.day).or_default();
        *day = day.saturating_add(row.messages);
    }
    let sum = told.values().fold(0, |sum: u64, (all, _)| sum.saturating_add(*all));
    let (reporter, (all, days)) = told.iter().max_by_key(|(_, (all, _))| *all)?;
    let most = days.values().max().copied().unwrap_or(0);
    let sudden = most as f64 >= ONE_DAY * *all as f64;
    let swamps = *all as f64 >= limits.swamping_share * sum as f64;
    (told.len() > 1 && sudden && swamps).then_some(*reporter)
}

/// The days of own sources without what that reporter tells.
pub(super) fn days_without(
    reporter: u32,
    own: &[&Source<'_>],
    traffic: &Traffic,
    passes: impl Fn(&TrafficRow) -> bool,
) -> Vec<DayCount> {
    let mut days: BTreeMap<Day, DayCount> = BTreeMap::new();
    let rows = own.iter().flat_map(|source| &source.rows);
    let rows = rows.filter_map(|row| traffic.rows.get(*row as usize));
    for row in rows.filter(|row| row.reporter != reporter) {
        let empty = DayCount { day: row.day, messages: 0, failing: 0 };
        let day = days.entry(row.day).or_insert(empty);
        day.messages = day.messages.saturating_add(row.messages);
        let failing = if passes(row) { 0 } else { row.messages };
        day.failing = day.failing.saturating_add(failing);
    }
    days.into_values().collect()
}
