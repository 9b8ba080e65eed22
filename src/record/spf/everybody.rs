//! Whether an SPF record with all that it leads to **lets everybody pass**: by an `all` somewhere below, or by
//! networks that together are every address.
//!
//! In: the tree of what was asked, or the terms of a record alone. Out: for whom, and the terms that lead
//! there. The networks of a family that no sender on the internet has, like 10.0.0.0/8, need not be among them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::dns::Family;
use crate::model::finding::{Finding, Severity};

use super::super::finding;
use super::expand::Node;
use super::expansion::Allowed;
use super::lint::Read;
use super::network::Network;
use super::term::{Mechanism, Qualifier, Term};
use super::walk::{Outcome, Walk};

/// Chains of terms that are named.
const NAMED: usize = 2;

/// Addresses of IPv4 that are asked of a walk: one in each of so many parts.
const PROBES: u32 = 16;

/// Addresses by which mail comes, the first and the last: IPv4 without 0.0.0.0/8 and what is above 224.0.0.0,
/// IPv6 within 2000::/3.
const OPEN: [(u128, u128); 2] =
    [(0x0100_0000, 0xdfff_ffff), (0x2000 << 112, (0x3fff << 112) | ((1 << 112) - 1))];

/// Networks within those by which none comes (RFC 6890 section 2.2.2): 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8,
/// 169.254.0.0/16, 172.16.0.0/12 and 192.168.0.0/16.
const CLOSED: [(u128, u128); 6] = [
    (0x0a00_0000, 0x0aff_ffff),
    (0x6440_0000, 0x647f_ffff),
    (0x7f00_0000, 0x7fff_ffff),
    (0xa9fe_0000, 0xa9fe_ffff),
    (0xac10_0000, 0xac1f_ffff),
    (0xc0a8_0000, 0xc0a8_ffff),
];

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
    of_families(|family| by(root, networks, family))
}

/// Whether everybody passes by the networks that terms name, in front of the first that does not let pass.
pub(super) fn of_terms(reached: &[&Read]) -> Option<Everybody> {
    let lets_pass = |read: &&&Read| matches!(read.term, Some(Term::Directive(Qualifier::Pass, _)));
    let named = reached.iter().take_while(lets_pass).filter_map(|read| match &read.term {
        Some(Term::Directive(_, Mechanism::Ip(network))) => {
            Some(Allowed { network: *network, by: vec![read.word.text.clone()] })
        }
        _ => None,
    });
    let named: Vec<Allowed> = named.collect();
    of_families(|family| {
        let networks = of_family(&named, family);
        is_whole(&networks, family).then(|| widest(networks))
    })
}

/// Whom the chains of each family let pass.
fn of_families(chains: impl Fn(Family) -> Option<Vec<Vec<String>>>) -> Option<Everybody> {
    let all = Family::BOTH.into_iter().filter_map(|family| Some((family, chains(family)?)));
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

/// The networks of a family.
fn of_family(networks: &[Allowed], family: Family) -> Vec<&Allowed> {
    networks.iter().filter(|one| Family::of(one.network.address()) == family).collect()
}

/// The chains by which everybody with an address of a family passes.
fn by(root: &Node, networks: &[Allowed], family: Family) -> Option<Vec<Vec<String>>> {
    let networks = of_family(networks, family);
    let is_open = is_whole(&networks, family);
    let is_open = is_open && probes(family).into_iter().all(|at| passes(root, at));
    is_open.then(|| widest(networks))
}

/// The chains that lead to the widest of networks.
fn widest(mut networks: Vec<&Allowed>) -> Vec<Vec<String>> {
    networks.sort_by_key(|one| one.network.prefix());
    let least = networks.first().map(|one| one.network.prefix());
    let widest = networks.into_iter().take_while(|one| Some(one.network.prefix()) == least);
    let mut chains: Vec<Vec<String>> = widest.map(|one| one.by.clone()).collect();
    chains.dedup();
    chains
}

/// Whether networks together are every address by which mail of the family comes.
fn is_whole(networks: &[&Allowed], family: Family) -> bool {
    let (mut next, last) = OPEN[usize::from(family == Family::V6)];
    let spans = networks.iter().map(|one| span(&one.network));
    let mut spans: Vec<(u128, u128)> = spans.chain(closed(family).iter().copied()).collect();
    spans.sort_unstable();
    for (from, to) in spans {
        if from > next {
            return false;
        }
        next = next.max(to.saturating_add(1));
    }
    next > last
}

/// The networks of a family by which no mail comes.
fn closed(family: Family) -> &'static [(u128, u128)] {
    if family == Family::V4 { &CLOSED } else { &[] }
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
    let is_closed =
        |bits: &u128| closed(family).iter().any(|(from, to)| (from..=to).contains(&bits));
    (0..PROBES).map(at).filter(|bits| !is_closed(bits)).map(address).collect()
}

fn passes(root: &Node, address: IpAddr) -> bool {
    Walk::of(Some(address)).record(root) == Outcome::Pass
}

impl Everybody {
    /// Whom it lets pass, and by what.
    fn words(&self) -> String {
        format!("{}, by {}", self.whom("everybody"), self.by())
    }

    /// That they pass, and what becomes of mail from elsewhere, if there is an elsewhere.
    pub(super) fn said(&self, elsewhere: String) -> Vec<String> {
        let passes = format!("SPF passes for {}", self.words());
        [passes].into_iter().chain(self.family.map(|_| elsewhere)).collect()
    }

    /// A word for all, as far as it is all.
    fn whom(&self, word: &str) -> String {
        match self.family {
            None => word.to_owned(),
            Some(family) => format!("{word} with an {} address", family.as_str()),
        }
    }

    /// That it is wrong.
    pub(super) fn finding(&self) -> Finding {
        let (who, by) = (self.whom("anybody"), self.by());
        let what = format!("{who} may send as this domain: SPF passes by {by}");
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

#[cfg(test)]
mod tests {
    use super::super::lint;

    /// All of IPv4 but a network, in networks that stand around it.
    fn all_but(left: u32, prefix: u32) -> String {
        let around = (1..=prefix).map(|length| {
            let bit = 1u32 << (32 - length);
            let from = ((left ^ bit) >> (32 - length)) << (32 - length);
            format!("ip4:{}/{length}", std::net::Ipv4Addr::from_bits(from))
        });
        format!("v=spf1 {} -all", around.collect::<Vec<_>>().join(" "))
    }

    fn told(text: &str) -> Vec<String> {
        let found = lint(text).findings.into_iter().filter(|it| it.code == "spf_everybody");
        found.map(|finding| finding.what).collect()
    }

    #[test]
    fn networks_by_which_no_mail_comes_need_not_be_among_them() {
        for (left, prefix) in [
            (0x0000_0000, 8),
            (0x0a00_0000, 8),
            (0x6440_0000, 10),
            (0x7f00_0000, 8),
            (0xa9fe_0000, 16),
            (0xac10_0000, 12),
            (0xc0a8_0000, 16),
            (0xe000_0000, 3),
        ] {
            assert_eq!(1, told(&all_but(left, prefix)).len(), "{}", all_but(left, prefix));
        }
        for (left, prefix) in
            [(0x0b00_0000, 8), (0xac00_0000, 12), (0xc0a9_0000, 16), (0xa9ff_0000, 16)]
        {
            assert!(told(&all_but(left, prefix)).is_empty(), "{}", all_but(left, prefix));
        }
    }

    #[test]
    fn networks_that_together_are_every_address_are_told_without_the_dns() {
        let linted = lint("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all");
        assert!(linted.effect[0].starts_with("SPF passes for everybody with an IPv4 address"));
        let found = linted.findings.iter().find(|it| it.code == "spf_everybody").unwrap();
        assert_eq!(Some((7, 20)), found.place.map(|place| (place.from, place.to)));
        let both = lint("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 ip6:::/1 ip6:8000::/1 -all");
        assert_eq!(1, both.effect.len(), "{:?}", both.effect);
        assert!(both.effect[0].starts_with("SPF passes for everybody, by"), "{:?}", both.effect);
        for strict in [
            "v=spf1 ip4:0.0.0.0/1 -all",
            "v=spf1 -ip4:0.0.0.0/2 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all",
            "v=spf1 ip4:0.0.0.0/1 -all ip4:128.0.0.0/1",
        ] {
            assert!(told(strict).is_empty(), "{strict}");
        }
    }
}
