//! What the DNS **has already** of that which reports ask for: an SPF record that lets nobody pass, a null
//! MX, and addresses that SPF covers by now.
//!
//! In: a judgement, and who can be asked. Out: the same judgement, which asks for nothing that is there, also
//! not in the sentence of a source or of what is in the way.
//! What nobody can tell is asked for as before.

use std::net::IpAddr;

use crate::analyze::Judgement;
use crate::lookup::dns::Dns;
use crate::model::dns::{Answer, Resolver, is_null_mx};
use crate::model::evidence::{OpenDoors, SpfAddition};
use crate::model::verdict::SourceSummary;
use crate::record::present::{Live, spf};
use crate::record::spf::{Covered, Expansion, Published, expand};

/// Sources whose additions are compared with the DNS; each may be of another domain.
const MOST_SOURCES: usize = 20;

/// Texts of an answer that are shown: it can hold a thousand.
const MOST_TEXTS: usize = 3;

/// Takes out of a judgement what the DNS has already.
pub(super) fn closed(judgement: &mut Judgement, dns: Option<&Dns>) {
    let Some(dns) = dns else { return };
    no_mail(judgement, dns);
    covered(judgement, dns);
}

/// A domain without mail is told only of doors that are open.
fn no_mail(judgement: &mut Judgement, dns: &dyn Resolver) {
    let advice = &mut judgement.advice;
    let Some(told) = (OpenDoors { spf: true, mx: true }).text(&advice.domain) else { return };
    let Some(at) = advice.notes.iter().position(|note| *note == told) else { return };
    let doors = OpenDoors {
        spf: !lets_nobody_pass(&expand(&advice.domain, dns)),
        mx: !has_null_mx(&advice.domain, dns),
    };
    match doors.text(&advice.domain) {
        Some(text) => {
            let spf = if doors.spf { in_its_place(&advice.domain, dns) } else { String::new() };
            let mx = if doors.mx { for_exchanges(&advice.domain, dns) } else { String::new() };
            advice.notes[at] = format!("{text}{spf}{mx}");
        }
        None => {
            advice.notes.remove(at);
        }
    }
}

/// That what stands there now, seen by receivers or not, gets no second beside it.
fn in_its_place(domain: &str, dns: &dyn Resolver) -> String {
    match spf(domain, dns) {
        Live::Record(text) => format!(", in the place of the record that stands there ({text})"),
        Live::Unseen(texts) | Live::Several(texts) => format!(
            ", in the place of what stands there and is meant as an SPF record ({})",
            texts.iter().take(MOST_TEXTS).map(String::as_str).collect::<Vec<_>>().join(" | ")
        ),
        Live::Missing | Live::Unknown(_) => String::new(),
    }
}

/// A null MX stands alone (RFC 7505 section 3).
fn for_exchanges(domain: &str, dns: &dyn Resolver) -> String {
    let Answer::Found(all) = dns.exchanges(domain) else { return String::new() };
    let hosts = all.iter().map(|one| one.host.as_str()).filter(|host| !host.is_empty());
    format!(
        "; the null MX in the place of all others ({})",
        hosts.take(MOST_TEXTS).collect::<Vec<_>>().join(", ")
    )
}

fn lets_nobody_pass(spf: &Expansion) -> bool {
    let Published::Record { text } = &spf.root.record else { return false };
    text.to_ascii_lowercase().split_ascii_whitespace().eq(["v=spf1", "-all"])
}

fn has_null_mx(domain: &str, dns: &dyn Resolver) -> bool {
    matches!(dns.exchanges(domain), Answer::Found(all) if is_null_mx(&all))
}

/// Whether a domain has no mail exchanger, or a null MX. What nobody could tell is no such thing.
pub(super) fn takes_no_mail(domain: &str, dns: &dyn Resolver) -> bool {
    matches!(dns.exchanges(domain), Answer::NoData | Answer::NoName) || has_null_mx(domain, dns)
}

/// Additions that are there already are told so, and taken out.
fn covered(judgement: &mut Judgement, dns: &dyn Resolver) {
    let mut known: Vec<(String, Expansion)> = Vec::new();
    let lacking = judgement.sources.iter_mut().filter(|source| source.spf_add.is_some());
    for source in lacking.take(MOST_SOURCES) {
        let Some(addition) = &mut source.spf_add else { continue };
        let at = known.iter().position(|(domain, _)| *domain == addition.domain);
        let at = at.unwrap_or_else(|| {
            known.push((addition.domain.clone(), expand(&addition.domain, dns)));
            known.len() - 1
        });
        let before = asked_for(addition);
        addition.mechanisms.retain(|term| !has(&known[at].1, term));
        let now = asked_for(addition);
        let mut texts: Vec<&mut String> = source.fix.iter_mut().collect();
        let blockers = judgement.advice.blockers.iter_mut();
        let same = blockers.filter(|one| one.source == source.source && one.class == source.class);
        texts.extend(same.map(|blocker| &mut blocker.fix));
        for text in texts {
            *text = text.replace(&before, &now);
        }
        if addition.mechanisms.is_empty() && addition.only_if_all_yours.is_none() {
            let text = there(source, addition_domain(source));
            judgement.advice.notes.push(text);
            source.spf_add = None;
        }
    }
}

/// What is to be added, as fixes say it.
fn asked_for(addition: &SpfAddition) -> String {
    let domain = &addition.domain;
    let terms = addition.mechanisms.join(" ");
    if terms.is_empty() {
        return format!("leave the SPF record of {domain} as it is (it allows this by now)");
    }
    format!("add {terms} to the SPF record of {domain}")
}

fn addition_domain(source: &SourceSummary) -> &str {
    source.spf_add.as_ref().map_or("", |SpfAddition { domain, .. }| domain)
}

fn there(source: &SourceSummary, domain: &str) -> String {
    format!(
        "the SPF record of {domain} allows {} by now (asked now): nothing is to be added to it, reports \
         will show that in a day or two",
        source.source
    )
}

/// Whether an SPF record has a term, or what stands for it.
fn has(spf: &Expansion, term: &str) -> bool {
    if !matches!(spf.root.record, Published::Record { .. }) {
        return false;
    }
    let address = |prefix: &str| term.strip_prefix(prefix)?.parse::<IpAddr>().ok();
    match address("ip4:").or_else(|| address("ip6:")) {
        Some(address) => spf.covers(address) == Covered::Yes,
        None => spf
            .root
            .terms
            .iter()
            .any(|step| step.term.trim_start_matches('+').eq_ignore_ascii_case(term)),
    }
}
