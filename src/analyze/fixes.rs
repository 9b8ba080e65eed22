//! The **fixes**: how a source's mail fails, in words, and what to do about it.
//!
//! In: a classified source. Out: `why` (worst first) and one instruction that names the domain,
//! the sender and the place. Sources that need nothing get none.

use std::collections::BTreeMap;
use std::mem::discriminant;

use crate::model::Traffic;
use crate::model::numbers::{amount, percent};
use crate::model::verdict::{Blocker, Class, Health};

use super::domain::{organizational, same_organization, shown};
use super::facts::{Facts, Fault};
use super::lacks;
use super::providers::{AlignsSpf, Kind};
use super::source::{Key, SUBDOMAINS, Source};

/// Most reasons that are told of one source.
const MOST_REASONS: usize = 3;

/// Most ways to authenticate of one source that are looked at, the busiest: a forged report can claim
/// very many, and each is a text.
const MOST_USES: usize = 10_000;

/// What a fix depends on, besides its source.
pub(super) struct Setting<'a> {
    pub(super) facts: &'a [Facts<'a>],
    pub(super) traffic: &'a Traffic,
    /// Whether the record asks for strict alignment.
    pub(super) strict: bool,
}

impl<'a> Setting<'a> {
    /// The domain to sign for and to bounce to: with relaxed alignment the policy domain does for
    /// all names below it.
    fn domain(&self, source: &Source<'_>) -> &'a str {
        let names = || source.header_froms(self.traffic);
        let name = if self.strict && source.below { names().first().copied() } else { None };
        shown(name.unwrap_or(&self.traffic.domain))
    }
}

/// How the failing mail of a source authenticates, worst first.
pub(super) fn why(source: &Source<'_>, facts: &[Facts<'_>]) -> Vec<String> {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for (print, messages) in source.uses.iter().take(MOST_USES) {
        if let Some(fault) = facts[*print].fault {
            let count = reasons.entry(phrase(fault, &facts[*print])).or_default();
            *count = count.saturating_add(*messages);
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
    reasons.into_iter().take(MOST_REASONS).map(|(phrase, _)| phrase).collect()
}

fn phrase(fault: Fault<'_>, fact: &Facts<'_>) -> String {
    match fault {
        Fault::Strict { domain } => {
            format!("passes for {}, which is not aligned", shown(domain))
        }
        Fault::BrokenSignature { domain, selector } => {
            let by = selector.map_or(String::new(), |s| format!(" (selector {})", shown(s)));
            let bounce = fact.foreign_spf.map_or(String::new(), |d| format!(", {}", bounces(d)));
            format!("signature of {}{by} does not verify{bounce}", shown(domain))
        }
        Fault::Foreign { dkim, spf } => {
            let signs = dkim.map(|domain| format!("signs as {}", shown(organizational(domain))));
            let signs = signs.unwrap_or("no signature".to_owned());
            spf.map_or(signs.clone(), |domain| format!("{signs}, {}", bounces(domain)))
        }
        Fault::SpfError { domain, result } | Fault::Unauthorised { domain, result } => {
            format!("SPF {} for {}, no signature", shown(result), shown(domain))
        }
        Fault::Nothing => "no signature, no SPF".to_owned(),
    }
}

/// By organisation: a service has a bounce domain for each of its machines.
fn bounces(domain: &str) -> String {
    format!("bounces to {}", shown(organizational(domain)))
}

/// What to do about a source, if anything.
pub(super) fn fix(source: &Source<'_>, setting: &Setting<'_>) -> Option<String> {
    if source.is_crowd() {
        return crowd(source);
    }
    match (source.class, source.health) {
        (Class::Own, Some(Health::Misconfigured)) => Some(mend_here(source, setting)),
        (Class::Own, Some(Health::Fragile)) => Some(add_dkim(source, setting.domain(source))),
        (Class::Asks, _) => Some(format!(
            "is {} yours? If so: {}. If not: nothing, an enforced policy stops it",
            asked_name(source),
            mend_here(source, setting)
        )),
        (Class::List, _) => Some(
            "nothing to mend at the list: tell the users who post there, look again after the move"
                .to_owned(),
        ),
        (Class::Own | Class::Forwarder | Class::Threat | Class::Noise, _) => None,
    }
}

/// Many senders have no fix in common. They are told one by one as soon as there are fewer.
fn crowd(source: &Source<'_>) -> Option<String> {
    let needs = source.class == Class::Asks || source.health == Some(Health::Misconfigured);
    needs.then(|| {
        format!(
            "mend or name those first that are told one by one: {} more are in the way like them. If \
             one reporter alone tells of these, see whether its reports are genuine",
            amount(source.members, "sender")
        )
    })
}

/// What a source that only SPF aligns must do before `p=reject`.
pub(super) fn add_dkim(source: &Source<'_>, domain: &str) -> String {
    format!(
        "sign with DKIM for {domain} at {}{} before p=reject: forwarding breaks SPF",
        source.sender(),
        hint(source)
    )
}

/// What a person is asked about: the address where a network has sent from one alone, since that
/// is what they can look up.
pub(super) fn asked_name(source: &Source<'_>) -> String {
    match source.key {
        Key::Net4(_) | Key::Net6(_) if source.below => addresses(source) + SUBDOMAINS,
        Key::Net4(_) | Key::Net6(_) => addresses(source),
        Key::Label(_) | Key::Provider(_) | Key::Domain(_) | Key::Unreadable | Key::Crowd(_) => {
            source.name.clone()
        }
    }
}

/// A source in the way, with how and what.
pub(super) fn blocker(source: &Source<'_>, facts: &[Facts<'_>], fix: String) -> Blocker {
    Blocker {
        source: source.name.clone(),
        class: source.class,
        messages: source.tally.messages,
        failing: source.tally.dmarc_fail,
        why: why(source, facts).into_iter().next().map_or_else(
            || {
                let share = percent(source.signed.0, source.signed.1);
                format!("DKIM aligns {share} of its mail")
            },
            |why| why + &told_by(source),
        ),
        fix,
    }
}

/// Who alone tells of the failing mail, for a person to judge.
fn told_by(source: &Source<'_>) -> String {
    match source.told_by.as_slice() {
        [] => String::new(),
        names => {
            let names: Vec<_> = names.iter().map(|name| shown(name)).collect();
            format!(", told by {} only", names.join(" and "))
        }
    }
}

fn mend_here(source: &Source<'_>, setting: &Setting<'_>) -> String {
    let mend = mend(source, setting);
    match source.fails_only_at {
        Some(name) => format!(
            "fails at {} only: change no DNS before asking there. If it spreads: {mend}",
            shown(name)
        ),
        None => mend,
    }
}

/// The same in a few words, for a headline.
pub(super) fn in_brief(source: &Source<'_>, setting: &Setting<'_>) -> String {
    if let Some(name) = source.fails_only_at {
        return format!("ask {} why", shown(name));
    }
    let how = match worst(source, setting.facts).filter(|_| fix(source, setting).is_some()) {
        None => return "look into what fails there".to_owned(),
        Some(Fault::Strict { .. }) if setting.strict => "use relaxed alignment",
        Some(Fault::Strict { .. }) => return "ask the reporter why".to_owned(),
        Some(Fault::BrokenSignature { .. }) => "compare its DKIM keys",
        Some(Fault::Foreign { .. }) if is_private_mailbox(source) => "send through your servers",
        Some(Fault::Foreign { .. }) => "switch on DKIM",
        Some(Fault::SpfError { .. }) => "repair SPF",
        Some(Fault::Unauthorised { .. }) => "add it to SPF",
        Some(Fault::Nothing) => "sign with DKIM",
    };
    format!("mend it: {how}")
}

/// The way in which most of a source's failing mail fails, by its busiest example.
pub(super) fn worst<'a>(source: &Source<'_>, facts: &[Facts<'a>]) -> Option<Fault<'a>> {
    let mut ways: Vec<(Fault<'a>, u64)> = Vec::new();
    // `uses` begins with the most messages.
    for (print, messages) in &source.uses {
        let Some(fault) = facts.get(*print).and_then(|fact| fact.fault) else { continue };
        let same = |way: &&mut (Fault<'_>, u64)| discriminant(&way.0) == discriminant(&fault);
        match ways.iter_mut().find(same) {
            Some(way) => way.1 = way.1.saturating_add(*messages),
            None => ways.push((fault, *messages)),
        }
    }
    // Of equals the first.
    ways.into_iter().rev().max_by_key(|(_, messages)| *messages).map(|(fault, _)| fault)
}

/// Whether nothing can be mended: what passes is aligned by the record, and the reporter says that it is not.
pub(super) fn is_for_the_reporter(source: &Source<'_>, setting: &Setting<'_>) -> bool {
    !setting.strict && matches!(worst(source, setting.facts), Some(Fault::Strict { .. }))
}

/// What to do about it.
fn mend(source: &Source<'_>, setting: &Setting<'_>) -> String {
    let domain = setting.domain(source);
    match worst(source, setting.facts).unwrap_or(Fault::Nothing) {
        Fault::Strict { domain: sub } if setting.strict => format!(
            "use relaxed alignment (adkim=r; aspf=r), or send as {} in the visible From",
            shown(sub)
        ),
        Fault::Strict { domain: sub } => format!(
            "change nothing yet: {} passes and should be aligned; ask the reporter",
            shown(sub)
        ),
        Fault::BrokenSignature { domain: signed, selector } => format!(
            "compare the key at {}._domainkey.{} with the one that {} signs with: it is wrong or \
             rotated, or a gateway changes signed mail",
            selector.map_or("<selector>", shown),
            shown(signed),
            source.sender()
        ),
        Fault::Foreign { dkim, spf } => foreign(source, domain, dkim, spf),
        Fault::SpfError { domain: checked, .. } => format!(
            "repair the SPF record of {} (at most 10 look-ups, one record only) and sign with \
             DKIM for {domain}",
            shown(checked)
        ),
        Fault::Unauthorised { domain: checked, .. } => format!(
            "add {} to the SPF record of {}{} and sign with DKIM for {}, or relay through a \
             server that signs",
            lacks::text(source),
            shown(checked),
            lacks::caution(source),
            if shown(checked) == domain { "it" } else { domain }
        ),
        Fault::Nothing => format!(
            "sign with DKIM for {domain}, or relay through a server that signs ({})",
            addresses(source)
        ),
    }
}

fn foreign(source: &Source<'_>, domain: &str, dkim: Option<&str>, spf: Option<&str>) -> String {
    let provider = source.provider;
    let aligns_spf = provider.map_or(AlignsSpf::Unknown, |provider| provider.aligns_spf);
    if is_private_mailbox(source) {
        return format!("at {}: {}", source.sender(), provider.map_or("", |p| &p.hint));
    }
    let name = match dkim {
        Some(d) if same_organization(d, "gappssmtp.com") => "Google Workspace",
        Some(d) if same_organization(d, "onmicrosoft.com") => "Microsoft 365",
        _ => source.sender(),
    };
    // behind the question whether the sender is yours, its name is not told again
    let at = match source.class {
        Class::Asks if name == source.sender() => "there".to_owned(),
        _ => format!("at {name}"),
    };
    match (dkim, spf, aligns_spf) {
        (_, _, AlignsSpf::No) => format!(
            "switch on DKIM for {domain} {at}{} and do not chase SPF, which it cannot align",
            hint(source)
        ),
        (None, Some(bounce), _) => format!(
            "{at}, set a return path (MAIL FROM) on a subdomain of {domain} instead of {}, and \
             switch on DKIM for {domain}{}",
            shown(bounce),
            hint(source)
        ),
        _ if source.class == Class::Asks => {
            format!("switch on DKIM for {domain} {at}{}", hint(source))
        }
        _ => {
            format!("switch on DKIM for {domain} {at}{}: it survives forwarding, too", hint(source))
        }
    }
}

/// Somebody's private mailbox has no place to sign for another domain.
fn is_private_mailbox(source: &Source<'_>) -> bool {
    source.provider.is_some_and(|p| p.kind == Kind::Mailbox && p.aligns_spf == AlignsSpf::No)
}

fn hint(source: &Source<'_>) -> String {
    let hint = source.provider.map_or("", |provider| provider.hint.as_str());
    if hint.is_empty() { String::new() } else { format!(" ({hint})") }
}

/// The one address, or the source's network.
pub(super) fn addresses(source: &Source<'_>) -> String {
    match (source.addresses.as_slice(), source.key) {
        ([(address, _)], _) => shown(&address.to_string()).to_owned(),
        (_, Key::Net4(_) | Key::Net6(_)) => source.sender().to_owned(),
        _ => format!("the addresses of {}", source.sender()),
    }
}
