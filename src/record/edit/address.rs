//! The **addresses** that reports go to: what people type, as the URIs that a record needs.
//!
//! In: `dmarc@shop.example`, or a URI. Out: `mailto:dmarc@shop.example`, with what would end the URI
//! percent-encoded (RFC 9989 section 4.7, RFC 6068 section 2). Refused: what no receiver could write to.

use crate::model::names;

use super::super::dmarc::{is_host, is_valid_uri};

/// Why an address will not do, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The address as it was given.
    pub given: String,
    /// What is wrong.
    pub why: String,
    /// What would be right.
    pub remedy: String,
}

/// The URIs of a list of addresses, each once; commas part them, but inside quotes.
///
/// # Errors
/// The first that will not do.
pub fn uris(given: &str) -> Result<Vec<String>, Refused> {
    let mut found = Vec::new();
    for part in parts(given) {
        let uri = uri(part)?;
        if !found.contains(&uri) {
            found.push(uri);
        }
    }
    Ok(found)
}

/// Cut at the commas outside quotes.
fn parts(given: &str) -> Vec<&str> {
    let mut quoted = false;
    given
        .split(|c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        })
        .collect()
}

/// The URI of one address.
///
/// # Errors
/// When nobody could write to it.
pub fn uri(given: &str) -> Result<String, Refused> {
    let text = given.trim();
    let refused = |why: &str, remedy: &str| Refused {
        given: text.to_owned(),
        why: why.to_owned(),
        remedy: remedy.to_owned(),
    };
    let example = "give an address like dmarc@shop.example";
    if let Some(scheme) = scheme(text).filter(|scheme| !scheme.eq_ignore_ascii_case("mailto")) {
        let why = format!("receivers need not know `{scheme}:`, and hardly one does");
        return Err(refused(&why, example));
    }
    let (address, is_uri) = match text.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => (rest, true),
        _ => (text, false),
    };
    if address.is_empty() {
        return Err(refused("it is empty", example));
    }
    if ["rua=", "ruf="].iter().any(|tag| starts_with(address, tag)) {
        let why = "`rua=` and `ruf=` are names of tags, not of the address";
        return Err(refused(why, "give the address alone: dmarc@shop.example"));
    }
    // header fields (RFC 6068 section 2) are no part of the address, and of a URI alone
    let (address, fields) = address.split_at(fields_at(address, is_uri));
    if !is_uri && !fields.is_empty() {
        let why = format!("`{fields}` is no part of an address, but of a URI");
        return Err(refused(&why, &format!("leave it out, or write mailto:{address}{fields}")));
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err(refused("it has no `@`", example));
    };
    if domain.contains('!') {
        let why = "a size limit behind `!` is obsolete, and receivers ignore it (RFC 9989)";
        return Err(refused(why, "leave `!` and what follows it out"));
    }
    let host = host_name(domain).ok_or_else(|| {
        refused(&format!("`{domain}` is no name of a host that gets mail"), example)
    })?;
    let local = local_part(local, is_uri).map_err(|why| refused(why, example))?;
    let uri = format!("mailto:{local}@{host}");
    let whole = format!("{uri}{fields}");
    // one rule with the one that checks records
    if !is_valid_uri(&uri) {
        return Err(refused(&format!("no receiver could write to {uri}"), example));
    }
    if fields.contains('!') || !is_valid_uri(&whole) {
        let why = format!("`{fields}` has letters that a URI may have only as `%` and two digits");
        return Err(refused(&why, "leave out what stands behind `?`"));
    }
    Ok(if fields == "?" { uri } else { whole })
}

/// Where `?subject=...` begins: in a URI at the first `?`, in an address behind the `@`.
fn fields_at(address: &str, is_uri: bool) -> usize {
    let quoted = address.rfind('"').unwrap_or(0);
    let from = if is_uri { Some(0) } else { address[quoted..].find('@').map(|at| quoted + at) };
    let at = from.and_then(|from| address[from..].find('?').map(|at| from + at));
    at.unwrap_or(address.len())
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(start))
}

/// `https` of `https://collector.example/`; nothing of an address.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let is_scheme = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    is_scheme.then_some(scheme)
}

/// A host as it is asked for: A-labels, lower case.
fn host_name(domain: &str) -> Option<String> {
    names::ascii(domain).ok().filter(|host| is_host(host))
}

/// The part before the `@`, percent-encoded. Of a URI, what is encoded stays so.
fn local_part(local: &str, is_uri: bool) -> Result<String, &'static str> {
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    if local.is_empty() {
        return Err("nothing stands before the `@`");
    }
    if !local.is_ascii() {
        return Err("many receivers cannot write to an address with letters outside ASCII");
    }
    if !is_quoted && local.bytes().any(|b| b <= b' ' || b == 0x7f || b"<>()[]\"@".contains(&b)) {
        return Err("a blank, a bracket, a quote or a second `@` stands in it");
    }
    if local.bytes().any(|b| b.is_ascii_control()) {
        return Err("a control character stands in it");
    }
    let mut encoded = String::new();
    for (at, byte) in local.bytes().enumerate() {
        let stays = byte.is_ascii_alphanumeric()
            || b"-._~+$'*".contains(&byte)
            || (byte == b'%' && is_uri && is_hex_pair(local.as_bytes().get(at + 1..at + 3)));
        if stays {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(encoded)
}

fn is_hex_pair(bytes: Option<&[u8]>) -> bool {
    bytes.is_some_and(|bytes| bytes.iter().all(u8::is_ascii_hexdigit))
}
