//! What the reports **observed** of the policy: which one holds now, since when, what was before it,
//! and how well the window is covered.
//!
//! In: the reports of the window, and of the year before it. Out: days and reporters, counted, the
//! history of the policy, and the tags of the record as far as reports show them (never `rua` or
//! `ruf`).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::evidence::PolicySpan;
use crate::model::traffic::ReportCount;
use crate::model::words::Policy;
use crate::model::{Day, PolicyPublished, Traffic, Window};

use super::coverage::Coverage;
use super::reporter::Reporters;
use super::thresholds::Thresholds;
use super::weight::{Weights, heard_since};

mod held;
mod tags;

pub(super) use held::Held;
use held::{BelowOnDay, Sight, believed, latest};

/// What was observed.
#[derive(Debug)]
pub(super) struct Observed<'a> {
    /// The policy that most reporters saw last, over the last days with reports: `none` where they
    /// saw no known word, as RFC 9989 section 4.7 has it. A single forged report does not change it.
    pub(super) policy: Policy,
    /// The first and the last day with reports, those of the year before the window included.
    pub(super) reported: Option<Window>,
    /// The same of the window alone.
    pub(super) in_window: Option<Window>,
    /// The last day of the window.
    pub(super) last_day: Option<Day>,
    /// The window that was asked for.
    asked: Option<Window>,
    /// Days with reports on which most saw the present policy, since another was last seen. A day
    /// with fewer reporters than a move needs shows no other policy: it may be forged. Where the
    /// policy holds in full now, days of a sample (`pct`) or of test mode (`t=y`) are another one. Where
    /// there are reporters enough, days of fewer count up to as many as those of enough.
    pub(super) days_at_present: u32,
    /// The first of these days.
    pub(super) present_since: Option<Day>,
    /// Whether the present policy holds in part only.
    partial: bool,
    /// What each day with reports tells of the policy of subdomains, in order.
    below: Vec<BelowOnDay>,
    /// How the policy changed, oldest first; the days of few reporters begin no span.
    pub(super) history: Vec<PolicySpan>,
    /// The first day with reports, that of a stranger's single old report left out.
    pub(super) heard_since: Option<Day>,
    /// How well the last month is covered.
    pub(super) coverage: Coverage,
    /// Different organisations that reported on some days of the last month.
    pub(super) reporters: usize,
    /// Different organisations that reported at all in the last month.
    pub(super) heard: usize,
    /// Whether those that reported on some days are as many as a move needs.
    enough_reporters: bool,
    /// Reports.
    pub(super) reports: u64,
    /// What the word of each organisation weighs.
    pub(super) weights: Weights,
    /// Which organisation saw which record on which day, each once.
    seen: Vec<(usize, Day, &'a PolicyPublished)>,
    /// How many organisations these are.
    organizations: usize,
    /// Days with reports from which on one of them counts.
    reporter_days: usize,
    /// What each saw last, in the last days with reports: what is published now.
    last: Vec<(usize, &'a PolicyPublished)>,
}

impl<'a> Observed<'a> {
    /// Counts the reports. `given` is the policy that the operator knows to be published now, and
    /// whether it holds in part only.
    pub(super) fn of(
        traffic: &'a Traffic,
        window: Option<Window>,
        given: Option<(Policy, bool)>,
        limits: &Thresholds,
    ) -> Self {
        let reporters = Reporters::of(traffic);
        let by_day = by_day(traffic, &reporters);
        let reported = by_day
            .first_key_value()
            .zip(by_day.last_key_value())
            .map(|((from, _), (to, _))| Window { from: *from, to: *to });
        let ends = traffic.reports.first().zip(traffic.reports.last());
        let in_window = ends.map(|(first, last)| Window { from: first.day, to: last.day });
        let last_day = window.map(|w| w.to).max(reported.map(|r| r.to));
        let recently = nth_last(&by_day, limits.record_days);
        let seen_last = last_votes(traffic, &reporters, recently);
        let seen_last = (seen_last.policy(), seen_last.is_partial());
        let (policy, partial) = given.unwrap_or_else(|| seen_last.clone());
        let same = |votes: &Votes| votes.policy() == policy && (partial || !votes.is_partial());
        let is_full = |votes: &Votes| votes.organizations >= limits.reporters;
        let sight = |(day, votes): (&Day, &Votes)| Sight {
            day: *day,
            holds: same(votes),
            full: is_full(votes),
        };
        let at_present = latest(by_day.iter().rev().map(sight));
        let month = last_day.map_or(Day(i32::MIN), |day| month_before(day, limits));
        let month =
            last_day.map_or(Window { from: month, to: month }, |to| Window { from: month, to });
        let seen = seen(traffic, &reporters);
        let ever = heard(traffic.policies_before.iter().chain(&traffic.reports), &reporters);
        let lately = traffic.reports.iter().filter(|report| report.day >= month.from);
        let heard = heard(lately, &reporters);
        let reporter_days = limits.reporter_days as usize;
        let several = heard.values().filter(|days| days.len() >= reporter_days).count();
        let reported_on = by_day.keys().copied();
        let enough_reporters = several >= limits.reporters as usize;
        let coverage = Coverage::of(reported_on, month, limits.day_coverage);
        Self {
            days_at_present: believed(&at_present, enough_reporters),
            present_since: at_present.last().map(|(day, _)| *day),
            partial,
            below: by_day
                .iter()
                .map(|(day, votes)| BelowOnDay::of(*day, votes, is_full(votes)))
                .collect(),
            asked: window,
            history: history(&by_day, limits),
            heard_since: heard_since(&ever),
            coverage,
            reporters: several,
            enough_reporters,
            heard: heard.len(),
            reports: traffic.reports.iter().fold(0, |sum, r| sum.saturating_add(r.reports)),
            organizations: seen.iter().map(|(id, ..)| *id).collect::<BTreeSet<_>>().len(),
            reporter_days,
            weights: Weights::of(traffic, &reporters, limits),
            seen,
            last: last(traffic, &reporters, recently, &seen_last.0),
            policy,
            reported,
            in_window,
            last_day,
        }
    }

    /// The first day of the present policy, where it enforces something and began lately, after
    /// another.
    pub(super) fn moved(&self, limits: &Thresholds) -> Option<Day> {
        let since = self.present_since.filter(|_| strictness(&self.policy) > 0)?;
        let age = i64::from(self.last_day?.0) - i64::from(since.0);
        let lately = age <= i64::from(limits.after_move_days);
        (lately && self.reported?.from < since).then_some(since)
    }

    /// Days from the first at the present policy to the last with reports.
    pub(super) fn span_at_present(&self) -> u32 {
        self.span_since(self.present_since)
    }

    /// Days of a window that is asked for like this one: of one that begins with the first report, as
    /// a young store has it, a month at the least.
    pub(super) fn window_days(&self, limits: &Thresholds) -> u32 {
        let days = self.asked.map_or(0, |asked| u32::try_from(asked.days()).unwrap_or(0));
        let is_all =
            self.asked.zip(self.reported).is_none_or(|(asked, all)| asked.from <= all.from);
        if is_all { days.max(limits.coverage_days) } else { days.max(1) }
    }

    /// Days from the first report that is believed to the last, silence between them included.
    pub(super) fn span(&self) -> u32 {
        let ends = self.heard_since.zip(self.reported);
        let window = ends.map(|(from, reported)| Window { from, to: reported.to });
        window.map_or(0, |window| u32::try_from(window.days()).unwrap_or(0))
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

/// A `pct` that is a number under 100.
pub(super) fn sample(pct: &str) -> Option<u8> {
    pct.trim().parse::<u8>().ok().filter(|pct| *pct < 100)
}

/// What some organisations saw, each with one vote.
#[derive(Debug, Clone, Copy, Default)]
struct Votes {
    /// How many organisations they are.
    organizations: u32,
    /// Breaks ties between policies: on how many days organisations saw each.
    days: [u64; 3],
    /// By strictness.
    policies: [u64; 3],
    /// By strictness, of those that state `sp`.
    subdomains: [u64; 3],
    /// Whether one of them ever states `sp`, so that its silence says that there is none.
    knows_below: bool,
    /// `t`: no, yes. Reporters that do not write the tag have no vote.
    testing: [u64; 2],
    /// `pct`: all, a part; the same.
    sampled: [u64; 2],
}

impl Votes {
    fn add(&mut self, policy: &PolicyPublished) {
        self.organizations += 1;
        self.policies[at(policy)] += 1;
        if let Some(sp) = policy.sp.as_ref().filter(|sp| sp.is_known()) {
            self.subdomains[usize::from(strictness(sp))] += 1;
        }
        if let Some(testing) = &policy.testing {
            self.testing[usize::from(testing.as_str() == "y")] += 1;
        }
        if let Some(pct) = &policy.pct {
            self.sampled[usize::from(sample(pct).is_some())] += 1;
        }
    }

    /// The policy with most votes; of equals the one seen on more days, then the stricter, since
    /// that is what stops mail.
    fn policy(&self) -> Policy {
        let seen = (0..3).filter(|at| self.policies[*at] > 0);
        level(seen.max_by_key(|at| (self.policies[*at], self.days[*at])).unwrap_or(0))
    }

    /// The policy of subdomains that most of those state that state one.
    fn stated_below(&self) -> Option<Policy> {
        let told = (0..3).filter(|at| self.subdomains[*at] > 0);
        told.max_by_key(|at| self.subdomains[*at]).map(level)
    }

    /// The same, where it is another than `p`.
    fn subdomains(&self) -> Option<Policy> {
        self.stated_below().filter(|most| *most != self.policy())
    }

    /// Whether the policy held for a sample only, or in test mode; `p=none` holds in full always.
    fn is_partial(&self) -> bool {
        let most = |[no, yes]: [u64; 2]| yes > no;
        self.policy() != Policy::None && (most(self.testing) || most(self.sampled))
    }
}

/// By how strict it is, the place of a policy among votes.
fn at(policy: &PolicyPublished) -> usize {
    usize::from(policy.p.as_ref().map_or(0, strictness))
}

/// What each organisation saw on each day, by day: the record that most of its reports of the day
/// saw, so that ten reports of one day weigh no more than one. Reports that point to no record are
/// passed over.
fn sights<'a>(
    reports: impl Iterator<Item = &'a ReportCount>,
    traffic: &'a Traffic,
    reporters: &Reporters<'_>,
) -> BTreeMap<(Day, usize), &'a PolicyPublished> {
    let mut told: BTreeMap<(Day, usize), BTreeMap<u32, u64>> = BTreeMap::new();
    for report in reports.filter(|report| (report.policy as usize) < traffic.policies.len()) {
        let by = (report.day, reporters.organization(report.reporter));
        let count = told.entry(by).or_default().entry(report.policy).or_default();
        *count = count.saturating_add(report.reports);
    }
    let most = told.into_iter().filter_map(|(by, policies)| {
        let (policy, _) = policies.into_iter().max_by_key(|(_, reports)| *reports)?;
        Some((by, traffic.policies.get(policy as usize)?))
    });
    most.collect()
}

/// The reports since that day.
fn recent(traffic: &Traffic, since: Option<Day>) -> impl Iterator<Item = &ReportCount> {
    traffic.reports.iter().filter(move |report| since.is_some_and(|day| report.day >= day))
}

/// What each organisation saw last since that day, one vote each, so that who writes every day
/// weighs no more than who wrote once.
fn last_votes(traffic: &Traffic, reporters: &Reporters<'_>, since: Option<Day>) -> Votes {
    let mut votes = Votes::default();
    let mut latest = BTreeMap::new();
    for ((_, organization), policy) in sights(recent(traffic, since), traffic, reporters) {
        latest.insert(organization, policy);
        votes.days[at(policy)] += 1;
    }
    latest.into_values().for_each(|policy| votes.add(policy));
    votes
}

/// Every day with reports, those of the year before the window included.
fn by_day(traffic: &Traffic, reporters: &Reporters<'_>) -> BTreeMap<Day, Votes> {
    let reports = || traffic.policies_before.iter().chain(&traffic.reports);
    let mut days: BTreeMap<Day, Votes> =
        reports().map(|report| (report.day, Votes::default())).collect();
    let sights = sights(reports(), traffic, reporters);
    let states = |policy: &PolicyPublished| policy.sp.as_ref().is_some_and(Policy::is_known);
    let stating: BTreeSet<usize> =
        sights.iter().filter(|(_, policy)| states(policy)).map(|((_, id), _)| *id).collect();
    for ((day, organization), policy) in sights {
        let votes = days.entry(day).or_default();
        votes.add(policy);
        votes.knows_below |= stating.contains(&organization);
    }
    days
}

/// The spans of days that saw the same policy. A day with fewer reporters than a move needs shows no
/// other policy: it may be forged. It counts where it agrees.
fn history(by_day: &BTreeMap<Day, Votes>, limits: &Thresholds) -> Vec<PolicySpan> {
    let mut spans: Vec<PolicySpan> = Vec::new();
    for (day, votes) in by_day {
        let seen = PolicySpan {
            p: votes.policy().as_str().to_owned(),
            sp: votes.subdomains().map(|sp| sp.as_str().to_owned()),
            partial: votes.is_partial(),
            from: *day,
            to: *day,
            days: 1,
        };
        match spans.last_mut() {
            Some(last) if last.says_the_same(&seen) => {
                (last.to, last.days) = (*day, last.days + 1);
            }
            Some(_) if votes.organizations < limits.reporters => {}
            _ => spans.push(seen),
        }
    }
    spans
}

/// The first day of the month that ends on that day.
pub(super) fn month_before(last: Day, limits: &Thresholds) -> Day {
    let days = i32::try_from(limits.coverage_days.max(1)).unwrap_or(i32::MAX);
    Day(last.0.saturating_sub(days.saturating_sub(1)))
}

/// The first of the last days with reports.
fn nth_last(by_day: &BTreeMap<Day, Votes>, days: u32) -> Option<Day> {
    by_day.keys().rev().take(days.max(1) as usize).next_back().copied()
}

/// Which organisations wrote those reports, and of which days.
fn heard<'a>(
    reports: impl Iterator<Item = &'a ReportCount>,
    reporters: &Reporters<'_>,
) -> BTreeMap<usize, BTreeSet<Day>> {
    let mut days: BTreeMap<usize, BTreeSet<Day>> = BTreeMap::new();
    for report in reports.filter(|report| reporters.knows(report.reporter)) {
        days.entry(reporters.organization(report.reporter)).or_default().insert(report.day);
    }
    days
}

fn seen<'a>(
    traffic: &'a Traffic,
    reporters: &Reporters<'_>,
) -> Vec<(usize, Day, &'a PolicyPublished)> {
    let saw =
        |report: &ReportCount| (reporters.organization(report.reporter), report.day, report.policy);
    let seen: BTreeSet<_> = traffic.reports.iter().map(saw).collect();
    let policy = |(id, day, index): (usize, Day, u32)| {
        Some((id, day, traffic.policies.get(index as usize)?))
    };
    seen.into_iter().filter_map(policy).collect()
}

/// What each organisation saw last since that day, of the records with this `p`.
fn last<'a>(
    traffic: &'a Traffic,
    reporters: &Reporters<'_>,
    since: Option<Day>,
    present: &Policy,
) -> Vec<(usize, &'a PolicyPublished)> {
    let present = usize::from(strictness(present));
    let is_present = |report: &&ReportCount| {
        traffic.policies.get(report.policy as usize).is_some_and(|policy| at(policy) == present)
    };
    let sights = sights(recent(traffic, since).filter(is_present), traffic, reporters);
    // by day, so that the last stays
    let latest = sights.into_iter().map(|((_, organization), policy)| (organization, policy));
    latest.collect::<BTreeMap<_, _>>().into_iter().collect()
}
