//! **Domain** names as reports write them, and as they are compared.
//!
//! In: a text. Out: a name in lower case, without a final dot, in the form that DNS knows
//! (A-labels, RFC 5890); and what was odd about it. Refuses nothing: what is no name is kept as
//! text, in lower case.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::model::IssueCode;
use crate::model::names::MAX_NAME;

/// The longest label (RFC 1035 section 2.3.4).
const LABEL_MAX: usize = 63;

/// The longest text that can become a name: each character beyond ASCII, of at most four bytes,
/// makes an A-label at least one octet longer.
const TEXT_MAX: usize = 4 * MAX_NAME;

/// What begins a label that stands for letters beyond ASCII (RFC 5890 section 2.3.1).
const ACE_PREFIX: &str = "xn--";

/// Reads a domain name: the name, and the issue with it. An empty text is an empty name.
pub(super) fn read(text: &str) -> (String, Option<IssueCode>) {
    if text.is_empty() || is_canonical(text) {
        return (text.to_owned(), None);
    }
    let bare = text.trim_matches(|c: char| c == '<' || c == '>' || c.is_whitespace());
    let domain = bare.rsplit_once('@').map_or(bare, |(_, domain)| domain);
    // `<>` is how mail writes the null sender (RFC 5321 section 4.5.5)
    if text.len() <= TEXT_MAX && bare.is_empty() {
        return (String::new(), Some(IssueCode::OtherForm));
    }
    match to_name(domain) {
        Some(name) => {
            let is_other = domain.len() < text.len() || !text.is_ascii();
            (name, is_other.then_some(IssueCode::OtherForm))
        }
        None => (text.to_lowercase(), Some(IssueCode::BadDomain)),
    }
}

/// Whether a name is the domain or below it. Both as [`read`] gives them.
pub(super) fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// Whether a text is a name already, just as it would come out: most are.
fn is_canonical(text: &str) -> bool {
    let is_plain = |label: &[u8]| {
        is_label(label)
            && !label.iter().any(u8::is_ascii_uppercase)
            && !label.starts_with(ACE_PREFIX.as_bytes())
    };
    text.len() <= MAX_NAME && text.as_bytes().split(|byte| *byte == b'.').all(is_plain)
}

fn to_name(text: &str) -> Option<String> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let name = if lower.is_ascii() && !has_a_label(&lower) { lower } else { to_ascii(&lower)? };
    let name = name.strip_suffix('.').unwrap_or(&name);
    is_name(name).then(|| name.to_owned())
}

/// U-labels to A-labels; A-labels are checked (UTS #46, non-transitional).
fn to_ascii(text: &str) -> Option<String> {
    let (hyphens, length) = (Hyphens::Allow, DnsLength::Ignore);
    let name = Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::EMPTY, hyphens, length);
    name.ok().map(std::borrow::Cow::into_owned)
}

fn has_a_label(lower: &str) -> bool {
    lower.split('.').any(|label| label.starts_with(ACE_PREFIX))
}

fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME && text.as_bytes().split(|byte| *byte == b'.').all(is_label)
}

/// Letters, digits, hyphens and, as in the names of records, underscores.
fn is_label(label: &[u8]) -> bool {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let (Some(first), Some(last)) = (label.first(), label.last()) else { return false };
    label.len() <= LABEL_MAX && *first != b'-' && *last != b'-' && label.iter().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_without_a_final_dot_and_that_is_no_issue() {
        for (expected, text) in [
            ("acme.example", "acme.example"),
            ("acme.example", "ACME.Example."),
            ("_spf.a-b.example", "_spf.a-b.example"),
            ("xn--mller-kva.example", "XN--MLLER-kva.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("", ""),
        ] {
            assert_eq!((expected.to_owned(), None), read(text));
        }
    }

    #[test]
    fn other_forms_are_read_as_what_was_meant() {
        for (expected, text) in [
            ("acme.example", "<joe@acme.example>"),
            ("acme.example", "joe@ACME.example"),
            ("acme.example", "<acme.example>"),
            ("xn--mller-kva.example", "Müller.example"),
            ("xn--mller-kva.example", "joe@müller.example."),
            ("xn--e1afmkfd.example", "пример。example"),
            ("", "<>"),
        ] {
            assert_eq!((expected.to_owned(), Some(IssueCode::OtherForm)), read(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_kept_as_text() {
        let (label, name) = ("a".repeat(64), "a.".repeat(127));
        for text in [
            "Acme Example",
            "acme..example",
            ".example",
            ".",
            "-acme.example",
            "acme-.example",
            "*.acme.example",
            "[192.0.2.1]",
            "joe@",
            "xn--a-ä.example",
            "xn--\u{0}.example",
            "xn--99999999999.example",
            "m\u{fffd}ller.example",
            &label,
            &format!("{name}ab"),
            &"é".repeat(300),
            &"<".repeat(5_000),
        ] {
            let expected = (text.to_lowercase(), Some(IssueCode::BadDomain));
            assert_eq!(expected, read(text), "{text}");
        }
        assert_eq!((253, None), (read(&name).0.len(), read(&name).1));
    }

    #[test]
    fn a_name_is_within_itself_and_what_is_above() {
        assert!(is_within("acme.example", "acme.example"));
        assert!(is_within("a.b.acme.example", "acme.example"));
        assert!(!is_within("badacme.example", "acme.example"));
        assert!(!is_within("example", "acme.example"));
    }
}
