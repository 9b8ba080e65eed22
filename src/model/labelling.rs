//! What a **label does**: what its setting changed, and what it matches. Field names are JSON keys.

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;

use super::knowledge::{DomainProfile, Label, LabelWord, Told};
use super::verdict::{Class, Health, Verdict};

/// A label that was set or taken away, and what that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Labelling {
    /// The policy domain, or `*`.
    pub domain: String,
    /// The source, as stored.
    pub source: String,
    /// What it is called now; none where the label was taken away.
    pub label: Option<LabelWord>,
    /// Why, possibly empty.
    pub note: String,
    /// What it was called before.
    pub label_before: Option<LabelWord>,
    /// The domains with mail of the source in the window.
    pub domains: Vec<DomainEffect>,
}

/// What a label changed for one domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomainEffect {
    /// The policy domain.
    pub domain: String,
    /// The sources that the label speaks of: one, or one more for mail of subdomains.
    pub sources: Vec<SourceEffect>,
    /// The verdict before.
    pub verdict_before: Verdict,
    /// The verdict now.
    pub verdict: Verdict,
    /// The verdict now, in one sentence.
    pub headline: String,
}

/// What a label changed for one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceEffect {
    /// Its name.
    pub source: String,
    /// Its messages.
    pub messages: u64,
    /// Its class before; none if its mail was no source of its own.
    pub class_before: Option<Class>,
    /// How it fared before, for own sources.
    pub health_before: Option<Health>,
    /// Its class now; none if its mail is no source of its own any more.
    pub class: Option<Class>,
    /// How it fares now, for own sources.
    pub health: Option<Health>,
}

/// What a change did to the verdict on one domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictEffect {
    /// The policy domain.
    pub domain: String,
    /// The verdict before.
    pub verdict_before: Verdict,
    /// The verdict now.
    pub verdict: Verdict,
    /// The verdict now, in one sentence.
    pub headline: String,
}

/// What came of telling: how what is kept now compares with what was kept just before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retold {
    /// Labels and profiles that were not there before.
    pub added: usize,
    /// Those that say something else than before.
    pub changed: usize,
    /// Those that say the same.
    pub unchanged: usize,
    /// Those that are kept no more.
    pub removed: usize,
}

impl Retold {
    /// Compares all that is kept.
    #[must_use]
    pub fn of(before: &Told, now: &Told) -> Self {
        let (labels, profiles) = (by_label(before), by_domain(before));
        let (labels_now, profiles_now) = (by_label(now), by_domain(now));
        let mut found = compared(&labels, &labels_now);
        found.add(compared(&profiles, &profiles_now));
        found
    }

    fn add(&mut self, other: Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.removed += other.removed;
    }
}

fn by_label(told: &Told) -> HashMap<(String, String), &Label> {
    let key = |label: &Label| (label.domain.to_lowercase(), label.source.to_lowercase());
    told.labels.iter().map(|label| (key(label), label)).collect()
}

fn by_domain(told: &Told) -> HashMap<String, &DomainProfile> {
    told.profiles.iter().map(|profile| (profile.domain.to_lowercase(), profile)).collect()
}

fn compared<K: Hash + Eq, T: PartialEq>(before: &HashMap<K, &T>, now: &HashMap<K, &T>) -> Retold {
    let removed = before.keys().filter(|key| !now.contains_key(*key)).count();
    let mut found = Retold { removed, ..Retold::default() };
    for (key, told) in now {
        match before.get(key) {
            None => found.added += 1,
            Some(before) if before == told => found.unchanged += 1,
            Some(_) => found.changed += 1,
        }
    }
    found
}

/// What came of reading a file of labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Labels of the file.
    pub labels: usize,
    /// Profiles of the file.
    pub profiles: usize,
    /// Of the labels and profiles that are kept now, those that were not before.
    pub added: usize,
    /// Those that say something else than before.
    pub changed: usize,
    /// Those that say the same.
    pub unchanged: usize,
    /// Those that are kept no more.
    pub removed: usize,
    /// What the file says of other domains than the one that was asked for.
    pub left_out: usize,
    /// Sources of labels of the file that no mail of the last year matches.
    pub unmatched: Vec<String>,
    /// The domains on which the verdict has changed.
    pub verdicts: Vec<VerdictEffect>,
}

/// A label as `labels` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedLabel {
    /// The policy domain, or `*`.
    pub domain: String,
    /// The source.
    pub source: String,
    /// What it is.
    pub label: LabelWord,
    /// Why, possibly empty.
    pub note: String,
    /// Since when it says so, RFC 3339 UTC.
    pub set_at: String,
    /// Messages in the window that it speaks of.
    pub messages: u64,
    /// Whether it speaks of none.
    pub stale: bool,
}

impl ListedLabel {
    /// A label, since when it says so, and how many messages it speaks of.
    #[must_use]
    pub fn new(label: Label, set_at: String, messages: u64) -> Self {
        let Label { domain, source, label, note } = label;
        Self { domain, source, label, note, set_at, messages, stale: messages == 0 }
    }
}
