//! What was **labelled** by a past day.
//!
//! In: the operator's knowledge of today, and when each label was set. Out: the same with the labels that
//! had been set by the evening of a day. A label that was changed counts from the change: what it said
//! before is not kept.

use std::borrow::Cow;

use crate::model::{Day, History, Knowledge};

/// The labels of a domain as days go by.
pub(super) struct Labelled<'a> {
    today: &'a Knowledge,
    set: &'a [Day],
    /// What was known on the day that was asked for last.
    known: Cow<'a, Knowledge>,
}

impl<'a> Labelled<'a> {
    /// Those of that domain.
    pub(super) fn new(today: &'a Knowledge, history: &'a History) -> Self {
        Self { today, set: &history.labels_set, known: Cow::Borrowed(today) }
    }

    /// What was known on the evening of that day.
    pub(super) fn by(&mut self, day: Day) -> &Knowledge {
        let labels = self.today.labels.iter().enumerate();
        let known =
            || labels.clone().filter(|(at, _)| self.set.get(*at).is_none_or(|set| *set <= day));
        // labels only come, so as many are the same
        if known().count() != self.known.labels.len() {
            let labels = known().map(|(_, label)| label.clone()).collect();
            self.known = Cow::Owned(Knowledge { labels, profile: self.today.profile });
        }
        &self.known
    }
}
