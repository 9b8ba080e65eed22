//! The **tags** of the record, as far as reports show them.
//!
//! In: which organisation saw which record. Out: the value of a tag by their votes. What one of several
//! organisations alone states is no tag of the record: it would be published.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::words::Testing;
use crate::model::{Day, PolicyPublished};

use super::{Observed, sample};

/// Reads the value of a tag.
type Read<'a> = fn(&'a PolicyPublished) -> Option<&'a str>;

impl<'a> Observed<'a> {
    /// The value of a tag by the reports of the last days with reports (as many as
    /// [`Thresholds::record_days`](crate::analyze::Thresholds::record_days)) that saw the present `p`. Each organisation has one vote, by what
    /// it saw last: for the value that its report states, or, where it states none, for the tag's
    /// absence. But one that stated the tag in no report of the window may never write it, so its
    /// silence is no vote. Of values with as many votes, one that is stated wins over absence, then the
    /// last by the alphabet. A value that only one of several organisations states counts for nothing:
    /// what a stranger writes must not be published. Nor does one that only those state who tell a small part
    /// of the mail ([`Thresholds::swamping_share`](crate::analyze::Thresholds::swamping_share) is told by the others).
    pub(in super::super) fn tag(&self, read: Read<'a>) -> Option<&'a str> {
        self.voted(read).filter(|value| {
            let tellers = self.tellers(read, value);
            tellers.len() >= 2.min(self.organizations) && self.weigh_enough(&tellers)
        })
    }

    /// The same of a tag that few reporters write yet (RFC 9990): one is enough, if it states the value
    /// on as many days as make a reporter count ([`Thresholds::reporter_days`](crate::analyze::Thresholds::reporter_days)).
    pub(in super::super) fn new_tag(&self, read: Read<'a>) -> Option<&'a str> {
        self.steadily_told(read).filter(|value| self.weigh_enough(&self.tellers(read, value)))
    }

    /// The value of such a tag by those who state it steadily, however much they tell.
    fn steadily_told(&self, read: Read<'a>) -> Option<&'a str> {
        self.voted(read).filter(|value| {
            let tellers = self.tellers(read, value);
            tellers.len() >= 2.min(self.organizations)
                || tellers.values().any(|days| days.len() >= self.reporter_days)
        })
    }

    /// A value that is stated steadily, and only by those who tell a small part of the mail; with their
    /// names.
    pub(in super::super) fn doubted_tag(&self, read: Read<'a>) -> Option<(&'a str, Vec<usize>)> {
        let value = self.steadily_told(read)?;
        let tellers = self.tellers(read, value);
        (!self.weigh_enough(&tellers)).then(|| (value, tellers.into_keys().collect()))
    }

    /// Whether those tell some part of the mail; where nobody tells of it regularly, all do.
    fn weigh_enough(&self, tellers: &BTreeMap<usize, BTreeSet<Day>>) -> bool {
        let told = self.weights.sum(tellers.keys().copied());
        told as f64 >= self.little * self.weights.all() as f64
    }

    /// The same, whoever states it.
    pub(in super::super) fn voted(&self, read: Read<'a>) -> Option<&'a str> {
        let read = |policy| read(policy).filter(|value| !value.is_empty());
        let states = self.seen.iter().filter(|(_, _, policy)| read(policy).is_some());
        let stating: HashSet<usize> = states.map(|(organization, ..)| *organization).collect();
        let mut votes: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        for (_, policy) in self.last.iter().filter(|(id, _)| stating.contains(id)) {
            *votes.entry(read(policy)).or_default() += 1;
        }
        votes.into_iter().max_by_key(|(_, weight)| *weight).and_then(|(value, _)| value)
    }

    /// Which organisations state that value in the window, and on which days.
    fn tellers(&self, read: Read<'a>, value: &str) -> BTreeMap<usize, BTreeSet<Day>> {
        let mut tellers: BTreeMap<usize, BTreeSet<Day>> = BTreeMap::new();
        for (organization, day, policy) in &self.seen {
            if read(policy) == Some(value) {
                tellers.entry(*organization).or_default().insert(*day);
            }
        }
        tellers
    }

    /// `pct`, where it is a number under 100.
    pub(in super::super) fn sampled(&self) -> Option<u8> {
        self.tag(|p| p.pct.as_deref()).and_then(sample)
    }

    /// Whether the record says `t=y`.
    pub(in super::super) fn testing(&self) -> bool {
        self.new_tag(|p| p.testing.as_ref().map(Testing::as_str)) == Some("y")
    }
}
