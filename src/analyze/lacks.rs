//! What the **DNS lacks** for a source: mechanisms of an SPF record, and keys that its signatures need.
//!
//! In: a classified source. Out: terms that can stand in an SPF record as they are, and the names of keys.
//! Refuses to name a network of which nobody said that all of it is the owner's: a term of an SPF record lets
//! everybody in it send.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::evidence::{FailingKey, SpfAddition};
use crate::model::verdict::{Class, Health};
use crate::model::words::DkimResult;
use crate::model::{LabelWord, SourceAddress, Traffic, names};

use super::domain::{same_organization, shown};
use super::facts::Fault;
use super::fixes::{self, Setting, addresses};
use super::relied;
use super::source::{Key, Source};

/// Most addresses that are named one by one, to be put into an SPF record.
const MOST_ADDRESSES: usize = 5;

/// The same where the operator called the sender theirs.
const MOST_LABELLED: usize = 20;

/// Keys that are told of one source.
const MOST_KEYS: usize = 5;

/// Most ways to authenticate of one source that are looked at, the busiest.
const MOST_USES: usize = 10_000;

/// What SPF lacks, where that is how the mail of the source fails and the remedy is the owner's.
pub(super) fn spf(source: &Source<'_>, setting: &Setting<'_>) -> Option<SpfAddition> {
    let wants = match source.class {
        Class::Own => source.health == Some(Health::Misconfigured),
        Class::Asks => true,
        Class::Forwarder | Class::List | Class::Threat | Class::Noise => false,
    };
    if !wants || source.is_crowd() || source.healed.is_some() || source.fails_only_at.is_some() {
        return None;
    }
    let Some(Fault::Unauthorised { domain, .. }) = fixes::worst(source, setting.facts) else {
        return None;
    };
    let mechanisms = mechanisms(source);
    let network = network(source).filter(|_| mechanisms.is_empty());
    let domain = names::ascii(domain).ok()?;
    Some(SpfAddition { domain, mechanisms, only_if_all_yours: network })
}

/// What must stand in an SPF record to allow the source, in words for a sentence.
pub(super) fn text(source: &Source<'_>) -> String {
    let mechanisms = mechanisms(source);
    match network(source) {
        _ if !mechanisms.is_empty() => mechanisms.join(" "),
        Some(network) => network,
        None => addresses(source),
    }
}

/// A network in an SPF record lets everybody in it send: that is said where one is named.
pub(super) fn caution(source: &Source<'_>) -> String {
    match network(source) {
        Some(_) if mechanisms(source).is_empty() => format!(
            " (only if all of it is yours; else each of its {} addresses that is)",
            source.addresses.len()
        ),
        _ => String::new(),
    }
}

/// The terms (RFC 7208 section 5), ready to be pasted: what the service names, else its addresses where
/// they are few, else its network where the operator called it theirs. None where nobody can tell.
fn mechanisms(source: &Source<'_>) -> Vec<String> {
    let known = source.addresses.len();
    let is_ours = source.is_labelled(LabelWord::Ours);
    if known > 1 && matches!(source.key, Key::Provider(_)) {
        return included(source).into_iter().collect();
    }
    if known <= MOST_ADDRESSES {
        return one_by_one(source);
    }
    match network(source) {
        Some(network) if is_ours => vec![network],
        None if is_ours && known <= MOST_LABELLED => one_by_one(source),
        _ => Vec::new(),
    }
}

/// Each address; none where one cannot be read, or is of no network that mail comes from.
fn one_by_one(source: &Source<'_>) -> Vec<String> {
    let of = |(address, _): &(&SourceAddress, u64)| match address {
        SourceAddress::Ip(ip) if is_public(*ip) => Some(mechanism(&ip.to_string())),
        SourceAddress::Ip(_) | SourceAddress::Unreadable(_) => None,
    };
    source.addresses.iter().map(of).collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified())
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unspecified()),
    }
}

/// The `include:` that the service names for own domains.
fn included(source: &Source<'_>) -> Option<String> {
    let hint = source.provider.map_or("", |provider| provider.hint.as_str());
    let mut words = hint.split(|c: char| c.is_whitespace() || c == ';');
    words.find(|word| word.starts_with("include:")).map(str::to_owned)
}

fn network(source: &Source<'_>) -> Option<String> {
    match source.key {
        Key::Net4(_) | Key::Net6(_) => Some(mechanism(source.sender())),
        Key::Label(_) | Key::Provider(_) | Key::Domain(_) | Key::Unreadable | Key::Crowd(_) => None,
    }
}

fn mechanism(network: &str) -> String {
    format!("ip{}:{network}", if network.contains(':') { '6' } else { '4' })
}

/// The keys of signatures in the owner's name that do not verify, the busiest first, whether the mail
/// passes by SPF or not.
pub(super) fn keys(source: &Source<'_>, traffic: &Traffic) -> Vec<FailingKey> {
    let is_theirs = matches!(source.class, Class::Own | Class::Asks);
    if !is_theirs || source.is_crowd() || source.healed.is_some() {
        return Vec::new();
    }
    let mut found: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (print, messages) in source.uses.iter().take(MOST_USES) {
        for key in
            traffic.fingerprints.get(*print).into_iter().flat_map(|mail| failing(mail, traffic))
        {
            let count = found.entry(key).or_default();
            *count = count.saturating_add(*messages);
        }
    }
    let mut keys: Vec<_> = found
        .into_iter()
        .map(|((name, result), messages)| FailingKey { name, result, messages })
        .collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.messages));
    keys.truncate(MOST_KEYS);
    keys
}

/// The names of keys that did not verify, and what became of them. What is no name is passed over: a
/// report can claim any.
fn failing<'a>(
    mail: &'a crate::model::Fingerprint,
    traffic: &'a Traffic,
) -> impl Iterator<Item = (String, String)> + 'a {
    let fails = |result: &DkimResult| !matches!(result, DkimResult::Pass | DkimResult::None);
    mail.dkim_auth.iter().filter(move |one| fails(&one.result)).filter_map(|one| {
        let is_ours = same_organization(&one.domain, &traffic.domain);
        let name = relied::key(one.selector.as_deref()?, &one.domain)?;
        is_ours.then(|| (name, shown(one.result.as_str()).to_owned()))
    })
}
