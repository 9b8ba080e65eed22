//! The **names** that people see (`header_from`): the domain itself, and those below it.
//!
//! In: the classified sources. Out: each name with its mail, and whether a stricter policy would hit
//! mail of it that is the owner's, or may be. A forged report can claim any number of names: those
//! with own mail come first, and only so many are told.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::Traffic;
use crate::model::evidence::NameSummary;
use crate::model::verdict::{Class, Tally};

use super::domain::{bare, shown};
use super::facts::Facts;
use super::source::Source;
use super::thresholds::Thresholds;

/// Most names that are told.
const MOST: usize = 100;

#[derive(Default)]
struct Counts {
    tally: Tally,
    own: u64,
    own_failing: u64,
}

/// The names: the domain itself first, then those with most own mail, then the busiest.
pub(super) fn names(
    sources: &[Source<'_>],
    facts: &[Facts<'_>],
    traffic: &Traffic,
    limits: &Thresholds,
) -> Vec<NameSummary> {
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for source in sources {
        let own = matches!(source.class, Class::Own | Class::Asks);
        for (print, messages) in &source.uses {
            let Some(fingerprint) = traffic.fingerprints.get(*print) else { continue };
            let (fact, count) =
                (&facts[*print], counts.entry(bare(&fingerprint.header_from)).or_default());
            count.tally.add(*messages, fact.dkim, fact.spf);
            if own {
                count.own = count.own.saturating_add(*messages);
                let failing = if fact.passes() { 0 } else { *messages };
                count.own_failing = count.own_failing.saturating_add(failing);
            }
        }
    }
    let mut names: Vec<_> = counts.into_iter().collect();
    let apex = |name: &str| name.eq_ignore_ascii_case(bare(&traffic.domain));
    names.sort_by_key(|(name, counts)| {
        (!apex(name), Reverse(counts.own), Reverse(counts.tally.messages))
    });
    let name = |(name, counts): (&str, Counts)| NameSummary {
        header_from: shown(name).to_owned(),
        tally: counts.tally,
        own: counts.own,
        own_failing: counts.own_failing,
        ready: is_ready(&counts, limits),
    };
    names.into_iter().take(MOST).map(name).collect()
}

/// By the rule for a source: too large a share of more than a few messages, or all of some.
fn is_ready(counts: &Counts, limits: &Thresholds) -> bool {
    let (own, failing) = (counts.own, counts.own_failing);
    let often = own > limits.source_messages
        && failing as f64 >= limits.source_failure_share * own as f64
        && failing > 0;
    let entirely = failing == own && own >= limits.source_total_failure;
    !(often || entirely)
}
