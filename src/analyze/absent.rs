//! The **absent**: own senders of the half year before the window that the window does not show.
//!
//! In: who sent before. Out: how many, and the names of some, who began last first. Only mail that the
//! domain's own SPF record authorised counts: what is forwarded comes from everywhere, and never again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use crate::model::{Day, SourceAddress, Traffic};

use super::Question;
use super::domain::shown;
use super::facts::Facts;
use super::label::Labels;
use super::source::Key;

/// Absent senders that are named.
const MOST: usize = 3;

/// Who is absent.
#[derive(Debug)]
pub(super) struct Absent {
    /// How many senders.
    pub(super) senders: usize,
    /// The names of the latest: a service, or the address where a network sent from one alone.
    pub(super) latest: Vec<String>,
}

/// The last beginning of a sender, and the address that it sent from, if it was one alone.
struct Gone<'a> {
    day: Day,
    address: Option<&'a SourceAddress>,
}

impl Absent {
    /// Looks for those of this traffic.
    pub(super) fn of(traffic: &Traffic, facts: &[Facts<'_>], question: &Question<'_>) -> Self {
        let mut gone: Vec<_> = gone(traffic, facts).into_iter().collect();
        let senders = gone.len();
        if senders > MOST {
            gone.select_nth_unstable_by_key(MOST, |(key, gone)| (Reverse(gone.day), *key));
            gone.truncate(MOST);
        }
        gone.sort_by_key(|(key, gone)| (Reverse(gone.day), *key));
        // what a label names is no sender here
        let labels = Labels::none();
        let name = |(key, gone): (Key<'_>, Gone<'_>)| match (key, gone.address) {
            (Key::Net4(_) | Key::Net6(_), Some(address)) => shown(&address.to_string()).to_owned(),
            _ => key.name(question.providers, &labels),
        };
        Self { senders, latest: gone.into_iter().map(name).collect() }
    }
}

fn gone<'a>(traffic: &'a Traffic, facts: &[Facts<'a>]) -> BTreeMap<Key<'a>, Gone<'a>> {
    let fact = |print: u32| facts.get(print as usize);
    let key = |print: u32, network| fact(print).and_then(|fact| fact.named).unwrap_or(network);
    let present: HashSet<Key<'_>> = traffic
        .rows
        .iter()
        .flat_map(|row| {
            let network = Key::network(&row.source);
            [network, key(row.fingerprint, network)]
        })
        .collect();
    let mut gone: BTreeMap<Key<'_>, Gone<'_>> = BTreeMap::new();
    for row in &traffic.earlier {
        let network = Key::network(&row.source);
        let key = key(row.fingerprint, network);
        let own = fact(row.fingerprint).is_some_and(|fact| fact.spf);
        if own && !present.contains(&key) && !present.contains(&network) {
            let first = Gone { day: row.first_day, address: Some(&row.source) };
            let gone = gone.entry(key).or_insert(first);
            gone.day = gone.day.max(row.first_day);
            gone.address = gone.address.filter(|address| **address == row.source);
        }
    }
    gone
}
