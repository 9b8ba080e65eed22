//! The **raw rule**: "98 % of all mail passes", the one in common use, for comparison.
//!
//! In: the traffic of a window. Out: whether that rule says to move, and what its own numbers let
//! expect. It knows no sources: forged mail counts against a domain, and a small sender's failures
//! drown in the mail of the large ones.

use std::collections::BTreeSet;

use crate::model::backtest::FOLLOWED_DAYS;
use crate::model::{Traffic, Window};

use super::super::Thresholds;

/// Share of all mail that must pass.
const PASSES: f64 = 0.98;
/// Messages that must have been seen.
const MESSAGES: u64 = 1_000;
/// Days with reports that must have been seen.
const DAYS: usize = 14;

fn counts(traffic: &Traffic) -> (u64, u64) {
    let mut counts = (0_u64, 0_u64);
    for row in &traffic.rows {
        let Some(print) = traffic.fingerprints.get(row.fingerprint as usize) else { continue };
        counts.0 = counts.0.saturating_add(row.messages);
        counts.1 = counts.1.saturating_add(if print.passes() { 0 } else { row.messages });
    }
    counts
}

/// The most that the rule lets expect in a month, if it says to move: the failures that it saw of whatever
/// mail, in proportion, with room for chance. Nobody who follows it can expect less.
pub(super) fn ready(traffic: &Traffic, seen: Window, limits: &Thresholds) -> Option<u64> {
    let (messages, failing) = counts(traffic);
    let days: BTreeSet<_> = traffic.reports.iter().map(|report| report.day).collect();
    let passes = (messages - failing) as f64 >= PASSES * messages as f64;
    if messages < MESSAGES || days.len() < DAYS || !passes {
        return None;
    }
    let month = f64::from(FOLLOWED_DAYS) / f64::from(seen.days().max(1));
    // no failure seen still allows three at 95 % (the rule of three)
    let unseen = -(1.0 - limits.confidence).ln();
    Some(super::chance(failing as f64 * month + unseen, limits))
}
