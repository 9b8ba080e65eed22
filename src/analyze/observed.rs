//! What the reports **observed** of the policy: which one holds now, for how long, and how well
//! the window is covered.
//!
//! In: the reports of the window. Out: days and reporters, counted, and the tags of the record as
//! far as reports show them (never `rua` or `ruf`).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::words::{Policy, Testing};
use crate::model::{Day, PolicyPublished, Traffic, Window};

use super::domain::organizational;

/// What was observed.
#[derive(Debug)]
pub(super) struct Observed<'a> {
    /// The policy that most reports of the last day saw: `none` where they saw no known word, as
    /// RFC 9989 section 4.7 has it.
    pub(super) policy: Policy,
    /// The first and the last day with reports.
    pub(super) reported: Option<Window>,
    /// The last day of the window.
    pub(super) last_day: Option<Day>,
    /// Days with reports on which most saw the present policy, since another was last seen.
    pub(super) days_at_present: u32,
    /// Days with reports.
    pub(super) report_days: u32,
    /// Days of the window from the first report on.
    pub(super) days: u32,
    /// Different reporters.
    pub(super) reporters: usize,
    /// Reports.
    pub(super) reports: u64,
    /// The policies that the last day's reports saw, with their weights.
    last_policies: Vec<(&'a PolicyPublished, u64)>,
}

impl<'a> Observed<'a> {
    /// Counts the reports. `given` is the policy that the operator knows to be published now.
    pub(super) fn of(traffic: &'a Traffic, window: Option<Window>, given: Option<&Policy>) -> Self {
        let by_day = by_day(traffic);
        let reported = by_day
            .first_key_value()
            .zip(by_day.last_key_value())
            .map(|((from, _), (to, _))| Window { from: *from, to: *to });
        let last_day = window.map(|w| w.to).max(reported.map(|r| r.to));
        let seen = by_day.last_key_value().map_or(Policy::None, |(_, votes)| majority(votes));
        let policy = given.cloned().unwrap_or(seen);
        let at_present =
            by_day.values().rev().take_while(|votes| majority(votes) == policy).count();
        let days = reported.zip(last_day).map_or(0, |(r, to)| Window { from: r.from, to }.days());
        Self {
            days_at_present: u32::try_from(at_present).unwrap_or(u32::MAX),
            report_days: u32::try_from(by_day.len()).unwrap_or(u32::MAX),
            days: u32::try_from(days).unwrap_or(0),
            reporters: reporters(traffic),
            reports: traffic.reports.iter().fold(0, |sum, r| sum.saturating_add(r.reports)),
            last_policies: last_policies(traffic, reported.map(|r| r.to)),
            policy,
            reported,
            last_day,
        }
    }

    /// Days from the first report to the last, silence between them included.
    pub(super) fn span(&self) -> u32 {
        self.reported.map_or(0, |window| u32::try_from(window.days()).unwrap_or(0))
    }

    /// The value that most reports of the last day state, where any states one.
    pub(super) fn tag(
        &self,
        read: impl Fn(&'a PolicyPublished) -> Option<&'a str>,
    ) -> Option<&'a str> {
        let mut votes: BTreeMap<&str, u64> = BTreeMap::new();
        for (policy, weight) in &self.last_policies {
            if let Some(value) = read(policy).filter(|value| !value.is_empty()) {
                *votes.entry(value).or_default() += weight;
            }
        }
        votes.into_iter().max_by_key(|(_, weight)| *weight).map(|(value, _)| value)
    }

    /// `pct`, where it is a number under 100.
    pub(super) fn sampled(&self) -> Option<u8> {
        let pct = self.tag(|p| p.pct.as_deref())?.trim().parse::<u8>().ok()?;
        (pct < 100).then_some(pct)
    }

    /// Whether the record says `t=y`.
    pub(super) fn testing(&self) -> bool {
        self.tag(|p| p.testing.as_ref().map(Testing::as_str)) == Some("y")
    }
}

/// How strict a policy is. What no RFC knows enforces nothing.
pub(super) fn strictness(policy: &Policy) -> u8 {
    match policy {
        Policy::None | Policy::Other(_) => 0,
        Policy::Quarantine => 1,
        Policy::Reject => 2,
    }
}

fn level(strictness: usize) -> Policy {
    [Policy::None, Policy::Quarantine].into_iter().nth(strictness).unwrap_or(Policy::Reject)
}

/// The policy with most votes; the stricter of equals, since that is what stops mail.
fn majority(votes: &[u64; 3]) -> Policy {
    level((0..3).max_by_key(|at| votes[*at]).unwrap_or(0))
}

fn by_day(traffic: &Traffic) -> BTreeMap<Day, [u64; 3]> {
    let mut days: BTreeMap<Day, [u64; 3]> = BTreeMap::new();
    for report in &traffic.reports {
        let policy = traffic.policies.get(report.policy as usize).and_then(|p| p.p.as_ref());
        let votes = days.entry(report.day).or_default();
        let vote = &mut votes[usize::from(policy.map_or(0, strictness))];
        *vote = vote.saturating_add(report.reports);
    }
    days
}

/// Different organisations: by the domain of the e-mail address, else by name.
fn reporters(traffic: &Traffic) -> usize {
    let who = |index: u32| {
        let name = traffic.reporters.get(index as usize)?;
        let domain = name.email.rsplit_once('@').map_or(name.org_name.as_str(), |(_, d)| d);
        Some(organizational(domain.trim()).to_ascii_lowercase())
    };
    let heard: BTreeSet<u32> = traffic.reports.iter().map(|report| report.reporter).collect();
    heard.into_iter().filter_map(who).collect::<BTreeSet<_>>().len()
}

fn last_policies(traffic: &Traffic, last: Option<Day>) -> Vec<(&PolicyPublished, u64)> {
    let of_last = traffic.reports.iter().filter(|report| Some(report.day) == last);
    of_last
        .filter_map(|r| Some((traffic.policies.get(r.policy as usize)?, r.reports.min(1 << 32))))
        .collect()
}
