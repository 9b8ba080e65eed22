//! What own mail **relies on**, asked for: the keys of its signatures, and the SPF records that let it pass.
//!
//! In: what reports show, and who can be asked. Out: what the DNS has of it now. What nobody answered, also
//! since the time was over, is not known, and never taken for missing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::ControlFlow;

use crate::analyze::{InDns, Now, Relied, SpfNow};
use crate::lookup::dns::{Dns, Question, Reply};
use crate::model::dns::{Answer, Resolver};
use crate::model::finding::{Finding, Severity};
use crate::model::publication::KeyInDns;
use crate::record::dkim;
use crate::record::spf::{Covered, Expansion, Published, expand};

use super::PACE;

/// Asks for it: all keys at once, and the SPF records one after the other.
pub(super) fn asked(relied: &Relied, dns: &Dns) -> InDns {
    let mut keys = HashMap::new();
    dns.many(relied.keys.iter().cloned().map(Question::Txt), PACE, |question, reply| {
        if let (Question::Txt(name), Reply::Txt(answer)) = (question, reply) {
            keys.insert(name.clone(), key(name, answer));
        }
        ControlFlow::Continue(())
    });
    let spf = relied.spf.iter().map(|(at, by)| (at.clone(), spf(at, by, dns))).collect();
    InDns { keys, spf }
}

/// What the DNS has at the name of a key. Of several texts any may be tried (RFC 6376 section 3.6.2.2).
pub(in super::super) fn key_in_dns(texts: &[String]) -> KeyInDns {
    let keys: Vec<_> = texts.iter().map(|text| dkim::key(text)).collect();
    match keys.as_slice() {
        [Ok(key)] if key.revoked => KeyInDns::Revoked,
        [Ok(_)] => KeyInDns::Found,
        _ => KeyInDns::Broken,
    }
}

fn key(name: &str, answer: Answer<Vec<String>>) -> Now {
    let texts = match answer {
        Answer::Found(texts) => texts,
        Answer::NoData | Answer::NoName => {
            return Now::Gone(format!("no key stands at {name}"));
        }
        Answer::Unknown(why) => return Now::Unknown(format!("the key at {name} ({why})")),
    };
    let is_good = |text: &String| dkim::key(text).is_ok_and(|key| !key.revoked);
    match key_in_dns(&texts) {
        KeyInDns::Revoked => Now::Gone(format!("the key at {name} is taken back (p= is empty)")),
        KeyInDns::Found => Now::Stands,
        _ if texts.iter().any(is_good) => Now::Unknown(format!(
            "the key at {name} ({} texts stand there, and each receiver tries what it likes)",
            texts.len()
        )),
        _ => Now::Gone(format!("what stands at {name} cannot be read as one key")),
    }
}

/// The findings about what a record leads to, on which receivers answer with permerror (RFC 7208 sections
/// 4.5, 4.6.4 and 5.2); on the last many do.
const PERMERROR: &[&str] = &[
    "spf_broken",
    "spf_several",
    "spf_none_included",
    "spf_loop",
    "spf_too_many_exchangers",
    "spf_too_many_lookups",
    "spf_too_many_void",
];

fn spf(domain: &str, addresses: &[IpAddr], dns: &dyn Resolver) -> SpfNow {
    let found = expand(domain, dns);
    let broken = broken(domain, &found);
    let now = |address: &IpAddr| match (found.covers(*address), &broken) {
        (Covered::Yes, _) => Now::Stands,
        (Covered::No, Some(why)) => Now::Gone(why.clone()),
        (Covered::No, None) => {
            Now::Gone(format!("the SPF record of {domain} does not let {address} pass"))
        }
        (Covered::Unknown, why) => Now::Unknown(match why {
            Some(why) => why.clone(),
            None => format!("SPF of {domain} for {address}"),
        }),
    };
    let addresses = addresses.iter().map(|it| (*it, now(it))).collect();
    SpfNow { addresses, broken, open: open(domain, &found) }
}

/// Why receivers answer with permerror, or none.
pub(in super::super) fn broken(domain: &str, found: &Expansion) -> Option<String> {
    if let Published::Missing { .. } = &found.root.record {
        return Some(format!("{domain} has no SPF record"));
    }
    // of IPv6 alone it is a hint, which breaks nothing
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    let mut errors = found.findings.iter().filter(is_error);
    let error = errors.find(|finding| PERMERROR.contains(&finding.code))?;
    Some(format!("SPF of {domain} fails: {}", error.what))
}

/// That everybody passes, or none.
fn open(domain: &str, found: &Expansion) -> Option<String> {
    let open = found.findings.iter().find(|finding| finding.code == "spf_everybody")?;
    Some(format!("SPF of {domain} shuts nobody out: {}", open.what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dns::Says;

    fn of(text: &str) -> SpfNow {
        let says = Says(Answer::Found(vec![text.to_owned()]));
        spf("acme.example", &["192.0.2.10".parse().unwrap()], &says)
    }

    #[test]
    fn a_record_that_lets_everybody_pass_does_not_fail() {
        let now = of("v=spf1 +all");
        assert_eq!(None, now.broken);
        assert_eq!(vec![&Now::Stands], now.addresses.values().collect::<Vec<_>>());
        let open = "SPF of acme.example shuts nobody out: anybody may send as this domain: SPF passes by `+all`";
        assert_eq!(Some(open), now.open.as_deref());
    }

    #[test]
    fn a_record_that_cannot_be_read_fails_and_an_ordinary_one_does_neither() {
        let now = of("v=spf1 ip4:192.0.2.300 -all");
        assert!(now.broken.unwrap().starts_with("SPF of acme.example fails: "));
        let now = of("v=spf1 ip4:192.0.2.10 -all");
        assert_eq!((None, None), (now.broken, now.open));
    }
}
