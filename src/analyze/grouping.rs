//! The **grouping** of rows into sources.
//!
//! In: a domain's traffic and the facts of its fingerprints, labels, reverse names. Out: the
//! sources, the busiest first, each with its counts; nothing is judged. Per row the **sender** is
//! the first of: the addresses that a label names; the provider or organisational domain of the
//! bounce domain that passes SPF, where that is not the owner's; the same of a signature; of the
//! confirmed name of the address, where it was looked up; the network (/24 for IPv4, /48 for
//! IPv6). Afterwards a row that names nobody joins the sender that most of its address's mail
//! belongs to: a service whose signature failed once is still that service. A sender's mail in the
//! name of the domain itself is one source, its mail in the name of subdomains, however many, is
//! another: they have policies of their own (`p` and `sp`).

use std::collections::HashMap;

use crate::model::traffic::{EarlierRow, TrafficRow};
use crate::model::{Day, Hosts, SourceAddress, Traffic};

use super::Question;
use super::age::Before;
use super::domain::organizational;
use super::facts::Facts;
use super::label::Labels;
use super::providers::Providers;
use super::source::{Key, SUBDOMAINS, Source};
use super::weight::Heard;

/// Numbers the keys in order of appearance.
#[derive(Default)]
struct Keys<'a> {
    ids: HashMap<Key<'a>, u32>,
    keys: Vec<Key<'a>>,
}

impl<'a> Keys<'a> {
    fn id(&mut self, key: Key<'a>) -> u32 {
        *self.ids.entry(key).or_insert_with(|| {
            self.keys.push(key);
            // rows, of which each may have two, are numbered by u32 as well
            u32::try_from(self.keys.len() - 1).unwrap_or(u32::MAX / 2)
        })
    }
}

/// One address: which sender most of its mail belongs to, by the majority vote of Boyer and
/// Moore, weighted (one candidate is enough, however many senders a forged report claims).
struct Address<'a> {
    address: &'a SourceAddress,
    /// Whom its confirmed name stands for, else its network.
    place: u32,
    /// Whom a label says it is, in the name of the domain itself and of names below it.
    labelled: [Option<u32>; 2],
    candidate: u32,
    lead: u64,
    messages: u64,
    for_candidate: u64,
}

impl Address<'_> {
    fn vote(&mut self, sender: u32, messages: u64) {
        self.messages = self.messages.saturating_add(messages);
        if sender == self.candidate {
            self.lead = self.lead.saturating_add(messages);
        } else if self.lead >= messages {
            self.lead -= messages;
        } else {
            self.lead = messages - self.lead;
            self.candidate = sender;
        }
    }

    fn count(&mut self, sender: u32, messages: u64) {
        if sender == self.candidate {
            self.for_candidate = self.for_candidate.saturating_add(messages);
        }
    }

    /// The sender of its rows that have no name of their own.
    fn home(&self) -> u32 {
        let most = self.for_candidate > self.messages / 2;
        if most { self.candidate } else { self.place }
    }
}

/// The sources of a domain's traffic, counted one at a time, since a forged report can claim very many.
pub(super) struct Groups<'a, 'h> {
    grouping: Grouping<'a>,
    traffic: &'a Traffic,
    facts: &'a [Facts<'a>],
    before: HashMap<u32, Before>,
    heard: Heard<'h, 'a>,
    /// The rows, source by source, each in their order.
    rows: Vec<u32>,
    /// By source: where its rows begin; and last, where all end.
    starts: Vec<u32>,
}

impl<'a, 'h> Groups<'a, 'h> {
    /// Groups the rows; nothing is counted yet.
    pub(super) fn of(
        traffic: &'a Traffic,
        facts: &'a [Facts<'a>],
        question: &Question<'a>,
        heard: Heard<'h, 'a>,
    ) -> Self {
        let grouping = Grouping::new(traffic, facts, question);
        let before = grouping.before(traffic, facts, heard);
        let (rows, starts) = grouping.rows_by_source(traffic, facts);
        Self { grouping, traffic, facts, before, heard, rows, starts }
    }

    /// The sources that have rows, by number. The numbers of a sender's two differ in the last bit.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> + use<'_, 'a, 'h> {
        let starts = (0_u32..).zip(self.starts.windows(2));
        starts.filter(|(_, ends)| ends[0] < ends[1]).map(|(id, _)| id)
    }

    /// The number of what the same sender sends in the other scope.
    pub(super) fn other_scope(id: u32) -> u32 {
        id ^ 1
    }

    /// One source, counted.
    pub(super) fn source(&mut self, id: u32) -> Source<'a> {
        let (key, below) = self.sender(id);
        let empty = self.grouping.empty(key, below);
        self.counted(id, empty)
    }

    /// The same without its name, which no rule looks at.
    pub(super) fn nameless(&mut self, id: u32) -> Source<'a> {
        let (key, below) = self.sender(id);
        let mut empty = if self.grouping.labels.has_names() {
            self.grouping.empty(key, below)
        } else {
            self.grouping.unlabelled(key, below, String::new())
        };
        empty.name.clear();
        self.counted(id, empty)
    }

    fn sender(&self, id: u32) -> (Key<'a>, bool) {
        (self.grouping.keys.keys[id as usize / 2], id % 2 == 1)
    }

    fn counted(&mut self, id: u32, empty: Source<'a>) -> Source<'a> {
        let rows = self.rows_of(id).to_vec();
        let mut source = self.grouping.count(empty, rows, self.traffic, self.facts);
        let before = self.before.get(&id).cloned().unwrap_or_default();
        before.give(&mut source, self.traffic, self.heard);
        source
    }

    /// All of them, the busiest first.
    pub(super) fn all(mut self) -> Vec<Source<'a>> {
        let ids: Vec<u32> = self.ids().collect();
        let mut sources: Vec<_> = ids.into_iter().map(|id| self.source(id)).collect();
        sort(&mut sources);
        sources
    }

    /// Several put together, as `empty` names them.
    pub(super) fn together(&mut self, ids: &[u32], empty: Source<'a>) -> Source<'a> {
        let mut rows: Vec<u32> = ids.iter().flat_map(|id| self.rows_of(*id)).copied().collect();
        rows.sort_unstable();
        let source = self.grouping.count(empty, rows, self.traffic, self.facts);
        Source { members: ids.len() as u64, ..source }
    }

    fn rows_of(&self, id: u32) -> &[u32] {
        let ends = &self.starts[id as usize..][..2];
        &self.rows[ends[0] as usize..ends[1] as usize]
    }
}

/// The busiest first, names breaking ties.
pub(super) fn sort(sources: &mut [Source<'_>]) {
    sources.sort_by(|one, other| {
        let key = |s: &Source<'_>| std::cmp::Reverse(s.tally.messages);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.name.cmp(&other.name))
            .then((one.key, one.below).cmp(&(other.key, other.below)))
    });
}

/// The source of a sender: its mail of the domain itself, or of subdomains.
fn scoped(sender: u32, below: bool) -> u32 {
    2 * sender + u32::from(below)
}

/// Which row belongs to which sender.
struct Grouping<'a> {
    known: &'a Providers,
    hosts: &'a Hosts,
    labels: Labels<'a>,
    keys: Keys<'a>,
    /// By fingerprint: the sender that it names, once a row has shown it, and whether it is of a
    /// subdomain.
    named: Vec<(Option<u32>, bool)>,
    addresses: Vec<Address<'a>>,
    address_ids: HashMap<&'a SourceAddress, u32>,
    /// By network: the place of the first address that was seen there.
    places: HashMap<Key<'a>, u32>,
    address_of_row: Vec<u32>,
    /// By row.
    sender_of_row: Vec<u32>,
    /// Counters by fingerprint and by address, zero between two uses.
    per_fingerprint: Vec<u64>,
    per_address: Vec<u64>,
}

impl<'a> Grouping<'a> {
    fn new(traffic: &'a Traffic, facts: &[Facts<'a>], question: &Question<'a>) -> Self {
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
    fn before(
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
    fn rows_by_source(&self, traffic: &Traffic, facts: &[Facts<'_>]) -> (Vec<u32>, Vec<u32>) {
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

    /// Counts the rows of a source.
    fn count(
        &mut self,
        mut source: Source<'a>,
        rows: Vec<u32>,
        traffic: &'a Traffic,
        facts: &[Facts<'a>],
    ) -> Source<'a> {
        let (mut prints, mut addresses) = (Vec::new(), Vec::new());
        for index in &rows {
            let row = &traffic.rows[*index as usize];
            let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
            source.add(row, fact);
            let (print, address) =
                (row.fingerprint as usize, self.address_of_row[*index as usize] as usize);
            touch(&mut self.per_fingerprint, &mut prints, print, row.messages);
            touch(&mut self.per_address, &mut addresses, address, row.messages);
        }
        source.uses = drain(&mut self.per_fingerprint, prints);
        source.addresses = drain(&mut self.per_address, addresses)
            .into_iter()
            .map(|(id, messages)| (self.addresses[id].address, messages))
            .collect();
        source.addresses.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        source.is_unconfirmed = self.is_unconfirmed(&source);
        source.first_day = source.days.first().map_or(Day(0), |day| day.day);
        source.last_day = source.days.last().map_or(Day(0), |day| day.day);
        source.rows = rows;
        source
    }

    fn empty(&self, key: Key<'a>, below: bool) -> Source<'a> {
        let sender = key.name(self.known, &self.labels);
        let label = match key {
            Key::Label(at) => Some(at),
            _ => self.labels.of_name(&sender, below),
        };
        let name = if below { format!("{sender}{SUBDOMAINS}") } else { sender };
        let source = self.unlabelled(key, below, name);
        Source { label: label.and_then(|at| self.labels.get(at)), ..source }
    }

    /// A source that no label names; one of addresses that a label names has that one.
    fn unlabelled(&self, key: Key<'a>, below: bool, name: String) -> Source<'a> {
        let label = if let Key::Label(at) = key { self.labels.get(at) } else { None };
        let provider = key.provider(self.known);
        Source { label, provider, ..Source::empty(key, below, name) }
    }

    fn is_unconfirmed(&self, source: &Source<'_>) -> bool {
        let unconfirmed = |(address, _): &(&SourceAddress, u64)| {
            confirmed(address, self.hosts).is_some_and(|name| name.is_none())
        };
        !source.addresses.is_empty() && source.addresses.iter().all(unconfirmed)
    }
}

/// The confirmed name of an address that was looked up, if it has one.
fn confirmed<'h>(address: &SourceAddress, hosts: &'h Hosts) -> Option<Option<&'h str>> {
    let SourceAddress::Ip(ip) = address else {
        return None;
    };
    let found = hosts.get(ip)?.as_ref().filter(|host| host.confirmed && !host.name.is_empty());
    Some(found.map(|host| host.name.as_str()))
}

fn touch(counts: &mut [u64], touched: &mut Vec<usize>, at: usize, messages: u64) {
    if counts[at] == 0 {
        touched.push(at);
    }
    counts[at] = counts[at].saturating_add(messages);
}

/// Takes the touched counts out, most first, and leaves zeros.
fn drain(counts: &mut [u64], mut touched: Vec<usize>) -> Vec<(usize, u64)> {
    touched.sort_unstable();
    touched.dedup();
    let take = |at: usize| (at, std::mem::take(&mut counts[at]));
    let mut out: Vec<_> = touched.into_iter().map(take).collect();
    out.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    out
}
