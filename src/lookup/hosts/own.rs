//! The reverse name of a **server of one's own**: from its name to its address and back, step by step.
//!
//! In: an address, or the name of a server. Out: every step with its answer, and where it ends.

use std::net::IpAddr;

use super::{followed, is_host_name, leads_to, special};
use crate::model::dns::{Answer, Family, Resolver};
use crate::model::kept::HostStatus;

/// Addresses of one name that are looked at.
const ADDRESSES: usize = 16;

/// What was found of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnHost {
    /// The address.
    pub address: IpAddr,
    /// What it is, where nobody can be asked about it: nothing was.
    pub special: Option<&'static str>,
    /// The name that it should have, where one was given.
    pub wanted: Option<String>,
    /// Its names.
    pub names: Answer<Vec<String>>,
    /// Where each of them leads, in alphabetical order.
    pub steps: Vec<Step>,
    /// What it came to.
    pub status: HostStatus,
    /// The name that leads back: the one that was wanted, if it is among them.
    pub name: Option<String>,
}

/// Where a name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The name.
    pub name: String,
    /// Its addresses.
    pub found: Answer<Vec<IpAddr>>,
}

impl OwnHost {
    /// Whether it is as receivers want it: a name leads back, and it is the one that was given.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        let wanted = self.wanted.as_ref();
        self.status == HostStatus::Confirmed
            && wanted.is_none_or(|wanted| self.name.as_ref() == Some(wanted))
    }
}

/// What the name of a server leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnServer {
    /// Its addresses, each looked at.
    pub hosts: Vec<OwnHost>,
    /// The families of which nobody could tell, and why.
    pub dark: Vec<(Family, String)>,
}

/// Looks at the addresses of a server by its name, each family by itself. The answer where it has none.
///
/// # Errors
/// What the name leads to instead of addresses.
pub fn own_hosts(name: &str, resolver: &dyn Resolver) -> Result<OwnServer, Answer<()>> {
    let (mut addresses, mut dark, mut none) = (Vec::new(), Vec::new(), Answer::NoData);
    for family in Family::BOTH {
        match resolver.addresses_of(name, family) {
            Answer::Found(found) => addresses.extend(found),
            Answer::Unknown(why) => dark.push((family, why)),
            Answer::NoData => {}
            Answer::NoName => none = Answer::NoName,
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(ADDRESSES);
    match (addresses.is_empty(), dark.first()) {
        (true, Some((_, why))) => Err(Answer::Unknown(why.clone())),
        (true, None) => Err(none),
        (false, _) => {
            let host = |address| own_host(address, Some(name), resolver);
            Ok(OwnServer { hosts: addresses.into_iter().map(host).collect(), dark })
        }
    }
}

/// Looks at one address, which should have that name.
pub fn own_host(address: IpAddr, wanted: Option<&str>, resolver: &dyn Resolver) -> OwnHost {
    let special = special(address);
    let names = match special {
        Some(what) => Answer::Unknown(format!("not asked: the address is {what}")),
        None => resolver.names(address),
    };
    let found: Vec<String> = names.clone().found().map(followed).unwrap_or_default().into();
    let follow = |name: &String| Step {
        name: name.clone(),
        found: match is_host_name(name) {
            true => resolver.addresses_of(name, Family::of(address)),
            false => Answer::NoName,
        },
    };
    let steps: Vec<Step> = found.iter().map(follow).collect();
    let wanted = wanted.map(str::to_owned);
    let (status, name) = judged(&names, &steps, address, wanted.as_deref());
    OwnHost { address, special, wanted, names, steps, status, name }
}

fn judged(
    names: &Answer<Vec<String>>,
    steps: &[Step],
    address: IpAddr,
    wanted: Option<&str>,
) -> (HostStatus, Option<String>) {
    if names.is_missing() {
        return (HostStatus::Nameless, None);
    }
    let leads_back =
        |step: &&Step| matches!(&step.found, Answer::Found(all) if leads_to(all, address));
    let back: Vec<&Step> = steps.iter().filter(leads_back).collect();
    let named = back.iter().find(|step| Some(step.name.as_str()) == wanted).or(back.first());
    if let Some(step) = named {
        return (HostStatus::Confirmed, Some(step.name.clone()));
    }
    let is_unknown = |step: &Step| matches!(step.found, Answer::Unknown(_));
    if matches!(names, Answer::Unknown(_)) || steps.iter().any(is_unknown) {
        return (HostStatus::Unknown, steps.first().map(|step| step.name.clone()));
    }
    match steps.first() {
        Some(step) => (HostStatus::Unconfirmed, Some(step.name.clone())),
        None => (HostStatus::Nameless, None),
    }
}
