//! **Names** of the DNS, as far as everybody needs them: the form in which they are asked for, and the
//! organisational domain by the Public Suffix List.
//!
//! In: names as people and reports write them. Out: A-labels in lower case without a final dot, or slices
//! of the same names. Refused, with the reason: what cannot be asked for in the DNS.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// Longest name that the DNS allows, in bytes, without the final dot (RFC 1035 section 3.1).
pub const MAX_NAME: usize = 253;

/// Longest label that the DNS allows, in bytes.
pub const MAX_LABEL: usize = 63;

/// The name without its final dot.
#[must_use]
pub fn bare(name: &str) -> &str {
    name.trim_end_matches('.')
}

/// The organisational domain of a name, as a tail of that name: what somebody registered, by the Public
/// Suffix List (RFC 7489 section 3.2). A public suffix, a single label or nonsense is its own.
#[must_use]
pub fn organizational(name: &str) -> &str {
    let name = bare(name);
    let length = if name.bytes().any(|b| b.is_ascii_uppercase()) {
        psl::domain_str(&name.to_ascii_lowercase()).map(str::len)
    } else {
        psl::domain_str(name).map(str::len)
    };
    length.and_then(|length| name.get(name.len().checked_sub(length)?..)).unwrap_or(name)
}

/// Whether the Public Suffix List knows the name as a suffix below which others register.
#[must_use]
pub fn is_public_suffix(name: &str) -> bool {
    let name = bare(name).to_ascii_lowercase();
    psl::suffix(name.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name.as_bytes())
}

/// A name as it is asked for: A-labels, lower case, no final dot.
///
/// # Errors
///
/// Why it cannot be asked for, in words, where a label is empty or longer than 63 bytes, the whole is
/// longer than 253, or a character cannot stand in a name. Underscores may; so may what SPF macros make.
pub fn ascii(name: &str) -> Result<String, String> {
    let name = name.trim();
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.len() > 4 * MAX_NAME {
        return Err(too_long(name.len()));
    }
    let name = if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        Uts46::new()
            .to_ascii(name.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore)
            .map_err(|_| "it has characters that no name may have".to_owned())?
            .into_owned()
    };
    match why_not(&name) {
        None => Ok(name),
        Some(why) => Err(why),
    }
}

fn too_long(bytes: usize) -> String {
    format!("it has {bytes} bytes, and a name at most {MAX_NAME}")
}

/// Why a name in A-labels cannot be asked for.
fn why_not(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty".to_owned());
    }
    if name.len() > MAX_NAME {
        return Some(too_long(name.len()));
    }
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("it has characters that no name may have".to_owned());
    }
    let long = |label: &str| label.len() > MAX_LABEL;
    if let Some(label) = name.split('.').find(|label| long(label)) {
        return Some(format!("a label has {} bytes, and one at most {MAX_LABEL}", label.len()));
    }
    name.split('.').any(str::is_empty).then(|| "it has an empty label".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registered_part_is_found() {
        for (expected, name) in [
            ("shop.example", "mail.shop.example"),
            ("shop.co.uk", "a.b.shop.co.uk"),
            ("Shop.Example", "Mail.Shop.Example."),
            ("co.uk", "co.uk"),
            ("localhost", "localhost"),
            ("", ""),
        ] {
            assert_eq!(expected, organizational(name));
        }
    }

    #[test]
    fn a_suffix_is_one_only_where_the_list_has_it() {
        for (expected, name) in [
            (true, "co.uk"),
            (true, "COM."),
            (false, "example"),
            (false, "shop.co.uk"),
            (false, ""),
        ] {
            assert_eq!(expected, is_public_suffix(name), "{name}");
        }
    }

    #[test]
    fn names_are_asked_for_in_lower_case_a_labels() {
        for (expected, name) in [
            ("_dmarc.shop.example", " _DMARC.Shop.Example. "),
            ("xn--bcher-kva.example", "Bücher.example"),
            ("_dmarc.xn--bcher-kva.example", "_dmarc.Bücher.example"),
            ("a+b=c.shop.example", "a+b=c.shop.example"),
        ] {
            assert_eq!(Ok(expected.to_owned()), ascii(name), "{name}");
        }
    }

    #[test]
    fn what_the_dns_does_not_allow_is_told() {
        let label = "a".repeat(64);
        let long = vec!["a".repeat(60); 5].join(".");
        for name in ["", ".", "a..b", ".a", "a b.example", "a\u{0}.example", "é\u{202e}.a", &label]
        {
            assert!(ascii(name).is_err(), "{name}");
        }
        assert_eq!(Err("it has 304 bytes, and a name at most 253".to_owned()), ascii(&long));
    }
}
