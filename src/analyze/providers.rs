//! The **providers**: senders that are known by the domains they sign with or bounce to.
//!
//! The data stand in `providers.tsv` (name, kind, domains, where to mend it), compiled in. In: a
//! domain. Out: the provider whose pattern is that domain or a parent of it, label by label:
//! `mcsv.net` knows `mail12.mcsv.net` and not `notmcsv.net`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::domain::{MAX_NAME, bare};

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
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Provider {
    /// Its name, as people know it.
    pub(super) name: &'static str,
    /// What it does.
    pub(super) kind: Kind,
    /// Where to mend it; empty where nothing can be.
    pub(super) hint: &'static str,
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

/// Every provider, and the index of each pattern's provider.
struct Table {
    providers: Vec<Provider>,
    patterns: HashMap<&'static str, u16>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| read(include_str!("providers.tsv")));

/// Reads the table. Lines that are not well-formed are passed over; a test holds that none is.
fn read(text: &'static str) -> Table {
    let mut table = Table { providers: Vec::new(), patterns: HashMap::new() };
    for (name, kind, domains, hint) in text.lines().filter_map(fields) {
        let (Some(kind), Ok(index)) = (Kind::parse(kind), u16::try_from(table.providers.len()))
        else {
            continue;
        };
        table.providers.push(Provider { name, kind, hint });
        table.patterns.extend(domains.split(' ').map(|pattern| (pattern, index)));
    }
    table
}

fn fields(line: &'static str) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    let mut parts = line.split('\t');
    let row = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (!line.starts_with('#') && parts.next().is_none()).then_some(row)
}

/// The provider of a domain (lower case), by the longest pattern: its index for [`provider`].
pub(super) fn find(domain: &str) -> Option<u16> {
    let mut name = bare(domain);
    // Longer than DNS allows: forged, and walking its labels would cost its length squared.
    if name.len() > MAX_NAME {
        return None;
    }
    loop {
        if let Some(index) = TABLE.patterns.get(name) {
            return Some(*index);
        }
        name = name.split_once('.')?.1;
    }
}

/// The provider with that index.
pub(super) fn provider(index: u16) -> Option<&'static Provider> {
    TABLE.providers.get(usize::from(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(domain: &str) -> Option<&'static str> {
        find(domain).and_then(provider).map(|p| p.name)
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let text = include_str!("providers.tsv");
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(lines, TABLE.providers.len());
        let patterns: usize =
            text.lines().filter_map(fields).map(|row| row.2.split(' ').count()).sum();
        assert_eq!(patterns, TABLE.patterns.len(), "a pattern stands twice");
        assert!(lines >= 60);
    }

    #[test]
    fn no_pattern_shadows_another() {
        for pattern in TABLE.patterns.keys() {
            assert!(pattern.contains('.') && *pattern == pattern.to_ascii_lowercase());
            let parent = pattern.split_once('.').unwrap().1;
            assert_eq!(None, name_of(parent), "{pattern} lies under another pattern");
        }
    }

    #[test]
    fn names_are_unique_and_whoever_sends_has_a_hint() {
        let mut names: Vec<_> = TABLE.providers.iter().map(|p| p.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(TABLE.providers.len(), names.len());
        assert!(TABLE.providers.iter().all(|p| p.may_send() != p.hint.is_empty()));
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
