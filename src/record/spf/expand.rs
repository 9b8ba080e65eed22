//! **Expands** an SPF record: everything that it leads to, as receivers would ask for it.
//!
//! In: a domain, and who can be asked. Out: a tree of what was asked and answered, with its look-ups
//! counted as RFC 7208 section 4.6.4 has it. What depends on a message (a macro, a reverse name) is
//! told, never guessed; what nobody answered is unknown, never missing. It asks no more than
//! [`MAX_QUESTIONS`] questions, and says where it stopped; how long all may take is for the resolver to say.

use std::net::IpAddr;

use serde::Serialize;

use crate::model::dns::{Answer, Exchange, Family, Resolver};

use super::macros;
use super::network::Network;
use super::strict;
use super::term::{Mechanism, Qualifier, Target, Term};

/// Most questions that are put to the DNS for one domain.
pub const MAX_QUESTIONS: usize = 100;

/// Records that lie within one another: more than receivers follow.
const MAX_DEPTH: usize = 12;

/// Mail exchangers that receivers ask for, of one `mx` (RFC 7208 section 4.6.4).
const MAX_EXCHANGES: usize = 10;

/// Terms of all records together, after which no more records are asked for.
const MAX_STEPS: usize = 5_000;

/// The record at a name, and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// The name that was asked.
    pub name: String,
    /// What is there.
    pub record: Published,
    /// The terms of the record as far as they count: up to `all`, or a `redirect` as the last.
    pub terms: Vec<Step>,
}

/// What is at a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Published {
    /// One SPF record.
    Record {
        /// Its text.
        text: String,
    },
    /// The record cannot be read: permerror.
    Broken {
        /// Its text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// More than one SPF record: permerror.
    Several {
        /// Their texts.
        texts: Vec<String>,
    },
    /// No SPF record.
    Missing {
        /// Whether there is nothing at all, so that the look-up is a void one.
        void: bool,
    },
    /// The name is one of those that led here: permerror.
    Loop,
    /// Nobody could tell.
    Unknown {
        /// Why.
        why: String,
    },
    /// It was not asked for.
    NotAsked {
        /// Why.
        why: String,
    },
}

/// A term, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The term as it is written.
    pub term: String,
    /// What a match means; none for a `redirect`.
    pub qualifier: Option<Qualifier>,
    /// Whether it counts as a look-up.
    pub looks_up: bool,
    /// Look-ups of it that find nothing: for senders with an IPv4 address, and with an IPv6 address.
    pub void: [usize; 2],
    /// What it leads to.
    pub leads: Leads,
    /// Why nobody could tell of some addresses of a family, where that is so: IPv4, IPv6.
    pub dark: [Option<String>; 2],
}

impl Step {
    /// Look-ups of it that find nothing, whoever sends.
    #[must_use]
    pub fn void_for_all(&self) -> usize {
        self.void[0].min(self.void[1])
    }

    /// Why nobody can tell now what it matches, where that is so of all or a part. What depends on the
    /// message is another thing.
    #[must_use]
    pub fn unknown(&self) -> Option<&str> {
        match &self.leads {
            Leads::Unknown(why) => Some(why),
            Leads::Record(node) => match &node.record {
                Published::Unknown { why } | Published::NotAsked { why } => Some(why),
                _ => None,
            },
            _ => self.dark.iter().flatten().next().map(String::as_str),
        }
    }

    /// Whether it leads to a record that is not known, so that its look-ups cannot be counted.
    pub(super) fn hides_a_record(&self) -> bool {
        let word = self.term.trim_start_matches(['+', '-', '~', '?']);
        let is_include = word.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("include:"));
        match &self.leads {
            Leads::Record(_) => self.unknown().is_some(),
            Leads::Depends(_) => is_include || self.qualifier.is_none(),
            _ => false,
        }
    }

    /// Whether look-ups of it that find nothing may be more than are counted.
    pub(super) fn hides_voids(&self) -> bool {
        self.unknown().is_some() || matches!(self.leads, Leads::Depends(_))
    }
}

/// What a term leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leads {
    /// Every address.
    All,
    /// These networks; none where the name has no address.
    Networks(Vec<Network>),
    /// Another record.
    Record(Box<Node>),
    /// It depends on the message, or on the address itself. What.
    Depends(String),
    /// Nobody could tell. Why.
    Unknown(String),
    /// Receivers answer permerror. Why.
    Broken(String),
}

/// Asks for everything that the record of a domain leads to.
pub(super) fn tree(domain: &str, resolver: &dyn Resolver) -> Node {
    let mut asking = Asking { resolver, origin: domain, path: Vec::new(), asked: 0, steps: 0 };
    asking.node(domain)
}

/// Who asks, and what was asked so far.
struct Asking<'a> {
    resolver: &'a dyn Resolver,
    origin: &'a str,
    /// The names whose records lead here.
    path: Vec<String>,
    asked: usize,
    /// Terms met so far.
    steps: usize,
}

impl Asking<'_> {
    /// Whether one more question may be asked.
    fn may_ask(&mut self) -> Result<(), String> {
        if self.asked >= MAX_QUESTIONS {
            return Err(format!("not asked: {MAX_QUESTIONS} questions were"));
        }
        self.asked += 1;
        Ok(())
    }

    fn node(&mut self, name: &str) -> Node {
        let record = self.published(name);
        let terms = match &record {
            Published::Record { text } => strict::read(text).unwrap_or_default(),
            _ => Vec::new(),
        };
        self.steps += terms.len();
        self.path.push(name.to_owned());
        let terms = terms.into_iter().map(|(word, term)| self.step(word, term, name)).collect();
        self.path.pop();
        Node { name: name.to_owned(), record, terms }
    }

    fn published(&mut self, name: &str) -> Published {
        if self.path.iter().any(|above| above == name) {
            return Published::Loop;
        }
        if self.path.len() >= MAX_DEPTH {
            return Published::NotAsked { why: format!("{MAX_DEPTH} records deep") };
        }
        if self.steps > MAX_STEPS {
            return Published::NotAsked { why: format!("not asked: {MAX_STEPS} terms were met") };
        }
        if let Err(why) = self.may_ask() {
            return Published::NotAsked { why };
        }
        match self.resolver.txt(name) {
            Answer::Found(texts) => {
                chosen(texts.into_iter().filter(|text| super::is_record(text)).collect())
            }
            Answer::NoData | Answer::NoName => Published::Missing { void: true },
            Answer::Unknown(why) => Published::Unknown { why },
        }
    }

    fn step(&mut self, word: String, term: Term, at: &str) -> Step {
        let looks_up = term.looks_up();
        let (qualifier, found) = match term {
            Term::Directive(qualifier, mechanism) => {
                (Some(qualifier), self.mechanism(mechanism, at))
            }
            Term::Redirect(spec) => (None, self.record(&spec, at)),
            Term::Exp | Term::Other(_) => (None, Found::default()),
        };
        let Found { leads, void, dark } = found;
        Step { term: word, qualifier, looks_up, void, leads, dark }
    }

    fn mechanism(&mut self, mechanism: Mechanism, at: &str) -> Found {
        match mechanism {
            Mechanism::All => Leads::All.into(),
            Mechanism::Ip(network) => Leads::Networks(vec![network]).into(),
            Mechanism::Include(spec) => self.record(&spec, at),
            Mechanism::A(target) => self.hosts(&target, at),
            Mechanism::Mx(target) => self.exchangers(&target, at),
            Mechanism::Ptr => Leads::Depends("on the reverse name of the address".into()).into(),
            Mechanism::Exists(spec) => self.exists(&spec, at),
        }
    }

    /// The name that a domain-spec means here.
    fn name(&self, spec: &str, at: &str) -> Result<String, Leads> {
        macros::expanded(spec, at, self.origin)
            .ok_or_else(|| Leads::Depends(format!("on the message, by the macros in {spec}")))
    }

    fn record(&mut self, spec: &str, at: &str) -> Found {
        match self.name(spec, at) {
            Ok(name) => {
                let node = self.node(&name);
                let void = usize::from(matches!(node.record, Published::Missing { void: true }));
                Found { void: [void; 2], ..Leads::Record(Box::new(node)).into() }
            }
            Err(depends) => depends.into(),
        }
    }

    /// Asks for the addresses of a host, and adds them. That there is no such name, or that nobody can
    /// tell, is so for both families.
    fn add_addresses(&mut self, name: &str, target: &Target, found: &mut Found) {
        if let Err(why) = self.may_ask() {
            found.dark = [Some(why.clone()), Some(why)];
            return;
        }
        let mut known = None;
        for (at, family) in Family::BOTH.into_iter().enumerate() {
            let answer = known.take().unwrap_or_else(|| self.resolver.addresses_of(name, family));
            match &answer {
                Answer::Found(addresses) => found.networks(networks(addresses, target)),
                Answer::NoData | Answer::NoName => found.void[at] += 1,
                Answer::Unknown(why) => found.dark[at] = Some(why.clone()),
            }
            known = matches!(answer, Answer::NoName | Answer::Unknown(_)).then_some(answer);
        }
    }

    fn hosts(&mut self, target: &Target, at: &str) -> Found {
        match self.target(target, at) {
            Ok(name) => {
                let mut found = Found::default();
                self.add_addresses(&name, target, &mut found);
                found.settled()
            }
            Err(depends) => depends.into(),
        }
    }

    fn target(&self, target: &Target, at: &str) -> Result<String, Leads> {
        match &target.domain {
            None => Ok(at.to_owned()),
            Some(spec) => self.name(spec, at),
        }
    }

    fn exchangers(&mut self, target: &Target, at: &str) -> Found {
        let name = match self.target(target, at) {
            Ok(name) => name,
            Err(depends) => return depends.into(),
        };
        let answer = match self.may_ask() {
            Ok(()) => self.resolver.exchanges(&name),
            Err(why) => Answer::Unknown(why),
        };
        match answer {
            Answer::Found(found) if found.len() > MAX_EXCHANGES => {
                let many = found.len();
                let why = format!("{many} mail exchangers; receivers ask for {MAX_EXCHANGES}");
                Leads::Broken(why).into()
            }
            Answer::Found(exchanges) => {
                let mut found = Found::default();
                for Exchange { host, .. } in exchanges.iter().filter(|one| !one.host.is_empty()) {
                    self.add_addresses(host, target, &mut found);
                }
                found.settled()
            }
            Answer::Unknown(why) => Leads::Unknown(why).into(),
            Answer::NoData | Answer::NoName => Found { void: [1, 1], ..Found::default() },
        }
    }

    /// `exists` asks for IPv4 addresses, whatever the sender's (RFC 7208 section 5.7).
    fn exists(&mut self, spec: &str, at: &str) -> Found {
        let name = match self.name(spec, at) {
            Ok(name) => name,
            Err(depends) => return depends.into(),
        };
        let answer = match self.may_ask() {
            Ok(()) => self.resolver.addresses_of(&name, Family::V4),
            Err(why) => Answer::Unknown(why),
        };
        match answer {
            Answer::Found(_) => Leads::All.into(),
            Answer::Unknown(why) => Leads::Unknown(why).into(),
            Answer::NoData | Answer::NoName => Found { void: [1, 1], ..Found::default() },
        }
    }
}

/// What came of a mechanism.
struct Found {
    leads: Leads,
    void: [usize; 2],
    dark: [Option<String>; 2],
}

impl Default for Found {
    fn default() -> Self {
        Self { leads: Leads::Networks(Vec::new()), void: [0, 0], dark: [None, None] }
    }
}

impl From<Leads> for Found {
    fn from(leads: Leads) -> Self {
        Self { leads, ..Self::default() }
    }
}

impl Found {
    fn networks(&mut self, more: Vec<Network>) {
        if let Leads::Networks(networks) = &mut self.leads {
            networks.extend(more);
        }
    }

    /// Where nothing is known at all, that is what it leads to.
    fn settled(self) -> Self {
        match (&self.leads, &self.dark) {
            (Leads::Networks(none), [Some(why), Some(_)]) if none.is_empty() => {
                Self { void: self.void, ..Leads::Unknown(why.clone()).into() }
            }
            _ => self,
        }
    }
}

/// The one record among those of a name.
fn chosen(mut texts: Vec<String>) -> Published {
    match texts.pop() {
        None => Published::Missing { void: false },
        Some(text) if texts.is_empty() => match strict::read(&text) {
            Ok(_) => Published::Record { text },
            Err(why) => Published::Broken { text, why },
        },
        Some(text) => {
            texts.push(text);
            Published::Several { texts }
        }
    }
}

fn networks(addresses: &[IpAddr], target: &Target) -> Vec<Network> {
    let network = |address: &IpAddr| {
        let prefix = if address.is_ipv4() { target.v4 } else { target.v6 };
        Network::new(*address, prefix)
    };
    addresses.iter().filter_map(network).collect()
}
