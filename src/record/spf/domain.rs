//! The **names** behind `include`, `a`, `mx`, `ptr`, `exists`, `redirect` and `exp`: the
//! domain-spec of RFC 7208 section 7.1.
//!
//! In: a word taken apart. Out: the name as it is written, macros and all, or the fault with what was
//! probably meant.

use crate::model::names::{self, MAX_LABEL, MAX_NAME};

use super::address;
use super::macros;
use super::term::{Fault, Parts};

/// Reads the name that a word must have behind its mark.
pub(super) fn read(parts: &Parts, mechanism: &str) -> Result<String, Fault> {
    let name = parts.name;
    if parts.mark.is_none() || parts.mark == Some('/') || parts.value.is_empty() {
        let what = format!("`{name}` needs a name behind it; receivers answer permerror");
        let optional = matches!(mechanism, "a" | "mx" | "ptr");
        return Err(
            Fault::new("spf_no_domain", what).instead(optional.then(|| parts.with(mechanism)))
        );
    }
    let spec = parts.value;
    if let Some(fault) = address_as_name(parts) {
        return Err(fault);
    }
    macros::check(spec)
        .map_err(|(part, what)| Fault::new("spf_bad_macro", what).at(parts.word, part))?;
    match wrong(spec) {
        None => Ok(spec.to_owned()),
        Some(what) => {
            Err(Fault::new("spf_bad_domain", format!("{what}; receivers answer permerror"))
                .at(parts.word, spec)
                .instead(meant(parts)))
        }
    }
}

/// An address where a name belongs.
fn address_as_name(parts: &Parts) -> Option<Fault> {
    let (value, length) = match parts.value.split_once('/') {
        Some((value, length)) => (value, format!("/{length}")),
        None => (parts.value, String::new()),
    };
    let found = address::meant(value)?;
    let mechanism = if found.is_ipv4() { "ip4" } else { "ip6" };
    let what = format!("`{}` takes a name, and `{value}` is an address", parts.name);
    let right = parts.with(&format!("{mechanism}:{found}{length}"));
    let instead = (parts.mark == Some(':')).then_some(right);
    Some(Fault::new("spf_address_as_domain", what).at(parts.word, parts.value).instead(instead))
}

/// The word with a name that is one, where there is such a name in it.
fn meant(parts: &Parts) -> Option<String> {
    let path = parts.value.split_once("://").map_or(parts.value, |(_, rest)| rest);
    if path.split_once('/').is_some_and(|(_, path)| path.contains([':', '='])) {
        return None; // another term
    }
    let bare = without_port(bare(parts.value));
    let name = if bare.is_ascii() { bare.to_owned() } else { names::ascii(bare).ok()? };
    let mark = parts.mark?;
    (name != parts.value && is_host(&name))
        .then(|| parts.with(&format!("{}{mark}{name}", parts.name)))
}

/// A name without the number of a port.
fn without_port(text: &str) -> &str {
    let port = text.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    port.map_or(text, |(name, _)| name)
}

/// A name without what people paste around it: `https://`, a path, a mailbox, a final comma.
pub(super) fn bare(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let text = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
    let text = text.split_once('/').map_or(text, |(host, _)| host);
    text.trim_start_matches("*.").trim_matches(|c: char| ".,:;'\"<>()".contains(c))
}

/// Whether it is a full name of a host or a domain, without macros.
pub(super) fn is_host(text: &str) -> bool {
    !text.contains('%') && text.contains('.') && wrong(text).is_none()
}

/// Splits a name from the prefix lengths behind it; a `/` in a macro or a web address begins none.
pub(super) fn split(value: &str) -> (&str, &str) {
    if value.contains("://") {
        return (value, "");
    }
    let mut inside = false;
    for (at, c) in value.char_indices() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            '/' if !inside => return value.split_at(at),
            _ => {}
        }
    }
    (value, "")
}

/// What is wrong with a name whose macros are right.
fn wrong(spec: &str) -> Option<String> {
    let plain = macros::blanked(spec);
    if spec.contains("://") {
        return Some(format!("`{spec}` is the address of a web page; a name belongs here"));
    }
    if let Some(odd) = plain.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_.%".contains(*c)) {
        return Some(format!("`{}` stands in no name", odd.escape_debug()));
    }
    let trimmed = plain.strip_suffix('.').unwrap_or(&plain);
    if trimmed.split('.').any(str::is_empty) {
        return Some(format!("`{spec}` has an empty label"));
    }
    if trimmed.len() > MAX_NAME || trimmed.split('.').any(|label| label.len() > MAX_LABEL) {
        return Some("the name is longer than the DNS allows".to_owned());
    }
    (!ends_well(trimmed)).then(|| format!("`{spec}` is no full name"))
}

/// Whether it ends in a macro, or in a dot and a top-level label.
fn ends_well(plain: &str) -> bool {
    if plain.ends_with('%') {
        return true;
    }
    plain.rsplit_once('.').is_some_and(|(_, top)| {
        let digits = top.bytes().all(|b| b.is_ascii_digit());
        !digits && !top.starts_with('-') && !top.ends_with('-') && !top.contains(['_', '%'])
    })
}
