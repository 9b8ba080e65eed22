//! The **addresses** that reports go to (`rua`, `ruf`): URIs, with a comma between two.

use std::ops::Range;

use crate::model::finding::{Finding, Severity};
use crate::model::names::{self, MAX_LABEL, MAX_NAME};

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
        if let Some(uri) = one(work, tag, &item, at) {
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

/// Splits an item in which a second address begins behind a blank.
fn split_blanks(
    work: &mut Work,
    tag: &Tag,
    item: &str,
    at: Range<usize>,
    found: &mut Vec<(String, Range<usize>)>,
) {
    let stands = item.len() == at.len();
    let (mut from, lower) = (0, item.to_ascii_lowercase());
    let begins: Vec<usize> = lower.match_indices("mailto:").map(|(begin, _)| begin).collect();
    for begin in begins.into_iter().filter(|begin| *begin > 0) {
        let before = &item[from..begin];
        if !before.contains('@') || !stands {
            continue;
        }
        let gap = before.trim_end_matches([' ', '\t', '/', '|', '&']).len();
        let gap_at = at.start + from + gap..at.start + begin;
        let gap_at =
            if gap_at.is_empty() { at.start + begin..at.start + begin + 1 } else { gap_at };
        let what = format!("a comma must stand between two addresses of {}", tag.name);
        work.mend("dmarc_list_blank", gap_at, what, "a comma");
        found.push(trim(item, &at, from..from + gap));
        from = begin;
    }
    found.push(trim(item, &at, from..item.len()));
}

fn trim(item: &str, at: &Range<usize>, part: Range<usize>) -> (String, Range<usize>) {
    let part = trimmed(item, part);
    let place = if item.len() == at.len() {
        at.start + part.start..at.start + part.end
    } else {
        at.clone()
    };
    (item[part].to_owned(), place)
}

/// Checks one address; the mended one, none where nobody can tell what it was.
fn one(work: &mut Work, tag: &Tag, item: &str, at: Range<usize>) -> Option<String> {
    let (bare, size) = without_size(item);
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
    let Some((meant, why)) = meant(bare) else {
        work.hopeless = true;
        let short = brief(bare);
        let what = if bare.contains(['<', '[', '{']) {
            format!("`{short}` is left for you to fill in: no report goes there")
        } else {
            format!("`{short}` is no address that reports could go to")
        };
        let instead = Some("mailto:ADDRESS".to_owned());
        work.add(Severity::Error, "dmarc_uri", at, what, instead);
        return None;
    };
    let code = if why == NO_SCHEME { "dmarc_no_mailto" } else { "dmarc_uri" };
    let what = format!("{why}: {} goes nowhere", reports(&tag.name));
    work.mend(code, at.clone(), what, meant.clone());
    placeholder(work, &meant, at);
    Some(meant)
}

const NO_SCHEME: &str = "an address needs mailto: in front";

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

/// What was meant by an address that is none, and what is wrong with it.
fn meant(item: &str) -> Option<(String, &'static str)> {
    let plain = item.replace(['<', '>', ' ', '\t', '"'], "");
    let (address, had_scheme, misspelt) = split_scheme(&plain);
    // header fields may hold addresses of others (RFC 6068 section 2)
    let (address, query) = address.split_at(address.find('?').unwrap_or(address.len()));
    let address = address.replace("(at)", "@").replace("[at]", "@").replace("@@", "@");
    let (local, host) = address.split_once('@').filter(|(_, host)| !host.contains('@'))?;
    let host = host_meant(host.trim_end_matches(['.', '/', ';', ':']))?;
    let local = local_meant(local);
    let query = if query == "?" { "" } else { query };
    let uri = format!("mailto:{local}@{host}{query}");
    let why = if !had_scheme {
        NO_SCHEME
    } else if misspelt {
        "an address begins with `mailto:`, spelt so and once"
    } else if item.contains([' ', '\t']) {
        "a blank stands inside the address"
    } else if item.contains('!') {
        "a `!` inside an address must be written %21"
    } else if !item.is_ascii() {
        "an address may have ASCII letters only"
    } else {
        "this is no whole address"
    };
    is_valid(&uri).then_some((uri, why))
}

/// The address behind its scheme; whether there was one, and whether it was misspelt.
fn split_scheme(item: &str) -> (&str, bool, bool) {
    let (mut rest, mut had, mut misspelt) = (item, false, false);
    while let Some(at) = rest.find([':', '=']) {
        let word = rest[..at].to_ascii_lowercase();
        if word.contains('@') || !(is_mailto_misspelt(&word) || word.is_empty() || word == "mailto")
        {
            break;
        }
        misspelt |= word != "mailto" || had || rest.as_bytes()[at] == b'=';
        had = true;
        rest = &rest[at + 1..];
    }
    let slashes = rest.trim_start_matches('/');
    misspelt |= slashes.len() < rest.len();
    rest = slashes;
    if !had && rest.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("mailto")) {
        return (&rest[6..], true, true);
    }
    (rest, had, misspelt)
}

fn local_meant(local: &str) -> String {
    let mut out = String::new();
    for c in local.trim_matches('.').chars() {
        let is_plain = c.is_ascii_alphanumeric() || "-._~$&'*+=%".contains(c);
        if c == '.' && out.ends_with('.') {
            continue;
        }
        if is_plain {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            out.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    out
}

/// The host in ASCII, with one dot between labels.
fn host_meant(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.split('.').filter(|label| !label.is_empty()).collect();
    let host = labels.join(".");
    if host.is_ascii() { Some(host) } else { names::ascii(&host).ok() }
}
