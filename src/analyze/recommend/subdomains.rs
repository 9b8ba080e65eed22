//! The step of **subdomains**: `sp` and `np`, once `p` has come to its end.
//!
//! In: a case of which `p` stays. Out: what is to be mended for subdomains, or their next step, or that
//! they stay, too. They are judged by all gates, as `p` is, by their own mail alone, and go one step at a
//! time; only where nobody sends from them they are closed at once.

use crate::model::verdict::{Class, Verdict};
use crate::model::words::Policy;

use super::super::case::Case;
use super::super::fixes;
use super::super::gates::Evidence;
use super::super::observed::strictness;
use super::{Basis, Decision, MOST_NAMES, Step, blockers, in_the_way, without_dkim};

/// What the subdomains are judged by: their own mail, or all, where the domain itself sends none. None
/// where nobody sends from them.
fn evidence<'a>(case: &Case<'a>) -> Option<Evidence<'a>> {
    let sends = |source: &&super::Source<'_>| {
        source.below && matches!(source.class, Class::Own | Class::Asks)
    };
    let judged = case.below.as_ref().unwrap_or(&case.evidence);
    let tagged = case.present.tag("sp").is_some();
    judged.everything.iter().any(|source| sends(&source)).then(|| Evidence {
        // they move alone, so that what the domain itself sends says nothing of them
        together: None,
        held: judged.observed.held_below(&case.subdomain_policy(), tagged),
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

/// What follows where `p` stays. Where `sp` or `np` is weaker, subdomains are next.
pub(super) fn at_the_end(case: &Case<'_>, stay: Decision) -> Decision {
    if !case.is_open_below() {
        return stay;
    }
    let judged = evidence(case);
    let target = target(case, judged.is_some());
    let basis = match &judged {
        Some(judged) => Basis::of(judged, judged.gates(&target), &target),
        None => Basis { gates: case.evidence.parked_gates(), rate: None, attested: None },
    };
    let decision = judged.and_then(|judged| {
        mend(case, &judged).or_else(|| without_dkim(&judged, &basis.gates, &case.traffic.domain))
    });
    match decision {
        Some(decision) => Decision { basis: Some(basis), ..decision },
        None => close(case, stay, basis, target),
    }
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
        basis: None,
    })
}

fn close(case: &Case<'_>, stay: Decision, basis: Basis, target: Policy) -> Decision {
    if let Some(gate) = basis.gates.iter().find(|gate| !gate.passed) {
        let headline = format!(
            "{}; subdomains stay at {}, too: {}",
            stay.headline,
            case.subdomain_policy(),
            gate.found
        );
        let basis = Some(basis.besides(Basis::of_domain(case)));
        return Decision { headline, basis, ..stay };
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
        basis: Some(basis),
    }
}
