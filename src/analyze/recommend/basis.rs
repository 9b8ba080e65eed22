//! The **basis** of a decision: the gates and the rate of the mail that it was decided by.
//!
//! In: what a step is judged by, and the policy that it leads to. Out: its gates, its rate, and whether
//! the rate is met by the operator's word alone.

use crate::model::verdict::{Gate, RateBound};
use crate::model::words::Policy;

use super::super::case::Case;
use super::super::gates::Evidence;

/// What a decision rests on.
pub(super) struct Basis {
    pub(super) gates: Vec<Gate>,
    /// The rate that decides; none where nobody sends.
    pub(super) rate: Option<RateBound>,
    /// The numbers that are too few, where the operator's word stands for them.
    pub(super) attested: Option<RateBound>,
}

impl Basis {
    /// What `p` is judged by.
    pub(super) fn of_domain(case: &Case<'_>) -> Self {
        Self::of(&case.evidence, case.gates(), &case.target())
    }

    /// What subdomains are judged by, where they follow `p`.
    pub(super) fn of_followers(case: &Case<'_>) -> Option<Self> {
        let (below, target) = (case.below.as_ref()?, case.target());
        Some(Self::of(below, below.gates(&target), &target))
    }

    /// That evidence and its gates for the step to `target`.
    pub(super) fn of(judged: &Evidence<'_>, gates: Vec<Gate>, target: &Policy) -> Self {
        let by_rate = gates.iter().any(|gate| gate.gate == "rate");
        let by_word = by_rate && judged.is_attested() && !judged.is_within(target);
        Self {
            rate: judged.deciding_rate(target),
            attested: judged.rate.filter(|_| by_word),
            gates,
        }
    }

    /// Of two decisions that come to nothing, one for `p` and one for subdomains: what the second rests
    /// on, and what the first lacks besides.
    pub(super) fn besides(mut self, first: Self) -> Self {
        let lacks = first.gates.into_iter().filter(|gate| !gate.passed);
        let other = lacks.filter(|gate| self.gates.iter().all(|known| known.gate != gate.gate));
        let other: Vec<_> = other.collect();
        self.gates.extend(other);
        self.rate = self.rate.or(first.rate);
        self
    }
}
