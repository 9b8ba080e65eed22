//! **Rollback**: after a move, own mail is being stopped, and the way back.
//!
//! In: a case. Out: the decision to go back one step, of `p` or, where only subdomains are hit, of
//! `sp`; none where nothing is stopped, where the fault is over, or where it is as old as the step is
//! long: going back mends nothing then that was not so before.

use crate::model::numbers::{agree, amount};
use crate::model::verdict::{Class, Health, Verdict};
use crate::model::words::Policy;
use crate::model::{Day, LabelWord};

use super::super::classify::fails_often;
use super::super::failing_since;
use super::super::fixes;
use super::super::gates::Evidence;
use super::super::source::Source;
use super::witnesses::Witnesses;
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
        let witnesses = Witnesses::of(&case.evidence);
        let stopped =
            |source: &&Source<'_>| stopped(source) > 0 && witnesses.are_believable(source);
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
    let then = match Witnesses::of(evidence).alone(hurt) {
        Some(names) => format!(", told by {names} alone: ask there before you roll back"),
        None => format!("; then {}", fixes::in_brief(most, &case.setting())),
    };
    Some(format!("{what}: {whose}{then}"))
}

pub(super) fn stopped(source: &Source<'_>) -> u64 {
    source.quarantined.saturating_add(source.rejected)
}

/// The own sources whose mail is stopped, lately and still. `since`: the first day of the policy that
/// stops it.
fn hurt<'a>(evidence: &Evidence<'a>, since: Option<Day>) -> Vec<&'a Source<'a>> {
    let (limits, witnesses) = (evidence.limits, Witnesses::of(evidence));
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
            && (wholly(source) || often(source))
            && is_new(source, evidence, since)
            && witnesses.are_believable(source)
    };
    evidence.sources.iter().copied().filter(is_hurt).collect()
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
