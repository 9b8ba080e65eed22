//! The **age** of a source: since when it sends, and since when that is believed.
//!
//! In: what is known of it from before the window, and its rows. Out: its first day; the first that is
//! believed, and the fingerprints that are. A report can be about any day, and one of a stranger must
//! make neither a sender nor its keys older than they are.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Day, Traffic};

use super::source::Source;
use super::weight::{Heard, Weights};

/// What is known of a source from before the window.
#[derive(Debug, Clone, Default)]
pub(super) struct Before {
    /// The first day that each organisation tells of.
    pub(super) first_by: BTreeMap<usize, Day>,
    /// Fingerprints that passed.
    pub(super) passed: BTreeSet<usize>,
}

impl Before {
    /// Notes a day on which an organisation tells of it.
    pub(super) fn told(&mut self, organization: usize, day: Day) {
        let first = self.first_by.entry(organization).or_insert(day);
        *first = day.min(*first);
    }

    /// Tells a source how old it is, and what of it is believed.
    pub(super) fn give(mut self, source: &mut Source<'_>, traffic: &Traffic, heard: Heard<'_, '_>) {
        let mut told = BTreeSet::new();
        for (_, row) in source.rows_of(traffic) {
            let organization = heard.reporters.organization(row.reporter);
            self.told(organization, row.day);
            told.insert((row.fingerprint as usize, organization));
        }
        source.first_day = self.first_by.values().min().map_or(source.first_day, |day| *day);
        source.believed_since =
            heard.weights.believed_since(&self.first_by).unwrap_or(source.first_day);
        source.believed_uses = self.believed_uses(&told, heard.weights);
        source.passed_before = self.passed.into_iter().collect();
    }

    /// The fingerprints that those tell of who tell some part of the mail, by fingerprint and
    /// organisation. Of a source that only others tell of, those of regular ones.
    fn believed_uses(&self, told: &BTreeSet<(usize, usize)>, weights: &Weights) -> Vec<usize> {
        let some = weights.are_some(self.first_by.keys().copied());
        let told: Vec<(usize, usize)> = told.iter().copied().collect();
        let is_believed = |told: &[(usize, usize)]| {
            let mut by = told.iter().map(|(_, organization)| *organization);
            if some { weights.are_some(by) } else { by.any(|id| weights.counts(id)) }
        };
        let prints = told.chunk_by(|one, other| one.0 == other.0);
        prints.filter(|told| is_believed(told)).map(|told| told[0].0).collect()
    }
}
