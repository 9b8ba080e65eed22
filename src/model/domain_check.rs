//! What came of **checking a domain**: its records as the DNS has them now, what receivers make of them,
//! and what reports say beside that.
//!
//! The command line puts it together; pages and JSON show the same values. Field names are the JSON keys.

use std::collections::BTreeSet;

use serde::Serialize;

use super::discovery::{Discovery, ReportTo};
use super::dns::Exchange;
use super::finding::{Checked, Finding, Severity};
use super::verdict::Class;

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomainCheck {
    /// The domain, as it is asked for.
    pub domain: String,
    /// When it was asked, RFC 3339 UTC.
    pub asked_at: String,
    /// What is wrong with the records together, or worth knowing, worst first; what is wrong with one
    /// record stands with it.
    pub findings: Vec<Finding>,
    /// What nobody could tell now.
    pub unknown: Vec<String>,
    /// DMARC.
    pub dmarc: DmarcCheck,
    /// SPF.
    pub spf: SpfCheck,
    /// Mail exchangers.
    pub mx: MxCheck,
    /// DKIM keys: those asked for first, then those that reports show.
    pub dkim: Vec<KeyCheck>,
    /// What reports say beside it; none without a store, or where it knows nothing of the domain.
    pub reports: Option<Beside>,
    /// What stands in the DNS although receivers pass over it.
    pub unseen: Unseen,
    /// How many more selectors reports show, which were not looked at.
    pub keys_left: usize,
    /// The names that the domain is an alias of (CNAME), step by step, where the last does not exist.
    pub aliases: Vec<String>,
}

impl DomainCheck {
    /// Every finding: those of the whole, and those of each record.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let records = self.dmarc.checked.iter().chain(&self.spf.checked);
        let keys = self.dkim.iter().filter_map(|key| key.checked.as_ref());
        let of_records = records.chain(keys).flat_map(|checked| &checked.findings);
        self.findings.iter().chain(of_records).chain(&self.spf.findings)
    }

    /// The worst severity; none without findings.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.all_findings().map(|finding| finding.severity).min()
    }
}

/// What stands in the DNS although receivers pass over it, and why they may. What is wrong with its texts is no finding of the
/// domain: that they are not seen is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// Texts that are meant as its DMARC or SPF record, checked.
    pub records: Vec<Checked>,
    /// The name that `_dmarc.` of the domain is an alias of (CNAME), whether or not a record stands there.
    pub alias: Option<String>,
    /// The wildcard, of the domain or of one above it, that answers for `_dmarc.` of the domain.
    pub wildcard: Option<String>,
}

/// DMARC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DmarcCheck {
    /// Where the record is, and what holds for the domain.
    pub discovery: Discovery,
    /// The record that decides, checked; those of both ways where they differ.
    pub checked: Vec<Checked>,
    /// Where reports are to go, and whether those agreed.
    pub destinations: Vec<ReportTo>,
    /// How many more there are, which were not looked at.
    pub destinations_left: usize,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It is.
    Found,
    /// More than one, where one may be.
    Several,
    /// It is not.
    Missing,
    /// Nobody can tell now.
    Unknown,
}

/// SPF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpfCheck {
    /// Whether there is a record.
    pub status: Presence,
    /// The record, checked; all of them where there are several.
    pub checked: Vec<Checked>,
    /// How many look-ups it costs receivers, of 10 that they make (RFC 7208 section 4.6.4); none where
    /// that cannot be counted.
    pub lookups: Option<usize>,
    /// Look-ups that find nothing, of 2.
    pub void_lookups: Option<usize>,
    /// What is wrong with what it leads to, or with there being none.
    pub findings: Vec<Finding>,
    /// What it leads to, in its order.
    pub branches: Vec<Branch>,
    /// Why nobody can tell, where that is so.
    pub why: Option<String>,
    /// Whether it costs at least so many look-ups: a record that it leads to is unknown, or depends on the
    /// message.
    pub lookups_at_least: bool,
    /// Whether at least so many find nothing.
    pub void_lookups_at_least: bool,
    /// How many more terms it leads to, which are not among the branches.
    pub branches_left: usize,
}

/// A term of an SPF record, or of one that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// How deep it lies: 0 in the domain's own record.
    pub depth: usize,
    /// The term as it is written.
    pub term: String,
    /// The look-ups of it and of all that it leads to.
    pub lookups: usize,
    /// What it leads to, in words.
    pub leads: String,
    /// Whether receivers fail in it.
    pub fails: bool,
    /// Why nobody can tell now what it, or a part of it, matches, where that is so.
    pub unknown: Option<String>,
}

/// Of the branches in which receivers fail, and of those that nobody can tell of: which an outline has first.
const FIRST: usize = 3;

impl Branch {
    /// The places of those that a page of at most so many shows, in their order: the first that matter, with
    /// what leads to them, then the others by how deep they lie.
    #[must_use]
    pub fn outline(all: &[Self], most: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let places = |matters: fn(&Self) -> bool| {
            all.iter()
                .enumerate()
                .filter(move |(_, one)| matters(one))
                .map(|(at, _)| at)
                .take(FIRST)
        };
        for at in places(|one| one.fails).chain(places(|one| one.unknown.is_some())) {
            let more: Vec<usize> = Self::above(all, at).filter(|at| !found.contains(at)).collect();
            if found.len() + more.len() <= most {
                found.extend(more);
            }
        }
        let mut others: Vec<usize> = (0..all.len()).filter(|at| !found.contains(at)).collect();
        others.sort_by_key(|at| all[*at].depth);
        found.extend(others.into_iter().take(most.saturating_sub(found.len())));
        found
    }

    /// A branch, and all that lead to it, from the deepest.
    fn above(all: &[Self], at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(at), |at| {
            all[..*at].iter().rposition(|one| one.depth < all[*at].depth)
        })
    }
}

/// Mail exchangers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MxCheck {
    /// Whether there are any.
    pub status: Presence,
    /// Whether the domain says that it takes no mail (RFC 7505).
    pub null: bool,
    /// They, the first to be tried first.
    pub exchanges: Vec<Exchange>,
    /// Why nobody can tell, where that is so.
    pub why: Option<String>,
}

/// A DKIM key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyCheck {
    /// The selector.
    pub selector: String,
    /// The signing domain.
    pub domain: String,
    /// Where the key stands.
    pub name: String,
    /// Whether it does.
    pub status: Presence,
    /// The record, checked.
    pub checked: Option<Checked>,
    /// `rsa` or `ed25519`.
    pub kind: Option<&'static str>,
    /// Its length.
    pub bits: Option<usize>,
    /// Whether it is revoked.
    pub revoked: bool,
    /// Whether the domain says that it is testing.
    pub testing: bool,
    /// What reports say of it; none where no report speaks of it, or there is no store.
    pub seen: Option<SelectorSeen>,
    /// Why nobody can tell, where that is so.
    pub why: Option<String>,
    /// Whether any selector has it, by a wildcard.
    pub wildcard: bool,
    /// Whether it was asked for by its selector; else reports show it.
    pub given: bool,
    /// Texts that stand there and are no key, like those of a wildcard for all names of the domain; where
    /// there is no key.
    pub passed_over: Vec<String>,
    /// The names that it is an alias of (CNAME), step by step, where there is no key at its end.
    pub aliases: Vec<String>,
}

/// What reports say of a selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectorSeen {
    /// Messages whose signature passed, in the window.
    pub passed: u64,
    /// Messages whose signature did not.
    pub failed: u64,
    /// The last day on which one passed, in the window or the half year before.
    pub last_passed: Option<String>,
    /// The last day on which one was seen.
    pub last_seen: String,
}

/// What reports say beside the DNS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// The first day that is looked at.
    pub from: String,
    /// The last.
    pub to: String,
    /// The policy that receivers saw last.
    pub policy: Option<PolicySeen>,
    /// Own senders, and whether SPF covers them.
    pub senders: Vec<SenderCovered>,
    /// The others, by what they are.
    pub others: Vec<OthersCovered>,
}

/// The policy that receivers saw last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicySeen {
    /// The domain at which they found it.
    pub domain: String,
    /// `p`.
    pub p: Option<String>,
    /// `sp`.
    pub sp: Option<String>,
    /// The day that their reports tell of.
    pub day: String,
    /// How many days ago that is.
    pub days_ago: i32,
    /// How many reports of that day say so.
    pub reports: u64,
    /// Whether it is what the DNS says now; none where that is not known.
    pub same_as_dns: Option<bool>,
}

/// A sender of the domain's own, and whether SPF covers its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SenderCovered {
    /// Its name, as `sources` shows it.
    pub source: String,
    /// Its messages in the window.
    pub messages: u64,
    /// How many of them align by DKIM.
    pub dkim_aligned: u64,
    /// How many align by SPF.
    pub spf_aligned: u64,
    /// Of its addresses, those that SPF covers: the busiest.
    pub covered: Vec<String>,
    /// Those that it does not.
    pub not_covered: Vec<String>,
    /// Those of which nobody can tell.
    pub unknown: Vec<String>,
    /// Messages of each that is not covered, in the order of `not_covered`.
    pub not_covered_messages: Vec<u64>,
    /// All of its addresses, counted.
    pub counts: Coverage,
    /// The domain of others to which its mail bounces, where none of it aligns by SPF: SPF is asked there,
    /// and never of this domain.
    pub bounces_to: Option<String>,
}

/// Addresses, and what they sent, by whether SPF covers them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Covered.
    pub covered: Sent,
    /// Not covered.
    pub not_covered: Sent,
    /// Nobody can tell.
    pub unknown: Sent,
}

/// How much was sent, from how many addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Addresses.
    pub addresses: u64,
    /// Messages.
    pub messages: u64,
}

impl KeyCheck {
    /// The worst that anything about it may be. Of a selector that reports alone show nothing weighs more
    /// than a missing key does: where it never passed, a forger may have made it up.
    #[must_use]
    pub fn worst(&self) -> Severity {
        match &self.seen {
            _ if self.given => Severity::Error,
            Some(seen) if seen.passed > 0 => Severity::Warning,
            _ => Severity::Hint,
        }
    }
}

impl Coverage {
    /// Counts an address. Covered, not, or unknown.
    pub fn count(&mut self, covered: Option<bool>, messages: u64) {
        let sent = match covered {
            Some(true) => &mut self.covered,
            Some(false) => &mut self.not_covered,
            None => &mut self.unknown,
        };
        sent.add(Sent { addresses: 1, messages });
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.covered.add(other.covered);
        self.not_covered.add(other.not_covered);
        self.unknown.add(other.unknown);
    }
}

impl Sent {
    fn add(&mut self, other: Self) {
        self.addresses = self.addresses.saturating_add(other.addresses);
        self.messages = self.messages.saturating_add(other.messages);
    }
}

/// Senders that are not the domain's own, put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OthersCovered {
    /// What they are to the domain.
    pub class: Class,
    /// How many.
    pub senders: u64,
    /// Their addresses, counted.
    pub counts: Coverage,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Branches of these depths; those that fail, and those that are unknown.
    fn branches(depths: &[usize], fails: &[usize], unknown: &[usize]) -> Vec<Branch> {
        let branch = |(at, depth): (usize, &usize)| Branch {
            depth: *depth,
            term: String::new(),
            lookups: 0,
            leads: String::new(),
            fails: fails.contains(&at),
            unknown: unknown.contains(&at).then(String::new),
        };
        depths.iter().enumerate().map(branch).collect()
    }

    fn outline(all: &[Branch], most: usize) -> Vec<usize> {
        Branch::outline(all, most).into_iter().collect()
    }

    #[test]
    fn an_outline_has_what_lies_highest() {
        let all = branches(&[0, 1, 2, 1, 0, 1, 0], &[], &[]);
        assert_eq!(vec![0, 4, 6], outline(&all, 3));
        assert_eq!(vec![0, 1, 3, 4, 6], outline(&all, 5));
        assert_eq!(vec![0, 1, 2, 3, 4, 5, 6], outline(&all, usize::MAX));
        assert_eq!(Vec::<usize>::new(), outline(&[], 5));
        assert_eq!(Vec::<usize>::new(), outline(&all, 0));
    }

    #[test]
    fn an_outline_has_the_first_that_matter_with_what_leads_there() {
        let depths = [0, 1, 2, 2, 1, 0, 1, 2, 0];
        assert_eq!(vec![0, 1, 3, 5], outline(&branches(&depths, &[3], &[]), 4));
        assert_eq!(vec![5, 6, 7], outline(&branches(&depths, &[], &[7]), 3));
        // what has no room with all that leads to it is left to the others
        assert_eq!(vec![0, 5], outline(&branches(&depths, &[3], &[]), 2));
        let all = branches(&[0; 10], &[4, 5, 6, 7], &[9]);
        assert_eq!(vec![0, 4, 5, 6, 9], outline(&all, 5));
    }
}
