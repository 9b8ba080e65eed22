//! The **providers**: senders that are known by the domains they sign with or bounce to.
//!
//! The data stand in `providers.tsv` (name, kind, domains, where to mend it), compiled in. In: a
//! domain. Out: the provider whose pattern is that domain or a parent of it, label by label:
//! `mcsv.net` knows `mail12.mcsv.net` and not `notmcsv.net`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::domain::{MAX_NAME, bare};

const BUILT_IN_TEXT: &str = include_str!("providers.tsv");

/// What a provider does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// People's mailboxes.
    Mailbox,
    /// Newsletters.
    Newsletter,
    /// Mail that programs send.
    Transactional,
    /// Customer relations.
    Crm,
    /// Tickets.
    Helpdesk,
    /// Shops, invoices, signatures, surveys.
    Commerce,
    /// Web space.
    Hosting,
    /// Filters in front of somebody's mailboxes.
    Gateway,
    /// Forwards to other mailboxes.
    Forwarder,
    /// Mailing lists.
    List,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "mailbox" => Self::Mailbox,
            "newsletter" => Self::Newsletter,
            "transactional" => Self::Transactional,
            "crm" => Self::Crm,
            "helpdesk" => Self::Helpdesk,
            "commerce" => Self::Commerce,
            "hosting" => Self::Hosting,
            "gateway" => Self::Gateway,
            "forwarder" => Self::Forwarder,
            "list" => Self::List,
            _ => return None,
        })
    }
}

/// One known sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name, as people know it.
    pub(super) name: String,
    /// What it does.
    pub(super) kind: Kind,
    /// Where to mend it; empty where nothing can be.
    pub(super) hint: String,
}

impl Provider {
    /// Whether it sends in the name of its customers and never passes others' mail on. Mailbox
    /// providers, web hosts and gateways do both.
    pub(super) fn only_sends(&self) -> bool {
        use Kind::{Commerce, Crm, Helpdesk, Newsletter, Transactional};
        matches!(self.kind, Newsletter | Transactional | Crm | Helpdesk | Commerce)
    }

    /// Whether mail that authenticates as this provider may be the owner's.
    pub(super) fn may_send(&self) -> bool {
        !matches!(self.kind, Kind::Forwarder | Kind::List)
    }
}

/// The senders that are known, and by what they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Providers {
    providers: Vec<Provider>,
    /// By domain that it signs with or bounces to.
    domains: HashMap<String, u16>,
    /// By the end of its machines' names.
    hosts: HashMap<String, u16>,
}

static BUILT_IN: LazyLock<Providers> = LazyLock::new(|| Providers::read(BUILT_IN_TEXT));

impl Providers {
    /// Those that come with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads the table. Lines that are not well-formed are passed over; a test holds that none is.
    fn read(text: &str) -> Self {
        let mut table = Self::default();
        for (name, kind, domains, hint) in text.lines().filter_map(fields) {
            let (Some(kind), Ok(index)) = (Kind::parse(kind), u16::try_from(table.providers.len()))
            else {
                continue;
            };
            table.providers.push(Provider { name: name.to_owned(), kind, hint: hint.to_owned() });
            table.domains.extend(domains.split(' ').map(|pattern| (pattern.to_owned(), index)));
        }
        table
    }

    /// The provider of a domain (lower case), by the longest pattern: its index for [`Self::get`].
    pub(super) fn find(&self, domain: &str) -> Option<u16> {
        longest(&self.domains, domain)
    }

    /// The provider of a machine, by its confirmed name: its index.
    pub(super) fn find_host(&self, name: &str) -> Option<u16> {
        longest(&self.hosts, name)
    }

    /// The provider with that index.
    pub(super) fn get(&self, index: u16) -> Option<&Provider> {
        self.providers.get(usize::from(index))
    }
}

fn longest(patterns: &HashMap<String, u16>, domain: &str) -> Option<u16> {
    let mut name = bare(domain);
    // Longer than DNS allows: forged, and walking its labels would cost its length squared.
    if name.len() > MAX_NAME {
        return None;
    }
    loop {
        if let Some(index) = patterns.get(name) {
            return Some(*index);
        }
        name = name.split_once('.')?.1;
    }
}

fn fields(line: &str) -> Option<(&str, &str, &str, &str)> {
    let mut parts = line.split('\t');
    let row = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (!line.starts_with('#') && parts.next().is_none()).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(domain: &str) -> Option<&'static str> {
        let known = Providers::built_in();
        known.find(domain).and_then(|index| known.get(index)).map(|p| p.name.as_str())
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let text = BUILT_IN_TEXT;
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(lines, Providers::built_in().providers.len());
        let patterns: usize =
            text.lines().filter_map(fields).map(|row| row.2.split(' ').count()).sum();
        assert_eq!(patterns, Providers::built_in().domains.len(), "a pattern stands twice");
        assert!(lines >= 60);
    }

    #[test]
    fn no_pattern_shadows_another() {
        for pattern in Providers::built_in().domains.keys() {
            assert!(pattern.contains('.') && **pattern == pattern.to_ascii_lowercase());
            let parent = pattern.split_once('.').unwrap().1;
            assert_eq!(None, name_of(parent), "{pattern} lies under another pattern");
        }
    }

    #[test]
    fn names_are_unique_and_whoever_sends_has_a_hint() {
        let mut names: Vec<_> = Providers::built_in().providers.iter().map(|p| &p.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(Providers::built_in().providers.len(), names.len());
        assert!(Providers::built_in().providers.iter().all(|p| p.may_send() != p.hint.is_empty()));
    }

    #[test]
    fn patterns_match_at_label_boundaries() {
        assert_eq!(Some("Mailchimp"), name_of("mail12.mcsv.net"));
        assert_eq!(Some("Mailchimp"), name_of("mcsv.net."));
        assert_eq!(None, name_of("notmcsv.net"));
        assert_eq!(None, name_of("mcsv.net.example"));
        assert_eq!(None, name_of(""));
        assert_eq!(Some("Google Workspace"), name_of("acme-example.20230601.gappssmtp.com"));
    }
}
