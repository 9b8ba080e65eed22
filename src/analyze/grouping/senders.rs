//! The **senders**: which row belongs to whom.
//!
//! In: a domain's rows and the facts of their fingerprints, labels, reverse names. Out: the sender of each
//! row, and that of rows from before the window; the rows in order of their sources. See `grouping` for
//! the rule; this is where it is followed, in two passes.

use std::collections::HashMap;

use crate::model::traffic::{EarlierRow, TrafficRow};
use crate::model::{Hosts, SourceAddress, Traffic};

use super::super::Question;
use super::super::age::Before;
use super::super::domain::organizational;
use super::super::facts::Facts;
use super::super::label::Labels;
use super::super::providers::Providers;
use super::super::source::Key;
use super::super::weight::Heard;
use super::address::{Address, Keys, confirmed};

/// The source of a sender: its mail of the domain itself, or of subdomains.
fn scoped(sender: u32, below: bool) -> u32 {
    2 * sender + u32::from(below)
}

/// Which row belongs to which sender.
pub(super) struct Grouping<'a> {
    pub(super) known: &'a Providers,
    pub(super) hosts: &'a Hosts,
    pub(super) labels: Labels<'a>,
    pub(super) keys: Keys<'a>,
    /// By fingerprint: the sender that it names, once a row has shown it, and whether it is of a
    /// subdomain.
    named: Vec<(Option<u32>, bool)>,
    pub(super) addresses: Vec<Address<'a>>,
    address_ids: HashMap<&'a SourceAddress, u32>,
    /// By network: the place of the first address that was seen there.
    places: HashMap<Key<'a>, u32>,
    pub(super) address_of_row: Vec<u32>,
    /// By row.
    sender_of_row: Vec<u32>,
    /// Counters by fingerprint and by address, zero between two uses.
    pub(super) per_fingerprint: Vec<u64>,
    pub(super) per_address: Vec<u64>,
}

impl<'a> Grouping<'a> {
    pub(super) fn new(traffic: &'a Traffic, facts: &[Facts<'a>], question: &Question<'a>) -> Self {
        let mut keys = Keys::default();
        keys.ids.reserve(facts.len().min(traffic.rows.len()));
        let mut named: Vec<_> = facts.iter().map(|fact| (None, fact.subdomain)).collect();
        for print in traffic.rows.iter().map(|row| row.fingerprint as usize) {
            if let Some((fact, (named @ None, _))) = facts.get(print).zip(named.get_mut(print)) {
                *named = fact.named.map(|key| keys.id(key));
            }
        }
        let mut grouping = Self {
            known: question.providers,
            hosts: question.hosts,
            labels: Labels::of(question.knowledge, &traffic.domain),
            keys,
            named,
            addresses: Vec::new(),
            address_ids: HashMap::new(),
            places: HashMap::new(),
            address_of_row: Vec::with_capacity(traffic.rows.len()),
            sender_of_row: Vec::with_capacity(traffic.rows.len()),
            per_fingerprint: vec![0; facts.len()],
            per_address: Vec::new(),
        };
        grouping.first_pass(&traffic.rows);
        grouping.second_pass(&traffic.rows);
        grouping.per_address = vec![0; grouping.addresses.len()];
        grouping
    }

    /// Every row by its own words. What a label takes has no vote on the rest of its address.
    fn first_pass(&mut self, rows: &'a [TrafficRow]) {
        for row in rows {
            let at = self.address(&row.source);
            let (named, below) = self.named_by(row.fingerprint);
            let address = &mut self.addresses[at as usize];
            let sender = address.labelled[usize::from(below)].unwrap_or_else(|| {
                let sender = named.unwrap_or(address.place);
                address.vote(sender, row.messages);
                sender
            });
            self.address_of_row.push(at);
            self.sender_of_row.push(sender);
        }
    }

    /// The nameless rows by their addresses' other rows.
    fn second_pass(&mut self, rows: &[TrafficRow]) {
        let labelled =
            |address: &Address<'_>, below| address.labelled[usize::from(below)].is_some();
        for (at, row) in rows.iter().enumerate() {
            let (_, below) = self.named_by(row.fingerprint);
            let address = &mut self.addresses[self.address_of_row[at] as usize];
            if !labelled(address, below) {
                address.count(self.sender_of_row[at], row.messages);
            }
        }
        for (at, row) in rows.iter().enumerate() {
            let (named, below) = self.named_by(row.fingerprint);
            let address = &self.addresses[self.address_of_row[at] as usize];
            if named.is_none() && !labelled(address, below) {
                self.sender_of_row[at] = address.home();
            }
        }
    }

    fn named_by(&self, fingerprint: u32) -> (Option<u32>, bool) {
        self.named.get(fingerprint as usize).copied().unwrap_or_default()
    }

    fn address(&mut self, address: &'a SourceAddress) -> u32 {
        if let Some(id) = self.address_ids.get(address) {
            return *id;
        }
        let id = u32::try_from(self.addresses.len()).unwrap_or(u32::MAX);
        let network = Key::network(address);
        let place = self.keys.id(self.host(address).unwrap_or(network));
        self.places.entry(network).or_insert(place);
        let labelled = [false, true].map(|below| self.label(address, below));
        self.address_ids.insert(address, id);
        let votes = (place, 0, 0, 0);
        let (candidate, lead, messages, for_candidate) = votes;
        self.addresses.push(Address {
            address,
            place,
            labelled,
            candidate,
            lead,
            messages,
            for_candidate,
        });
        id
    }

    /// The sender that a label makes of an address.
    fn label(&mut self, address: &SourceAddress, below: bool) -> Option<u32> {
        let label = self.labels.of_address(address, below)?;
        Some(self.keys.id(Key::Label(label)))
    }

    /// Whom the confirmed name of an address stands for.
    fn host(&self, address: &SourceAddress) -> Option<Key<'a>> {
        let name = confirmed(address, self.hosts)??;
        let provider = self.known.find_host(name).map(Key::Provider);
        Some(provider.unwrap_or(Key::Domain(organizational(name))))
    }

    /// What is known of the sources of the window from before it.
    pub(super) fn before(
        &self,
        traffic: &Traffic,
        facts: &[Facts<'a>],
        heard: Heard<'_, '_>,
    ) -> HashMap<u32, Before> {
        let mut before: HashMap<u32, Before> = HashMap::new();
        for row in &traffic.earlier {
            let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
            let (sender, home) = self.senders_before(row, fact);
            if let Some(sender) = sender {
                let before = before.entry(scoped(sender, fact.subdomain)).or_default();
                before.told(heard.reporters.organization(row.reporter), row.first_day);
            }
            for sender in [sender, home].into_iter().flatten().filter(|_| fact.passes()) {
                let before = before.entry(scoped(sender, fact.subdomain)).or_default();
                before.passed.insert(row.fingerprint as usize);
            }
        }
        before
    }

    /// The sender of an earlier row, and the one that its address belongs to now, as far as the window
    /// shows them.
    fn senders_before(&self, row: &EarlierRow, fact: &Facts<'a>) -> (Option<u32>, Option<u32>) {
        let id = |key: Key<'a>| self.keys.ids.get(&key).copied();
        if let Some(label) = self.labels.of_address(&row.source, fact.subdomain) {
            return (id(Key::Label(label)), None);
        }
        let home = self.address_ids.get(&row.source).map(|id| self.addresses[*id as usize].home());
        let by_network = || self.places.get(&Key::network(&row.source)).copied();
        let unnamed = || home.or_else(by_network);
        (fact.named.map_or_else(unnamed, id), home)
    }

    /// The rows in order of their sources, and where those of each begin.
    pub(super) fn rows_by_source(
        &self,
        traffic: &Traffic,
        facts: &[Facts<'_>],
    ) -> (Vec<u32>, Vec<u32>) {
        let source = |at: usize| {
            let fact = facts.get(traffic.rows[at].fingerprint as usize);
            scoped(self.sender_of_row[at], fact.is_some_and(|fact| fact.subdomain)) as usize
        };
        let rows = self.sender_of_row.len();
        let mut starts = vec![0_u32; 2 * self.keys.keys.len() + 1];
        (0..rows).for_each(|at| starts[source(at) + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let (mut next, mut sorted) = (starts.clone(), vec![0_u32; rows]);
        for (index, at) in (0_u32..).zip(0..rows) {
            let place = &mut next[source(at)];
            sorted[*place as usize] = index;
            *place += 1;
        }
        (sorted, starts)
    }
}
