//! What **SPF and DKIM** want, as reports show it: senders that must sign, and the keys of those that try.
//!
//! In: the sources of a domain, and who can be asked. Out: what to do at each sender and for each key.

use crate::model::dns::{Answer, Resolver};
use crate::model::evidence::FailingKey;
use crate::model::publication::{KeyChange, KeyInDns, Sender};
use crate::model::verdict::{Blocker, Class, Health, Recommendation, SourceSummary, Verdict};

use super::super::present::relied::key_in_dns;

/// Keys that are told.
const MOST_KEYS: usize = 20;

/// The senders that are not ready: own ones that fail or that SPF alone carries, and those to be named.
pub(super) fn of(sources: &[SourceSummary]) -> Vec<Sender> {
    sources.iter().filter_map(sender).collect()
}

/// The senders that pass by what the DNS has no longer.
pub(super) fn lost(advice: &Recommendation) -> Vec<Sender> {
    let is_lost = advice.gates.iter().any(|gate| gate.gate == "dns" && !gate.passed);
    let held = advice.blockers.iter().filter(|_| is_lost && advice.verdict == Verdict::Hold);
    let sender = |blocker: &Blocker| Sender {
        source: blocker.source.clone(),
        class: blocker.class,
        messages: blocker.messages,
        failing: blocker.failing,
        fix: blocker.fix.clone(),
    };
    held.map(sender).collect()
}

fn sender(source: &SourceSummary) -> Option<Sender> {
    let is_ready = match source.class {
        Class::Own => matches!(source.health, None | Some(Health::Healthy)),
        Class::Asks => false,
        Class::Forwarder | Class::List | Class::Threat | Class::Noise => true,
    };
    if is_ready || source.failed_until.is_some() {
        return None;
    }
    Some(Sender {
        source: source.source.clone(),
        class: source.class,
        messages: source.tally.messages,
        failing: source.tally.dmarc_fail,
        fix: source.fix.clone()?,
    })
}

/// The keys that own senders sign with in vain. A few broken signatures are of mail that was changed on
/// its way: they are told only of senders that are not ready.
pub(super) fn keys(sources: &[SourceSummary], dns: Option<&dyn Resolver>) -> Vec<KeyChange> {
    let unready = sources.iter().filter(|source| {
        source.class == Class::Own && !matches!(source.health, None | Some(Health::Healthy))
    });
    let keys = unready.flat_map(|source| source.dkim_failing.iter().map(move |key| (source, key)));
    keys.take(MOST_KEYS).map(|(source, key)| of_key(source, key, dns)).collect()
}

fn of_key(source: &SourceSummary, key: &FailingKey, dns: Option<&dyn Resolver>) -> KeyChange {
    let state = dns.map(|dns| state(&key.name, dns));
    KeyChange {
        source: source.source.clone(),
        name: key.name.clone(),
        result: key.result.clone(),
        messages: key.messages,
        dns: state,
        fix: fix(source, key, state),
    }
}

/// What the DNS has at the name of a key.
fn state(name: &str, dns: &dyn Resolver) -> KeyInDns {
    let texts = match dns.txt(name) {
        Answer::Found(texts) => texts,
        Answer::NoData | Answer::NoName => return KeyInDns::Missing,
        Answer::Unknown(_) => return KeyInDns::Unknown,
    };
    key_in_dns(&texts)
}

fn fix(source: &SourceSummary, key: &FailingKey, state: Option<KeyInDns>) -> String {
    let (sender, name) = (&source.source, &key.name);
    let publish =
        format!("publish the key that {sender} shows for it (its TXT or CNAME) at {name}");
    match state {
        Some(KeyInDns::Missing) => format!("the DNS has no key there: {publish}"),
        Some(KeyInDns::Revoked) => format!("the key there is taken back (p= is empty): {publish}"),
        Some(KeyInDns::Broken) => {
            format!("what the DNS has there cannot be read as one key: {publish}, one record only")
        }
        Some(KeyInDns::Found) => format!(
            "the DNS has a key there that can be read: compare it with the one that {sender} signs with; \
             if they are the same, a gateway changes signed mail"
        ),
        Some(KeyInDns::Unknown) => {
            format!("nobody could tell what the DNS has there; if none: {publish}")
        }
        None if key.result == "permerror" => {
            format!("receivers found no key there that they can read: {publish}")
        }
        None => format!(
            "compare the key there with the one that {sender} signs with; if none: {publish}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dns::Says;

    #[test]
    fn what_the_dns_has_at_the_name_of_a_key_is_told_apart() {
        let found = |text: &str| Answer::Found(vec![text.to_owned()]);
        for (expected, answer) in [
            (KeyInDns::Missing, Answer::NoName),
            (KeyInDns::Missing, Answer::NoData),
            (KeyInDns::Unknown, Answer::Unknown("SERVFAIL".into())),
            (KeyInDns::Revoked, found("v=DKIM1; k=rsa; p=")),
            (KeyInDns::Broken, found("hello")),
        ] {
            assert_eq!(expected, state("s1._domainkey.a.example", &Says(answer)));
        }
    }
}
