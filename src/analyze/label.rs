//! The **labels** that apply to a domain: which of its mail is a source by an operator's word, and
//! what was said of the others.
//!
//! In: the operator's knowledge and a domain. Out: the label of an address (the longest prefix
//! wins) and the label of a named source. At equal fit the domain's own label is before that of
//! every domain (`*`). A label that fits nothing does no harm, and one that the command would refuse
//! fits nothing.

use std::collections::{BTreeSet, HashMap};

use crate::model::SourceAddress;
use crate::model::knowledge::{Aim, Knowledge, Label, Network};

use super::domain::shown;

/// What the operator wrote beside a label, if anything, cut to what can be shown.
pub(super) fn note(label: &Label) -> Option<String> {
    let note = label.note.trim();
    (!note.is_empty()).then(|| shown(note).to_owned())
}

/// The labels of one domain, ready to be looked up. Each by its index in the knowledge.
#[derive(Debug)]
pub(super) struct Labels<'a> {
    labels: &'a [Label],
    /// By network, and whether for subdomains alone.
    networks: HashMap<(Network, bool), usize>,
    /// The lengths that occur.
    lengths: BTreeSet<u8>,
    /// By name in lower case, and whether for subdomains alone.
    names: HashMap<(String, bool), usize>,
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
        Label::that_hold(domain, labels.iter()).for_each(|(at, label)| found.add(at, label));
        found
    }

    /// The first that says something of a source has the word.
    fn add(&mut self, at: usize, label: &Label) {
        let Ok(aim) = Aim::parse(&label.source) else { return };
        if let Some(network) = aim.network() {
            self.lengths.insert(network.length());
            self.networks.entry((network, aim.is_below())).or_insert(at);
        } else {
            self.names.entry((aim.name().to_lowercase(), aim.is_below())).or_insert(at);
        }
    }

    /// The label with that index.
    pub(super) fn get(&self, at: usize) -> Option<&'a Label> {
        self.labels.get(at)
    }

    /// The name that an address label gives its source, without its scope.
    pub(super) fn name(&self, at: usize) -> String {
        let aim = self.labels.get(at).and_then(|label| Aim::parse(&label.source).ok());
        aim.map_or(String::new(), |aim| aim.name().into_owned())
    }

    /// The label of mail from an address: of the domain itself, or of names below it.
    pub(super) fn of_address(&self, address: &SourceAddress, below: bool) -> Option<usize> {
        let SourceAddress::Ip(ip) = address else {
            return None;
        };
        let of = |length: &u8| self.first(&self.networks, Network::around(*ip, *length)?, below);
        self.lengths.iter().rev().find_map(of)
    }

    /// Whether any of them is of a name.
    pub(super) fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// The label of a sender by its name.
    pub(super) fn of_name(&self, sender: &str, below: bool) -> Option<usize> {
        if self.names.is_empty() {
            return None;
        }
        self.first(&self.names, sender.to_lowercase(), below)
    }

    /// The domain's own label, else that of every domain; of two equals the one for this scope alone.
    fn first<K>(&self, map: &HashMap<(K, bool), usize>, key: K, below: bool) -> Option<usize>
    where
        K: std::hash::Hash + Eq + Clone,
    {
        let narrow = below.then(|| map.get(&(key.clone(), true)).copied()).flatten();
        let wide = map.get(&(key, false)).copied();
        let is_every = |at: &usize| self.labels.get(*at).is_none_or(Label::is_of_every_domain);
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
    fn an_address_is_found_in_its_network() {
        for (expected, network, address) in [
            (Some(0), "192.0.2.16/28", "192.0.2.31"),
            (None, "192.0.2.16/28", "192.0.2.32"),
            (Some(0), "::ffff:192.0.2.16/124", "192.0.2.31"),
            (Some(0), "2001:db8::/33", "2001:db8:7fff::1"),
            (None, "2001:db8::/33", "2001:db8:8000::1"),
            (Some(0), "2001:db8::1", "2001:db8::1"),
            (None, "2001:db8::1", "2001:db8::2"),
        ] {
            assert_eq!(expected, found(&[("*", network)], address), "{network} {address}");
        }
    }

    #[test]
    fn what_the_command_refuses_speaks_of_nothing() {
        let address = "192.0.2.16";
        for network in ["192.0.2.21/28", "0.0.0.0/0", "192.0.0.0/7", "192.0.2.16/33"] {
            let labels = vec![label("*", network)];
            let knowledge = Knowledge { labels, ..Knowledge::default() };
            let labels = Labels::of(&knowledge, "shop.example");
            let ip = SourceAddress::Ip(address.parse().unwrap());
            assert_eq!(None, labels.of_address(&ip, false), "{network}");
            assert_eq!(None, labels.of_name(network, false), "{network}");
        }
    }

    #[test]
    fn a_source_is_named_in_one_spelling() {
        let labels = vec![label("*", "2001:DB8::/32 (Subdomains)")];
        let knowledge = Knowledge { labels, ..Knowledge::default() };
        assert_eq!("2001:db8::/32", Labels::of(&knowledge, "shop.example").name(0));
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
