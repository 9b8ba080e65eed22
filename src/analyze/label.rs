//! The **labels** that apply to a domain: which of its mail is a source by an operator's word, and
//! what was said of the others.
//!
//! In: the operator's knowledge and a domain. Out: the label of an address (the longest prefix
//! wins) and the label of a named source. At equal fit the domain's own label is before that of
//! every domain (`*`). A label that fits nothing does no harm.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use crate::model::SourceAddress;
use crate::model::knowledge::{Knowledge, Label};

use super::domain::{bare, shown};
use super::source::SUBDOMAINS;

/// What the operator wrote beside a label, if anything, cut to what can be shown.
pub(super) fn note(label: &Label) -> Option<String> {
    let note = label.note.trim();
    (!note.is_empty()).then(|| shown(note).to_owned())
}

/// A network of either family, as one of 128 bits (IPv4 as `::ffff:0:0/96`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Prefix {
    bits: u128,
    length: u8,
}

impl Prefix {
    /// An address, or an address and a length. Bits beyond the length do not matter.
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let (width, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = match length {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
            None => width,
        };
        (length <= width).then(|| Self::of(bits(address), before + length))
    }

    fn of(bits: u128, length: u8) -> Self {
        let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
        Self { bits: bits & mask, length }
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

/// Which mail of a sender a label speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Scope {
    All,
    Below,
}

/// What a label names, and of which mail.
fn aim(label: &Label) -> (&str, Scope) {
    let source = label.source.trim();
    match source.len().checked_sub(SUBDOMAINS.len()).and_then(|at| source.split_at_checked(at)) {
        Some((name, end)) if end.eq_ignore_ascii_case(SUBDOMAINS) => (name, Scope::Below),
        _ => (source, Scope::All),
    }
}

/// The labels of one domain, ready to be looked up. Each by its index in the knowledge.
#[derive(Debug)]
pub(super) struct Labels<'a> {
    labels: &'a [Label],
    networks: HashMap<(Prefix, Scope), usize>,
    /// The lengths that occur.
    lengths: BTreeSet<u8>,
    /// By name in lower case.
    names: HashMap<(String, Scope), usize>,
}

impl<'a> Labels<'a> {
    /// No labels at all.
    pub(super) fn none() -> Self {
        Self {
            labels: &[],
            networks: HashMap::new(),
            lengths: BTreeSet::new(),
            names: HashMap::new(),
        }
    }

    /// Those that apply to the domain.
    pub(super) fn of(knowledge: &'a Knowledge, domain: &str) -> Self {
        let labels = knowledge.labels.as_slice();
        let mut found = Self { labels, ..Self::none() };
        let is_own = |label: &Label| bare(&label.domain).eq_ignore_ascii_case(bare(domain));
        let own = labels.iter().enumerate().filter(|(_, label)| is_own(label));
        let every = labels.iter().enumerate().filter(|(_, label)| label.domain == "*");
        own.chain(every).for_each(|(at, label)| found.add(at, label));
        found
    }

    /// The first that says something of a source has the word.
    fn add(&mut self, at: usize, label: &Label) {
        let (name, scope) = aim(label);
        if let Some(prefix) = Prefix::parse(name) {
            self.lengths.insert(prefix.length);
            self.networks.entry((prefix, scope)).or_insert(at);
        } else {
            self.names.entry((name.to_lowercase(), scope)).or_insert(at);
        }
    }

    /// The label with that index.
    pub(super) fn get(&self, at: usize) -> Option<&'a Label> {
        self.labels.get(at)
    }

    /// The name that an address label gives its source, without its scope.
    pub(super) fn name(&self, at: usize) -> &'a str {
        self.labels.get(at).map_or("", |label| aim(label).0)
    }

    /// The label of mail from an address: of the domain itself, or of names below it.
    pub(super) fn of_address(&self, address: &SourceAddress, below: bool) -> Option<usize> {
        let SourceAddress::Ip(ip) = address else {
            return None;
        };
        let bits = bits(*ip);
        let of = |length: u8| self.first(&self.networks, Prefix::of(bits, length), below);
        self.lengths.iter().rev().find_map(|length| of(*length))
    }

    /// The label of a sender by its name.
    pub(super) fn of_name(&self, sender: &str, below: bool) -> Option<usize> {
        if self.names.is_empty() {
            return None;
        }
        self.first(&self.names, sender.to_lowercase(), below)
    }

    /// The domain's own label, else that of every domain; of two equals the one for this scope alone.
    fn first<K>(&self, map: &HashMap<(K, Scope), usize>, key: K, below: bool) -> Option<usize>
    where
        K: std::hash::Hash + Eq + Clone,
    {
        let narrow = below.then(|| map.get(&(key.clone(), Scope::Below)).copied()).flatten();
        let wide = map.get(&(key, Scope::All)).copied();
        let is_every = |at: &usize| self.labels.get(*at).is_none_or(|label| label.domain == "*");
        narrow.into_iter().chain(wide).min_by_key(is_every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::knowledge::LabelWord;

    fn label(domain: &str, source: &str) -> Label {
        let (domain, source) = (domain.to_owned(), source.to_owned());
        Label { domain, source, label: LabelWord::Ours, note: String::new() }
    }

    fn found(labels: &[(&str, &str)], address: &str) -> Option<usize> {
        let labels = labels.iter().map(|(domain, source)| label(domain, source)).collect();
        let knowledge = Knowledge { labels, ..Knowledge::default() };
        let address = SourceAddress::Ip(address.parse().unwrap());
        Labels::of(&knowledge, "shop.example").of_address(&address, false)
    }

    #[test]
    fn a_prefix_matches_up_to_its_last_bit() {
        for (expected, network, address) in [
            (Some(0), "192.0.2.16/28", "192.0.2.31"),
            (None, "192.0.2.16/28", "192.0.2.32"),
            (None, "192.0.2.16/28", "192.0.2.15"),
            (Some(0), "192.0.2.21/28", "192.0.2.16"),
            (Some(0), "0.0.0.0/0", "203.0.113.1"),
            (None, "0.0.0.0/0", "2001:db8::1"),
            (Some(0), "::/0", "2001:db8::1"),
            (Some(0), "2001:db8::/33", "2001:db8:7fff::1"),
            (None, "2001:db8::/33", "2001:db8:8000::1"),
            (Some(0), "2001:db8::1", "2001:db8::1"),
            (None, "2001:db8::1", "2001:db8::2"),
        ] {
            assert_eq!(expected, found(&[("*", network)], address), "{network} {address}");
        }
    }

    #[test]
    fn nonsense_is_a_name_and_not_a_network() {
        for text in
            ["192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/+8", "::/129", "/8", ""]
        {
            assert_eq!(None, Prefix::parse(text), "{text}");
        }
    }

    #[test]
    fn the_longest_prefix_wins_then_the_domains_own_label() {
        let both = [("*", "192.0.2.0/24"), ("shop.example", "192.0.2.0/24")];
        assert_eq!(Some(1), found(&both, "192.0.2.9"));
        let longer = [("shop.example", "192.0.2.0/24"), ("*", "192.0.2.0/28")];
        assert_eq!(Some(1), found(&longer, "192.0.2.9"));
        assert_eq!(Some(0), found(&longer, "192.0.2.99"));
        assert_eq!(None, found(&[("other.example", "192.0.2.0/24")], "192.0.2.9"));
    }

    #[test]
    fn a_name_is_matched_in_any_case_and_in_both_scopes_unless_it_says_one() {
        let labels = vec![label("*", "MAILCHIMP"), label("*", "mailchimp (Subdomains)")];
        let knowledge = Knowledge { labels, ..Knowledge::default() };
        let labels = Labels::of(&knowledge, "shop.example");
        assert_eq!(Some(0), labels.of_name("Mailchimp", false));
        assert_eq!(Some(1), labels.of_name("Mailchimp", true));
        assert_eq!(None, labels.of_name("Mailchimps", false));
    }
}
