//! A **source** is one sender of a domain's mail, with what it sent in the name of the domain
//! itself, or of names below it.
//!
//! In: rows and the facts of their fingerprints. Out: their counts, by day, fingerprint, address
//! and reporter. Which rows belong together is worked out in `grouping`, what a source is to the
//! domain in `classify`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::traffic::TrafficRow;
use crate::model::verdict::{Class, Health, Tally};
use crate::model::{Day, Label, LabelWord, SourceAddress, Traffic};

use super::domain::shown;
use super::facts::{Facts, Stopped};
use super::label::Labels;
use super::providers::{Provider, Providers};
pub(super) use super::statistics::DayCount;
use super::thresholds::Thresholds;

/// What makes two rows one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// Addresses that a label names, by the index of the label.
    Label(usize),
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
    /// Many senders put together ([`crowd`](super::crowd)), by what they have in common.
    Crowd(u8),
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

    pub(super) fn provider(self, known: &Providers) -> Option<&Provider> {
        match self {
            Self::Provider(index) => known.get(index),
            _ => None,
        }
    }

    /// The name of the sender.
    pub(super) fn name(self, known: &Providers, labels: &Labels<'_>) -> String {
        match self {
            Self::Label(at) => labels.name(at),
            Self::Provider(index) => {
                known.get(index).map_or("", |provider| &provider.name).to_owned()
            }
            Self::Domain(domain) => shown(domain).to_owned(),
            Self::Net4([a, b, c]) => format!("{a}.{b}.{c}.0/24"),
            Self::Net6([a, b, c]) => {
                format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
            Self::Unreadable => "unreadable address".to_owned(),
            Self::Crowd(_) => "other senders".to_owned(),
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
    /// What the operator said of it.
    pub(super) label: Option<&'a Label>,
    /// Messages, by what DMARC made of them.
    pub(super) tally: Tally,
    /// DKIM-aligned messages, and those that they are a part of; without those of an organisation that
    /// tells most of it, where others see less signed.
    pub(super) signed: (u64, u64),
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
    /// Fingerprints that passed here before the window, each once.
    pub(super) passed_before: Vec<usize>,
    /// Whether all its addresses were looked up, and none has a confirmed name.
    pub(super) is_unconfirmed: bool,
    /// The senders that are put together in it: 1, but where there are too many to be told one by one.
    pub(super) members: u64,
    /// The first day ever seen; of several put together the first day of the latest.
    pub(super) first_day: Day,
    /// The first day on which it is believed to have sent: no stranger makes it older.
    pub(super) believed_since: Day,
    /// The fingerprints that those tell of whose word counts.
    pub(super) believed_uses: Vec<usize>,
    /// The last day in the window.
    pub(super) last_day: Day,
    /// What it is to the domain.
    pub(super) class: Class,
    /// How it fares, for own sources.
    pub(super) health: Option<Health>,
    /// Its last bad day, where the fault is over (`healed`).
    pub(super) healed: Option<Day>,
    /// Why it is what it is.
    pub(super) rule: String,
    /// Whether that is what the others say of it, without one whose word alone is not believed.
    pub(super) is_doubted: bool,
    /// The fingerprints that the rule counted.
    pub(super) counted: Vec<usize>,
    /// The reporter that alone sees it fail.
    pub(super) fails_only_at: Option<&'a str>,
    /// The reporters that tell of its failing mail, where they are one or two.
    pub(super) told_by: Vec<&'a str>,
    /// Messages whose alignment the raw results contradict.
    pub(super) disagreements: u64,
}

impl<'a> Source<'a> {
    /// A source of which nothing is counted yet.
    pub(super) fn empty(key: Key<'a>, below: bool, name: String) -> Self {
        Source {
            key,
            below,
            name,
            provider: None,
            label: None,
            tally: Tally::default(),
            signed: (0, 0),
            quarantined: 0,
            rejected: 0,
            days: Vec::new(),
            uses: Vec::new(),
            addresses: Vec::new(),
            rows: Vec::new(),
            passed_before: Vec::new(),
            is_unconfirmed: false,
            members: 1,
            first_day: Day(0),
            believed_since: Day(0),
            believed_uses: Vec::new(),
            last_day: Day(0),
            class: Class::Noise,
            health: None,
            healed: None,
            rule: String::new(),
            is_doubted: false,
            counted: Vec::new(),
            fails_only_at: None,
            told_by: Vec::new(),
            disagreements: 0,
        }
    }

    /// Whether the operator said that of it.
    pub(super) fn is_labelled(&self, word: LabelWord) -> bool {
        self.label.is_some_and(|label| label.label == word)
    }

    /// Counts a row of it. Rows come by day, so the days of a source come in order.
    pub(super) fn add(&mut self, row: &TrafficRow, fact: &Facts<'_>) {
        self.tally.add(row.messages, fact.dkim, fact.spf);
        match fact.stopped {
            Stopped::No => {}
            Stopped::Quarantined => {
                self.quarantined = self.quarantined.saturating_add(row.messages)
            }
            Stopped::Rejected => self.rejected = self.rejected.saturating_add(row.messages),
        }
        if self.days.last().is_none_or(|last| last.day != row.day) {
            self.days.push(DayCount { day: row.day, messages: 0, failing: 0 });
        }
        if let Some(day) = self.days.last_mut() {
            let failing = if fact.passes() { 0 } else { row.messages };
            day.messages = day.messages.saturating_add(row.messages);
            day.failing = day.failing.saturating_add(failing);
        }
    }

    /// Its rows, with their index.
    pub(super) fn rows_of<'t>(
        &self,
        traffic: &'t Traffic,
    ) -> impl Iterator<Item = (u32, &'t TrafficRow)> + use<'t, '_, 'a> {
        self.rows.iter().filter_map(|at| Some((*at, traffic.rows.get(*at as usize)?)))
    }

    /// The same sender as the rows that are kept show it.
    pub(super) fn only(
        &self,
        traffic: &'a Traffic,
        facts: &[Facts<'_>],
        keep: impl Fn(&TrafficRow) -> bool,
    ) -> Self {
        let mut part = Source::empty(self.key, self.below, self.name.clone());
        (part.provider, part.label) = (self.provider, self.label);
        part.passed_before.clone_from(&self.passed_before);
        let (mut uses, mut addresses) = (BTreeMap::new(), BTreeMap::new());
        for (at, row) in self.rows_of(traffic).filter(|(_, row)| keep(row)) {
            let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
            part.add(row, fact);
            part.rows.push(at);
            plus(uses.entry(row.fingerprint as usize).or_default(), row.messages);
            plus(addresses.entry(&row.source).or_default(), row.messages);
        }
        part.uses = most_first(uses);
        part.addresses = most_first(addresses);
        part
    }

    /// Whether it relies on SPF where reject needs DKIM. One or two messages say nothing about a sender.
    pub(super) fn lacks_dkim(&self, limits: &Thresholds) -> bool {
        let (signed, messages) = self.signed;
        messages >= limits.source_total_failure
            && (signed as f64) < limits.reject_dkim_share * messages as f64
    }

    /// Whether many senders are put together in it.
    pub(super) fn is_crowd(&self) -> bool {
        matches!(self.key, Key::Crowd(_))
    }

    /// The name of the sender, whatever it sends in the name of.
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
                plus(names.entry(&print.header_from).or_default(), *messages);
            }
        }
        most_first(names).into_iter().map(|(name, _)| name).collect()
    }

    /// Whether most of its mail is SPF-aligned.
    pub(super) fn is_mostly_authorised(&self) -> bool {
        self.tally.spf_aligned > self.tally.messages - self.tally.spf_aligned
    }
}

fn plus(count: &mut u64, messages: u64) {
    *count = count.saturating_add(messages);
}

fn most_first<K: Ord>(counts: BTreeMap<K, u64>) -> Vec<(K, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
    counts
}

/// What stands behind the name of a sender where it sends in the name of subdomains.
pub(super) use crate::model::knowledge::SUBDOMAINS;
