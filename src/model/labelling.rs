//! What a **label does**: what its setting changed, and what it matches. Field names are JSON keys.

use serde::Serialize;

use super::knowledge::{Label, LabelWord};
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
