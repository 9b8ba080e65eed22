//! Whether an SPF record with all that it leads to **lets everybody pass**: by an `all` somewhere below, or by
//! networks that together are every address.
//!
//! In: the tree of what was asked. Out: for whom, and the terms that lead there. The networks of a family
//! that no sender on the internet has, like 10.0.0.0/8, need not be among them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::dns::Family;
use crate::model::finding::{Finding, Severity};

use super::super::finding;
use super::expand::Node;
use super::expansion::Allowed;
use super::network::Network;
use super::walk::{Outcome, Walk};

/// Chains of terms that are named.
const NAMED: usize = 2;

/// Addresses of IPv4 that are asked of a walk: one in each of so many parts.
const PROBES: u32 = 16;

/// Addresses by which mail comes, the first and the last: IPv4 without 0.0.0.0/8 and what is above 224.0.0.0,
/// IPv6 within 2000::/3.
const OPEN: [(u128, u128); 2] =
    [(0x0100_0000, 0xdfff_ffff), (0x2000 << 112, (0x3fff << 112) | ((1 << 112) - 1))];

/// Networks within those by which none comes: 10.0.0.0/8 and 127.0.0.0/8.
const CLOSED: [(u128, u128); 2] = [(0x0a00_0000, 0x0aff_ffff), (0x7f00_0000, 0x7fff_ffff)];

/// Who passes, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Everybody {
    /// The family of addresses; none for both.
    pub(super) family: Option<Family>,
    /// The terms that lead there, from the domain's own record on, of each chain.
    pub(super) chains: Vec<Vec<String>>,
}

/// Whether everybody passes, with an address of one family at least.
pub(super) fn of(root: &Node, networks: &[Allowed]) -> Option<Everybody> {
    let mut walk = Walk::of(None);
    if walk.record(root) == Outcome::Pass {
        let chain = walk.matched.into_iter().rev().collect();
        return Some(Everybody { family: None, chains: vec![chain] });
    }
    let all =
        Family::BOTH.into_iter().filter_map(|family| Some((family, by(root, networks, family)?)));
    let mut all: Vec<(Family, Vec<Vec<String>>)> = all.collect();
    match all.len() {
        0 => None,
        1 => all.pop().map(|(family, chains)| Everybody { family: Some(family), chains }),
        _ => {
            let mut chains: Vec<Vec<String>> =
                all.into_iter().flat_map(|(_, chains)| chains).collect();
            chains.dedup();
            Some(Everybody { family: None, chains })
        }
    }
}

/// The chains by which everybody with an address of a family passes.
fn by(root: &Node, networks: &[Allowed], family: Family) -> Option<Vec<Vec<String>>> {
    let of_family = |one: &&Allowed| Family::of(one.network.address()) == family;
    let mut widest: Vec<&Allowed> = networks.iter().filter(of_family).collect();
    if !is_whole(&widest, family) || !probes(family).into_iter().all(|at| passes(root, at)) {
        return None;
    }
    widest.sort_by_key(|one| one.network.prefix());
    let least = widest.first()?.network.prefix();
    let mut chains: Vec<Vec<String>> = widest
        .into_iter()
        .take_while(|one| one.network.prefix() == least)
        .map(|one| one.by.clone())
        .collect();
    chains.dedup();
    Some(chains)
}

/// Whether networks together are every address by which mail of the family comes.
fn is_whole(networks: &[&Allowed], family: Family) -> bool {
    let (mut next, last) = OPEN[usize::from(family == Family::V6)];
    let closed: &[(u128, u128)] = if family == Family::V4 { &CLOSED } else { &[] };
    let spans = networks.iter().map(|one| span(&one.network));
    let mut spans: Vec<(u128, u128)> = spans.chain(closed.iter().copied()).collect();
    spans.sort_unstable();
    for (from, to) in spans {
        if from > next {
            return false;
        }
        next = next.max(to.saturating_add(1));
    }
    next > last
}

/// Its first and its last address.
fn span(network: &Network) -> (u128, u128) {
    let (from, bits) = match network.address() {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let left = bits - u32::from(network.prefix());
    (from, from | 1u128.checked_shl(left).map_or(u128::MAX, |size| size - 1))
}

/// Addresses of a family, from everywhere.
fn probes(family: Family) -> Vec<IpAddr> {
    let (from, to) = OPEN[usize::from(family == Family::V6)];
    let part = (to - from) / u128::from(PROBES);
    let at = |step: u32| from + part * u128::from(step) + part / 3;
    let address = |bits: u128| match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or(u32::MAX))),
        Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(bits)),
    };
    (0..PROBES).map(|step| address(at(step))).collect()
}

fn passes(root: &Node, address: IpAddr) -> bool {
    Walk::of(Some(address)).record(root) == Outcome::Pass
}

impl Everybody {
    /// Whom it lets pass, and by what.
    pub(super) fn words(&self) -> String {
        let whom = match self.family {
            None => "everybody".to_owned(),
            Some(family) => format!("everybody with an {} address", family.as_str()),
        };
        format!("{whom}, by {}", self.by())
    }

    /// That it is wrong.
    pub(super) fn finding(&self) -> Finding {
        let who = match self.family {
            None => "anybody".to_owned(),
            Some(family) => format!("anybody with an {} address", family.as_str()),
        };
        let what = format!("{who} may send as this domain: SPF passes by {}", self.by());
        let instead = match self.chains.first().map(Vec::as_slice) {
            Some([_, .., _]) => "leave that term out, or have the record mended that it leads to",
            _ => "name the servers that send",
        };
        Finding {
            instead: Some(instead.to_owned()),
            ..finding("spf_everybody", Severity::Error, None, what)
        }
    }

    /// The term of the domain's own record with which it begins.
    pub(super) fn first(&self) -> Option<&str> {
        self.chains.first()?.first().map(String::as_str)
    }

    fn by(&self) -> String {
        let named = self.chains.iter().take(NAMED).map(|chain| {
            let terms: Vec<String> = chain.iter().map(|term| format!("`{term}`")).collect();
            terms.join(", which leads to ")
        });
        let named = named.collect::<Vec<_>>().join(" and ");
        match self.chains.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }
}
