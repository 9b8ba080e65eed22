//! The DKIM keys of a domain: of the selectors that were given, and of those that reports show.

use std::collections::HashSet;

use crate::model::dns::{Answer, Resolver};
use crate::model::domain_check::{KeyCheck, Presence, SelectorSeen};
use crate::model::finding::RecordKind;
use crate::record::dkim;

use super::ask::{aliases, checked};
use super::beside::{Known, Selector};

/// Selectors of reports that are looked at, those that most reporters show first: forged mail can name any,
/// and a forged report can claim any count.
pub(super) const MOST_SEEN: usize = 50;

/// Texts of a name that are told, where none is a key.
const MOST_TEXTS: usize = 10;

/// What a text begins with that was meant as a key, whatever is wrong with it.
const KEYS: &[&str] = &["v=dkim", "mii", "-----begin", "ssh-"];

/// What is found in a text that was not.
const NO_KEYS: &[&str] = &["dkim_other_record", "dkim_no_key", "dkim_name"];

/// A selector that nobody signs with.
const NOBODYS: &str = "ruaudit-asks-for-a-wildcard";

/// Where a key stands (RFC 6376 section 3.6.2.1).
pub(super) fn name(selector: &str, domain: &str) -> String {
    format!("{}._domainkey.{domain}", selector.trim_end_matches('.').to_ascii_lowercase())
}

/// Looks for every key; and how many more selectors reports show.
pub(super) fn check(
    domain: &str,
    given: &[String],
    known: Option<&Known>,
    resolver: &dyn Resolver,
) -> (Vec<KeyCheck>, usize) {
    let seen = known.map(Known::selectors).unwrap_or_default();
    let of_reports = |name: &str| {
        let found = seen.iter().find(|one| self::name(&one.selector, &one.domain) == name);
        found.map(|one| one.seen.clone())
    };
    let mut done = HashSet::new();
    let mut keys = Vec::new();
    for selector in given {
        let name = name(selector, domain);
        if done.insert(name.clone()) {
            let seen = of_reports(&name);
            keys.push(KeyCheck { given: true, ..key(selector, domain, name, seen, resolver) });
        }
    }
    for one in seen.iter().take(MOST_SEEN) {
        let name = name(&one.selector, &one.domain);
        if done.insert(name.clone()) {
            let seen = Some(one.seen.clone());
            let mut key = key(&one.selector, &one.domain, name, seen, resolver);
            soften(&mut key);
            keys.push(key);
        }
    }
    mark_wildcards(domain, &mut keys, resolver);
    let is_new = |one: &&Selector| !done.contains(&self::name(&one.selector, &one.domain));
    let left = seen.iter().skip(MOST_SEEN).filter(is_new).count();
    (keys, left)
}

/// Marks the keys that any selector would have: a name that nobody signs with has the same.
fn mark_wildcards(domain: &str, keys: &mut [KeyCheck], resolver: &dyn Resolver) {
    let has_text = |key: &KeyCheck| key.checked.is_some() || !key.passed_over.is_empty();
    let is_at = |key: &&mut KeyCheck| key.domain == domain && has_text(key);
    let mut found = keys.iter_mut().filter(is_at).peekable();
    if found.peek().is_none() {
        return;
    }
    let Answer::Found(texts) = resolver.txt(&name(NOBODYS, domain)) else { return };
    for key in found {
        let mut own = key.checked.iter().map(|one| &one.text).chain(&key.passed_over);
        key.wildcard = own.all(|text| texts.contains(text));
    }
}

/// What is wrong with a key of which reports alone speak weighs no more than if it were missing.
fn soften(key: &mut KeyCheck) {
    let worst = key.worst();
    for finding in key.checked.iter_mut().flat_map(|checked| &mut checked.findings) {
        finding.severity = finding.severity.max(worst);
    }
}

/// Whether a text was meant as a key. At the name of a selector others stand by a wildcard for all names of
/// the domain: to receivers there is no key then (RFC 6376 section 6.1.2).
fn is_meant(text: &str) -> bool {
    let plain = text.trim_start_matches(['"', ' ', '\t']).to_ascii_lowercase();
    let is_told = |code: &str| NO_KEYS.contains(&code);
    KEYS.iter().any(|word| plain.starts_with(word))
        || !dkim::lint(text).findings.iter().any(|finding| is_told(finding.code))
}

/// The names that the name of a key is an alias of, unless a wildcard says so of every selector.
fn own_aliases(key: &str, domain: &str, resolver: &dyn Resolver) -> Vec<String> {
    let steps = aliases(key, resolver);
    let is_nobodys =
        |to: &String| resolver.alias(&name(NOBODYS, domain)).found().as_ref() == Some(to);
    if steps.first().is_some_and(is_nobodys) { Vec::new() } else { steps }
}

fn key(
    selector: &str,
    domain: &str,
    name: String,
    seen: Option<SelectorSeen>,
    resolver: &dyn Resolver,
) -> KeyCheck {
    let (mut why, mut passed_over) = (None, Vec::new());
    let (status, text) = match resolver.txt(&name) {
        Answer::Found(mut texts) => {
            texts.sort_by_key(|text| !is_meant(text));
            match texts.as_slice() {
                [first, ..] if !is_meant(first) => {
                    texts.truncate(MOST_TEXTS);
                    passed_over = texts;
                    (Presence::Missing, None)
                }
                [_] => (Presence::Found, texts.pop()),
                _ => (Presence::Several, texts.into_iter().next()),
            }
        }
        Answer::NoData | Answer::NoName => (Presence::Missing, None),
        Answer::Unknown(reason) => {
            why = Some(reason);
            (Presence::Unknown, None)
        }
    };
    let aliases = match status {
        Presence::Missing => own_aliases(&name, domain, resolver),
        _ => Vec::new(),
    };
    let read = text.as_deref().and_then(|text| dkim::key(text).ok());
    KeyCheck {
        selector: selector.to_owned(),
        domain: domain.to_owned(),
        status,
        checked: text.map(|text| checked(RecordKind::Dkim, &name, &text)),
        name,
        kind: read.map(|key| key.kind.as_str()),
        bits: read.filter(|key| !key.revoked).map(|key| key.bits),
        revoked: read.is_some_and(|key| key.revoked),
        testing: read.is_some_and(|key| key.testing),
        seen,
        why,
        wildcard: false,
        given: false,
        passed_over,
        aliases,
    }
}
