//! The **names** that people see (`header_from`): the domain itself, and those below it.
//!
//! In: the classified sources. Out: each name with its mail, and whether a stricter policy would hit
//! mail of it that is the owner's, or may be. A forged report can claim any number of names: those
//! with own mail come first, and only so many are told.

use std::cmp::Reverse;

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
/// Names that are counted before most of them are left out.
const ENOUGH: usize = 100 * MOST;

#[derive(Default)]
struct Counts {
    tally: Tally,
    /// Of own sources, and of those that only a person can name.
    own: Tally,
}

/// Mail of a name, by one source and fingerprint.
struct Use<'a> {
    name: &'a str,
    fact: &'a Facts<'a>,
    messages: u64,
    is_own: bool,
}

fn uses<'a>(
    source: &'a Source<'_>,
    facts: &'a [Facts<'a>],
    traffic: &'a Traffic,
) -> impl Iterator<Item = Use<'a>> {
    let is_own = matches!(source.class, Class::Own | Class::Asks);
    source.uses.iter().filter_map(move |(print, messages)| {
        let name = bare(&traffic.fingerprints.get(*print)?.header_from);
        Some(Use { name, fact: facts.get(*print)?, messages: *messages, is_own })
    })
}

impl Counts {
    fn of(uses: &[Use<'_>]) -> Self {
        let mut counts = Self::default();
        for Use { fact, messages, is_own, .. } in uses {
            counts.tally.add(*messages, fact.dkim, fact.spf);
            if *is_own {
                counts.own.add(*messages, fact.dkim, fact.spf);
            }
        }
        counts
    }
}

/// The names: the domain itself first, then those with most own mail, then the busiest.
pub(super) fn names(
    sources: &[Source<'_>],
    facts: &[Facts<'_>],
    traffic: &Traffic,
    limits: &Thresholds,
) -> Vec<NameSummary> {
    let mut uses: Vec<Use<'_>> =
        sources.iter().flat_map(|source| uses(source, facts, traffic)).collect();
    uses.sort_by_key(|one| one.name);
    let apex = |name: &str| name.eq_ignore_ascii_case(bare(&traffic.domain));
    let first = |names: &mut Vec<(&str, Counts)>| {
        names.sort_by_key(|(name, counts)| {
            (!apex(name), Reverse(counts.own.messages), Reverse(counts.tally.messages), *name)
        });
        names.truncate(MOST);
    };
    let mut names = Vec::new();
    for uses in uses.chunk_by(|one, other| one.name == other.name) {
        names.push((uses[0].name, Counts::of(uses)));
        // whole by now, so that who is behind so many others stays there
        if names.len() >= ENOUGH {
            first(&mut names);
        }
    }
    first(&mut names);
    let name = |(name, counts): (&str, Counts)| NameSummary {
        header_from: shown(name).to_owned(),
        tally: counts.tally,
        own: counts.own.messages,
        own_failing: counts.own.dmarc_fail,
        ready: !is_misconfigured(&counts.own, limits),
    };
    names.into_iter().map(name).collect()
}
