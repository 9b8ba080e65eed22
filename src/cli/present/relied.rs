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
use crate::model::finding::Severity;
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
    SpfNow { addresses: addresses.iter().map(|it| (*it, now(it))).collect(), broken }
}

/// Why receivers answer with permerror, or none.
pub(in super::super) fn broken(domain: &str, found: &Expansion) -> Option<String> {
    if let Published::Missing { .. } = &found.root.record {
        return Some(format!("{domain} has no SPF record"));
    }
    let error = found.findings.iter().find(|finding| finding.severity == Severity::Error)?;
    Some(format!("SPF of {domain} fails: {}", error.what))
}
