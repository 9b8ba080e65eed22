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

use super::classify::is_misconfigured;
use super::domain::{bare, shown};
use super::facts::Facts;
use super::source::Source;
use super::thresholds::Thresholds;

/// Most names that are told.
const MOST: usize = 100;

#[derive(Default)]
struct Counts {
    tally: Tally,
    /// Of own sources, and of those that only a person can name.
    own: Tally,
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
                count.own.add(*messages, fact.dkim, fact.spf);
            }
        }
    }
    let mut names: Vec<_> = counts.into_iter().collect();
    let apex = |name: &str| name.eq_ignore_ascii_case(bare(&traffic.domain));
    names.sort_by_key(|(name, counts)| {
        (!apex(name), Reverse(counts.own.messages), Reverse(counts.tally.messages))
    });
    let name = |(name, counts): (&str, Counts)| NameSummary {
        header_from: shown(name).to_owned(),
        tally: counts.tally,
        own: counts.own.messages,
        own_failing: counts.own.dmarc_fail,
        ready: !is_misconfigured(&counts.own, limits),
    };
    names.into_iter().take(MOST).map(name).collect()
}
