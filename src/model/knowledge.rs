//! What the operator **knows** and no report can tell: whose a source is, and what a domain does.
//!
//! Labels and profiles are kept by name, not by number, so that they outlive every report and can
//! move from one store to another as a file.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

mod aim;

pub use aim::{Aim, AimFault, Network, SUBDOMAINS};

/// What a source is to the domain, as a person says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelWord {
    /// It sends the owner's mail.
    Ours,
    /// It does not: whoever it is, an enforced policy may stop it.
    Theirs,
    /// It passes the owner's mail on.
    Forwarder,
    /// It is a mailing list.
    List,
}

impl LabelWord {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ours, Self::Theirs, Self::Forwarder, Self::List];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
            Self::Forwarder => "forwarder",
            Self::List => "list",
        }
    }

    /// The word that this is, if it is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.as_str() == word)
    }
}

/// What a person said of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The policy domain, as stored, or `*` for every domain. A label of the domain's own wins.
    pub domain: String,
    /// Which source: its name as `sources` shows it, or an address, or a network (`192.0.2.0/28`).
    /// Addresses and networks make a source of their own of the mail that comes from there.
    pub source: String,
    /// What it is.
    pub label: LabelWord,
    /// Why, in the operator's words; possibly empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Label {
    /// The domain of a label that holds for every domain.
    pub const EVERY_DOMAIN: &str = "*";

    /// Characters of a domain or a source at most: as many as a domain name has.
    pub const NAME_CHARS: usize = 253;

    /// Characters of a note at most.
    pub const NOTE_CHARS: usize = 500;

    /// Labels of one domain at most. Each is compared with every source of the domain.
    pub const AT_MOST: usize = 10_000;

    /// Whether it holds for every domain.
    #[must_use]
    pub fn is_of_every_domain(&self) -> bool {
        self.domain == Self::EVERY_DOMAIN
    }

    /// Those that hold for a domain, each with its place among these: its own before those of every
    /// domain, each in the order given; no others.
    pub fn that_hold<'a>(
        domain: &str,
        labels: impl Iterator<Item = &'a Self> + Clone,
    ) -> impl Iterator<Item = (usize, &'a Self)> {
        let own = labels.clone().enumerate().filter(|(_, label)| label.is_of(domain));
        let every = labels.enumerate().filter(|(_, label)| label.is_of_every_domain());
        own.chain(every)
    }

    /// Whether it is the domain's own. Case and a final dot do not matter.
    #[must_use]
    pub fn is_of(&self, domain: &str) -> bool {
        is_same_name(&self.domain, domain)
    }
}

/// A label as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptLabel {
    /// What was said.
    #[serde(flatten)]
    pub label: Label,
    /// Since when it says so, seconds since 1970 UTC.
    pub set_at: i64,
}

/// What a person said of a domain. `None`: not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Whether its people post to mailing lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts_to_lists: Option<bool>,
    /// Whether it sends mail at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends_mail: Option<bool>,
}

/// A domain's profile, with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainProfile {
    /// The policy domain, as stored.
    pub domain: String,
    /// What was said of it.
    #[serde(flatten)]
    pub profile: Profile,
}

/// All that is said at once, of any domains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Labels.
    pub labels: Vec<Label>,
    /// Profiles; one of which nothing is known takes away what was said before.
    pub profiles: Vec<DomainProfile>,
}

/// What is forgotten when something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace<'a> {
    /// Nothing: what is told is added.
    Nothing,
    /// All that was told before.
    Everything,
    /// All that was told before of one domain; `*` is what holds for every domain.
    Domain(&'a str),
}

impl Replace<'_> {
    /// Whether what was told of that domain is forgotten.
    #[must_use]
    pub fn is_of(self, domain: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Domain(one) => one.eq_ignore_ascii_case(domain),
        }
    }
}

/// All that the operator knows of one domain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Knowledge {
    /// Labels: those of the domain before those of every domain.
    pub labels: Vec<Label>,
    /// The domain's profile.
    pub profile: Profile,
}

impl Knowledge {
    /// What is known of a domain, of these labels and its profile: its own labels before those of
    /// every domain, each in the order given; no others.
    #[must_use]
    pub fn of<'a>(
        domain: &str,
        labels: impl Iterator<Item = &'a Label> + Clone,
        profile: Profile,
    ) -> Self {
        let labels = Label::that_hold(domain, labels).map(|(_, label)| label.clone());
        Self { labels: labels.collect(), profile }
    }
}

/// Whether two names are of one domain: without regard to case and a final dot.
fn is_same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

/// Whether a visible name is truly below a domain: an empty name or a stranger's is no subdomain, and
/// no `sp` is about it.
#[must_use]
pub fn is_below(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.trim_end_matches('.'), domain.trim_end_matches('.'));
    let at = name.len().checked_sub(domain.len());
    let parts = at.and_then(|at| name.split_at_checked(at));
    let is_end = |(before, end): (&str, &str)| {
        end.eq_ignore_ascii_case(domain) && before.len() > 1 && before.ends_with('.')
    };
    !domain.is_empty() && parts.is_some_and(is_end)
}

/// The name that an address has by reverse DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName {
    /// The PTR name, lower case, without a final dot.
    pub name: String,
    /// Whether that name leads back to the address (forward-confirmed).
    pub confirmed: bool,
}

/// The addresses that were looked up, and of which somebody could tell; `None` for one that has no name.
pub type Hosts = HashMap<IpAddr, Option<HostName>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domains_own_labels_come_before_those_of_every_domain_and_no_others() {
        let label = |domain: &str, source: &str| {
            let (domain, source) = (domain.to_owned(), source.to_owned());
            Label { domain, source, label: LabelWord::Ours, note: String::new() }
        };
        let labels = [
            label("*", "a"),
            label("Shop.example.", "c"),
            label("other.example", "d"),
            label("shop.example", "b"),
        ];
        let profile = Profile { sends_mail: Some(true), ..Profile::default() };
        let known = Knowledge::of("shop.example", labels.iter(), profile);
        let sources: Vec<_> = known.labels.iter().map(|label| label.source.as_str()).collect();
        assert_eq!(vec!["c", "b", "a"], sources);
        assert_eq!(profile, known.profile);
    }

    #[test]
    fn names_of_one_domain_are_the_same_in_any_case_and_with_a_final_dot() {
        assert!(is_same_name("Shop.Example.", "shop.example"));
        assert!(!is_same_name("a.shop.example", "shop.example"));
    }

    #[test]
    fn a_name_is_below_a_domain_at_a_label_only() {
        for (expected, name) in [
            (true, "a.b.Shop.example."),
            (false, "shop.example."),
            (false, "notshop.example"),
            (false, "stranger.test"),
            (false, ""),
        ] {
            assert_eq!(expected, is_below(name, "shop.example"), "{name}");
        }
    }
}
