//! Records **made and changed**: a new DMARC record, the same record in the forms in which people enter
//! it, and an SPF record with something added.
//!
//! In: what the record is to say. Out: TXT values and their forms. Refused, with the reason and what
//! would be right: addresses that no receiver could write to.

use crate::model::names::{MAX_NAME, organizational};
use crate::model::publication::{Consent, Publication, ZoneEditor};
use crate::model::txt::TagList;
use crate::model::words::Policy;

mod address;

pub use address::{Refused, uri, uris};

/// Longest string in a TXT record (RFC 1035 section 3.3); longer values are several strings.
const TXT_STRING: usize = 255;

/// What cPanel offers for a new record, in seconds.
const CPANEL_TTL: &str = "14400";

/// What a new DMARC record is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// `p`.
    pub policy: Policy,
    /// `sp`, where it is to differ.
    pub subdomains: Option<Policy>,
    /// Whether alignment is strict, of DKIM and of SPF.
    pub strict: bool,
    /// Where aggregate reports go: URIs, as [`uris`] makes them.
    pub rua: Vec<String>,
    /// Where failure reports go: URIs.
    pub ruf: Vec<String>,
}

/// The TXT value of a new DMARC record (RFC 9989 section 4.7). Tags that say what holds anyway are left
/// out.
#[must_use]
pub fn new_record(wanted: &Wanted) -> String {
    let mut list = TagList::default();
    list.set("v", "DMARC1");
    list.set("p", wanted.policy.as_str());
    if let Some(sp) = wanted.subdomains.as_ref().filter(|sp| **sp != wanted.policy) {
        list.set("sp", sp.as_str());
    }
    for tag in ["adkim", "aspf"].iter().filter(|_| wanted.strict) {
        list.set(tag, "s");
    }
    for (tag, uris) in [("rua", &wanted.rua), ("ruf", &wanted.ruf)] {
        if !uris.is_empty() {
            list.set(tag, &uris.join(","));
        }
    }
    list.to_string()
}

/// Every form of a record where there is one already: the TTL stays as it is.
#[must_use]
pub fn changed(name: &str, value: &str) -> Publication {
    publication(name, value, "unchanged")
}

/// Every form of a record where there is none yet.
#[must_use]
pub fn added(name: &str, value: &str) -> Publication {
    publication(name, value, CPANEL_TTL)
}

fn publication(name: &str, value: &str, ttl: &str) -> Publication {
    Publication {
        name: name.to_owned(),
        txt: value.to_owned(),
        zone: zone_line(name, value),
        cpanel: ZoneEditor {
            name: format!("{name}."),
            ttl: ttl.to_owned(),
            kind: "TXT",
            record: value.to_owned(),
        },
    }
}

/// A line of a zone file.
#[must_use]
pub fn zone_line(name: &str, value: &str) -> String {
    format!("{name}. IN TXT {}", zone_strings(value))
}

/// A value as a zone file has it: strings of at most 255 bytes, `"` and `\` escaped, bytes that are not
/// printable as `\DDD` (RFC 1035 section 5.1).
#[must_use]
pub fn zone_strings(value: &str) -> String {
    let mut strings: Vec<_> = value.as_bytes().chunks(TXT_STRING).map(zone_string).collect();
    if strings.is_empty() {
        strings.push(zone_string(b""));
    }
    strings.join(" ")
}

fn zone_string(bytes: &[u8]) -> String {
    let mut string = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => string.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => string.push(char::from(*byte)),
            _ => string.push_str(&format!("\\{byte:03}")),
        }
    }
    string.push('"');
    string
}

/// What others must publish before reports about the domain may go to them: one for each foreign host
/// among the URIs of `rua` and `ruf`, in their order (RFC 9990 section 4).
#[must_use]
pub fn consents(domain: &str, record: &str) -> Vec<Consent> {
    let Ok(list) = TagList::parse_dmarc(record) else { return Vec::new() };
    let mut found: Vec<Consent> = Vec::new();
    let uris = ["rua", "ruf"].into_iter().filter_map(|tag| list.get(tag));
    for host in uris.flat_map(|uris| uris.split(',')).filter_map(address::host) {
        if organizational(&host) == organizational(domain)
            || found.iter().any(|known| known.host == host)
        {
            continue;
        }
        let name = format!("{domain}._report._dmarc.{host}");
        found.push(Consent { host, name, txt: "v=DMARC1;".to_owned() });
    }
    found
}

/// Whether a name of the DNS can be that long.
#[must_use]
pub fn is_too_long(name: &str) -> bool {
    name.len() > MAX_NAME
}

/// An SPF record with these mechanisms in it, those besides that are new: before `all` and what follows,
/// since nothing behind `all` is looked at (RFC 7208 section 5.1). Nothing where it is no SPF record.
#[must_use]
pub fn with_mechanisms(spf: &str, add: &[String]) -> Option<String> {
    let terms: Vec<&str> = spf.split_ascii_whitespace().collect();
    if !terms.first()?.eq_ignore_ascii_case("v=spf1") {
        return None;
    }
    let has = |wanted: &String| terms.iter().any(|term| is_same_mechanism(term, wanted));
    let new: Vec<&str> = add.iter().filter(|wanted| !has(wanted)).map(String::as_str).collect();
    let is_last = |term: &&str| {
        let bare = term.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
        bare == "all" || bare.starts_with("redirect=")
    };
    let at = terms.iter().position(is_last).unwrap_or(terms.len());
    Some([&terms[..at], &new, &terms[at..]].concat().join(" "))
}

fn is_same_mechanism(term: &str, wanted: &str) -> bool {
    term.strip_prefix('+').unwrap_or(term).eq_ignore_ascii_case(wanted)
}

/// The `ip4` and `ip6` mechanisms that a text names (RFC 7208 section 5.6), each once, in its order.
/// What only looks like one is passed over: a text may quote strangers.
#[must_use]
pub fn mechanisms_in(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| matches!(c, ',' | '.' | ';' | '(' | ')'));
        if is_network(word) && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    found
}

fn is_network(word: &str) -> bool {
    let (ends, rest, is_v4) = match (word.strip_prefix("ip4:"), word.strip_prefix("ip6:")) {
        (Some(rest), _) => (32, rest, true),
        (None, Some(rest)) => (128, rest, false),
        (None, None) => return false,
    };
    let (address, length) = rest.split_once('/').map_or((rest, None), |(a, l)| (a, Some(l)));
    let parsed: Result<std::net::IpAddr, _> = address.parse();
    parsed.is_ok_and(|address| address.is_ipv4() == is_v4)
        && length.is_none_or(|length| length.parse::<u8>().is_ok_and(|length| length <= ends))
}

#[cfg(test)]
mod tests;
