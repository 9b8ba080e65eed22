//! Whether the name of a DMARC record is an **alias** (CNAME): no other record can stand beside one (RFC 1034
//! section 3.6.2), and a name server does not load a zone that has both.
//!
//! In: a domain, and who can be asked. Out: the name at the end of the alias. An alias that a wildcard makes
//! is none of that name: a record there ends it. What nobody could tell is no alias.

use crate::model::command;
use crate::model::dns::Resolver;
use crate::model::names;

/// Steps that are followed: receivers give up as well.
const MOST_STEPS: usize = 8;

/// Wildcards that are asked for, from the domain upwards.
const MOST_WILDCARDS: usize = 4;

/// Where the record really stands; none where the name is no alias.
pub(in super::super) fn of(domain: &str, dns: &dyn Resolver) -> Option<String> {
    let first = dns.alias(&format!("_dmarc.{domain}")).found()?;
    let organization = names::organizational(domain);
    let above = std::iter::successors(Some(domain), |name| {
        name.split_once('.').map(|(_, above)| above).filter(|_| *name != organization)
    });
    let is_wild = |name: &str| dns.alias(&format!("*.{name}")).found().as_ref() == Some(&first);
    if above.take(MOST_WILDCARDS).any(is_wild) {
        return None;
    }
    let steps = std::iter::successors(Some(first), |name| dns.alias(name).found());
    steps.take(MOST_STEPS).last()
}

/// What is to be said of it, where a record is to be published.
pub(in super::super) fn text(domain: &str, end: &str) -> String {
    format!(
        "_dmarc.{domain} is an alias (CNAME) of {end}, and no TXT record can stand beside it: change the \
         record at {end}, there or with whoever runs it, or delete the CNAME first and publish the record \
         at _dmarc.{domain} in its place"
    )
}

/// How the record is printed for the name itself, once the alias is gone.
pub(in super::super) fn command(domain: &str, today: &str) -> String {
    format!(
        "ruaudit record next {} --record {} --as cpanel",
        command::domain(domain),
        command::word(today)
    )
}
