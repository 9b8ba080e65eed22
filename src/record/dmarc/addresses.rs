//! The **addresses** that reports go to (`rua`, `ruf`): URIs, with a comma between two.

mod meant;

use std::ops::Range;

use crate::model::finding::{Finding, Severity};
use crate::model::names::{MAX_LABEL, MAX_NAME};
use crate::model::txt::BLANK;

use super::super::brief;
use super::super::near::distance;
use super::Work;
use super::tags::{Tag, trimmed};

/// URIs that every receiver of the older rules takes (RFC 7489 section 6.2).
const MANY: usize = 2;

/// Domains that stand in guides for the reader's own.
const PLACEHOLDERS: &[&str] = &[
    "yourdomain",
    "your-domain",
    "yourcompany",
    "your-company",
    "yoursite",
    "mydomain",
    "my-domain",
    "domain",
    "yourdomainname",
    "yourdomainhere",
    "your_domain",
    "mycompany",
    "your",
    "somedomain",
];

/// Domains of documentation (RFC 2606), which take no mail.
const DOCUMENTATION: &[&str] = &["example.com", "example.net", "example.org"];

/// Checks both lists.
pub(super) fn check(work: &mut Work) {
    for at in 0..work.tags.len() {
        let tag = work.tags[at].clone();
        if matches!(tag.name.as_str(), "rua" | "ruf") {
            let mended = list(work, &tag);
            work.tags[at].value = mended;
        }
    }
    work.tags.retain(|tag| !tag.value.is_empty());
}

/// Checks one list; the mended one.
fn list(work: &mut Work, tag: &Tag) -> String {
    let mut uris: Vec<String> = Vec::new();
    for (item, at) in items(work, tag) {
        if item.is_empty() {
            let what = format!("an address is missing beside a comma of {}", tag.name);
            work.mended = true;
            let instead = Some("leave the comma out".to_owned());
            work.add(Severity::Warning, "dmarc_uri_empty", at, what, instead);
            continue;
        }
        let Some(uri) = one(work, tag, &item, at.clone()) else { continue };
        if uris.iter().any(|other| is_same(other, &uri)) {
            again(work, tag, &item, at);
        } else {
            uris.push(uri);
        }
    }
    if uris.len() > MANY {
        let what = format!(
            "{} addresses in {}: receivers of the older rules need to serve only the first {MANY}",
            uris.len(),
            tag.name
        );
        work.add(Severity::Warning, "dmarc_many_uris", tag.value_at.clone(), what, None);
    }
    let others = !uris.is_empty() && !uris.iter().any(|uri| scheme(uri) == Some("mailto".into()));
    if others {
        let what =
            format!("{} has no mailto: address, the only kind that all receivers serve", tag.name);
        let instead = Some(format!("{}=mailto:ADDRESS", tag.name));
        work.add(Severity::Warning, "dmarc_uri_scheme", tag.value_at.clone(), what, instead);
    }
    uris.join(",")
}

/// Whether two URIs lead to one mailbox, or are one.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let bare = |uri: &str| uri.split('?').next().unwrap_or_default().to_ascii_lowercase();
    let is_mail = scheme(one) == Some("mailto".into());
    if is_mail { bare(one) == bare(other) } else { one == other }
}

/// An address that the list has already.
fn again(work: &mut Work, tag: &Tag, item: &str, at: Range<usize>) {
    let what = format!(
        "`{}` stands twice in {}: receivers may send each report twice",
        brief(item),
        tag.name
    );
    work.mended = true;
    let instead = Some("leave it out".to_owned());
    work.add(Severity::Warning, "dmarc_uri_twice", at, what, instead);
}

/// The items of a list, also those that have something else than a comma between them.
fn items(work: &mut Work, tag: &Tag) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    for (text, at) in &tag.items {
        // an address that was put behind `mailto` is longer than what stands in the record
        let stands = text.len() == at.len();
        let mut from = 0;
        for item in text.split(',') {
            let range =
                if stands { at.start + from..at.start + from + item.len() } else { at.clone() };
            from += item.len() + 1;
            split_blanks(work, tag, item, range, &mut found);
        }
    }
    found
}

/// Splits an item that is several addresses with something else than a comma between them.
fn split_blanks(
    work: &mut Work,
    tag: &Tag,
    item: &str,
    at: Range<usize>,
    found: &mut Vec<(String, Range<usize>)>,
) {
    let stands = item.len() == at.len();
    let parts = if is_valid(item.trim_matches(BLANK)) { Vec::new() } else { meant::several(item) };
    if parts.is_empty() {
        let part = trimmed(item, 0..item.len());
        let place = if stands { at.start + part.start..at.start + part.end } else { at };
        return found.push((item[part].to_owned(), place));
    }
    for (count, part) in parts.iter().enumerate() {
        let place = if stands { at.start + part.start..at.start + part.end } else { at.clone() };
        if let Some(before) = count.checked_sub(1).map(|last| parts[last].end) {
            // where nothing stands between, the letter behind is shown
            let gap = before..part.start.max(before + 1);
            let gap_at = if stands { at.start + gap.start..at.start + gap.end } else { at.clone() };
            let what = format!("a comma must stand between two addresses of {}", tag.name);
            work.mend("dmarc_list_blank", gap_at, what, "a comma");
        }
        found.push((item[part.clone()].to_owned(), place));
    }
}

/// Checks one address; the mended one, none where nobody can tell what it was.
fn one(work: &mut Work, tag: &Tag, item: &str, at: Range<usize>) -> Option<String> {
    let (mut bare, size) = without_size(item);
    while let (shorter, Some(_)) = without_size(bare.trim_end_matches(BLANK)) {
        bare = shorter;
    }
    let bare = bare.trim_end_matches(BLANK);
    if let Some(size) = size {
        let what = format!(
            "`{size}` asks for small reports; the rule is obsolete, receivers pass over it"
        );
        let from = at.end.saturating_sub(size.len()).max(at.start);
        work.mended = true;
        let instead = Some("leave it out".to_owned());
        work.add(Severity::Warning, "dmarc_uri_size", from..at.end, what, instead);
    }
    if is_valid(bare) {
        placeholder(work, bare, at);
        return Some(bare.to_owned());
    }
    let Some((meant, why)) = meant::meant(bare) else {
        work.hopeless = true;
        let instead = Some("mailto:ADDRESS".to_owned());
        work.add(Severity::Error, "dmarc_uri", at, unclear(bare), instead);
        return None;
    };
    let code = if why == meant::NO_SCHEME { "dmarc_no_mailto" } else { "dmarc_uri" };
    let what = format!("{why}: {} goes nowhere", reports(&tag.name));
    work.mend(code, at.clone(), what, meant.clone());
    placeholder(work, &meant, at);
    Some(meant)
}

/// What is said of something that nobody can read.
fn unclear(item: &str) -> String {
    let short = brief(item);
    match item.contains('@') {
        false if item.contains(['<', '[', '{']) => {
            format!("`{short}` is left for you to fill in: no report goes there")
        }
        true if item.contains(BLANK) => format!(
            "`{short}` is no address: nobody can tell whether what stands beside a blank is part of it"
        ),
        _ => format!("`{short}` is no address that reports could go to"),
    }
}

fn reports(tag: &str) -> &'static str {
    if tag == "rua" { "every report to it" } else { "every failure report to it" }
}

/// An address that a guide left for the reader to fill in.
fn placeholder(work: &mut Work, uri: &str, at: Range<usize>) {
    let host = uri.rsplit(['@', '/']).next().unwrap_or_default().to_ascii_lowercase();
    let host = host.split('?').next().unwrap_or_default();
    let first = host.split('.').next().unwrap_or_default();
    let labels = host.split('.').count();
    if DOCUMENTATION.contains(&host) || (PLACEHOLDERS.contains(&first) && labels <= 3) {
        let what = format!(
            "{host} stands in guides for your own domain: reports would be sent to somebody else, \
             and in truth to nobody"
        );
        let is_same =
            |it: &&mut Finding| it.code == "dmarc_placeholder" && it.what.starts_with(&what);
        if let Some(told) = work.found.iter_mut().find(is_same) {
            // told once; the hint is the same
            told.what = format!("{what}; it stands in the record more than once");
            return;
        }
        let instead = Some("an address that you read".to_owned());
        work.add(Severity::Warning, "dmarc_placeholder", at, what, instead);
    }
}

/// An address without its size (`!10m`), and the size.
pub(super) fn without_size(item: &str) -> (&str, Option<&str>) {
    let Some(at) = item.rfind('!') else { return (item, None) };
    let size = &item[at + 1..];
    let digits = size.trim_end_matches(['k', 'm', 'g', 't', 'K', 'M', 'G', 'T']);
    let is_size = size.len() - digits.len() <= 1
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_size { (&item[..at], Some(&item[at..])) } else { (item, None) }
}

/// Whether a word is `mailto`, misspelt or not.
pub(super) fn is_mailto(word: &str) -> bool {
    word == "mailto" || is_mailto_misspelt(word)
}

/// The scheme of a URI, in lower case.
fn scheme(uri: &str) -> Option<String> {
    let (scheme, _) = uri.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    is_scheme.then(|| scheme.to_ascii_lowercase())
}

/// Whether reports can be sent there: a URI of RFC 3986, of mailto with one whole address.
pub(in crate::record) fn is_valid(item: &str) -> bool {
    let (uri, _) = without_size(item);
    let Some(scheme) = scheme(uri) else { return false };
    let rest = &uri[scheme.len() + 1..];
    if !is_written_well(rest) {
        return false;
    }
    match scheme.as_str() {
        "mailto" => {
            let address = rest.split('?').next().unwrap_or_default();
            address.split_once('@').is_some_and(|(local, host)| is_local(local) && is_host(host))
        }
        _ if is_mailto_misspelt(&scheme) => false,
        _ => rest.len() > 2 && !rest.contains('@') || rest.starts_with("//"),
    }
}

/// Only letters that a URI may have, and `%` with two digits.
fn is_written_well(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@$&'()*+=".contains(byte),
    })
}

fn is_local(local: &str) -> bool {
    !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !local.contains(['/', '?', '#', '[', ']', ':', '(', ')'])
}

/// Whether a name can be that of a host that gets mail: letters, digits, hyphens and `_`, in several labels.
pub(in crate::record) fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= MAX_NAME
        && host.contains('.')
        && host.split('.').all(label)
        && !last.bytes().all(|b| b.is_ascii_digit())
}

fn is_mailto_misspelt(scheme: &str) -> bool {
    distance(scheme, "mailto") <= 2 || ["mail", "email", "e-mail", "to"].contains(&scheme)
}
