//! The **home** of a signature (d=, selector): the sender that it belongs to. Who passes mail on
//! carries signatures that are at home elsewhere.
//!
//! In: sources and facts. Out: by signature the sender with most SPF-aligned mail under it; where
//! there is none, the sending service with most mail under it. A home that two reporters saw is
//! before one that a single reporter tells of, whatever it counts: a forged report must not move
//! the owner's keys elsewhere.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::model::{LabelWord, Traffic};

use super::facts::Facts;
use super::providers::Provider;
use super::reporter::Reporters;
use super::source::{Key, Source};

/// `d=` and selector.
type Signature<'a> = (&'a str, &'a str);

/// What speaks for a home.
#[derive(Debug, Clone, Copy)]
struct Weight {
    first: usize,
    /// Whether a second reporter tells of it.
    seen_by_two: bool,
    /// Messages that are SPF-aligned.
    authorised: u64,
    /// Messages of a sending service.
    service: u64,
}

impl Weight {
    fn rank(self) -> (bool, u64, u64) {
        (self.seen_by_two, self.authorised, self.service)
    }
}

/// The homes of the owner's signatures.
#[derive(Debug)]
pub(super) struct Homes<'a>(HashMap<Signature<'a>, Key<'a>>);

/// What speaks for each home, added up source by source.
#[derive(Debug, Default)]
pub(super) struct Signed<'a>(HashMap<(Signature<'a>, Key<'a>), Weight>);

impl<'a> Signed<'a> {
    /// Adds what a source says, whatever it sends in the name of.
    pub(super) fn add(
        &mut self,
        source: &Source<'a>,
        facts: &[Facts<'a>],
        traffic: &Traffic,
        reporters: &Reporters<'_>,
    ) {
        if !may_be_home(source) {
            return;
        }
        let ours = source.is_labelled(LabelWord::Ours);
        let service = ours || source.provider.is_some_and(Provider::only_sends);
        for (_, row) in source.rows_of(traffic) {
            let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
            let service = service || fact.signs_twice;
            let first = reporters.organization(row.reporter);
            for signature in fact.signatures.iter().filter(|_| fact.spf || service) {
                let new = Weight { first, seen_by_two: false, authorised: 0, service: 0 };
                let weight = self.0.entry((*signature, source.key)).or_insert(new);
                let add =
                    |count: u64, yes| count.saturating_add(if yes { row.messages } else { 0 });
                weight.seen_by_two |= weight.first != first;
                weight.authorised = add(weight.authorised, fact.spf);
                weight.service = add(weight.service, service);
            }
        }
    }

    /// The homes.
    pub(super) fn homes(self) -> Homes<'a> {
        let mut best: HashMap<Signature<'a>, _> = HashMap::new();
        for ((signature, sender), weight) in self.0 {
            // Of equals the lesser key, so that no order of a map shows.
            let rank = (weight.rank(), Reverse(sender));
            let home = best.entry(signature).or_insert(rank);
            *home = (*home).max(rank);
        }
        let home = |(signature, (_, Reverse(sender)))| (signature, sender);
        Homes(best.into_iter().map(home).collect())
    }
}

impl Homes<'_> {
    /// Whether mail passes by a signature that is at home at another sender.
    pub(super) fn are_elsewhere(&self, fact: &Facts<'_>, sender: Key<'_>) -> bool {
        fact.signatures.iter().any(|s| self.0.get(s).is_some_and(|home| *home != sender))
    }
}

/// Nothing is at home where the operator says that the mail is not the owner's, or passed on.
fn may_be_home(source: &Source<'_>) -> bool {
    source.label.is_none_or(|label| label.label == LabelWord::Ours)
}
