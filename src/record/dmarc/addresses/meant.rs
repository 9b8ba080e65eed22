//! What was **meant** by something in a list of addresses that is no address.
//!
//! In: what stands between two commas. Out: the addresses that it is, or the one, with what is wrong. It
//! refuses to join letters across a blank where both sides may be whole, and to choose between two:
//! reports would go to a stranger.

use std::ops::Range;

use crate::model::names;

use super::{is_mailto, is_valid, without_size};

/// What is said of an address without its scheme.
pub(super) const NO_SCHEME: &str = "an address needs mailto: in front";

/// What people write between two addresses.
const BETWEEN: &[&str] = &["and", "or", "und", "oder", "et", "ou", "y", "&", "/", "|", "+"];

/// Signs that can end no host, and that people put between two addresses.
const SIGNS: [char; 4] = ['/', '|', '&', '+'];

/// Signs that part a scheme without its colon from an address, since no local part begins with them: what
/// begins with `mailto` and goes on with another may be the local part itself (`mailtools@`).
const BEHIND_SCHEME: [char; 5] = [' ', '\t', '/', '=', ';'];

const BRACKETS: [char; 8] = ['<', '>', '(', ')', '[', ']', '{', '}'];

/// Where the addresses stand in an item that is nothing but several of them; none where it is one, or
/// something else stands there as well.
pub(super) fn several(item: &str) -> Vec<Range<usize>> {
    let (mut found, mut begin, mut is_between): (Vec<Range<usize>>, _, _) =
        (Vec::new(), None, false);
    for word in words(item) {
        let text = &item[word.clone()];
        if is_scheme(text) {
            begin = begin.or(Some(word.start));
        } else if single(without_size(text).0).is_some() {
            found.push(begin.take().unwrap_or(word.start)..word.end);
            is_between = false;
        } else if BETWEEN.contains(&text.to_ascii_lowercase().as_str()) && !found.is_empty() {
            is_between = true;
        } else {
            return Vec::new();
        }
    }
    let is_whole = found.len() > 1 && begin.is_none() && !is_between;
    if is_whole { found } else { Vec::new() }
}

/// The words of an item: parted by blanks, and by signs between two addresses.
fn words(item: &str) -> Vec<Range<usize>> {
    let (mut found, mut from) = (Vec::new(), 0);
    for word in item.split([' ', '\t']) {
        let mut begin = from;
        while let Some((end, next)) = second(&item[begin..from + word.len()]) {
            found.push(begin..begin + end);
            begin += next;
        }
        if begin < from + word.len() {
            found.push(begin..from + word.len());
        }
        from += word.len() + 1;
    }
    found
}

/// Where the first address ends in a word that goes on with a second one, and where that begins.
fn second(word: &str) -> Option<(usize, usize)> {
    let host = word.find('@')? + 1;
    let behind = &word[host..];
    let query = behind.find('?').unwrap_or(behind.len());
    if let Some(scheme) = behind[..query].to_ascii_lowercase().find("mailto:").filter(|at| *at > 0)
    {
        let end = host + behind[..scheme].trim_end_matches(SIGNS).len();
        return Some((end, host + scheme));
    }
    let end = behind[..query].find(SIGNS)?;
    let next = end + behind[end..].len() - behind[end..].trim_start_matches(SIGNS).len();
    behind[next..].contains('@').then_some((host + end, host + next))
}

/// What was meant by an item that is none, and what is wrong with it.
pub(super) fn meant(item: &str) -> Option<(String, &'static str)> {
    if let Some(target) = shown(item) {
        let why = "an address was copied with what a mail program or a web page shows around it";
        return single(&joined(target)?).map(|(uri, _)| (uri, why));
    }
    let plain = joined(item)?;
    let (uri, why) = single(&plain)?;
    let is_blank = why == OTHER && item.contains([' ', '\t']);
    Some((uri, if is_blank { "a blank stands inside the address" } else { why }))
}

/// What is said where nothing else is.
const OTHER: &str = "this is no whole address";

/// The address in brackets: alone, behind a name, or as a link behind itself (`x<mailto:x>`,
/// `[x](mailto:x)`); with a remark in brackets behind it.
fn shown(item: &str) -> Option<&str> {
    let bare = item.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let bare = bare.map_or(item, |_| &item[7..]).trim_matches([' ', '\t', '*']);
    let markdown = bare.strip_prefix('[').and_then(|it| it.strip_suffix(')')?.split_once("]("));
    let angled = || bare.split_once('<').map(|(name, rest)| (name, rest.trim_end_matches('>')));
    let pairs = [('(', ')'), ('[', ']'), ('{', '}')];
    let inside = |(open, close)| Some(("", bare.strip_prefix(open)?.strip_suffix(close)?));
    let remark = || {
        let (address, remark) = bare.strip_suffix(')')?.split_once('(')?;
        let is_remark = address.contains('@') && !remark.contains('@');
        is_remark.then_some(("", address))
    };
    let (name, target) =
        markdown.or_else(angled).or_else(|| pairs.into_iter().find_map(inside)).or_else(remark)?;
    let target = target.trim_matches([' ', '\t', '>']);
    let is_plain = !target.contains(BRACKETS);
    (is_plain && (!name.contains('@') || is_one(name, target))).then_some(target)
}

/// Whether both are the same address.
fn is_one(one: &str, other: &str) -> bool {
    let uri = |text: &str| Some(single(&joined(text)?)?.0.to_ascii_lowercase());
    uri(one).is_some_and(|it| Some(it) == uri(other))
}

/// The item without the blanks that can stand inside of no other address than the one that is meant:
/// beside its scheme, its `@`, or a dot of its host; none where others are left.
fn joined(item: &str) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    for word in item.split_whitespace() {
        match words.last_mut() {
            Some(last) if touches(last, word) => last.push_str(word),
            Some(last) if is_scheme(last) => {
                let colon = if last.ends_with([':', '=']) { "" } else { ":" };
                *last = format!("{last}{colon}{word}");
            }
            _ => words.push(word.to_owned()),
        }
    }
    (words.len() == 1).then(|| words.remove(0))
}

/// Whether a word goes on with the next: one of the two is no whole thing.
fn touches(last: &str, word: &str) -> bool {
    let host = last.split_once('@').map(|(_, host)| host);
    let is_dotted = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric());
    match host {
        None => word.starts_with('@') || (is_scheme(last) && word.starts_with([':', '='])),
        Some("") => true,
        // what stands behind `a@acme. ` may be the next word of a sentence
        Some(_) => word.strip_prefix('.').is_some_and(is_dotted),
    }
}

/// Whether a word is a scheme alone, misspelt or not.
fn is_scheme(word: &str) -> bool {
    let lower = word.trim_end_matches([':', '=', '/']).to_ascii_lowercase();
    !lower.is_empty() && lower.split([':', '=']).all(is_mailto)
}

/// The address that one word was meant as, and what is wrong with the word.
fn single(item: &str) -> Option<(String, &'static str)> {
    let (address, had_scheme, misspelt) = split_scheme(item);
    // header fields may hold addresses of others (RFC 6068 section 2)
    let (address, query) = address.split_at(address.find('?').unwrap_or(address.len()));
    let address = address.replace("(at)", "@").replace("[at]", "@").replace("@@", "@");
    let (local, host) = address.split_once('@').filter(|(_, host)| !host.contains('@'))?;
    if local.contains(BRACKETS) || local.contains([':', '|', ' ']) {
        return None;
    }
    if host.to_ascii_lowercase().contains("mailto:") {
        return None; // a second address, of which nothing more is there
    }
    let (host, _) = without_size(host.trim_end_matches(['.', '/', ';', ':']));
    let host = host_meant(host)?;
    let local = local_meant(local);
    let query = if query == "?" { "" } else { query };
    let uri = format!("mailto:{local}@{host}{query}");
    let why = if !had_scheme {
        NO_SCHEME
    } else if misspelt {
        "an address begins with `mailto:`, spelt so and once"
    } else if item.contains('!') {
        "a `!` inside an address must be written %21"
    } else if !item.is_ascii() {
        "an address may have ASCII letters only"
    } else {
        OTHER
    };
    is_valid(&uri).then_some((uri, why))
}

/// The address behind its scheme; whether there was one, and whether it was misspelt.
fn split_scheme(item: &str) -> (&str, bool, bool) {
    let (mut rest, mut had, mut misspelt) = (item, false, false);
    while let Some(at) = rest.find([':', '=']) {
        let word = rest[..at].to_ascii_lowercase();
        if word.contains('@') || !(is_mailto(&word) || word.is_empty()) {
            break;
        }
        misspelt |= word != "mailto" || had || rest.as_bytes()[at] == b'=';
        had = true;
        rest = &rest[at + 1..];
    }
    let (word, behind) = rest.split_at(rest.find(BEHIND_SCHEME).unwrap_or(rest.len()));
    if !had && word.eq_ignore_ascii_case("mailto") {
        return (behind.trim_start_matches(BEHIND_SCHEME), true, true);
    }
    let slashes = rest.trim_start_matches('/');
    misspelt |= slashes.len() < rest.len();
    (slashes, had, misspelt)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(item: &str) -> Option<String> {
        meant(item).map(|(uri, _)| uri)
    }

    #[test]
    fn letters_of_a_local_part_are_no_scheme() {
        for (address, item) in [
            ("mailto:mailtools@acme.example", "mailtools@acme.example"),
            ("mailto:mailto-reports@acme.example", "mailto-reports@acme.example"),
            ("mailto:mailto.team@acme.example", "mailto.team@acme.example"),
            ("mailto:mailtools@acme.example", "MAILTO mailtools@acme.example"),
            ("mailto:a@acme.example", "mailto a@acme.example"),
            ("mailto:a@acme.example", "mailto/a@acme.example"),
            ("mailto:a@acme.example", "mailto//a@acme.example"),
            ("mailto:a@acme.example", "mailto=a@acme.example"),
            ("mailto:a@acme.example", "Mailto;a@acme.example"),
        ] {
            assert_eq!(Some(address.to_owned()), uri(item), "{item}");
        }
    }

    #[test]
    fn a_word_behind_the_dot_of_a_host_is_no_part_of_it() {
        assert_eq!(None, uri("mailto:a@acme. please"));
        assert_eq!(Some("mailto:a@acme.example".to_owned()), uri("mailto:a@acme .example"));
    }
}
