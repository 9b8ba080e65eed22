//! What own mail **relies on** in the DNS: the keys of signatures that pass, and the SPF records that let its
//! addresses pass; and what the DNS has of these now.
//!
//! In: traffic. Out: names to ask for, those first that most who write regularly tell of: a report can claim
//! any. What came of asking goes back in with the [`Question`]; reports come a day or two late, so that they
//! cannot show it yet. Refuses to ask for what is no name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use crate::model::verdict::Class;
use crate::model::{Traffic, names};

use super::facts::Facts;
use super::reporter::Reporters;
use super::thresholds::Thresholds;
use super::weight::Weights;
use super::{Question, classified, facts_of};

/// Keys that are asked for.
pub(super) const MOST_KEYS: usize = 30;

/// SPF records that are asked for.
pub(super) const MOST_SPF: usize = 5;

/// Addresses that are looked for in each.
pub(super) const MOST_ADDRESSES: usize = 500;

/// What own mail that passes relies on: names of keys, and domains of SPF with the addresses that pass by
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relied {
    /// Names of DKIM keys (RFC 6376 section 3.6.2.1).
    pub keys: Vec<String>,
    /// Domains whose SPF lets these addresses pass.
    pub spf: Vec<(String, Vec<IpAddr>)>,
}

/// What the DNS has of it now, as far as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InDns {
    /// By name of a key.
    pub keys: HashMap<String, Now>,
    /// By domain.
    pub spf: HashMap<String, SpfNow>,
}

/// What an SPF record does now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpfNow {
    /// What receivers answer with permerror, in a sentence.
    pub broken: Option<String>,
    /// That it lets everybody pass, in a sentence.
    pub open: Option<String>,
    /// By address: whether it passes.
    pub addresses: HashMap<IpAddr, Now>,
}

/// Whether something that mail relies on is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Now {
    /// It is.
    Stands,
    /// It is not: what the DNS has instead, in a sentence.
    Gone(String),
    /// Nobody could tell: why.
    Unknown(String),
}

/// What own mail relies on, as reports tell it.
#[must_use]
pub fn relied(traffic: &Traffic, question: &Question<'_>) -> Relied {
    let facts = facts_of(traffic, question);
    let believed = Believed::of(traffic, question.thresholds);
    let sources = classified(traffic, &facts, question, &believed.weights);
    let mut keys: BTreeMap<String, Told> = BTreeMap::new();
    let mut spf: BTreeMap<String, (Told, BTreeMap<IpAddr, u64>)> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.class == Class::Own) {
        for (_, row) in source.rows_of(traffic) {
            let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
            let Some(by) = believed.organization(row.reporter) else { continue };
            for name in fact.signatures.iter().filter_map(|(at, selector)| key(selector, at)) {
                keys.entry(name).or_default().add(by, row.messages);
            }
            if let (Some(domain), Some(address)) = (spf_domain(fact), row.source.ip()) {
                let (told, addresses) = spf.entry(domain).or_default();
                told.add(by, row.messages);
                let sent = addresses.entry(address).or_default();
                *sent = sent.saturating_add(row.messages);
            }
        }
    }
    let spf: Vec<_> = spf.into_iter().map(|(at, (told, by))| ((at, busiest(by)), told)).collect();
    Relied { keys: most_told(keys, MOST_KEYS), spf: most_told(spf, MOST_SPF) }
}

/// Who tells of something, and of how much mail.
#[derive(Default)]
struct Told {
    organizations: BTreeSet<usize>,
    messages: u64,
}

impl Told {
    fn add(&mut self, by: usize, messages: u64) {
        self.organizations.insert(by);
        self.messages = self.messages.saturating_add(messages);
    }
}

/// What most tell of, and then what most mail has.
fn most_told<T>(found: impl IntoIterator<Item = (T, Told)>, most: usize) -> Vec<T> {
    let mut found: Vec<_> = found.into_iter().collect();
    let rank = |told: &Told| std::cmp::Reverse((told.organizations.len(), told.messages));
    found.sort_by_key(|(_, told)| rank(told));
    found.into_iter().take(most).map(|(what, _)| what).collect()
}

fn busiest(addresses: BTreeMap<IpAddr, u64>) -> Vec<IpAddr> {
    let mut all: Vec<_> = addresses.into_iter().collect();
    all.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
    all.into_iter().take(MOST_ADDRESSES).map(|(address, _)| address).collect()
}

/// Whose word counts here: theirs who write regularly; where too few do, everybody's.
pub(super) struct Believed<'a> {
    reporters: Reporters<'a>,
    weights: Weights,
    are_all: bool,
}

impl<'a> Believed<'a> {
    pub(super) fn of(traffic: &'a Traffic, limits: &Thresholds) -> Self {
        let reporters = Reporters::of(traffic);
        let weights = Weights::of(traffic, &reporters, limits);
        let are_all = weights.regulars() < limits.reporters as usize;
        Self { reporters, weights, are_all }
    }

    /// The organisation of a reporter whose word counts.
    pub(super) fn organization(&self, reporter: u32) -> Option<usize> {
        let by = self.reporters.organization(reporter);
        (self.are_all || self.weights.is_regular(by)).then_some(by)
    }
}

/// The name of a key, as it is asked for; none of what is no name, since a report can claim any.
pub(super) fn key(selector: &str, domain: &str) -> Option<String> {
    let selector = selector.trim_end_matches('.');
    let name = names::ascii(&format!("{selector}._domainkey.{domain}")).ok()?;
    (!selector.is_empty() && is_plain(&name)).then_some(name)
}

/// The domain whose SPF lets such mail pass.
pub(super) fn spf_domain(fact: &Facts<'_>) -> Option<String> {
    names::ascii(fact.spf_domain?).ok().filter(|name| is_plain(name))
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
