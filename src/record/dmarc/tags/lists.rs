//! Lists of **addresses without their tag**: behind a `;`, behind a tag without its `=`, or alone.
//!
//! In: a part of a record that is no `name=value`. Out: the tag that it was meant as, `rua` where nothing is
//! said. It refuses to choose where there is a `rua` already: the part stays for the caller to tell of.

use std::ops::Range;

use super::super::Work;
use super::super::addresses::is_mailto;
use super::{KNOWN, POLICIES, push, trimmed};

/// The tags that have lists of addresses.
const LISTS: [&str; 2] = ["rua", "ruf"];

/// Reads a part without `=` that is a list, or the name of one; whether it is.
pub(super) fn bare(work: &mut Work, text: &str, at: &Range<usize>) -> bool {
    let part = &text[at.clone()];
    if !part.contains('@') {
        return alone(work, text, at);
    }
    let lower = part.to_ascii_lowercase();
    let named = LISTS.into_iter().find(|name| lower.starts_with(name));
    match named.filter(|name| begins(&lower[name.len()..])) {
        Some(name) => {
            let rest = lower[name.len()..].trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
            let value = at.end - rest.len()..at.end;
            tagged(work, text, at, name, value, format!("`{name}` has no `=`"));
            true
        }
        None => more(work, text, at) || untagged(work, text, at),
    }
}

/// `rua;` in front of its list; whether it is.
fn alone(work: &mut Work, text: &str, at: &Range<usize>) -> bool {
    let lower = text[at.clone()].to_ascii_lowercase();
    let next = text[at.end..].trim_start_matches([' ', '\t']).strip_prefix(';');
    let next = next.and_then(|rest| rest.split(';').next()).unwrap_or_default();
    let is_list = next.split('=').next().is_some_and(|begin| begin.contains('@'));
    let Some(name) = LISTS.into_iter().find(|name| *name == lower && is_list) else { return false };
    tagged(
        work,
        text,
        at,
        name,
        at.end..at.end,
        format!("a `;` stands behind `{name}` for its `=`"),
    );
    true
}

/// `rua:mailto=a@x`: the two signs have changed places; whether they have.
pub(super) fn swapped(work: &mut Work, text: &str, at: &Range<usize>, equals: usize) -> bool {
    let part = &text[at.clone()];
    let lower = part[..equals].trim_end_matches([' ', '\t']).to_ascii_lowercase();
    let Some(name) = LISTS.into_iter().find(|name| lower.starts_with(name)) else { return false };
    let scheme = lower[name.len()..].trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    if !is_mailto(scheme) || scheme.is_empty() {
        return false;
    }
    let behind = trimmed(text, at.start + equals + 1..at.end);
    let value = format!("mailto:{}", &text[behind.clone()]);
    let what = format!("`=` must stand behind {name}, and `:` behind mailto");
    work.mend("dmarc_no_equals", at.clone(), what, format!("{name}={value}"));
    push(work, text, at.clone(), at.start..at.start + name.len(), behind.clone());
    if let Some(tag) = work.tags.last_mut() {
        tag.items = vec![(value.clone(), behind)];
        tag.value = value;
        name.clone_into(&mut tag.name);
    }
    true
}

/// Whether what follows a name can be its list: something stands between, or a scheme follows.
fn begins(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@') || rest.starts_with("mailto")
}

/// An address alone; whether it can be that of `rua`.
fn untagged(work: &mut Work, text: &str, at: &Range<usize>) -> bool {
    let begin = text[at.clone()].get(..3).unwrap_or_default();
    let is_glued = LISTS.iter().any(|name| begin.eq_ignore_ascii_case(name));
    if is_glued || super::super::reading::has_tag(text, "rua") || work.tag("rua").is_some() {
        return false;
    }
    let what = "an address without its tag: which one is not said, and rua is the likely one";
    tagged(work, text, at, "rua", at.clone(), what.to_owned());
    true
}

/// Whether a word behind the `;` of a list may be the rest of a host: `a@x.co;uk`.
pub(super) fn is_cut_off(work: &Work, word: &str) -> bool {
    let is_list = |name: &str| LISTS.iter().any(|list| name.eq_ignore_ascii_case(list));
    let is_word = |known: &&str| known.eq_ignore_ascii_case(word);
    work.tags.last().is_some_and(|tag| is_list(&tag.name))
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        && word.contains(|c: char| c.is_ascii_alphabetic())
        && !KNOWN.iter().chain(POLICIES).any(is_word)
}

/// Keeps a list under its tag.
fn tagged(
    work: &mut Work,
    text: &str,
    at: &Range<usize>,
    name: &str,
    value: Range<usize>,
    what: String,
) {
    let instead = format!("{name}={}", &text[value.clone()]);
    work.mend("dmarc_no_equals", at.clone(), what, instead);
    push(work, text, at.clone(), at.clone(), value);
    if let Some(tag) = work.tags.last_mut() {
        name.clone_into(&mut tag.name);
    }
}

/// An address behind a `;` that belongs to the list before; whether it is one.
fn more(work: &mut Work, text: &str, at: &Range<usize>) -> bool {
    let Some(last) = work.tags.last_mut() else { return false };
    let name = last.name.to_ascii_lowercase();
    if !matches!(name.as_str(), "rua" | "ruf") {
        return false;
    }
    let only_scheme = last.value.eq_ignore_ascii_case("mailto");
    let part = text[at.clone()].to_owned();
    let (item, instead) = match last.value.as_str() {
        "" => (part, "leave it out"),
        _ if only_scheme => (format!("mailto:{part}"), "`mailto:` with a colon"),
        _ => (part, "a comma"),
    };
    if only_scheme || last.value.is_empty() {
        last.items.clear();
    }
    last.items.push((item, at.clone()));
    last.value = last.items.iter().map(|(item, _)| item.as_str()).collect::<Vec<_>>().join(",");
    let gap = last.value_at.end..at.start;
    let what = format!("a `;` ends {name}: what follows is no tag, and goes nowhere");
    work.mend("dmarc_list_semicolon", gap, what, instead);
    true
}
