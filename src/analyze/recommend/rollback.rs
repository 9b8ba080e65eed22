//! **Rollback**: after a move, own mail is being stopped, and the way back.
//!
//! In: a case. Out: the decision to go back one step, of `p` or, where only subdomains are hit, of
//! `sp`; none where nothing is stopped, where the fault is over, or where it is as old as the step is
//! long: going back mends nothing then that was not so before.

use std::collections::BTreeSet;

use crate::model::numbers::{agree, amount};
use crate::model::traffic::TrafficRow;
use crate::model::verdict::{Class, Health, Tally, Verdict};
use crate::model::words::Policy;
use crate::model::{Day, LabelWord};

use super::super::classify::fails_often;
use super::super::facts::Stopped;
use super::super::failing_since;
use super::super::fixes;
use super::super::gates::Evidence;
use super::super::reporter::Reporters;
use super::super::source::Source;
use super::{Case, Decision, Step, blockers, in_the_way, in_the_way_below};

/// Days from the start of the window within which a fault was there before it.
const FROM_THE_START: i32 = 3;

/// The policy one step back.
fn weaker(policy: &Policy) -> Option<Policy> {
    match policy {
        Policy::Reject => Some(Policy::Quarantine),
        Policy::Quarantine => Some(Policy::None),
        Policy::None | Policy::Other(_) => None,
    }
}

pub(super) fn rollback(case: &Case<'_>) -> Option<Decision> {
    if case.evidence.profile.sends_mail == Some(false) {
        return None;
    }
    of_domain(case).or_else(|| of_subdomains(case))
}

/// Of `p`. It decides over subdomains, too, where no `sp` does.
fn of_domain(case: &Case<'_>) -> Option<Decision> {
    let back = weaker(case.policy())?;
    let follows = case.present.tag("sp").is_none();
    let since = case.evidence.observed.present_since;
    let by_p = |source: &&Source<'_>| follows || !source.below;
    let mut hurt: Vec<_> = hurt(&case.evidence, since).into_iter().filter(by_p).collect();
    let alarmed = case.after_move.as_ref().is_some_and(|after| after.is_alarming());
    if hurt.is_empty() && alarmed {
        let stopped =
            |source: &&Source<'_>| stopped(source) > 0 && is_believable(source, &case.evidence);
        hurt = case.evidence.own().filter(stopped).filter(by_p).collect();
    }
    let what = format!("go back to p={back}");
    let mut sources = in_the_way(&case.evidence);
    sources.extend(in_the_way_below(case));
    Some(Decision {
        verdict: Verdict::Rollback,
        headline: told(case, &what, &hurt, &case.evidence)?,
        step: Step::Policy(back),
        blockers: blockers(case, &sources),
        basis: None,
    })
}

/// Of `sp` alone, where no more is hit.
fn of_subdomains(case: &Case<'_>) -> Option<Decision> {
    let policy = case.subdomain_policy();
    let back = weaker(&policy)?;
    let judged = case.below.as_ref().unwrap_or(&case.evidence);
    let since = judged.observed.subdomains_since(&policy);
    let hurt: Vec<_> = hurt(judged, since).into_iter().filter(|source| source.below).collect();
    let what = format!("go back for subdomains to sp={back}");
    Some(Decision {
        verdict: Verdict::Rollback,
        headline: told(case, &what, &hurt, judged)?,
        step: Step::Subdomains(back),
        blockers: blockers(case, &in_the_way(judged)),
        basis: None,
    })
}

/// What to do, whom it hits, who alone says so, and what to mend then; none where nobody is hit.
fn told(
    case: &Case<'_>,
    what: &str,
    hurt: &[&Source<'_>],
    evidence: &Evidence<'_>,
) -> Option<String> {
    let most = hurt.iter().max_by_key(|source| stopped(source))?;
    let messages = hurt.iter().fold(0, |sum: u64, source| sum.saturating_add(stopped(source)));
    let were = agree(messages, "was", "were");
    let own = amount(messages, "own message");
    let whose = match hurt.len() {
        1 => format!("{own} of {} {were} stopped", most.name),
        _ => format!("{own} {were} stopped, most of {}", most.name),
    };
    let alone = Tellers::of(hurt, evidence).alone(evidence);
    let then = match alone {
        Some(names) => format!(", told by {names} alone: ask there before you roll back"),
        None => format!("; then {}", fixes::in_brief(most, &case.setting())),
    };
    Some(format!("{what}: {whose}{then}"))
}

fn stopped(source: &Source<'_>) -> u64 {
    source.quarantined.saturating_add(source.rejected)
}

/// The own sources whose mail is stopped, lately and still. `since`: the first day of the policy that
/// stops it.
fn hurt<'a>(evidence: &Evidence<'a>, since: Option<Day>) -> Vec<&'a Source<'a>> {
    let limits = evidence.limits;
    let wholly = |source: &Source<'_>| {
        source.is_labelled(LabelWord::Ours)
            && source.tally.dmarc_pass == 0
            && source.tally.messages >= limits.source_total_failure
    };
    let often = |source: &Source<'_>| {
        let doubted = source.is_doubted && source.health == Some(Health::Misconfigured);
        doubted || fails_often(source, limits)
    };
    let is_hurt = |source: &&Source<'_>| {
        source.class == Class::Own
            && stopped(source) > 0
            && source.healed.is_none()
            && is_believable(source, evidence)
            && (wholly(source) || (often(source) && is_new(source, evidence, since)))
    };
    evidence.sources.iter().copied().filter(is_hurt).collect()
}

/// Whether more than one reporter tells of it, or one on more than a day or two: a single report can
/// be written by whoever wants the domain open again. And it must be some part of the own mail, unless
/// somebody tells of it who writes regularly.
fn is_believable(source: &Source<'_>, evidence: &Evidence<'_>) -> bool {
    let failing = source.days.iter().filter(|day| day.failing > 0).count();
    let tellers = Tellers::of(&[source], evidence);
    let by_several = source.fails_only_at.is_none() && tellers.organizations.len() >= 2;
    let known = by_several || failing >= evidence.limits.asks_days as usize;
    known
        && (is_a_share(source, evidence) || tellers.are_regular(evidence))
        && !tellers.are_contradicted(evidence)
}

/// Whether what is stopped is some part of the own mail of the domain itself, or of its subdomains.
fn is_a_share(source: &Source<'_>, evidence: &Evidence<'_>) -> bool {
    let own = evidence.own().filter(|own| own.below == source.below);
    let all = own.fold(0, |sum: u64, own| sum.saturating_add(own.tally.messages));
    stopped(source) as f64 >= evidence.limits.rollback_share * all as f64
}

/// Who tells of the stopped mail of some sources, and what the others say of these days.
struct Tellers {
    organizations: BTreeSet<usize>,
    /// Mail of these sources since it was stopped first, as those regular reporters tell of it who saw
    /// none stopped.
    others: Tally,
    /// Whether anybody else tells of these sources.
    are_others: bool,
}

impl Tellers {
    fn of(sources: &[&Source<'_>], evidence: &Evidence<'_>) -> Self {
        let (traffic, reporters) = (evidence.traffic, Reporters::of(evidence.traffic));
        let fact = |row: &TrafficRow| evidence.facts.get(row.fingerprint as usize);
        let is_stopped =
            |row: &TrafficRow| fact(row).is_some_and(|fact| fact.stopped != Stopped::No);
        let rows = || sources.iter().flat_map(|source| source.rows_of(traffic)).map(|(_, row)| row);
        let by = |row: &TrafficRow| reporters.organization(row.reporter);
        let stopped = || rows().filter(|row| is_stopped(row));
        let organizations: BTreeSet<usize> = stopped().map(by).collect();
        let since = stopped().map(|row| row.day).min();
        let mut found = Self { organizations, others: Tally::default(), are_others: false };
        for row in rows().filter(|row| !found.organizations.contains(&by(row))) {
            found.are_others = true;
            let regular = evidence.observed.weights.is_regular(by(row)) && Some(row.day) >= since;
            if let Some(fact) = fact(row).filter(|_| regular) {
                found.others.add(row.messages, fact.dkim, fact.spf);
            }
        }
        found
    }

    /// Their names, where others tell of the same sources, too: of one alone, or of some who tell little of
    /// the domain's mail.
    fn alone(&self, evidence: &Evidence<'_>) -> Option<String> {
        let told_by = || self.organizations.iter().copied();
        let few = told_by().count() == 1 || !evidence.observed.weights.are_some(told_by());
        let ids: Vec<usize> = told_by().collect();
        (self.are_others && few).then(|| Reporters::of(evidence.traffic).names_of(&ids))
    }

    /// Whether one of them tells of mail regularly.
    fn are_regular(&self, evidence: &Evidence<'_>) -> bool {
        self.organizations.iter().any(|id| evidence.observed.weights.is_regular(*id))
    }

    /// Whether all of them are strangers, while regular reporters saw enough of the same source and
    /// next to none of it fail: any number of names can be invented for a few days.
    fn are_contradicted(&self, evidence: &Evidence<'_>) -> bool {
        let (limits, others) = (evidence.limits, &self.others);
        !self.are_regular(evidence)
            && others.messages >= limits.other_reporters_messages
            && (others.dmarc_fail as f64) < limits.other_reporters_share * others.messages as f64
    }
}

/// Whether the fault is younger than the policy that stops it, as far as that is known. Only where the
/// policy has stood longer than a move is watched, and the fault for the whole window, do people live
/// with it.
fn is_new(source: &Source<'_>, evidence: &Evidence<'_>, since: Option<Day>) -> bool {
    let Some((present, last)) = since.zip(evidence.observed.last_day) else { return true };
    let age = i64::from(last.0) - i64::from(present.0);
    let first = evidence.traffic.reports.first().map_or(last, |report| report.day);
    let failing = failing_since(&source.days, evidence.limits.source_failure_share);
    let from_the_start = failing.is_some_and(|day| day < first.plus(FROM_THE_START));
    age <= i64::from(evidence.limits.after_move_days) || !from_the_start
}
