//! How long a policy has **held**: `p`, or that of subdomains.
//!
//! In: the days with reports, latest first, and whether each saw it. Out: how many days count, since
//! when, and how long that is. A day with fewer reporters than a move needs shows no other policy: it
//! may be forged.

use crate::model::words::Policy;
use crate::model::{Day, Window};

use super::{Observed, Votes, strictness};

/// How long a policy has held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Held {
    /// The tag and its value: `p=none`.
    pub(in super::super) tag: String,
    /// Days with reports that saw it, since another was last seen.
    pub(in super::super) days: u32,
    /// The first of them.
    pub(in super::super) since: Option<Day>,
    /// Days from the first of them to the last with reports.
    pub(in super::super) span: u32,
}

/// A day with reports: whether it saw the policy, and whether reporters enough tell of it.
pub(super) struct Sight {
    pub(super) day: Day,
    pub(super) holds: bool,
    pub(super) full: bool,
}

/// What a day with reports tells of the policy of subdomains.
#[derive(Debug)]
pub(super) struct BelowOnDay {
    day: Day,
    /// `p` of the day.
    p: Policy,
    /// What most of those that state `sp` state.
    stated: Option<Policy>,
    /// Whether one tells of it that ever states `sp`.
    known: bool,
    /// Whether it held in part only.
    partial: bool,
    /// Whether reporters enough tell of it.
    full: bool,
}

impl BelowOnDay {
    pub(super) fn of(day: Day, votes: &Votes, full: bool) -> Self {
        let (p, stated) = (votes.policy(), votes.stated_below());
        Self { day, p, stated, known: votes.knows_below, partial: votes.is_partial(), full }
    }

    /// Whether that policy held for subdomains. Where the record has a tag of its own for it
    /// (`tagged`), a day of those who never write `sp` says nothing against it.
    fn saw(&self, policy: &Policy, tagged: bool) -> bool {
        match &self.stated {
            Some(stated) => stated == policy,
            None => (tagged && !self.known) || self.p == *policy,
        }
    }
}

/// The latest days on which it held, latest first, each with whether reporters enough tell of it.
pub(super) fn latest(days: impl Iterator<Item = Sight>) -> Vec<(Day, bool)> {
    let same = days.take_while(|day| day.holds || !day.full);
    same.filter(|day| day.holds).map(|day| (day.day, day.full)).collect()
}

/// How many of these days count. Where reporters are enough otherwise, a month of days that one
/// stranger made is no month.
pub(super) fn believed(days: &[(Day, bool)], enough_reporters: bool) -> u32 {
    let full = days.iter().filter(|(_, full)| *full).count();
    let thin = days.len() - full;
    let count = if enough_reporters { full + thin.min(full) } else { days.len() };
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Observed<'_> {
    /// How long `p` has held.
    pub(in super::super) fn held(&self) -> Held {
        Held {
            tag: format!("p={}", self.policy),
            days: self.days_at_present,
            since: self.present_since,
            span: self.span_at_present(),
        }
    }

    /// How long that policy has held for subdomains, whatever `p` was. `tagged`: whether the record
    /// says it in a tag of its own.
    pub(in super::super) fn held_below(&self, policy: &Policy, tagged: bool) -> Held {
        let in_full = strictness(policy) > 0 && !self.partial;
        let sight = |day: &BelowOnDay| Sight {
            day: day.day,
            holds: day.saw(policy, tagged) && !(in_full && day.partial),
            full: day.full,
        };
        let days = latest(self.below.iter().rev().map(sight));
        let since = days.last().map(|(day, _)| *day);
        Held {
            tag: format!("sp={policy}"),
            days: believed(&days, self.enough_reporters),
            since,
            span: self.span_since(since),
        }
    }

    /// The first day since which that policy holds for subdomains.
    pub(in super::super) fn subdomains_since(&self, policy: &Policy) -> Option<Day> {
        self.held_below(policy, false).since
    }

    /// Days from that one to the last with reports.
    pub(super) fn span_since(&self, since: Option<Day>) -> u32 {
        let window = since.zip(self.reported).map(|(from, all)| Window { from, to: all.to });
        window.and_then(|window| u32::try_from(window.days()).ok()).unwrap_or(0)
    }
}
