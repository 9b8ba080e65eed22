//! What is **wrong with the records together**: where they, those who get reports, and what reports say
//! do not fit.

use std::collections::HashSet;

use crate::model::discovery::{Consent, ReportTo, Stood};
use crate::model::domain_check::{
    DomainCheck, KeyCheck, MxCheck, PolicySeen, Presence, SenderCovered, Sent,
};
use crate::model::finding::{Finding, RecordKind, Severity};
use crate::model::names;
use crate::model::numbers::{agree, thousands};

use super::keys::MOST_SEEN;
use super::unseen;
use crate::record::destination::left_text;

/// What is wrong, worst first.
pub(super) fn findings(check: &DomainCheck) -> Vec<Finding> {
    let mut found = discovery(check);
    found.extend(destinations(&check.dmarc.destinations));
    found.extend(left(check));
    found.extend(null_beside_others(&check.mx));
    found.extend(unseen::findings(check));
    let has_reports = check.reports.is_some();
    found.extend(check.dkim.iter().filter_map(|one| key(one, has_reports)));
    if let Some(beside) = &check.reports {
        let is_spf_known = check.spf.status == Presence::Found;
        let senders = beside.senders.iter().filter(|_| is_spf_known);
        found.extend(senders.filter_map(sender));
        // that the DNS has none is told above
        let has_other = |seen: &&PolicySeen| {
            seen.same_as_dns == Some(false) && !check.dmarc.discovery.walk.decision.is_nothing()
        };
        if let Some(seen) = beside.policy.as_ref().filter(has_other) {
            let what = format!(
                "the reports about {} show another policy than the DNS has now: receivers follow \
                 within a day, and their reports a day later",
                seen.day
            );
            found.push(finding("domain_policy_not_seen", Severity::Hint, what, None));
        }
    }
    found.sort_by_key(|finding| finding.severity);
    found
}

/// What nobody could tell.
pub(super) fn unknown(check: &DomainCheck) -> Vec<String> {
    untold(check, |_| true)
}

/// Whether nobody could tell of something that matters: anything but keys of which reports alone speak, for
/// forged mail can name any.
pub(super) fn is_unknown(check: &DomainCheck) -> bool {
    check.dmarc.discovery.is_unknown() || !untold(check, |key| key.given).is_empty()
}

/// What nobody could tell, of some of the keys.
fn untold(check: &DomainCheck, of_key: impl Fn(&KeyCheck) -> bool) -> Vec<String> {
    let found = &check.dmarc.discovery;
    let mut told: Vec<String> = Vec::new();
    for asked in found.walk.asked.iter().chain(&found.list.asked) {
        if let Stood::Unknown { why } = &asked.answer {
            told.push(format!("{}: {why}", asked.name));
        }
    }
    for to in &check.dmarc.destinations {
        if let Consent::Unknown { why } = &to.consent {
            told.push(format!("whether {} agreed: {why}", to.uri));
        }
    }
    let mut add = |what: String, why: &Option<String>| {
        told.push(format!("{what}: {}", why.as_deref().unwrap_or("nobody could tell")));
    };
    if check.spf.status == Presence::Unknown {
        add(format!("the SPF record of {}", check.domain), &check.spf.why);
    }
    for branch in check.spf.branches.iter().filter(|branch| branch.unknown.is_some()) {
        add(format!("`{}` of SPF", branch.term), &branch.unknown);
    }
    if check.mx.status == Presence::Unknown {
        add(format!("the mail exchangers of {}", check.domain), &check.mx.why);
    }
    let dark = |key: &&KeyCheck| key.status == Presence::Unknown && of_key(key);
    for key in check.dkim.iter().filter(dark) {
        add(format!("the key at {}", key.name), &key.why);
    }
    // both ways ask for the same names
    let mut seen = HashSet::new();
    told.retain(|text| seen.insert(text.clone()));
    told
}

/// A finding about several records together.
pub(super) fn finding(
    code: &'static str,
    severity: Severity,
    what: String,
    instead: Option<String>,
) -> Finding {
    Finding { code, severity, place: None, what, instead }
}

fn discovery(check: &DomainCheck) -> Vec<Finding> {
    let found = &check.dmarc.discovery;
    let mut told = Vec::new();
    for asked in &found.walk.asked {
        if let Stood::Several { texts } = &asked.answer {
            let what = format!(
                "{} DMARC records stand at {}: receivers take none of them",
                texts.len(),
                asked.name
            );
            let instead = Some("keep one".to_owned());
            told.push(finding("domain_dmarc_several", Severity::Error, what, instead));
        }
    }
    let is_nothing = found.walk.decision.is_nothing() && found.list.decision.is_nothing();
    if found.exists == Some(false) {
        told.push(no_name(check, is_nothing));
    } else if is_nothing && told.is_empty() {
        let what = format!("no DMARC policy holds for {}", check.domain);
        // where one is there that receivers do not see, it is the one to mend
        let instead = (!unseen::has(check, RecordKind::Dmarc))
            .then(|| format!("v=DMARC1; p=none; rua=mailto:ADDRESS at _dmarc.{}", found.domain));
        told.push(finding("domain_dmarc_none", Severity::Error, what, instead));
    }
    let differs = found.differs.iter().cloned();
    told.extend(differs.map(|what| finding("domain_ways_differ", Severity::Warning, what, None)));
    told.extend(out_of_place(check));
    told
}

/// That there is no such domain: where a record above holds for it, that may be what is looked at.
fn no_name(check: &DomainCheck, is_nothing: bool) -> Finding {
    let severity = if is_nothing { Severity::Error } else { Severity::Warning };
    let domain = &check.domain;
    let what = match check.aliases.as_slice() {
        [] => format!("the DNS knows no domain {domain}: is it spelt right?"),
        [.., to] => format!("{domain} is an alias (CNAME) of {to}, and the DNS knows no such name"),
    };
    finding("domain_no_name", severity, what, None)
}

/// Tags that do nothing, or too much, where the record stands.
fn out_of_place(check: &DomainCheck) -> Vec<Finding> {
    let found = &check.dmarc.discovery;
    let Some((at, text)) = found.record() else { return Vec::new() };
    let tags = crate::model::txt::TagList::parse_dmarc(text).unwrap_or_default();
    let mut told = Vec::new();
    let organization = found.walk.organization.as_deref();
    let is_organization =
        organization == Some(at) || found.list.organization.as_deref() == Some(at);
    let is_suffix = tags.get("psd").is_some_and(|psd| psd.eq_ignore_ascii_case("y"));
    if organization.is_some() && !is_organization && !is_suffix {
        for tag in ["sp", "np"].into_iter().filter(|tag| tags.get(tag).is_some()) {
            let what =
                format!("{tag} of _dmarc.{at} is never used: {at} is no organisational domain");
            told.push(finding("domain_tag_unused", Severity::Warning, what, None));
        }
    }
    if is_suffix && !names::is_public_suffix(at) {
        let what = format!(
            "psd=y of _dmarc.{at} makes every name below it an organisation of its own, and the \
             Public Suffix List does not have it"
        );
        let instead = Some("leave psd out".to_owned());
        told.push(finding("domain_psd", Severity::Warning, what, instead));
    }
    told
}

/// What is wrong with those who are to get reports: of what a host lacks once, however many of its addresses
/// are named.
fn destinations(all: &[ReportTo]) -> Vec<Finding> {
    let mut done = HashSet::new();
    let first = all.iter().filter(|to| match &to.consent {
        Consent::NotAuthorised | Consent::NoHost => done.insert(to.host.as_deref()),
        _ => true,
    });
    first.filter_map(|to| destination(to, all)).collect()
}

/// The addresses of a host, with their tags.
fn named(host: Option<&str>, all: &[ReportTo]) -> String {
    let of_host = all.iter().filter(|to| to.host.as_deref() == host);
    let named: Vec<String> = of_host.map(|to| format!("{} {}", to.tag, to.uri)).collect();
    match named.split_last() {
        Some((last, rest @ [_, ..])) => format!("{} and {last}", rest.join(", ")),
        _ => named.join(""),
    }
}

fn destination(to: &ReportTo, all: &[ReportTo]) -> Option<Finding> {
    let (uri, tag) = (&to.uri, to.tag);
    let name = to.name.as_deref().unwrap_or_default();
    let host = to.host.as_deref();
    let (code, what, instead) = match &to.consent {
        Consent::NotAuthorised => (
            "domain_report_not_authorised",
            format!(
                "{} did not agree to get reports: receivers send nothing to {}",
                host.unwrap_or_default(),
                named(host, all)
            ),
            Some(format!("there, a TXT record v=DMARC1 at {name}")),
        ),
        Consent::RedirectedElsewhere { to } => (
            "domain_report_elsewhere",
            format!("{tag}: {uri} wants reports at {to}, another host: receivers send to neither"),
            None,
        ),
        Consent::NoHost => (
            "domain_report_no_host",
            format!(
                "the DNS knows no host {}: receivers send nothing to {}",
                host.unwrap_or_default(),
                named(host, all)
            ),
            Some("an address at a domain that exists; is this one spelt right?".to_owned()),
        ),
        Consent::TooLong => (
            "domain_report_too_long",
            format!(
                "{tag}: {uri} cannot agree to get reports: {name} is longer than a name can be"
            ),
            None,
        ),
        _ => return None,
    };
    Some(finding(code, Severity::Error, what, instead))
}

/// What was not looked at, for there is too much of it.
fn left(check: &DomainCheck) -> impl Iterator<Item = Finding> {
    let hint = |code, what| finding(code, Severity::Hint, what, None);
    let of = |count: usize, one, many| format!("{} {}", count, agree(count as u64, one, many));
    let addresses = left_text(check.dmarc.destinations_left);
    let addresses = addresses.map(|what| hint("domain_report_left", what));
    let selectors = check.keys_left;
    let selectors = (selectors > 0).then(|| {
        let more = of(selectors, "more selector", "more selectors");
        let what = format!(
            "reports show {more}, which {} not looked at: those {MOST_SEEN} are that most reporters \
             show; name others with --selector",
            agree(selectors as u64, "was", "were")
        );
        hint("domain_keys_left", what)
    });
    addresses.into_iter().chain(selectors)
}

/// A null MX that does not stand alone (RFC 7505 section 3).
fn null_beside_others(mx: &MxCheck) -> Option<Finding> {
    let null = mx.exchanges.iter().find(|exchange| exchange.host.is_empty())?;
    let what = format!(
        "`MX {} .` says that the domain takes no mail, and other mail exchangers stand beside it: a \
         null MX must stand alone (RFC 7505 section 3), and some senders take the one, some the other",
        null.preference
    );
    let instead = Some("leave out the null MX, or all others".to_owned());
    let is_alone = mx.exchanges.len() == 1;
    (!is_alone).then(|| finding("domain_null_mx", Severity::Error, what, instead))
}

fn key(key: &KeyCheck, has_reports: bool) -> Option<Finding> {
    let seen = key.seen.as_ref();
    let passed = seen.map_or(0, |seen| seen.passed);
    let idle = seen.is_none_or(|seen| seen.passed + seen.failed == 0);
    let mut instead = None;
    if let Some(end) = key.aliases.last() {
        let own = "give the alias the name that the service tells";
        instead = Some(format!("have the key published at {end}, or {own}"));
    }
    let aliases = alias_words(key);
    let other = match key.passed_over.as_slice() {
        [] => aliases.as_str(),
        _ if key.wildcard => ", but a text that a wildcard puts there",
        _ => ", but another text",
    };
    let (code, severity, what) = match key.status {
        Presence::Missing if key.given => {
            let what = format!("no key stands at {}{other}", key.name);
            ("domain_key_missing", Severity::Error, what)
        }
        Presence::Missing if passed > 0 => {
            let what = format!(
                "no key stands at {}{other}; reports show {} messages that it signed, the last on {}",
                key.name,
                thousands(passed),
                seen.and_then(|seen| seen.last_passed.as_deref()).unwrap_or("an unknown day"),
            );
            ("domain_key_missing", Severity::Warning, what)
        }
        Presence::Missing => {
            let what =
                format!("reports show signatures by {}, which has no key{aliases}", key.name);
            ("domain_key_missing", Severity::Hint, what)
        }
        Presence::Several => {
            let what = format!("more than one record stands at {}", key.name);
            ("domain_key_several", key.worst(), what)
        }
        Presence::Found if key.revoked && passed > 0 => {
            let what = format!("the key at {} is revoked, and mail is signed with it", key.name);
            ("domain_key_revoked", Severity::Warning, what)
        }
        Presence::Found if has_reports && idle && !key.revoked => {
            let what = format!("no report of the window shows the key at {} in use", key.name);
            ("domain_key_unused", Severity::Hint, what)
        }
        Presence::Found | Presence::Unknown => return None,
    };
    Some(finding(code, severity, what, instead))
}

/// What the name of a key that is not there is an alias of, as part of a sentence.
fn alias_words(key: &KeyCheck) -> String {
    match key.aliases.as_slice() {
        [] => String::new(),
        [to] => format!(": it is an alias (CNAME) of {to}, and there is none there"),
        [first, .., end] => {
            format!(
                ": it is an alias (CNAME) of {first}, which leads to {end}, and there is none there"
            )
        }
    }
}

/// A sender that SPF let pass, or whose mail DKIM does not carry whole, needs it; another does not.
fn sender(sender: &SenderCovered) -> Option<Finding> {
    let first = sender.not_covered.first()?;
    let Sent { addresses, messages } = sender.counts.not_covered;
    let more = match addresses {
        1 => String::new(),
        many => format!(" and {} more of the addresses", thousands(many - 1)),
    };
    let is_carried = sender.dkim_aligned >= sender.messages;
    let (severity, so) = match &sender.bounces_to {
        _ if sender.spf_aligned > 0 => {
            (Severity::Warning, ", and the reports show that it did".to_owned())
        }
        _ if is_carried => {
            let so = "; all of its mail passes DMARC by DKIM, so nothing is lost";
            (Severity::Hint, so.to_owned())
        }
        None => (Severity::Warning, ", and not all of its mail aligns by DKIM".to_owned()),
        Some(to) => (
            Severity::Warning,
            format!(
                ", and not all of its mail aligns by DKIM; but it bounces to {to}, where SPF is asked: a \
                 term here changes nothing, a signature or a return path of your own does"
            ),
        ),
    };
    let what = format!(
        "SPF does not cover {first}{more} of the sender {}, which is yours ({} {}){so}",
        sender.source,
        thousands(messages),
        agree(messages, "message", "messages")
    );
    Some(finding("domain_sender_not_covered", severity, what, None))
}
