//! A **source** is one sender of a domain's mail: who the rows authenticate as, else the network
//! that they come from.
//!
//! In: rows and the facts of their fingerprints. Out: the sources, the busiest first, each with
//! its counts. No network is asked. Per row the **sender** is the first of: the provider or
//! organisational domain of the bounce domain that passes SPF, where that is not the owner's; the
//! same of a signature; the network (/24 for IPv4, /48 for IPv6). Afterwards a row without a name
//! joins the named sender that most of its address's mail belongs to: a service whose signature
//! failed once is still that service. A sender's mail in the name of the domain itself is one
//! source, its mail in the name of subdomains, however many, is another: they have policies of
//! their own (`p` and `sp`).

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::model::traffic::TrafficRow;
use crate::model::verdict::{Class, Health, Tally};
use crate::model::{Day, Label, SourceAddress, Traffic};

use super::domain::shown;
use super::facts::{Facts, Stopped};
use super::providers::{Provider, Providers};
pub(super) use super::statistics::DayCount;

/// What makes two rows one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// A known provider, by index.
    Provider(u16),
    /// An organisational domain.
    Domain(&'a str),
    /// An IPv4 network of 24 bits.
    Net4([u8; 3]),
    /// An IPv6 network of 48 bits.
    Net6([u16; 3]),
    /// Text that is no address, whatever it says.
    Unreadable,
}

impl Key<'_> {
    /// The network of an address.
    pub(super) fn network(address: &SourceAddress) -> Self {
        match address {
            SourceAddress::Ip(IpAddr::V4(ip)) => {
                let [a, b, c, _] = ip.octets();
                Self::Net4([a, b, c])
            }
            SourceAddress::Ip(IpAddr::V6(ip)) => {
                let [a, b, c, ..] = ip.segments();
                Self::Net6([a, b, c])
            }
            SourceAddress::Unreadable(_) => Self::Unreadable,
        }
    }

    fn provider(self, known: &Providers) -> Option<&Provider> {
        match self {
            Self::Provider(index) => known.get(index),
            _ => None,
        }
    }

    fn name(self, known: &Providers) -> String {
        match self {
            Self::Provider(index) => {
                known.get(index).map_or("", |provider| &provider.name).to_owned()
            }
            Self::Domain(domain) => shown(domain).to_owned(),
            Self::Net4([a, b, c]) => format!("{a}.{b}.{c}.0/24"),
            Self::Net6([a, b, c]) => {
                format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
            Self::Unreadable => "unreadable address".to_owned(),
        }
    }
}

/// One sender, and what it sent.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// The sender.
    pub(super) key: Key<'a>,
    /// Whether this is what it sends in the name of subdomains, not of the domain itself.
    pub(super) below: bool,
    /// Its name.
    pub(super) name: String,
    /// The provider, where known.
    pub(super) provider: Option<&'a Provider>,
    /// Messages, by what DMARC made of them.
    pub(super) tally: Tally,
    /// Messages that receivers quarantined.
    pub(super) quarantined: u64,
    /// Messages that receivers rejected.
    pub(super) rejected: u64,
    /// By day, in order.
    pub(super) days: Vec<DayCount>,
    /// Messages by fingerprint, most first.
    pub(super) uses: Vec<(usize, u64)>,
    /// Messages by address, most first.
    pub(super) addresses: Vec<(&'a SourceAddress, u64)>,
    /// Its rows, by index.
    pub(super) rows: Vec<u32>,
    /// The first day ever seen.
    pub(super) first_day: Day,
    /// The last day in the window.
    pub(super) last_day: Day,
    /// What it is to the domain.
    pub(super) class: Class,
    /// How it fares, for own sources.
    pub(super) health: Option<Health>,
    /// Why it is what it is.
    pub(super) rule: String,
    /// What the operator said of it.
    pub(super) label: Option<&'a Label>,
}

impl Source<'_> {
    /// Whether all its addresses lie in one network.
    pub(super) fn is_one_network(&self) -> bool {
        let mut networks = self.addresses.iter().map(|(address, _)| Key::network(address));
        let first = networks.next();
        networks.all(|network| Some(network) == first)
    }

    /// The name of the sender, whatever it sends in the name of.
    #[expect(dead_code, reason = "labels will ask for it")]
    pub(super) fn sender(&self) -> &str {
        if self.below {
            self.name.strip_suffix(SUBDOMAINS).unwrap_or(&self.name)
        } else {
            &self.name
        }
    }

    /// The visible domains that it sends for, the busiest first.
    pub(super) fn header_froms<'t>(&self, traffic: &'t Traffic) -> Vec<&'t str> {
        let mut names: BTreeMap<&str, u64> = BTreeMap::new();
        for (print, messages) in &self.uses {
            if let Some(print) = traffic.fingerprints.get(*print) {
                let count = names.entry(&print.header_from).or_default();
                *count = count.saturating_add(*messages);
            }
        }
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// Whether most of its mail is SPF-aligned.
    pub(super) fn is_mostly_authorised(&self) -> bool {
        self.tally.spf_aligned > self.tally.messages - self.tally.spf_aligned
    }
}

/// What stands behind the name of a sender where it sends in the name of subdomains.
pub(super) const SUBDOMAINS: &str = " (subdomains)";

/// Numbers the keys in order of appearance.
#[derive(Default)]
struct Keys<'a> {
    ids: HashMap<Key<'a>, usize>,
    keys: Vec<Key<'a>>,
}

impl<'a> Keys<'a> {
    fn id(&mut self, key: Key<'a>) -> usize {
        *self.ids.entry(key).or_insert_with(|| {
            self.keys.push(key);
            self.keys.len() - 1
        })
    }
}

/// One address: which sender most of its mail belongs to, by the majority vote of Boyer and
/// Moore, weighted (one candidate is enough, however many senders a forged report claims).
struct Address<'a> {
    address: &'a SourceAddress,
    network: usize,
    candidate: usize,
    lead: u64,
    messages: u64,
    for_candidate: u64,
}

impl Address<'_> {
    fn vote(&mut self, sender: usize, messages: u64) {
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

    fn count(&mut self, sender: usize, messages: u64) {
        if sender == self.candidate {
            self.for_candidate = self.for_candidate.saturating_add(messages);
        }
    }

    /// The sender of its rows that have no name of their own.
    fn home(&self) -> usize {
        let most = self.for_candidate > self.messages / 2;
        if most { self.candidate } else { self.network }
    }
}

/// The sources of a domain's traffic, the busiest first, names breaking ties.
pub(super) fn group<'a>(
    traffic: &'a Traffic,
    facts: &[Facts<'a>],
    known: &'a Providers,
) -> Vec<Source<'a>> {
    let mut grouping = Grouping::new(traffic, facts, known);
    let earliest = grouping.earliest(traffic, facts);
    let mut sources: Vec<_> = grouping
        .rows_by_source(traffic, facts)
        .into_iter()
        .enumerate()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(id, rows)| {
            let mut source = grouping.count(id, rows, traffic, facts);
            source.first_day =
                earliest.get(&id).map_or(source.first_day, |d| source.first_day.min(*d));
            source
        })
        .collect();
    sources.sort_by(|one, other| {
        let key = |s: &Source<'a>| std::cmp::Reverse(s.tally.messages);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.name.cmp(&other.name))
            .then((one.key, one.below).cmp(&(other.key, other.below)))
    });
    sources
}

/// The source of a sender: its mail of the domain itself, or of subdomains.
fn scoped(sender: usize, below: bool) -> usize {
    2 * sender + usize::from(below)
}

/// Which row belongs to which sender.
struct Grouping<'a> {
    known: &'a Providers,
    keys: Keys<'a>,
    /// By fingerprint: the sender that it names.
    named: Vec<Option<usize>>,
    addresses: Vec<Address<'a>>,
    address_ids: HashMap<&'a SourceAddress, usize>,
    address_of_row: Vec<usize>,
    /// By row.
    sender_of_row: Vec<usize>,
    /// Counters by fingerprint and by address, zero between two uses.
    per_fingerprint: Vec<u64>,
    per_address: Vec<u64>,
}

impl<'a> Grouping<'a> {
    fn new(traffic: &'a Traffic, facts: &[Facts<'a>], known: &'a Providers) -> Self {
        let mut keys = Keys::default();
        let named = facts.iter().map(|fact| fact.named.map(|key| keys.id(key))).collect();
        let mut grouping = Self {
            known,
            keys,
            named,
            addresses: Vec::new(),
            address_ids: HashMap::new(),
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

    /// Every row by its own words.
    fn first_pass(&mut self, rows: &'a [TrafficRow]) {
        for row in rows {
            let address = self.address(&row.source);
            let sender = self.named_by(row.fingerprint).unwrap_or(self.addresses[address].network);
            self.addresses[address].vote(sender, row.messages);
            self.address_of_row.push(address);
            self.sender_of_row.push(sender);
        }
    }

    /// The nameless rows by their addresses' other rows.
    fn second_pass(&mut self, rows: &[TrafficRow]) {
        for (at, row) in rows.iter().enumerate() {
            self.addresses[self.address_of_row[at]].count(self.sender_of_row[at], row.messages);
        }
        for (at, row) in rows.iter().enumerate() {
            if self.named_by(row.fingerprint).is_none() {
                self.sender_of_row[at] = self.addresses[self.address_of_row[at]].home();
            }
        }
    }

    fn named_by(&self, fingerprint: u32) -> Option<usize> {
        self.named.get(fingerprint as usize).copied().flatten()
    }

    fn address(&mut self, address: &'a SourceAddress) -> usize {
        if let Some(id) = self.address_ids.get(address) {
            return *id;
        }
        let (id, network) = (self.addresses.len(), self.keys.id(Key::network(address)));
        self.address_ids.insert(address, id);
        let votes = (network, 0, 0, 0);
        let (candidate, lead, messages, for_candidate) = votes;
        self.addresses.push(Address { address, network, candidate, lead, messages, for_candidate });
        id
    }

    /// The first day before the window on which a source of the window was seen.
    fn earliest(&self, traffic: &'a Traffic, facts: &[Facts<'a>]) -> HashMap<usize, Day> {
        let mut earliest: HashMap<usize, Day> = HashMap::new();
        for row in &traffic.earlier {
            let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
            let by_address =
                || self.address_ids.get(&row.source).map(|id| self.addresses[*id].home());
            let by_network = || self.keys.ids.get(&Key::network(&row.source)).copied();
            let sender = self.named_by(row.fingerprint).or_else(by_address).or_else(by_network);
            let Some(sender) = sender else { continue };
            let day = earliest.entry(scoped(sender, fact.subdomain)).or_insert(row.first_day);
            *day = (*day).min(row.first_day);
        }
        earliest
    }

    fn rows_by_source(&self, traffic: &Traffic, facts: &[Facts<'_>]) -> Vec<Vec<u32>> {
        let mut lists = vec![Vec::new(); 2 * self.keys.keys.len()];
        for (index, (row, sender)) in (0_u32..).zip(traffic.rows.iter().zip(&self.sender_of_row)) {
            let below = facts.get(row.fingerprint as usize).is_some_and(|fact| fact.subdomain);
            lists[scoped(*sender, below)].push(index);
        }
        lists
    }

    fn count(
        &mut self,
        id: usize,
        rows: Vec<u32>,
        traffic: &'a Traffic,
        facts: &[Facts<'a>],
    ) -> Source<'a> {
        let mut source = empty(self.keys.keys[id / 2], id % 2 == 1, self.known);
        let (mut prints, mut addresses) = (Vec::new(), Vec::new());
        for index in &rows {
            let row = &traffic.rows[*index as usize];
            let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
            add(&mut source, row, fact);
            let (print, address) = (row.fingerprint as usize, self.address_of_row[*index as usize]);
            touch(&mut self.per_fingerprint, &mut prints, print, row.messages);
            touch(&mut self.per_address, &mut addresses, address, row.messages);
        }
        source.uses = drain(&mut self.per_fingerprint, prints);
        source.addresses = drain(&mut self.per_address, addresses)
            .into_iter()
            .map(|(id, messages)| (self.addresses[id].address, messages))
            .collect();
        source.addresses.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        source.first_day = source.days.first().map_or(Day(0), |day| day.day);
        source.last_day = source.days.last().map_or(Day(0), |day| day.day);
        source.rows = rows;
        source
    }
}

fn empty<'a>(key: Key<'a>, below: bool, known: &'a Providers) -> Source<'a> {
    let scope = if below { SUBDOMAINS } else { "" };
    Source {
        key,
        below,
        name: format!("{}{scope}", key.name(known)),
        provider: key.provider(known),
        tally: Tally::default(),
        quarantined: 0,
        rejected: 0,
        days: Vec::new(),
        uses: Vec::new(),
        addresses: Vec::new(),
        rows: Vec::new(),
        first_day: Day(0),
        last_day: Day(0),
        class: Class::Noise,
        health: None,
        rule: String::new(),
        label: None,
    }
}

/// Rows come by day, so the days of a source come in order.
fn add(source: &mut Source<'_>, row: &TrafficRow, fact: &Facts<'_>) {
    source.tally.add(row.messages, fact.dkim, fact.spf);
    match fact.stopped {
        Stopped::No => {}
        Stopped::Quarantined => {
            source.quarantined = source.quarantined.saturating_add(row.messages)
        }
        Stopped::Rejected => source.rejected = source.rejected.saturating_add(row.messages),
    }
    if source.days.last().is_none_or(|last| last.day != row.day) {
        source.days.push(DayCount { day: row.day, messages: 0, failing: 0 });
    }
    if let Some(day) = source.days.last_mut() {
        let failing = if fact.passes() { 0 } else { row.messages };
        day.messages = day.messages.saturating_add(row.messages);
        day.failing = day.failing.saturating_add(failing);
    }
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
