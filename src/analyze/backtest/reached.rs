//! What a move **reaches**: whose mail meets another policy after it.
//!
//! In: the record as it stood, and the one that was advised. Out: the scope of the move.

use crate::model::backtest::Reach;
use crate::model::txt::TagList;
use crate::model::verdict::Recommendation;
use crate::model::words::Policy;

use super::super::observed::strictness;

/// What the advised step reaches.
pub(super) fn by_gates(advice: &Recommendation) -> Reach {
    if advice.subdomains_only {
        return Reach::Subdomains;
    }
    let after = advice.record.as_deref().and_then(below);
    if after.is_some() && after != advice.rollback.as_deref().and_then(below) {
        Reach::All
    } else {
        Reach::Domain
    }
}

/// What the raw rule's step reaches: it changes `p` alone, and a stated `sp` stays.
pub(super) fn by_raw(advice: &Recommendation) -> Reach {
    let present = advice.rollback.as_deref().and_then(|text| TagList::parse_dmarc(text).ok());
    if present.is_some_and(|list| list.get("sp").is_some()) { Reach::Domain } else { Reach::All }
}

/// What a record enforces for subdomains, and whether in full (`t`, `pct`); none where it enforces
/// nothing.
fn below(record: &str) -> Option<(Policy, [Option<String>; 2])> {
    let list = TagList::parse_dmarc(record).ok()?;
    let tag = |name| list.get(name).map(str::to_owned);
    let policy = Policy::parse(list.get("sp").or_else(|| list.get("p"))?);
    (strictness(&policy) > 0).then(|| (policy, ["t", "pct"].map(tag)))
}
