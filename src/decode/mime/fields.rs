//! The **fields** of a part that say how to read it. In: one block of headers. Out: what the part
//! claims to be, how it is encoded, its boundary and its name.
//!
//! Of several fields with one name the last counts. What cannot be understood counts as absent:
//! parts are sniffed anyway.

use std::sync::LazyLock;

use mail_parser::{ContentType, HeaderName, HeaderValue, Message, MessageParser};

/// Reads the fields that this module needs, and only those.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .header_content_type(HeaderName::ContentType)
        .header_content_type(HeaderName::ContentDisposition)
        .header_text(HeaderName::ContentTransferEncoding)
});

/// What a part claims to be, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Shape {
    /// `multipart/*`.
    Multipart,
    /// `multipart/digest`: its parts are messages unless they say otherwise.
    Digest,
    /// `message/rfc822` or `message/global`.
    Message,
    /// `text/*`, any other `message/*`, or nothing. A `message/partial` (RFC 2046 section 5.2.2) is
    /// one piece of a mail, out of which no report can be read.
    #[default]
    Text,
    /// Anything else.
    File,
}

/// How a part's body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    /// As it stands; also for encodings that nobody knows.
    #[default]
    Identity,
    /// base64.
    Base64,
    /// quoted-printable.
    QuotedPrintable,
}

/// The fields of one part.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Fields {
    /// What it claims to be.
    pub shape: Shape,
    /// How its body is encoded.
    pub encoding: Encoding,
    /// The boundary of a multipart.
    pub boundary: Option<String>,
    /// Its file name, raw: never a path.
    pub name: Option<String>,
    /// Whether its type is one that reports have.
    pub has_report_type: bool,
}

impl Fields {
    /// Reads a block of headers; without a type, the part is what is `implied`. All but those that describe content is left out first: the longer
    /// part of a mail's headers tells of its way, and reading it would cost more than all else.
    pub(super) fn read(head: &[u8], implied: Shape) -> Self {
        let mut fields = Self { shape: implied, ..Self::default() };
        let head = content_lines(head);
        if let Some(message) = PARSER.parse_headers(&head) {
            fields.take(&message);
        }
        fields
    }

    /// Whether it is declared or named as a report would be.
    pub(super) fn claims_report(&self) -> bool {
        const ENDS: [&str; 3] = [".xml", ".gz", ".zip"];
        let has_end = |name: &String| {
            let name = name.trim_ascii_end().as_bytes();
            let is_end = |end: &str| {
                let start = name.len().checked_sub(end.len());
                start.is_some_and(|start| name[start..].eq_ignore_ascii_case(end.as_bytes()))
            };
            ENDS.iter().any(|end| is_end(end))
        };
        self.has_report_type || self.name.as_ref().is_some_and(has_end)
    }

    fn take(&mut self, message: &Message<'_>) {
        let mut declared = None;
        for header in message.headers() {
            match (&header.name, &header.value) {
                (HeaderName::ContentType, HeaderValue::ContentType(value)) => {
                    self.shape = shape(value);
                    self.has_report_type = is_report_type(value);
                    self.boundary = value.attribute("boundary").map(Into::into);
                    declared = value.attribute("name").map(String::from);
                }
                (HeaderName::ContentDisposition, HeaderValue::ContentType(value)) => {
                    self.name = value.attribute("filename").map(Into::into);
                }
                (HeaderName::ContentTransferEncoding, HeaderValue::Text(value)) => {
                    self.encoding = encoding(value);
                }
                _ => {}
            }
        }
        self.name = self.name.take().or(declared).filter(|name| !name.trim().is_empty());
    }
}

/// The fields that may be named `Content-...`, with their continuation lines, and an empty line.
fn content_lines(head: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(256);
    let (mut start, mut keeps) = (0, false);
    for end in memchr::memchr_iter(b'\n', head).map(|at| at + 1).chain([head.len()]) {
        let line = &head[start..end];
        let continues = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        keeps =
            if continues { keeps } else { line.first().is_some_and(|byte| b"cC".contains(byte)) };
        if keeps {
            let (name, replaced) = mended(line);
            kept.extend_from_slice(name);
            kept.extend_from_slice(&line[replaced..]);
        }
        start = end;
    }
    kept.extend_from_slice(b"\r\n\r\n");
    kept
}

/// The name to read in place of one that a gateway writes without its hyphens, and how much of the
/// line that replaces.
fn mended(line: &[u8]) -> (&'static [u8], usize) {
    const NAMES: [(&str, &str); 3] = [
        ("ContentType:", "Content-Type:"),
        ("ContentDisposition:", "Content-Disposition:"),
        ("ContentTransferEncoding:", "Content-Transfer-Encoding:"),
    ];
    let starts = |name: &str| {
        line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
    };
    let found = NAMES.iter().find(|(odd, _)| starts(odd));
    found.map_or((b"", 0), |(odd, proper)| (proper.as_bytes(), odd.len()))
}

fn shape(declared: &ContentType<'_>) -> Shape {
    let kind = declared.ctype().to_ascii_lowercase();
    let subtype = declared.subtype().unwrap_or_default().to_ascii_lowercase();
    match (kind.as_str(), subtype.as_str()) {
        ("multipart", "digest") => Shape::Digest,
        ("multipart", _) => Shape::Multipart,
        ("message", "rfc822" | "global") => Shape::Message,
        ("text" | "message", _) => Shape::Text,
        _ => Shape::File,
    }
}

fn is_report_type(declared: &ContentType<'_>) -> bool {
    const SUBTYPES: [&str; 5] = ["gzip", "x-gzip", "zip", "x-zip-compressed", "xml"];
    let is = |subtype: &str| {
        declared.subtype().is_some_and(|declared| declared.eq_ignore_ascii_case(subtype))
    };
    match declared.ctype() {
        kind if kind.eq_ignore_ascii_case("application") => SUBTYPES.iter().any(|known| is(known)),
        kind => kind.eq_ignore_ascii_case("text") && is("xml"),
    }
}

/// The encoding's name, whatever comment follows it.
fn encoding(value: &str) -> Encoding {
    let name = value.trim().split([' ', '\t', '(', ';', ',']).next().unwrap_or_default();
    match name.trim_matches(['"', '\'']).to_ascii_lowercase().as_str() {
        "base64" => Encoding::Base64,
        "quoted-printable" => Encoding::QuotedPrintable,
        _ => Encoding::Identity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Fields {
        Fields::read(head.as_bytes(), Shape::Text)
    }

    fn name(head: &str) -> Option<String> {
        read(head).name
    }

    #[test]
    fn shapes_are_told_apart() {
        for (expected, value) in [
            (Shape::Multipart, "multipart/mixed; boundary=b"),
            (Shape::Multipart, "MULTIPART/Report"),
            (Shape::Digest, "multipart/Digest; boundary=b"),
            (Shape::Text, "message/partial; id=x; number=1"),
            (Shape::Message, "message/rfc822"),
            (Shape::Message, "Message/Global"),
            (Shape::Text, "message/feedback-report"),
            (Shape::Text, "text/xml; charset=utf-8"),
            (Shape::File, "application/gzip"),
            (Shape::File, "image/png"),
        ] {
            assert_eq!(expected, read(&format!("Content-Type: {value}")).shape, "{value}");
        }
        assert_eq!(Shape::Text, read("Subject: x").shape);
        assert_eq!(Shape::Message, Fields::read(b"Subject: x", Shape::Message).shape);
        assert_eq!(Shape::Text, Fields::read(b"Content-Type: text/html", Shape::Message).shape);
    }

    #[test]
    fn names_without_their_hyphens_are_read() {
        let fields = read(
            "ContentType: application/zip;\r\n name=x.zip\r\nCONTENTTRANSFERENCODING: base64\r\n\
             ContentDisposition: attachment; filename=y.zip",
        );
        assert_eq!((Shape::File, Encoding::Base64), (fields.shape, fields.encoding));
        assert_eq!(Some("y.zip".into()), fields.name);
        assert_eq!(Shape::Text, read("ContentTyped: application/zip").shape);
    }

    #[test]
    fn fields_are_found_among_others() {
        let other = "Received: from x\r\n\tContent-Type: text/plain\r\nCc: a";
        for (before, after) in [("", ""), (other, "\r\n"), (other, "\r\n\r\n"), ("x", "\n")] {
            let field = "content-type:\r\n application/zip;\r\n name=a";
            let fields = read(&format!("{before}\r\n{field}\r\n{other}{after}"));
            assert_eq!((Shape::File, Some("a".into())), (fields.shape, fields.name));
        }
        assert_eq!(Fields::default(), read(other));
    }

    #[test]
    fn encodings_may_carry_comments() {
        for (expected, value) in [
            (Encoding::Base64, "base64"),
            (Encoding::Base64, "BASE64 (x)"),
            (Encoding::Base64, "base64(x)"),
            (Encoding::Base64, " base64;"),
            (Encoding::QuotedPrintable, "Quoted-Printable"),
            (Encoding::Identity, "8bit"),
            (Encoding::Identity, "x-uuencode"),
            (Encoding::Identity, ""),
        ] {
            let head = format!("Content-Transfer-Encoding: {value}");
            assert_eq!(expected, read(&head).encoding, "{value}");
        }
    }

    #[test]
    fn the_last_of_several_fields_counts() {
        let fields = read(
            "Content-Type: text/plain\r\nContent-Type: application/zip; name=a.zip\r\n\
             Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64",
        );
        let name = Some("a.zip".into());
        let (shape, encoding) = (Shape::File, Encoding::Base64);
        let expected = Fields { shape, encoding, boundary: None, name, has_report_type: true };
        assert_eq!(expected, fields);
    }

    #[test]
    fn a_part_claims_to_be_a_report_by_its_type_or_its_name() {
        for head in [
            "Content-Type: application/gzip",
            "Content-Type: Application/X-Zip-Compressed; name=x",
            "Content-Type: text/xml; charset=utf-8",
            "Content-Type: application/octet-stream; name=\"A!b.XML \"",
            "Content-Type: text/plain; name=r.xml.gz",
            "Content-Disposition: attachment; filename=r.zip",
        ] {
            assert!(read(head).claims_report(), "{head}");
        }
        for head in [
            "",
            "Subject: r.xml",
            "Content-Type: text/plain",
            "Content-Type: text/html; name=readme.html",
            "Content-Type: text/gzip",
            "Content-Type: image/svg+xml; name=logo.svg",
            "Content-Type: application/pgp-signature; name=s.asc",
            "Content-Type: application/octet-stream; name=xml",
        ] {
            assert!(!read(head).claims_report(), "{head}");
        }
    }

    #[test]
    fn long_names_are_put_together() {
        let head =
            "Content-Type: application/octet-stream;\r\n name*0=\"a!b!1!\";\r\n name*1=2.xml.gz";
        assert_eq!(Some("a!b!1!2.xml.gz".into()), name(head));
        for head in [
            "Content-Disposition: attachment; filename*=utf-8''caf%C3%A9.zip",
            "Content-Disposition: attachment; filename*0*=iso-8859-1''caf%E9; filename*1=.zip",
            "Content-Type: application/zip; name=\"=?utf-8?Q?caf=C3=A9.zip?=\"",
            "Content-Type: application/zip; name=\"=?utf-8?B?Y2Fmw6kuemlw?=\"",
            "Content-Type: application/zip; name=\"caf\u{e9}.zip\"",
        ] {
            assert_eq!(Some("caf\u{e9}.zip".into()), name(head), "{head}");
        }
        assert_eq!(None, name("Content-Disposition: attachment; filename=\" \""));
    }

    #[test]
    fn the_boundary_is_given_as_it_stands() {
        let boundary = |head| read(head).boundary;
        assert_eq!(
            Some("=_a b".into()),
            boundary("Content-Type: multipart/mixed;\r\n\tboundary=\"=_a b\"")
        );
        assert_eq!(None, boundary("Content-Type: multipart/mixed"));
    }
}
