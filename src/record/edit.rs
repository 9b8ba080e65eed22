//! Records **made and changed**: a new DMARC record, the same record in the forms in which people enter
//! it, and an SPF record with something added.
//!
//! In: what the record is to say. Out: TXT values and their forms. Refused, with the reason and what
//! would be right: addresses that no receiver could write to.

use crate::model::names::MAX_NAME;
use crate::model::publication::{Publication, ZoneEditor};
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
    /// `np`, where it is to differ from that.
    pub nonexistent: Option<Policy>,
    /// `adkim=s`: whether alignment of DKIM is strict.
    pub strict_dkim: bool,
    /// `aspf=s`: the same of SPF.
    pub strict_spf: bool,
    /// Where aggregate reports go: URIs, as [`uris`] makes them.
    pub rua: Vec<String>,
    /// Where failure reports go: URIs.
    pub ruf: Vec<String>,
    /// `fo`: of which failures there are to be failure reports.
    pub failure_options: Option<String>,
    /// `t=y`: whether receivers are asked not to act yet.
    pub testing: bool,
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
    let below = wanted.subdomains.as_ref().unwrap_or(&wanted.policy);
    if let Some(np) = wanted.nonexistent.as_ref().filter(|np| *np != below) {
        list.set("np", np.as_str());
    }
    for (tag, is_strict) in [("adkim", wanted.strict_dkim), ("aspf", wanted.strict_spf)] {
        if is_strict {
            list.set(tag, "s");
        }
    }
    for (tag, uris) in [("rua", &wanted.rua), ("ruf", &wanted.ruf)] {
        if !uris.is_empty() {
            list.set(tag, &uris.join(","));
        }
    }
    if let Some(fo) = wanted.failure_options.as_ref().filter(|fo| *fo != "0") {
        list.set("fo", fo);
    }
    if wanted.testing {
        list.set("t", "y");
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

#[cfg(test)]
mod tests;
