//! How mail that passed would **fare** now, by what the DNS has.
//!
//! In: a row with its facts, and what the DNS answered. Out: whether it would pass, or what is gone; nobody
//! knows where nobody answered.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::model::command;
use crate::model::traffic::TrafficRow;
use crate::model::words::Policy;

use super::super::super::facts::Facts;
use super::super::super::relied::{
    InDns, MOST_ADDRESSES, MOST_KEYS, MOST_SPF, Now, key, spf_domain,
};

/// What mail passes by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// The key of a signature, by its name.
    Key(String),
    /// The SPF record of a domain, for an address.
    Spf(String, IpAddr),
}

/// Something that is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cause {
    pub(super) way: Way,
    pub(super) what: String,
    pub(super) fix: String,
}

/// Why nothing is known.
pub(super) enum Dark {
    /// Nobody could tell: what, and why.
    Unanswered(String),
    /// It was not asked for: the limit. Asking again changes nothing.
    Beyond(String),
}

/// How a row of mail that passed would fare now.
pub(super) enum Fares {
    /// By these ways, which stand; none where none is told.
    Passes(Vec<Way>),
    /// That is not known: why.
    Dark(Dark),
    Fails(Vec<Cause>),
}

/// How a row that passed would fare now. Before `reject` it must pass by DKIM, if it did.
pub(super) fn fares(
    row: &TrafficRow,
    fact: &Facts<'_>,
    in_dns: &InDns,
    target: &Policy,
    sender: &str,
) -> Fares {
    let signed = fact.dkim.then(|| by_dkim(fact, in_dns, sender));
    let is_enough = signed.is_some() && *target == Policy::Reject;
    let allowed = (fact.spf && !is_enough).then(|| by_spf(row, fact, in_dns));
    let mut gone = Vec::new();
    let mut dark = None;
    for way in [signed, allowed].into_iter().flatten() {
        match way {
            Fares::Passes(by) => return Fares::Passes(by),
            Fares::Dark(why) => dark = dark.or(Some(why)),
            Fares::Fails(causes) => gone.extend(causes),
        }
    }
    dark.map_or(Fares::Fails(gone), Fares::Dark)
}

/// By its signatures: one that verifies is enough. Where no selector is told, nothing speaks against it.
fn by_dkim(fact: &Facts<'_>, in_dns: &InDns, sender: &str) -> Fares {
    let names: BTreeSet<String> =
        fact.signatures.iter().filter_map(|(domain, selector)| key(selector, domain)).collect();
    let (mut stands, mut gone, mut dark) = (Vec::new(), Vec::new(), None);
    for name in &names {
        match in_dns.keys.get(name) {
            Some(Now::Stands) => stands.push(Way::Key(name.clone())),
            Some(Now::Gone(what)) => gone.push(Cause {
                way: Way::Key(name.clone()),
                what: what.clone(),
                fix: format!(
                    "publish the key that {sender} signs with (its TXT or CNAME) at {name} again, or have it \
                     sign with one that stands"
                ),
            }),
            Some(Now::Unknown(why)) => dark = Some(Dark::Unanswered(why.clone())),
            None => {
                let beyond = || Dark::Beyond(format!("no more than {MOST_KEYS} keys are"));
                dark = dark.or_else(|| Some(beyond()));
            }
        }
    }
    match dark {
        _ if !stands.is_empty() => Fares::Passes(stands),
        Some(why) => Fares::Dark(why),
        None if gone.is_empty() => Fares::Passes(Vec::new()),
        None => Fares::Fails(gone),
    }
}

/// By the SPF record of its bounce domain. Where none is told, nothing speaks against it.
fn by_spf(row: &TrafficRow, fact: &Facts<'_>, in_dns: &InDns) -> Fares {
    let (Some(domain), Some(address)) = (spf_domain(fact), row.source.ip()) else {
        return Fares::Passes(Vec::new());
    };
    let spf = in_dns.spf.get(&domain);
    match spf.and_then(|spf| spf.addresses.get(&address)) {
        Some(Now::Stands) => Fares::Passes(vec![Way::Spf(domain, address)]),
        Some(Now::Gone(what)) => {
            let is_broken = spf.is_some_and(|spf| spf.broken.is_some());
            let asked = command::domain(&domain);
            let fix = if is_broken {
                format!(
                    "mend the SPF record of {domain} (ruaudit check {asked}), or sign with DKIM"
                )
            } else {
                format!("let it pass by the SPF record of {domain} again, or sign with DKIM")
            };
            let (way, what) = (Way::Spf(domain, address), what.clone());
            Fares::Fails(vec![Cause { way, what, fix }])
        }
        Some(Now::Unknown(why)) => Fares::Dark(Dark::Unanswered(why.clone())),
        None => Fares::Dark(Dark::Beyond(match spf {
            None => format!("no more than {MOST_SPF} SPF records are"),
            Some(_) => format!("no more than {MOST_ADDRESSES} addresses of each SPF record are"),
        })),
    }
}
