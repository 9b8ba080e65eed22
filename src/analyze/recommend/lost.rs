//! A step that reports call for, and the **DNS** speaks against: it has no longer what own mail passes by.
//!
//! In: a case and its gates. Out: the decision to hold, with what is to be mended; none where another gate is
//! unmet, or none.

use crate::model::verdict::{Gate, Verdict};

use super::super::case::Case;
use super::{Decision, Step};

/// Nothing but the DNS speaks against the step: it has no longer what own mail passes by.
pub(super) fn lost(case: &Case<'_>, gates: &[Gate]) -> Option<Decision> {
    let unmet: Vec<_> = gates.iter().filter(|gate| !gate.passed).collect();
    let [Gate { gate: "dns", found, .. }] = unmet.as_slice() else { return None };
    let judged = std::iter::once(&case.evidence).chain(&case.below);
    let lost: Vec<_> = judged.flat_map(|judged| judged.lost(&case.target())).collect();
    let blockers = lost.iter().filter(|lost| lost.holds).map(|lost| lost.blocker()).collect();
    Some(Decision {
        verdict: Verdict::Hold,
        step: Step::Nothing,
        headline: format!("mend the DNS first, which reports cannot show yet: {found}"),
        blockers,
        basis: None,
    })
}
