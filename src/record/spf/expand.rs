//! **Expands** an SPF record: everything that it leads to, as receivers would ask for it.
//!
//! In: a domain, and who can be asked. Out: a tree of what was asked and answered, with its look-ups
//! counted as RFC 7208 section 4.6.4 has it. What depends on a message (a macro, a reverse name) is
//! told, never guessed; what nobody answered is unknown, never missing. It asks no more than
//! [`MAX_QUESTIONS`] questions and no longer than [`MAX_TIME`], and says where it stopped.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::model::dns::{Answer, Exchange, Resolver};

use super::macros;
use super::network::Network;
use super::strict;
use super::term::{Mechanism, Qualifier, Target, Term};

/// Most questions that are put to the DNS for one domain.
pub const MAX_QUESTIONS: usize = 100;

/// No question is begun after this time.
pub const MAX_TIME: Duration = Duration::from_secs(30);

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
    /// No SPF record, and whether there is no such name at all.
    Missing {
        /// Whether there is no such name.
        no_name: bool,
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
    /// Look-ups of it that found nothing.
    pub void: usize,
    /// What it leads to.
    pub leads: Leads,
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
    let until = Instant::now() + MAX_TIME;
    let mut asking =
        Asking { resolver, origin: domain, path: Vec::new(), asked: 0, steps: 0, until };
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
    until: Instant,
}

impl Asking<'_> {
    /// Whether one more question may be asked.
    fn may_ask(&mut self) -> Result<(), String> {
        if self.asked >= MAX_QUESTIONS {
            return Err(format!("not asked: {MAX_QUESTIONS} questions were"));
        }
        if Instant::now() >= self.until {
            return Err(format!("not asked: {} seconds were over", MAX_TIME.as_secs()));
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
            Answer::NoData => Published::Missing { no_name: false },
            Answer::NoName => Published::Missing { no_name: true },
            Answer::Unknown(why) => Published::Unknown { why },
        }
    }

    fn step(&mut self, word: String, term: Term, at: &str) -> Step {
        let looks_up = term.looks_up();
        let (qualifier, (leads, void)) = match term {
            Term::Directive(qualifier, mechanism) => {
                (Some(qualifier), self.mechanism(mechanism, at))
            }
            Term::Redirect(spec) => (None, (self.record(&spec, at), 0)),
            Term::Exp | Term::Other(_) => (None, (Leads::Networks(Vec::new()), 0)),
        };
        Step { term: word, qualifier, looks_up, void, leads }
    }

    /// What a mechanism leads to, and its void look-ups.
    fn mechanism(&mut self, mechanism: Mechanism, at: &str) -> (Leads, usize) {
        match mechanism {
            Mechanism::All => (Leads::All, 0),
            Mechanism::Ip(network) => (Leads::Networks(vec![network]), 0),
            Mechanism::Include(spec) => (self.record(&spec, at), 0),
            Mechanism::A(target) => self.hosts(&target, at),
            Mechanism::Mx(target) => self.exchangers(&target, at),
            Mechanism::Ptr => (Leads::Depends("on the reverse name of the address".to_owned()), 0),
            Mechanism::Exists(spec) => self.exists(&spec, at),
        }
    }

    /// The name that a domain-spec means here.
    fn name(&self, spec: &str, at: &str) -> Result<String, Leads> {
        macros::expanded(spec, at, self.origin)
            .ok_or_else(|| Leads::Depends(format!("on the message, by the macros in {spec}")))
    }

    fn record(&mut self, spec: &str, at: &str) -> Leads {
        match self.name(spec, at) {
            Ok(name) => Leads::Record(Box::new(self.node(&name))),
            Err(depends) => depends,
        }
    }

    /// Asks for the addresses of a host.
    fn addresses(&mut self, name: &str) -> Answer<Vec<IpAddr>> {
        match self.may_ask() {
            Ok(()) => self.resolver.addresses(name),
            Err(why) => Answer::Unknown(why),
        }
    }

    fn hosts(&mut self, target: &Target, at: &str) -> (Leads, usize) {
        let name = match self.target(target, at) {
            Ok(name) => name,
            Err(depends) => return (depends, 0),
        };
        match self.addresses(&name) {
            Answer::Found(found) => (Leads::Networks(networks(&found, target)), 0),
            Answer::Unknown(why) => (Leads::Unknown(why), 0),
            Answer::NoData | Answer::NoName => (Leads::Networks(Vec::new()), 1),
        }
    }

    fn target(&self, target: &Target, at: &str) -> Result<String, Leads> {
        match &target.domain {
            None => Ok(at.to_owned()),
            Some(spec) => self.name(spec, at),
        }
    }

    fn exchangers(&mut self, target: &Target, at: &str) -> (Leads, usize) {
        let name = match self.target(target, at) {
            Ok(name) => name,
            Err(depends) => return (depends, 0),
        };
        let answer = match self.may_ask() {
            Ok(()) => self.resolver.exchanges(&name),
            Err(why) => Answer::Unknown(why),
        };
        match answer {
            Answer::Found(found) if found.len() > MAX_EXCHANGES => {
                let many = found.len();
                let why = format!("{many} mail exchangers; receivers ask for {MAX_EXCHANGES}");
                (Leads::Broken(why), 0)
            }
            Answer::Found(found) => self.of_exchangers(&found, target),
            Answer::Unknown(why) => (Leads::Unknown(why), 0),
            Answer::NoData | Answer::NoName => (Leads::Networks(Vec::new()), 1),
        }
    }

    fn of_exchangers(&mut self, found: &[Exchange], target: &Target) -> (Leads, usize) {
        let (mut all, mut void) = (Vec::new(), 0);
        for exchange in found.iter().filter(|exchange| !exchange.host.is_empty()) {
            match self.addresses(&exchange.host) {
                Answer::Found(found) => all.extend(networks(&found, target)),
                Answer::Unknown(why) => return (Leads::Unknown(why), void),
                Answer::NoData | Answer::NoName => void += 1,
            }
        }
        (Leads::Networks(all), void)
    }

    /// `exists` asks for IPv4 addresses alone, whatever the sender's; that there are others only is
    /// rare enough.
    fn exists(&mut self, spec: &str, at: &str) -> (Leads, usize) {
        let name = match self.name(spec, at) {
            Ok(name) => name,
            Err(depends) => return (depends, 0),
        };
        match self.addresses(&name) {
            Answer::Found(found) if found.iter().any(IpAddr::is_ipv4) => (Leads::All, 0),
            Answer::Unknown(why) => (Leads::Unknown(why), 0),
            Answer::Found(_) | Answer::NoData | Answer::NoName => (Leads::Networks(Vec::new()), 1),
        }
    }
}

/// The one record among those of a name.
fn chosen(mut texts: Vec<String>) -> Published {
    match texts.pop() {
        None => Published::Missing { no_name: false },
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
