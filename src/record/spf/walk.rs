//! A **walk** through an SPF record with all that it leads to, as receivers go for one address: in order,
//! up to the first match or the last look-up that they follow.
//!
//! In: the tree of what was asked, and an address, or none for one that is in no network. Out: what
//! checking comes to; and of what was passed on the way, what matters to others.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::model::dns::Family;

use super::MAX_LOOKUPS;
use super::expand::{Leads, Node, Published, Step};
use super::network::Network;
use super::term::Qualifier;

/// What checking a record comes to (RFC 7208 section 2.6), as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Pass,
    /// Fail, softfail, neutral.
    Other,
    /// Permerror.
    Broken,
    /// No record.
    Missing,
    Unknown,
}

/// Whether a term matches.
enum Match {
    Yes,
    No,
    /// The whole ends here.
    End(Outcome),
    Unknown,
}

/// A walk through the records for one address, or for one that is in no network.
pub(super) struct Walk {
    address: Option<IpAddr>,
    lookups: usize,
    pub(super) void: usize,
    /// Networks that were passed over, of terms that let pass.
    pub(super) passed_over: BTreeSet<Network>,
    /// How deep it is in the records.
    depth: usize,
    /// The term of the first record at which all ended in permerror.
    pub(super) broke_at: Option<String>,
    /// Where it passes, the terms by which it does, the deepest first.
    pub(super) matched: Vec<String>,
}

impl Walk {
    pub(super) fn of(address: Option<IpAddr>) -> Self {
        Self {
            address,
            lookups: 0,
            void: 0,
            passed_over: BTreeSet::new(),
            depth: 0,
            broke_at: None,
            matched: Vec::new(),
        }
    }

    /// Void look-ups of a step, and whether it leaves something in the dark, for such an address.
    fn by_family(&self, step: &Step) -> (usize, bool) {
        match self.address.map(Family::of) {
            None => (step.void_for_all(), false),
            Some(Family::V4) => (step.void[0], step.dark[0].is_some()),
            Some(Family::V6) => (step.void[1], step.dark[1].is_some()),
        }
    }

    pub(super) fn record(&mut self, node: &Node) -> Outcome {
        match &node.record {
            Published::Record { .. } => {
                self.depth += 1;
                let outcome = self.terms(&node.terms);
                self.depth -= 1;
                outcome
            }
            Published::Missing { .. } => Outcome::Missing,
            Published::Broken { .. } | Published::Several { .. } | Published::Loop => {
                Outcome::Broken
            }
            Published::Unknown { .. } | Published::NotAsked { .. } => Outcome::Unknown,
        }
    }

    /// The outcome of the first term that matches. A term before it of which nobody knows whether it
    /// matches leaves the outcome only where it would have been the same.
    fn terms(&mut self, terms: &[Step]) -> Outcome {
        let mut doubts: Vec<Outcome> = Vec::new();
        let mut outcome = Outcome::Other;
        let mut last = None;
        for step in terms {
            last = Some(step);
            self.lookups += usize::from(step.looks_up);
            self.void += self.by_family(step).0;
            if self.lookups > MAX_LOOKUPS {
                outcome = Outcome::Broken;
                break;
            }
            let matched = match step.qualifier {
                None | Some(Qualifier::Pass) => Outcome::Pass,
                Some(_) => Outcome::Other,
            };
            match self.step(step) {
                Match::No => continue,
                Match::Unknown => {
                    doubts.push(matched);
                    continue;
                }
                Match::Yes => outcome = matched,
                Match::End(end) => outcome = end,
            }
            break;
        }
        if outcome == Outcome::Broken && self.depth == 1 {
            self.broke_at = last.map(|step| step.term.clone());
        }
        let is_certain = doubts.iter().all(|doubt| *doubt == outcome);
        let outcome = if is_certain { outcome } else { Outcome::Unknown };
        match last.filter(|_| outcome == Outcome::Pass) {
            Some(step) => self.matched.push(step.term.clone()),
            None => self.matched.clear(),
        }
        outcome
    }

    fn step(&mut self, step: &Step) -> Match {
        match &step.leads {
            Leads::All => Match::Yes,
            Leads::Networks(networks) => {
                let holds = |address: IpAddr| networks.iter().any(|one| one.contains(address));
                match self.address.is_some_and(holds) {
                    true => Match::Yes,
                    false if self.by_family(step).1 => Match::Unknown,
                    false => {
                        if matches!(step.qualifier, None | Some(Qualifier::Pass)) {
                            self.passed_over.extend(networks);
                        }
                        Match::No
                    }
                }
            }
            Leads::Record(node) => {
                let outcome = self.record(node);
                match (outcome, step.qualifier) {
                    (Outcome::Missing, _) => Match::End(Outcome::Broken),
                    // of a redirect, the outcome is that of the record
                    (outcome, None) => Match::End(outcome),
                    (Outcome::Pass, _) => Match::Yes,
                    (Outcome::Other, _) => Match::No,
                    (Outcome::Broken, _) => Match::End(Outcome::Broken),
                    (Outcome::Unknown, _) => Match::Unknown,
                }
            }
            Leads::Depends(_) | Leads::Unknown(_) => Match::Unknown,
            Leads::Broken(_) => Match::End(Outcome::Broken),
        }
    }
}
