//! The **providers**: senders that are known by the domains they sign with or bounce to, and by
//! the names of their machines.
//!
//! The data stand in `providers.tsv` (`table` reads it), compiled in; the operator's own lines come
//! before them. In: a domain or a machine's name. Out: the provider whose pattern is that name or a
//! parent of it, label by label: `mcsv.net` knows `mail12.mcsv.net` and not `notmcsv.net`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::domain::{MAX_NAME, bare};

mod table;

pub use table::Malformed;

const BUILT_IN_TEXT: &str = include_str!("providers.tsv");

/// What a provider does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
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
    /// Shops, bookings, invoices, signatures.
    Commerce,
    /// Applicants, staff and payroll.
    Hr,
    /// Surveys, events and invitations.
    Survey,
    /// Tools of those who build and run software: forges, monitoring, incidents.
    Platform,
    /// Web space, with mailboxes and mail of web sites.
    Hosting,
    /// Filters in front of somebody's mailboxes.
    Gateway,
    /// Forwards to other mailboxes.
    Forwarder,
    /// Mailing lists.
    List,
}

impl Kind {
    /// Every kind, as the table calls it.
    pub const ALL: [(&'static str, Self); 13] = [
        ("mailbox", Self::Mailbox),
        ("newsletter", Self::Newsletter),
        ("transactional", Self::Transactional),
        ("crm", Self::Crm),
        ("helpdesk", Self::Helpdesk),
        ("commerce", Self::Commerce),
        ("hr", Self::Hr),
        ("survey", Self::Survey),
        ("platform", Self::Platform),
        ("hosting", Self::Hosting),
        ("gateway", Self::Gateway),
        ("forwarder", Self::Forwarder),
        ("list", Self::List),
    ];

    /// As the table calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| *word)
    }
}

/// Whether the customer's own domain can be the bounce domain (envelope sender) of mail from a
/// provider, so that SPF is aligned (RFC 7489 section 3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlignsSpf {
    /// It is so already, or every customer can set it.
    Yes,
    /// On some plans, for some kinds of mail, or by asking.
    Sometimes,
    /// Never: only DKIM can align.
    No,
    /// Not known.
    Unknown,
}

impl AlignsSpf {
    /// Every answer, as the table writes it.
    pub const ALL: [(&'static str, Self); 4] =
        [("yes", Self::Yes), ("some", Self::Sometimes), ("no", Self::No), ("-", Self::Unknown)];

    /// As the table writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, answer)| *answer == self).map_or("", |(word, _)| *word)
    }
}

/// One known sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name, as people know it.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// Domains that it signs with (DKIM `d=`), where not with the customer's.
    pub dkim: Vec<String>,
    /// Domains that it bounces to (SPF), where not to the customer's.
    pub spf: Vec<String>,
    /// Ends of the names of its machines (PTR).
    pub ptr: Vec<String>,
    /// Whether SPF can be aligned there.
    pub aligns_spf: AlignsSpf,
    /// What the customer switches on, and where; empty where nothing can be.
    pub hint: String,
    /// Whether the operator's own file says so.
    pub own: bool,
}

impl Provider {
    /// Whether it sends in the name of its customers and never passes others' mail on. Mailbox
    /// providers, web hosts and gateways do both.
    pub(super) fn only_sends(&self) -> bool {
        use Kind::{Forwarder, Gateway, Hosting, List, Mailbox};
        !matches!(self.kind, Mailbox | Hosting | Gateway | Forwarder | List)
    }

    /// Whether mail that authenticates as this provider may be the owner's.
    pub(super) fn may_send(&self) -> bool {
        !matches!(self.kind, Kind::Forwarder | Kind::List)
    }

    /// The patterns that mail authenticates by.
    fn domains(&self) -> impl Iterator<Item = &String> {
        self.dkim.iter().chain(&self.spf)
    }

    /// All that it is known by.
    fn patterns(&self) -> impl Iterator<Item = &String> {
        self.domains().chain(&self.ptr)
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

// A table that cannot be read would be empty: a test holds that it is not.
static BUILT_IN: LazyLock<Providers> =
    LazyLock::new(|| table::read(BUILT_IN_TEXT).map(Providers::of).unwrap_or_default());

impl Providers {
    /// Those that come with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Those of a text in the form of `providers.tsv`, and then those that come with the program. A
    /// line of the text takes the place of the built-in line of that name, and a pattern of it is
    /// taken from whichever built-in line has it.
    ///
    /// # Errors
    /// The first line that is not as it should be, or a text that is too long.
    pub fn with(text: &str) -> Result<Self, Malformed> {
        let mut providers = table::read(text)?;
        providers.iter_mut().for_each(|own| own.own = true);
        let names: HashSet<_> = providers.iter().map(|own| folded(&own.name)).collect();
        let taken: HashSet<_> = providers.iter().flat_map(Provider::patterns).cloned().collect();
        let ours = Self::built_in().providers.iter();
        for ours in ours.filter(|ours| !names.contains(&folded(&ours.name))) {
            let mut ours = ours.clone();
            for patterns in [&mut ours.dkim, &mut ours.spf, &mut ours.ptr] {
                patterns.retain(|pattern| !taken.contains(pattern));
            }
            providers.push(ours);
        }
        Ok(Self::of(providers))
    }

    /// Indexes the lines. Those past what an index can count, which no table that is read can
    /// reach, are not found.
    fn of(providers: Vec<Provider>) -> Self {
        let (mut domains, mut hosts) = (HashMap::new(), HashMap::new());
        for (index, provider) in (0_u16..=u16::MAX).zip(&providers) {
            domains.extend(provider.domains().map(|pattern| (pattern.clone(), index)));
            hosts.extend(provider.ptr.iter().map(|pattern| (pattern.clone(), index)));
        }
        Self { providers, domains, hosts }
    }

    /// The provider of a domain (lower case) that mail is signed with or bounces to, by the longest
    /// pattern: its index for [`Self::get`].
    #[must_use]
    pub fn find(&self, domain: &str) -> Option<u16> {
        longest(&self.domains, domain)
    }

    /// The provider of a machine, by its confirmed name (lower case): its index.
    #[must_use]
    pub fn find_host(&self, name: &str) -> Option<u16> {
        longest(&self.hosts, name)
    }

    /// The provider with that index.
    #[must_use]
    pub fn get(&self, index: u16) -> Option<&Provider> {
        self.providers.get(usize::from(index))
    }

    /// All of them: the operator's first.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter()
    }
}

/// Names are compared without regard to case.
fn folded(name: &str) -> String {
    name.to_lowercase()
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

#[cfg(test)]
mod tests;
