//! The **tags** of the record, as far as reports show them.
//!
//! In: which organisation saw which record. Out: the value of a tag by their votes. What one of several
//! organisations alone states is no tag of the record: it would be published.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::words::{AlignmentMode, Policy, Testing};
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
            tellers.len() >= 2.min(self.organizations)
                && self.weights.are_some(tellers.keys().copied())
        })
    }

    /// The same of a tag that few reporters write yet (RFC 9990): one is enough, if it states the value
    /// on as many days as make a reporter count ([`Thresholds::reporter_days`](crate::analyze::Thresholds::reporter_days)).
    pub(in super::super) fn new_tag(&self, read: Read<'a>) -> Option<&'a str> {
        self.steadily_told(read)
            .filter(|value| self.weights.are_some(self.tellers(read, value).into_keys()))
    }

    /// The value of such a tag by those who state it steadily, however much they tell.
    fn steadily_told(&self, read: Read<'a>) -> Option<&'a str> {
        self.voted(read).filter(|value| {
            let tellers = self.tellers(read, value);
            tellers.len() >= 2.min(self.organizations)
                || tellers.values().any(|days| days.len() >= self.reporter_days)
        })
    }

    /// What is stated steadily, and only by those who tell a small part of the mail: the tag, its value,
    /// and by whom. What says no more than its default is passed over.
    pub(in super::super) fn doubted_tags(&self) -> Vec<(&'static str, &'a str, Vec<usize>)> {
        let doubted = |(tag, read): (&'static str, Read<'a>)| {
            let value = self.steadily_told(read).filter(|value| !self.is_default(tag, value))?;
            let tellers = self.tellers(read, value);
            let believed = match tag {
                "t" => self.testing(),
                _ => self.weights.are_some(tellers.keys().copied()),
            };
            (!believed).then(|| (tag, value, tellers.into_keys().collect()))
        };
        let read: [(&'static str, Read<'a>); 6] = [
            ("sp", |p| known(p.sp.as_ref())),
            ("np", |p| known(p.np.as_ref())),
            ("adkim", |p| p.adkim.as_ref().map(AlignmentMode::as_str)),
            ("aspf", |p| p.aspf.as_ref().map(AlignmentMode::as_str)),
            ("t", testing),
            ("pct", |p| p.pct.as_deref()),
        ];
        read.into_iter().filter_map(doubted).collect()
    }

    fn is_default(&self, tag: &str, value: &str) -> bool {
        match tag {
            "sp" | "np" => value == self.policy.as_str(),
            "t" => value != "y",
            "pct" => sample(value).is_none(),
            _ => value != "s",
        }
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

    /// Whether the record says `t=y`. Here one who writes regularly is enough, however little it tells:
    /// to take a policy in test mode for one in force would skip a step, the other way round costs a month.
    pub(in super::super) fn testing(&self) -> bool {
        let value = self.steadily_told(testing).filter(|value| *value == "y");
        value.is_some_and(|value| {
            let tellers = self.tellers(testing, value);
            tellers.keys().any(|id| self.weights.counts(*id))
                || self.weights.are_some(tellers.keys().copied())
        })
    }
}

fn testing(policy: &PolicyPublished) -> Option<&str> {
    policy.testing.as_ref().map(Testing::as_str)
}

fn known(policy: Option<&Policy>) -> Option<&str> {
    policy.filter(|policy| policy.is_known()).map(Policy::as_str)
}
