//! The step of **subdomains**: `sp` and `np`, once `p` has come to its end.
//!
//! In: a case of which `p` stays. Out: what is to be mended for subdomains, or their next step, or that
//! they stay, too. They are judged by all gates, as `p` is, by their own mail alone, and go one step at a
//! time; only where nobody sends from them they are closed at once.

use crate::model::numbers::amount;
use crate::model::verdict::{Class, Gate, Verdict};
use crate::model::words::Policy;

use super::super::case::Case;
use super::super::fixes;
use super::super::gates::Evidence;
use super::super::observed::strictness;
use super::{Decision, MOST_NAMES, Step, blockers, in_the_way, without_dkim};

/// What the subdomains are judged by: their own mail, or all, where the domain itself sends none. None
/// where nobody sends from them.
fn evidence<'a>(case: &Case<'a>) -> Option<Evidence<'a>> {
    let sends = |source: &&super::Source<'_>| {
        source.below && matches!(source.class, Class::Own | Class::Asks)
    };
    let judged = case.below.as_ref().unwrap_or(&case.evidence);
    judged.everything.iter().any(|source| sends(&source)).then(|| Evidence {
        // they move alone, so that what the domain itself sends says nothing of them
        together: None,
        ..judged.clone()
    })
}

/// The policy that subdomains come to next.
fn target(case: &Case<'_>, sends: bool) -> Policy {
    match case.subdomain_policy() {
        Policy::None | Policy::Other(_) if sends => Policy::Quarantine,
        _ => case.policy().clone(),
    }
}

/// The gates of the step that was decided on, where it is theirs.
pub(super) fn gates(case: &Case<'_>, decision: &Decision) -> Option<Vec<Gate>> {
    let Step::Subdomains(policy) = &decision.step else { return None };
    (decision.verdict != Verdict::Rollback).then(|| gates_for(case, policy))
}

fn gates_for(case: &Case<'_>, policy: &Policy) -> Vec<Gate> {
    let Some(judged) = evidence(case) else { return case.evidence.parked_gates() };
    let mut gates = judged.gates(policy);
    if let (Some(time), Some(span)) = (gates.first_mut(), judged.observed.history.last()) {
        let days = amount(span.days.into(), "day");
        let spread = span.to.0.saturating_sub(span.from.0).saturating_add(1).unsigned_abs();
        let limits = judged.limits;
        time.passed = span.days >= limits.observed_days && spread >= limits.observed_span;
        time.found = format!("{days} with reports at sp={}", case.subdomain_policy());
    }
    gates
}

/// What follows where `p` stays. Where `sp` or `np` is weaker, subdomains are next.
pub(super) fn at_the_end(case: &Case<'_>, stay: Decision) -> Decision {
    if !case.is_open_below() {
        return stay;
    }
    let judged = evidence(case);
    let target = target(case, judged.is_some());
    let gates = gates_for(case, &target);
    let Some(judged) = judged else { return close(case, stay, &gates, target) };
    mend(case, &judged)
        .or_else(|| without_dkim(&judged, &gates, &case.traffic.domain))
        .unwrap_or_else(|| close(case, stay, &gates, target))
}

/// The senders of subdomains that are to be mended or named.
fn mend(case: &Case<'_>, judged: &Evidence<'_>) -> Option<Decision> {
    let sources = in_the_way(judged);
    let names: Vec<_> = sources.iter().take(MOST_NAMES).map(|s| fixes::asked_name(s)).collect();
    let own = sources.iter().any(|source| source.class == Class::Own);
    (!sources.is_empty()).then(|| Decision {
        verdict: if own { Verdict::Fix } else { Verdict::Review },
        step: Step::Nothing,
        headline: format!(
            "p={} is reached; subdomains stay at {} until {} {} mended or named",
            case.policy(),
            case.subdomain_policy(),
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" }
        ),
        blockers: blockers(case, &sources),
    })
}

fn close(case: &Case<'_>, stay: Decision, gates: &[Gate], target: Policy) -> Decision {
    if let Some(gate) = gates.iter().find(|gate| !gate.passed) {
        let headline = format!(
            "{}; subdomains stay at {}, too: {}",
            stay.headline,
            case.subdomain_policy(),
            gate.found
        );
        return Decision { headline, ..stay };
    }
    let whole = strictness(&target) >= strictness(case.policy());
    let headline = if whole {
        format!("close the subdomains: p={target} holds, and nothing of their mail would be lost")
    } else {
        format!("move the subdomains from sp={} to sp={target}", case.subdomain_policy())
    };
    Decision {
        verdict: Verdict::Ready,
        step: Step::Subdomains(target),
        headline,
        blockers: Vec::new(),
    }
}
