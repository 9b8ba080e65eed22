//! The **names of addresses**, as far as they lead back (forward-confirmed reverse DNS).
//!
//! In: any number of addresses. Out: a [`Host`] each, in batches and in no order, so that whatever ends
//! the work loses little. Memory holds what is under way and one batch. Of each address its names
//! are asked for, and of these one after the other whether it leads back. Addresses that no
//! stranger's mail can come from are not asked about: see [`crate::model::special`].

mod own;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::dns::{Dns, Pace, Question, Reply};
use crate::error::Result;
use crate::model::dns::{Answer, Family};
use crate::model::kept::HostStatus;

pub use crate::model::special::special;
pub use own::{OwnHost, OwnServer, Step, own_host, own_hosts};

/// Names of one address that are followed: who has more is no mail server (RFC 8601 section 3 asks for
/// a bound).
const NAMES: usize = 10;

/// Bytes of a name (RFC 1035 section 2.3.4).
const NAME_BYTES: usize = 253;

/// Addresses that are handed over at a time.
const BATCH: usize = 100;

/// The longest that what is known is held back.
const HELD: Duration = Duration::from_secs(2);

/// What a look-up of one address came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The address, as it was given.
    pub address: IpAddr,
    /// What it came to.
    pub status: HostStatus,
    /// The name that leads back; else the first of its names in alphabetical order: servers hand them
    /// out in any.
    pub name: Option<String>,
    /// Why nobody could tell, where that is so.
    pub why: Option<String>,
}

/// How the work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All were looked up.
    Done,
    /// Somebody asked to stop.
    Stopped,
    /// The time for all of it was over.
    Late,
}

/// When to end before all is done.
pub struct Bounds<'a> {
    /// When the time is over.
    pub until: Instant,
    /// Whether somebody asks to stop.
    pub is_stopped: &'a dyn Fn() -> bool,
}

/// Looks addresses up, and hands over what became known. What was under way at an early end is lost.
///
/// # Errors
/// What `hand_over` returns.
pub fn look_up(
    dns: &Dns,
    addresses: impl IntoIterator<Item = IpAddr>,
    pace: Pace,
    bounds: &Bounds<'_>,
    hand_over: &mut dyn FnMut(Vec<Host>) -> Result<()>,
) -> Result<Ending> {
    let feed = RefCell::new(Feed::new(addresses.into_iter()));
    let (mut ending, mut failed, mut handed) = (Ending::Done, Ok(()), Instant::now());
    let questions = std::iter::from_fn(|| feed.borrow_mut().question());
    dns.many(questions, pace, |question, reply| {
        feed.borrow_mut().answered(question, reply);
        let now = Instant::now();
        let full = feed.borrow().done.len() >= BATCH || now >= handed + HELD;
        if full {
            failed = hand_over(std::mem::take(&mut feed.borrow_mut().done));
            handed = now;
        }
        ending = match () {
            () if (bounds.is_stopped)() => Ending::Stopped,
            () if now >= bounds.until => Ending::Late,
            () => Ending::Done,
        };
        if failed.is_err() || ending != Ending::Done {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    failed?;
    let rest = feed.into_inner().done;
    if !rest.is_empty() {
        hand_over(rest)?;
    }
    Ok(ending)
}

/// What is under way: gives out questions, and takes answers in any order.
struct Feed<I> {
    addresses: I,
    /// Names to be asked about, before any other address.
    next: VecDeque<(String, Family)>,
    /// Who waits for the answer about a name: a name that leads back has an address of that family.
    waiting: HashMap<(String, Family), Vec<IpAddr>>,
    /// Addresses whose names are known, and are being followed.
    open: HashMap<IpAddr, Open>,
    done: Vec<Host>,
}

/// An address whose names are being followed.
struct Open {
    /// As it was given.
    address: IpAddr,
    /// The first of its names.
    first: String,
    /// Those that were not asked about yet.
    left: VecDeque<String>,
    /// Why nobody could tell where one of them leads.
    why: Option<String>,
}

impl<I: Iterator<Item = IpAddr>> Feed<I> {
    fn new(addresses: I) -> Self {
        let (next, waiting, open) = (VecDeque::new(), HashMap::new(), HashMap::new());
        Self { addresses, next, waiting, open, done: Vec::new() }
    }

    /// The next question; none for the moment: an answer that is still to come may lead to another.
    fn question(&mut self) -> Option<Question> {
        if let Some((name, family)) = self.next.pop_front() {
            return Some(Question::AddressesOf(name, family));
        }
        self.addresses.next().map(Question::Names)
    }

    fn answered(&mut self, question: &Question, reply: Reply) {
        match (question, reply) {
            (Question::Names(address), Reply::Names(names)) => self.named(*address, names),
            (Question::AddressesOf(name, family), Reply::Addresses(found)) => {
                let asked = (name.clone(), *family);
                for address in self.waiting.remove(&asked).unwrap_or_default() {
                    self.led(address, name, &found);
                }
            }
            _ => {}
        }
    }

    /// The names of an address are known.
    fn named(&mut self, address: IpAddr, names: Answer<Vec<String>>) {
        let end = |status, why| Host { address, status, name: None, why };
        match names {
            Answer::Found(names) => {
                let mut left = followed(names);
                let Some(first) = left.front().cloned() else {
                    self.done.push(end(HostStatus::Nameless, None));
                    return;
                };
                left.retain(|name| is_host_name(name));
                self.open.insert(address, Open { address, first, left, why: None });
                self.follow(address);
            }
            Answer::NoData | Answer::NoName => self.done.push(end(HostStatus::Nameless, None)),
            Answer::Unknown(why) => self.done.push(end(HostStatus::Unknown, Some(why))),
        }
    }

    /// Asks about the next name of an address, or ends with it.
    fn follow(&mut self, address: IpAddr) {
        let Some(open) = self.open.get_mut(&address) else { return };
        let Some(name) = open.left.pop_front() else {
            let ended = self.open.remove(&address).map(Open::end);
            self.done.extend(ended);
            return;
        };
        let asked = (name, Family::of(address));
        let waiting = self.waiting.entry(asked.clone()).or_default();
        if waiting.is_empty() {
            self.next.push_back(asked);
        }
        waiting.push(address);
    }

    /// It is known where a name of an address leads.
    fn led(&mut self, address: IpAddr, name: &str, found: &Answer<Vec<IpAddr>>) {
        match found {
            Answer::Found(all) if leads_to(all, address) => {
                self.open.remove(&address);
                let (status, name) = (HostStatus::Confirmed, Some(name.to_owned()));
                self.done.push(Host { address, status, name, why: None });
                return;
            }
            Answer::Unknown(why) => {
                if let Some(open) = self.open.get_mut(&address) {
                    open.why.get_or_insert_with(|| why.clone());
                }
            }
            Answer::Found(_) | Answer::NoData | Answer::NoName => {}
        }
        self.follow(address);
    }
}

impl Open {
    /// None of its names led back.
    fn end(self) -> Host {
        let Self { address, first, why, .. } = self;
        let status = if why.is_some() { HostStatus::Unknown } else { HostStatus::Unconfirmed };
        Host { address, status, name: Some(first), why }
    }
}

/// The names that are followed, in alphabetical order: the same whatever order a server gives them in.
fn followed(names: Vec<String>) -> VecDeque<String> {
    let mut seen = HashSet::new();
    let mut names: Vec<String> = names
        .into_iter()
        .filter(|name| !name.is_empty() && name.len() <= NAME_BYTES)
        .filter(|name| seen.insert(name.clone()))
        .collect();
    names.sort_unstable();
    names.truncate(NAMES);
    names.into()
}

/// Whether a machine can be called that. A name with other characters is told, and nobody is asked about it.
#[must_use]
pub fn is_host_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn leads_to(found: &[IpAddr], address: IpAddr) -> bool {
    found.iter().any(|one| one.to_canonical() == address.to_canonical())
}

#[cfg(test)]
mod tests;
