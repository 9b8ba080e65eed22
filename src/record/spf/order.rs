//! What is wrong with the terms of an SPF record **together**: their order, their number, and what
//! they make of one another.
//!
//! In: the terms as they were read. Out: findings, and in the terms what stands there when the record
//! is mended.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::model::finding::{Finding, Severity};

use super::super::finding;
use super::MAX_LOOKUPS;
use super::everybody;
use super::lint::Read;
use super::network::Network;
use super::term::{Mechanism, Qualifier, Target, Term};

/// A prefix shorter than this takes in more addresses than any sender has.
const FEW_BITS_V4: u8 = 8;

/// The same for IPv6.
const FEW_BITS_V6: u8 = 16;

/// Bits in front of an IPv4 address that is written as IPv6 (RFC 4291 section 2.5.5.2).
const V6_BEFORE_V4: u8 = 96;

/// What there is to do about too many look-ups.
const FEWER: &str = "leave out services that send no more, and `a` and `mx` of servers that only receive; name \
                     own servers by ip4: and ip6:, which ask nothing; let a service send with a subdomain of \
                     its own";

/// Checks the terms of a record.
pub(super) fn check(terms: &mut Vec<Read>, findings: &mut Vec<Finding>) {
    for read in terms.iter() {
        single(read, findings);
    }
    twice(terms, findings);
    modifiers_twice(terms, findings);
    redirect_beside_all(terms, findings);
    behind_all(terms, findings);
    everybody(terms, findings);
    everybody_together(terms, findings);
    ending(terms, findings);
    lookups(terms, findings);
}

/// What is doubtful about a term by itself.
fn single(read: &Read, findings: &mut Vec<Finding>) {
    let place = Some(read.word.place);
    let mut push =
        |code, severity, what: String| findings.push(finding(code, severity, place, what));
    match &read.term {
        Some(Term::Directive(_, Mechanism::Ptr)) => push(
            "spf_ptr",
            Severity::Warning,
            "`ptr` is slow and unreliable and should not be used (RFC 7208 section 5.5); many \
             receivers skip it"
                .to_owned(),
        ),
        Some(Term::Directive(Qualifier::Pass, Mechanism::Ip(network))) => wide(network, &mut push),
        Some(Term::Directive(Qualifier::Pass, Mechanism::A(target) | Mechanism::Mx(target))) => {
            wide_around(read, target, &mut push);
        }
        _ => {}
    }
    if let Some(Term::Directive(_, Mechanism::Ip(network))) = &read.term {
        written_loosely(read, network, &mut push);
        findings.extend(mapped(read, network));
    }
}

/// An IPv4 address written as IPv6, which is none to receivers (RFC 7208 section 5).
fn mapped(read: &Read, network: &Network) -> Option<Finding> {
    let IpAddr::V6(address) = network.address() else { return None };
    let v4 = address.to_ipv4_mapped()?;
    let prefix = network.prefix().checked_sub(V6_BEFORE_V4)?;
    let sign = &read.word.text[..read.word.text.to_ascii_lowercase().find("ip6")?];
    let network = Network::new(v4.into(), prefix).filter(|_| prefix > 0);
    let what = "receivers take an IPv4 address written as IPv6 for what it is: behind ip6 it never \
                matches";
    Some(Finding {
        instead: network.map(|network| format!("{sign}ip4:{network}")),
        ..finding("spf_mapped_address", Severity::Warning, Some(read.word.place), what)
    })
}

/// A network that is not what a sender needs.
fn wide(network: &Network, push: &mut impl FnMut(&'static str, Severity, String)) {
    let few = if network.address().is_ipv4() { FEW_BITS_V4 } else { FEW_BITS_V6 };
    if network.prefix() == 0 {
        let what = format!("`{network}` is every address: anybody may send as this domain");
        push("spf_everybody", Severity::Error, what);
    } else if network.prefix() < few {
        let what = format!("`{network}` is a large part of all addresses");
        push("spf_wide_network", Severity::Warning, what);
    } else if !is_public(network.address()) {
        let what = format!("receivers never see mail from {network}: it is not a public address");
        push("spf_private_address", Severity::Warning, what);
    }
}

/// The networks around the addresses of `a` and `mx`.
fn wide_around(
    read: &Read,
    target: &Target,
    push: &mut impl FnMut(&'static str, Severity, String),
) {
    let word = &read.word.text;
    if target.v4 == 0 || target.v6 == 0 {
        let what = format!(
            "`{word}` is every address where the name has one: anybody may send as this domain"
        );
        push("spf_everybody", Severity::Error, what);
    } else if target.v4 < FEW_BITS_V4 || target.v6 < FEW_BITS_V6 {
        let what = format!("`{word}` takes in a large part of all addresses");
        push("spf_wide_network", Severity::Warning, what);
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified())
        }
        IpAddr::V6(v6) => {
            let linked = v6.is_unicast_link_local() || v6.is_unique_local();
            !(v6.is_loopback() || v6.is_unspecified() || linked)
        }
    }
}

/// Bits behind the prefix, which do not count.
fn written_loosely(
    read: &Read,
    network: &Network,
    push: &mut impl FnMut(&'static str, Severity, String),
) {
    let value = read.word.text.split_once(':').map_or("", |(_, value)| value);
    let address = value.split('/').next().and_then(|text| text.parse::<IpAddr>().ok());
    if let Some(address) = address.filter(|address| *address != network.address()) {
        let what = format!("{address} is inside of {network}: receivers read the whole network");
        push("spf_host_bits", Severity::Hint, what);
    }
}

/// The same term twice.
fn twice(terms: &[Read], findings: &mut Vec<Finding>) {
    let mut known = HashSet::new();
    for read in terms {
        let counts = matches!(&read.term, Some(Term::Directive(_, mechanism)) if *mechanism != Mechanism::All);
        let text = read.word.text.to_ascii_lowercase();
        if counts && !known.insert(text.trim_start_matches('+').to_owned()) {
            let what = "the same term stands twice; the second never matches".to_owned();
            findings.push(finding(
                "spf_duplicate_term",
                Severity::Warning,
                Some(read.word.place),
                what,
            ));
        }
    }
}

/// `redirect` and `exp` may stand once (RFC 7208 section 6).
fn modifiers_twice(terms: &mut [Read], findings: &mut Vec<Finding>) {
    for name in ["redirect", "exp"] {
        let mut first: Option<String> = None;
        for read in terms.iter_mut().filter(|read| name_of(read) == Some(name)) {
            let text = read.word.text.to_ascii_lowercase();
            let Some(first) = &first else {
                first = Some(text);
                continue;
            };
            let what = format!("`{name}=` stands twice; receivers answer permerror");
            findings.push(finding(
                "spf_duplicate_modifier",
                Severity::Error,
                Some(read.word.place),
                what,
            ));
            read.mended = (*first == text).then(String::new);
        }
    }
}

fn name_of(read: &Read) -> Option<&'static str> {
    match read.term {
        Some(Term::Redirect(_)) => Some("redirect"),
        Some(Term::Exp) => Some("exp"),
        _ => None,
    }
}

fn is_all(read: &Read) -> bool {
    read.term.as_ref().is_some_and(Term::is_all)
}

/// A `redirect` counts only where there is no `all` (RFC 7208 section 6.1).
fn redirect_beside_all(terms: &mut [Read], findings: &mut Vec<Finding>) {
    if !terms.iter().any(is_all) {
        return;
    }
    let Some(read) = terms.iter_mut().find(|read| name_of(read) == Some("redirect")) else {
        return;
    };
    let Some(Term::Redirect(domain)) = &read.term else { return };
    let instead = format!("include:{domain}");
    let what = "receivers ignore `redirect=` where the record has an `all`: as an `include:` it lets its senders pass, too"
            .to_owned();
    findings.push(Finding {
        instead: Some(instead.clone()),
        ..finding("spf_redirect_with_all", Severity::Error, Some(read.word.place), what)
    });
    read.mended = read.mended.is_some().then_some(instead);
}

/// Mechanisms behind `all` are never reached.
fn behind_all(terms: &mut Vec<Read>, findings: &mut Vec<Finding>) {
    let Some(all) = terms.iter().position(is_all) else { return };
    let mut last = None;
    for read in &mut terms[all + 1..] {
        if is_all(read) {
            read.mended = Some(String::new());
        }
        let mechanism = matches!(read.term, Some(Term::Directive(..)) | None);
        if mechanism {
            last = Some((last.map_or(read.word.place.from, |(from, _)| from), read.word.place.to));
        }
    }
    let Some((from, to)) = last else { return };
    let place = crate::model::finding::Place { from, to };
    let what = "what stands behind `all` is never reached".to_owned();
    findings.push(Finding {
        instead: Some(format!("`{}` as the last term", terms[all].word.text)),
        ..finding("spf_terms_after_all", Severity::Error, Some(place), what)
    });
    let moved = terms.remove(all);
    terms.push(moved);
}

/// `+all`: anybody may send.
fn everybody(terms: &mut [Read], findings: &mut Vec<Finding>) {
    let others = terms.iter().any(|read| {
        matches!(&read.term, Some(Term::Directive(Qualifier::Pass, mechanism)) if *mechanism != Mechanism::All)
    });
    for read in terms.iter_mut().filter(|read| read.mended.as_deref() != Some("")) {
        let Some(Term::Directive(qualifier, Mechanism::All)) = read.term else { continue };
        let place = Some(read.word.place);
        if qualifier == Qualifier::Pass {
            let what = format!("`{}` lets anybody send as this domain", read.word.text);
            findings.push(Finding {
                instead: Some("~all".to_owned()),
                ..finding("spf_everybody", Severity::Error, place, what)
            });
            read.mended = others.then(|| "~all".to_owned());
        } else if qualifier == Qualifier::Neutral {
            let what = "`?all` says nothing about mail from elsewhere: it protects from nothing";
            findings.push(Finding {
                instead: Some("~all".to_owned()),
                ..finding("spf_neutral_all", Severity::Warning, place, what)
            });
        }
    }
}

/// Networks that together are every address.
fn everybody_together(terms: &[Read], findings: &mut Vec<Finding>) {
    let reached = reached(terms);
    let all = everybody::of_terms(&reached);
    let is_told = findings.iter().any(|finding| finding.code == "spf_everybody");
    let Some(all) = all.filter(|_| !is_told) else { return };
    let first = reached.iter().find(|read| Some(read.word.text.as_str()) == all.first());
    findings.push(Finding { place: first.map(|read| read.word.place), ..all.finding() });
}

/// How the record ends.
fn ending(terms: &[Read], findings: &mut Vec<Finding>) {
    let redirects = terms.iter().any(|read| name_of(read) == Some("redirect"));
    let all = terms.iter().find(|read| is_all(read));
    match all.and_then(|read| read.term.as_ref().map(|term| (read, term))) {
        None if !redirects && terms.iter().all(|read| read.term.is_some()) => {
            let what =
                "the record ends without `all`: mail from elsewhere is neutral, as with `?all`";
            findings.push(Finding {
                instead: Some("~all at the end".to_owned()),
                ..finding("spf_no_all", Severity::Warning, None, what)
            });
        }
        Some((read, Term::Directive(Qualifier::Fail, _))) if terms.len() > 1 => {
            let what = "some receivers refuse mail on `-all` before they look at DKIM and DMARC; \
                        what they refuse early shows in no report";
            findings.push(finding(
                "spf_fail_before_dmarc",
                Severity::Hint,
                Some(read.word.place),
                what,
            ));
        }
        _ => {}
    }
}

/// The terms that receivers come to, as they stand in the record: up to the first `all`, with which
/// `redirect` does not count (RFC 7208 sections 5.1 and 6.1).
pub(super) fn reached(terms: &[Read]) -> Vec<&Read> {
    let mut reached: Vec<&Read> = terms.iter().collect();
    reached.sort_by_key(|read| read.word.place.from);
    if let Some(all) = reached.iter().position(|read| is_all(read)) {
        reached.truncate(all + 1);
        reached.retain(|read| name_of(read) != Some("redirect"));
    }
    reached
}

/// More terms that ask the DNS than receivers follow.
fn lookups(terms: &[Read], findings: &mut Vec<Finding>) {
    let asks = |read: &&Read| read.term.as_ref().is_some_and(Term::looks_up);
    let asking: Vec<&Read> = reached(terms).into_iter().filter(asks).collect();
    let count = asking.len();
    if let Some(read) = asking.get(MAX_LOOKUPS) {
        let what = format!(
            "{count} terms ask the DNS, and receivers follow {MAX_LOOKUPS} (RFC 7208 section \
             4.6.4): from here on they answer permerror"
        );
        let found = finding("spf_too_many_lookups", Severity::Error, Some(read.word.place), what);
        findings.push(Finding { instead: Some(FEWER.to_owned()), ..found });
    }
}
