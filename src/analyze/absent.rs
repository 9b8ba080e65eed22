//! The **absent**: own senders of the half year before the window that the window does not show.
//!
//! In: who sent before. Out: their names, who began last first. Only mail that the domain's own SPF
//! record authorised counts: what is forwarded comes from everywhere, and never again.

use std::collections::{BTreeMap, HashSet};

use crate::model::{Day, Traffic};

use super::domain::shown;
use super::facts::Facts;
use super::source::Key;

/// The names: a service, or the address where a network sent from one alone.
pub(super) fn absent(
    traffic: &Traffic,
    facts: &[Facts<'_>],
    name_of: impl Fn(Key<'_>) -> String,
) -> Vec<String> {
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
    let mut gone: BTreeMap<Key<'_>, (Day, HashSet<String>)> = BTreeMap::new();
    for row in &traffic.earlier {
        let network = Key::network(&row.source);
        let key = key(row.fingerprint, network);
        let own = fact(row.fingerprint).is_some_and(|fact| fact.spf);
        if own && !present.contains(&key) && !present.contains(&network) {
            let (day, addresses) = gone.entry(key).or_insert((row.first_day, HashSet::new()));
            *day = (*day).max(row.first_day);
            addresses.insert(row.source.to_string());
        }
    }
    let mut gone: Vec<_> = gone.into_iter().collect();
    gone.sort_by_key(|(key, (day, _))| (std::cmp::Reverse(*day), *key));
    let name = |(key, (_, addresses)): (Key<'_>, (Day, HashSet<String>))| {
        let one = addresses.iter().next().filter(|_| addresses.len() == 1);
        match (key, one) {
            (Key::Net4(_) | Key::Net6(_), Some(address)) => shown(address).to_owned(),
            _ => name_of(key),
        }
    };
    gone.into_iter().map(name).collect()
}
