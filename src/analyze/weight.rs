//! The **weight** of an organisation's word: how much of the domain's mail it tells of, day by day.
//!
//! In: rows. Out: of each organisation that tells of mail on a week of days the messages of the least of
//! its seven busiest days; the others have no weight. One report can claim any count and any past day,
//! so that neither counts here: who wants to weigh much must claim much on a week of days. Where nobody
//! tells of a week, all are believed alike.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Day, Traffic};

use super::reporter::Reporters;
use super::thresholds::Thresholds;

/// Days of one who writes, or tells of mail, regularly: a week shows every weekday once.
pub(super) const REGULAR: usize = 7;

/// The organisations that write about a domain regularly: reports of a week of days, in the window and the
/// year before it. The others are strangers.
pub(super) fn regulars(traffic: &Traffic, reporters: &Reporters<'_>) -> BTreeSet<usize> {
    let mut days: BTreeMap<usize, BTreeSet<Day>> = BTreeMap::new();
    for report in traffic.policies_before.iter().chain(&traffic.reports) {
        days.entry(reporters.organization(report.reporter)).or_default().insert(report.day);
    }
    days.into_iter().filter(|(_, days)| days.len() >= REGULAR).map(|(id, _)| id).collect()
}

/// The weights of those that have one, by organisation.
#[derive(Debug, Clone, Default)]
pub(super) struct Weights {
    /// By organisation.
    of: BTreeMap<usize, u64>,
    /// Those that write regularly, whatever they weigh.
    regulars: BTreeSet<usize>,
    /// Share of the mail below which those who tell it tell little.
    little: f64,
}

impl Weights {
    /// Works them out.
    pub(super) fn of(traffic: &Traffic, reporters: &Reporters<'_>, limits: &Thresholds) -> Self {
        let mut days: BTreeMap<usize, Vec<(Day, u64)>> = BTreeMap::new();
        for row in &traffic.rows {
            let days = days.entry(reporters.organization(row.reporter)).or_default();
            match days.last_mut() {
                Some((day, messages)) if *day == row.day => {
                    *messages = messages.saturating_add(row.messages);
                }
                _ => days.push((row.day, row.messages)),
            }
        }
        let weight = |days: Vec<(Day, u64)>| {
            let mut counts: Vec<u64> = days.into_iter().map(|(_, messages)| messages).collect();
            counts.sort_unstable_by_key(|messages| std::cmp::Reverse(*messages));
            counts.get(REGULAR - 1).copied().filter(|messages| *messages > 0)
        };
        let weights = days.into_iter().filter_map(|(id, days)| Some((id, weight(days)?)));
        let regulars = regulars(traffic, reporters);
        Self { of: weights.collect(), regulars, little: 1.0 - limits.swamping_share }
    }

    /// Whether an organisation writes regularly.
    pub(super) fn is_regular(&self, organization: usize) -> bool {
        self.regulars.contains(&organization)
    }

    /// Whether what it says alone counts: it is regular, or nobody is.
    pub(super) fn counts(&self, organization: usize) -> bool {
        self.regulars.is_empty() || self.is_regular(organization)
    }

    /// How many organisations write regularly.
    pub(super) fn regulars(&self) -> usize {
        self.regulars.len()
    }

    /// Their weight together.
    pub(super) fn sum(&self, organizations: impl IntoIterator<Item = usize>) -> u64 {
        let weights = organizations.into_iter().filter_map(|id| self.of.get(&id));
        weights.fold(0, |sum: u64, weight| sum.saturating_add(*weight))
    }

    /// The weight of all together.
    pub(super) fn all(&self) -> u64 {
        self.sum(self.of.keys().copied())
    }

    /// Whether those tell some part of the mail, not little; where nobody is regular, all do.
    pub(super) fn are_some(&self, organizations: impl IntoIterator<Item = usize>) -> bool {
        self.sum(organizations) as f64 >= self.little * self.all() as f64
    }

    /// The first day that is believed, by the first that each organisation tells of: the one by which
    /// those who tell of it tell some part of the mail. Where they never do, that of the first who is
    /// regular; where none is, that of the second, if there is one.
    pub(super) fn believed_since(&self, first_by: &BTreeMap<usize, Day>) -> Option<Day> {
        let counted = first_by.iter().filter(|(id, _)| self.counts(**id)).map(|(_, day)| *day);
        let mut days: Vec<(Day, usize)> = first_by.iter().map(|(id, day)| (*day, *id)).collect();
        days.sort_unstable();
        let by = |day: Day| days.iter().take_while(move |told| told.0 <= day).map(|told| told.1);
        let some = days.iter().map(|told| told.0).find(|day| self.are_some(by(*day)));
        some.or_else(|| counted.min()).or_else(|| second(first_by.values().copied().collect()))
    }
}

/// Who wrote, and what the word of each weighs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard<'h, 'a> {
    pub(super) reporters: &'h Reporters<'a>,
    pub(super) weights: &'h Weights,
}

/// The first day on which reports are believed to have come, by the days that each organisation wrote
/// of: that of the first that wrote of a week of days; where none did, that of the second.
pub(super) fn heard_since(days: &BTreeMap<usize, BTreeSet<Day>>) -> Option<Day> {
    let first = |days: &BTreeSet<Day>| days.first().copied();
    let regular = days.values().filter(|days| days.len() >= REGULAR).filter_map(first);
    regular.min().or_else(|| second(days.values().filter_map(first).collect()))
}

/// The second of some days, or the only one.
fn second(mut days: Vec<Day>) -> Option<Day> {
    days.sort_unstable();
    days.get(1).or(days.first()).copied()
}
