//! **Stay**: the end is reached, and what is to be said of it.
//!
//! In: a case at its end. Out: the decision to stay, with the one thing that a person must know.

use crate::model::numbers::amount;
use crate::model::verdict::{Gate, Verdict};
use crate::model::words::Policy;

use super::super::gates::rate::failing;
use super::{Case, Decision, Step, most_failing, unmet};

/// There is no further step, so what is missing for one is only said.
pub(super) fn stay_at_reject(case: &Case<'_>) -> Decision {
    let gates = case.gates();
    let lacks = |name: &str| gates.iter().find(|gate| gate.gate == name && !gate.passed);
    stay(match (lacks("coverage"), lacks("people")) {
        (Some(thin), _) => format!("stay at p=reject; few reports speak of it: {}", thin.found),
        (None, Some(lists)) => format!(
            "stay at p=reject, which RFC 9989 section 7.4 advises against for such a domain: {}",
            lists.found
        ),
        (None, None) if case.sends_nothing() => {
            "stay at p=reject: the domain sends nothing".to_owned()
        }
        (None, None) => fares(case, lacks("rate")),
    })
}

/// How own mail fares at `p=reject`. What fails is few enough only where it would be for the step
/// there.
fn fares(case: &Case<'_>, rate_gate: Option<&Gate>) -> String {
    let evidence = &case.evidence;
    let rate = evidence.deciding_rate(&Policy::Reject).filter(|rate| rate.failures > 0);
    let Some(rate) = rate else { return "stay at p=reject: your own mail passes".to_owned() };
    let fails = failing(&rate);
    match (rate_gate, evidence.ended()) {
        (None, _) => format!("stay at p=reject: {fails}, few enough"),
        (Some(_), Some((source, day))) => format!(
            "stay at p=reject: {fails}; {} failed until {day} and passes since",
            source.name
        ),
        (Some(gate), None) => format!(
            "stay at p=reject, though a move to it needs {}: {}{}",
            gate.needed,
            gate.found,
            most_failing(case, gate)
        ),
    }
}

pub(super) fn stay(headline: String) -> Decision {
    let (verdict, step) = (Verdict::Stay, Step::Nothing);
    Decision { verdict, step, headline, blockers: Vec::new(), basis: None }
}

/// RFC 9989 section 7.4: no `p=reject` where people post to mailing lists.
pub(super) fn people(case: &Case<'_>, gates: &[Gate]) -> Option<Decision> {
    let messages = case.evidence.list_messages();
    let seen = amount(messages, "message");
    unmet(gates, "people").then(|| {
        stay(if messages == 0 {
            format!("stay at p={}: you said that people post to mailing lists", case.policy())
        } else {
            format!("stay at p={}: {seen} went through mailing lists", case.policy())
        })
    })
}
