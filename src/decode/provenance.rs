//! **Provenance** from a mail's headers. In: the headers of the mail that an input is. Out: who
//! claims to have sent and signed it, and what servers say of that.
//!
//! Only the outermost block of headers is given: what a forwarded mail says of itself, its
//! forwarder can have written. Nothing is judged here, and nothing is refused: what cannot be
//! understood counts as absent, and what is long is cut.

use std::borrow::Cow;
use std::sync::LazyLock;

use mail_parser::{Address, HeaderName, HeaderValue, MessageParser};

use crate::model::Provenance;

/// Reads the field `From`, and only that.
static PARSER: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().header_address(HeaderName::From));

/// Signatures, and results, that are kept of one mail.
const FIELDS_MAX: usize = 10;

/// Bytes of one result that are kept.
const RESULT_MAX: usize = 2_000;

/// Bytes of one field that are looked at.
const FIELD_MAX: usize = 16 << 10;

/// Bytes of an address (RFC 5321 section 4.5.3.1: 64 and 255, and the `@`).
const ADDRESS_MAX: usize = 320;

/// Reads who sent the mail that has these headers.
pub(super) fn read(head: &[u8]) -> Provenance {
    let mut provenance = Provenance::default();
    let mut has_from = false;
    for field in fields(head) {
        let Provenance { from, signers, results, .. } = &mut provenance;
        if field.is("From") && !has_from {
            has_from = true;
            *from = address(field.raw);
        } else if field.is("DKIM-Signature") && signers.len() < FIELDS_MAX {
            let signer = signer(&field.value());
            signers.extend(signer.filter(|domain| !signers.contains(domain)));
        } else if field.is("Authentication-Results") && results.len() < FIELDS_MAX {
            results.push(cut(&field.unfolded()).to_owned());
        }
    }
    provenance
}

/// One field, with its continuation lines.
struct Field<'a> {
    raw: &'a [u8],
    colon: usize,
}

impl Field<'_> {
    fn is(&self, name: &str) -> bool {
        self.raw[..self.colon].trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value, folded as it stands there.
    fn value(&self) -> Cow<'_, str> {
        let value = &self.raw[self.colon + 1..];
        String::from_utf8_lossy(&value[..value.len().min(FIELD_MAX)])
    }

    /// The value in one line.
    fn unfolded(&self) -> String {
        self.value().replace(['\r', '\n'], "").trim().to_owned()
    }
}

/// The fields of a block of headers that begin with a letter of those that are asked for.
fn fields(head: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = head;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (field, after) = rest.split_at(field_end(rest));
            rest = after;
            let colon = memchr::memchr(b':', &field[..field.len().min(64)]);
            if let Some(colon) = colon.filter(|_| b"adfADF".contains(&field[0])) {
                return Some(Field { raw: field, colon });
            }
        }
        None
    })
}

/// Where the next field starts: after a line end that no blank follows.
fn field_end(text: &[u8]) -> usize {
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
    let mut ends = ends.filter(|end| !matches!(text.get(*end), Some(b' ' | b'\t')));
    ends.next().unwrap_or(text.len())
}

/// The first address of a `From` field, its domain in lower case; empty if there is none.
fn address(field: &[u8]) -> String {
    let field = [&field[..field.len().min(FIELD_MAX)], b"\r\n\r\n"].concat();
    let message = PARSER.parse_headers(&field);
    let value = message.as_ref().and_then(|message| message.headers().first());
    let first = match value.map(|header| &header.value) {
        Some(HeaderValue::Address(Address::List(list))) => list.first(),
        Some(HeaderValue::Address(Address::Group(groups))) => {
            groups.iter().find_map(|group| group.addresses.first())
        }
        _ => None,
    };
    let address = first.and_then(|first| first.address.as_deref()).unwrap_or_default();
    let address = &address[..address.floor_char_boundary(ADDRESS_MAX)];
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_ascii_lowercase()),
        None => address.to_owned(),
    }
}

/// The domain of a signature: its tag `d` (RFC 6376 section 3.5), in lower case.
fn signer(value: &str) -> Option<String> {
    let mut tags = value.split(';').filter_map(|tag| tag.split_once('='));
    let (_, domain) = tags.find(|(name, _)| name.trim() == "d")?;
    let domain: String = domain.split_ascii_whitespace().collect();
    let domain = domain.to_ascii_lowercase();
    (!domain.is_empty() && domain.len() <= crate::model::names::MAX_NAME).then_some(domain)
}

/// A result that is not too long. A longer one loses its last, broken part as well: half a domain
/// may be another domain.
fn cut(value: &str) -> &str {
    if value.len() <= RESULT_MAX {
        return value;
    }
    let start = &value[..value.floor_char_boundary(RESULT_MAX)];
    start.rfind(';').map_or("", |end| &start[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::mime;

    fn of(head: &str) -> Provenance {
        let mail = format!("{head}\r\n\r\nFrom: body@acme.example\r\n");
        read(mime::head(mail.as_bytes(), 1 << 16).unwrap())
    }

    fn from(value: &str) -> String {
        of(&format!("From: {value}")).from
    }

    #[test]
    fn the_sender_is_an_address_with_its_domain_in_lower_case() {
        for value in [
            "Dmarc@reports.example",
            "<Dmarc@REPORTS.example>",
            "\"Reports, <x@evil.example>\" <Dmarc@Reports.Example> (x@evil.example)",
            "=?utf-8?B?eA==?=\r\n <Dmarc@reports.example>",
            "Dmarc@reports.example, second@other.example",
            "Team: Dmarc@reports.example, b@other.example;",
        ] {
            assert_eq!("Dmarc@reports.example", from(value), "{value}");
        }
        assert_eq!("", from(""));
        assert_eq!("", of("Subject: x").from);
        assert!(from(&format!("{}@reports.example", "x".repeat(9_000))).len() <= ADDRESS_MAX);
    }

    #[test]
    fn the_first_from_counts_and_only_outside_the_body() {
        let found = of("X: y\r\nfrom : a@a.example\r\nFrom: b@b.example");
        assert_eq!("a@a.example", found.from);
        assert_eq!("", of("X-From: c@c.example\r\n From: d@d.example\r\nFrom x: y").from);
    }

    #[test]
    fn signers_are_kept_once_each() {
        let found = of(
            "DKIM-Signature: v=1; a=rsa-sha256; d=A.example; s=d;\r\n\tbh=d=x.example; b=d\r\n\
             dkim-signature: v=1;\r\n d =\r\n  b.exa\r\n mple; b=x\r\n\
             DKIM-Signature: d=a.example\r\nDKIM-Signature: v=1; d=;\r\nDKIM-Signature: D=no.example",
        );
        assert_eq!(vec!["a.example", "b.example"], found.signers);
        let many: Vec<_> = (0..50).map(|n| format!("DKIM-Signature: d={n}.example")).collect();
        assert_eq!(FIELDS_MAX, of(&many.join("\r\n")).signers.len());
    }

    #[test]
    fn results_are_unfolded_and_the_topmost_is_the_first() {
        let found =
            of("Received: x\r\nAuthentication-Results: mx.acme.example;\r\n\tdkim=pass\r\n\
             ARC-Authentication-Results: i=1; no\r\nauthentication-results: other.example; none");
        let expected = ["mx.acme.example;\tdkim=pass", "other.example; none"];
        assert_eq!(expected.map(str::to_owned).to_vec(), found.results);
    }

    #[test]
    fn a_long_result_is_cut_between_its_parts() {
        let filler = "x".repeat(RESULT_MAX - 30);
        let value =
            format!("mx.example; a=b ({filler}); dkim=pass header.d=acme.example.evil.example");
        let found = of(&format!("Authentication-Results: {value}"));
        assert_eq!(vec![format!("mx.example; a=b ({filler})")], found.results);
        let many = "Authentication-Results: x; none\r\n".repeat(50);
        assert_eq!(FIELDS_MAX, of(many.trim_end()).results.len());
    }

    #[test]
    fn no_headers_say_nothing_and_the_line_of_a_mailbox_is_passed_over() {
        assert_eq!(Provenance::default(), read(b""));
        let boxed = b"From x@y Sat Nov 21 2026\nFrom: a@a.example\n\n";
        assert_eq!("a@a.example", read(mime::head(boxed, 1 << 10).unwrap()).from);
    }
}
