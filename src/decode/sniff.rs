//! **Sniffing**: what bytes are by their first bytes. Names and declared types are not asked:
//! reporters send zip as gzip, gzip as text and XML as octet-stream.
//!
//! In: bytes. Out: a [`Kind`], and for XML whether it can be a report at all.

/// What bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing, or white space only.
    Empty,
    /// The word `unused`, which some reporters attach in place of a report.
    Placeholder,
    /// Something in angle brackets, in whatever encoding: XML or HTML.
    Xml,
    /// A gzip file.
    Gzip,
    /// A zip archive.
    Zip,
    /// A tar archive (POSIX `ustar`, which GNU and pax write as well).
    Tar,
    /// Lines that look like the headers of a mail.
    Mail,
    /// Anything else.
    Other,
}

impl Kind {
    /// The kind in words, with its article.
    pub(super) fn as_words(self) -> &'static str {
        match self {
            Self::Empty | Self::Placeholder => "nothing",
            Self::Xml => "an XML document",
            Self::Gzip => "a gzip file",
            Self::Zip => "a zip archive",
            Self::Tar => "a tar archive",
            Self::Mail => "a mail",
            Self::Other => "something else",
        }
    }
}

/// Says what bytes are. Leading white space does not count.
pub(super) fn sniff(bytes: &[u8]) -> Kind {
    let text = bytes.trim_ascii_start();
    match text {
        [] => Kind::Empty,
        [b'<', ..] => Kind::Xml,
        [0x1f, 0x8b, ..] => Kind::Gzip,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [0xef, 0xbb, 0xbf, rest @ ..] => sniff_after_mark(rest),
        // before a tar: of a mail, strangers choose what stands at the place of the magic
        _ if looks_like_mail(text) => Kind::Mail,
        _ if is_tar(bytes) => Kind::Tar,
        _ if is_utf16_markup(text) || is_utf32_markup(text) => Kind::Xml,
        _ if text.trim_ascii_end() == b"unused" => Kind::Placeholder,
        _ => Kind::Other,
    }
}

/// A tar's first header: its magic, which stands behind a name that may look like almost anything,
/// and its checksum.
fn is_tar(bytes: &[u8]) -> bool {
    const BLOCK: usize = 512;
    const MAGIC: &[u8] = b"ustar";
    const MAGIC_AT: usize = 257;
    let Some(header) = bytes.get(..BLOCK) else { return false };
    header[MAGIC_AT..].starts_with(MAGIC) && has_checksum(header)
}

/// Whether a tar's header holds the sum of its bytes, in octal, itself counted as blanks.
fn has_checksum(header: &[u8]) -> bool {
    const SUM: std::ops::Range<usize> = 148..156;
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let blanks = u32::from(b' ') * 8;
    let expected = sum(&header[..SUM.start]) + blanks + sum(&header[SUM.end..]);
    let is_end = |byte: &u8| matches!(byte, b' ' | 0);
    let digits = header[SUM].trim_ascii_start().split(is_end).next().unwrap_or_default();
    let declared = std::str::from_utf8(digits).map(|text| u32::from_str_radix(text, 8));
    matches!(declared, Ok(Ok(declared)) if declared == expected)
}

/// What follows a UTF-8 byte order mark; there may be a second one.
fn sniff_after_mark(rest: &[u8]) -> Kind {
    let rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest).trim_ascii_start();
    match rest.first() {
        None => Kind::Empty,
        Some(b'<') => Kind::Xml,
        Some(_) => Kind::Other,
    }
}

/// UTF-16 whose first visible character is `<`, with or without a byte order mark.
fn is_utf16_markup(text: &[u8]) -> bool {
    let first = match text {
        [0xff, 0xfe, rest @ ..] => first_unit(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => first_unit(rest, u16::from_be_bytes),
        [0, ..] => first_unit(text, u16::from_be_bytes),
        _ => None,
    };
    first == Some(u16::from(b'<'))
}

/// UTF-32 that begins with `<`: it is not read, but it is not passed over either.
fn is_utf32_markup(text: &[u8]) -> bool {
    let first = match text {
        [0xff, 0xfe, 0, 0, rest @ ..] => rest,
        [0, 0, 0xfe, 0xff, rest @ ..] => rest,
        _ => text,
    };
    matches!(first, [b'<', 0, 0, 0, ..] | [0, 0, 0, b'<', ..])
}

fn first_unit(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<u16> {
    let blank = |unit: &u16| matches!(unit, 0x09 | 0x0a | 0x0d | 0x20);
    bytes.as_chunks().0.iter().map(|pair| unit(*pair)).find(|unit| !blank(unit))
}

/// A header line, or the line that mailboxes put before a mail.
fn looks_like_mail(text: &[u8]) -> bool {
    text.starts_with(b"From ") || text.starts_with(b">From ") || is_header_line(text)
}

/// Whether a line begins with a header name and a colon (RFC 5322 section 2.2), told narrowly: a
/// name begins with a letter and is at most 76 bytes long.
pub(super) fn is_header_line(line: &[u8]) -> bool {
    const NAME_MAX: usize = 76;
    let name =
        line.iter().take(NAME_MAX).take_while(|byte| byte.is_ascii_graphic() && **byte != b':');
    let length = name.count();
    let after = line[length..].iter().take(NAME_MAX).find(|byte| !matches!(byte, b' ' | b'\t'));
    line.first().is_some_and(u8::is_ascii_alphabetic) && after == Some(&b':')
}

/// Whether markup has a tag `feedback`, whatever its prefix and case: without one it is no report.
pub(super) fn has_feedback_tag(bytes: &[u8]) -> bool {
    if bytes.iter().take(256).any(|byte| *byte == 0) {
        return find_feedback_tag(&without_nulls(bytes)).is_some();
    }
    find_feedback_tag(bytes).is_some()
}

/// UTF-16 as if it were ASCII: good enough to find a tag. The tag stands near the start.
fn without_nulls(bytes: &[u8]) -> Vec<u8> {
    const ENOUGH: usize = 1 << 20;
    bytes.iter().take(ENOUGH).copied().filter(|byte| *byte != 0).collect()
}

/// Where the first tag `feedback` stands, whatever its prefix and case.
pub(super) fn find_feedback_tag(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'<', bytes).find(|at| is_feedback(&bytes[at + 1..]))
}

/// Whether what follows a `<` is the name `feedback`, with a prefix of at most 64 bytes.
fn is_feedback(tag: &[u8]) -> bool {
    const NAME: &[u8] = b"feedback";
    const PREFIX_MAX: usize = 64;
    let head = &tag[..tag.len().min(PREFIX_MAX + 1)];
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let prefix = head.iter().take_while(|byte| in_name(byte)).count();
    let name = if head.get(prefix) == Some(&b':') { &tag[prefix + 1..] } else { tag };
    let after = name.get(NAME.len());
    name.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME))
        && after.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    /// The first header of a tar.
    fn tar(name: &str) -> Vec<u8> {
        let mut header = ::tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(0);
        header.set_cksum();
        header.as_bytes().to_vec()
    }

    #[test]
    fn magic_bytes_tell_the_kind() {
        for (kind, bytes) in [
            (Kind::Empty, &b""[..]),
            (Kind::Empty, b" \r\n\t"),
            (Kind::Empty, b"\xef\xbb\xbf \n"),
            (Kind::Placeholder, b"unused"),
            (Kind::Placeholder, b" unused\r\n"),
            (Kind::Xml, b"<feedback/>"),
            (Kind::Xml, b"\r\n <?xml?>"),
            (Kind::Xml, b"\xef\xbb\xbf<a/>"),
            (Kind::Xml, b"\xef\xbb\xbf\xef\xbb\xbf\n<a/>"),
            (Kind::Gzip, b"\x1f\x8b"),
            (Kind::Gzip, b"\r\n\x1f\x8b\x08"),
            (Kind::Zip, b"PK\x03\x04"),
            (Kind::Zip, b"PK\x05\x06"),
            (Kind::Mail, b"From: a@example.org\r\n"),
            (Kind::Mail, b"From a@example.org Sat Nov 21 2026\n"),
            (Kind::Mail, b">From a@example.org\n"),
            (Kind::Mail, b"\r\nReceived : by x"),
            (Kind::Other, b"unused space"),
            (Kind::Other, b"{\"organization-name\": 1}"),
            (Kind::Other, b"hello world: no header"),
            (Kind::Other, b"%PDF-1.7"),
            (Kind::Other, b"PK"),
            (Kind::Other, b"\x1f"),
        ] {
            assert_eq!(kind, sniff(bytes), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_tar_is_known_by_its_magic_and_checksum() {
        for name in ["report.xml", "1:mail.xml", " ", "unused", "acme.example!1!2.xml.gz"] {
            let whole = tar(name);
            assert_eq!(Kind::Tar, sniff(&whole), "{name:?}");
            for at in [0, 148, 200, 257] {
                let mut bytes = whole.clone();
                bytes[at] = bytes[at].wrapping_add(1);
                assert_ne!(Kind::Tar, sniff(&bytes), "{name:?} {at}");
            }
            assert_ne!(Kind::Tar, sniff(&whole[..511]), "{name:?}");
        }
    }

    #[test]
    fn what_begins_like_a_mail_is_no_tar() {
        for name in ["Return-Path: <a@b.example>", "From x", ">From x", "mail:1.xml"] {
            assert_eq!(Kind::Mail, sniff(&tar(name)), "{name:?}");
        }
    }

    #[test]
    fn utf_16_is_markup_with_and_without_a_mark() {
        for text in ["<feedback>", "\u{feff}<feedback>", "\u{feff}\r\n<?xml?><x:feedback />"] {
            for bytes in [utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes)] {
                assert_eq!(Kind::Xml, sniff(&bytes), "{}", bytes.escape_ascii());
                assert!(has_feedback_tag(&bytes), "{}", bytes.escape_ascii());
            }
        }
        assert_eq!(Kind::Other, sniff(&utf16("\u{feff}hello", u16::to_le_bytes)));
    }

    #[test]
    fn utf_32_is_markup_too() {
        for text in ["<feedback>", "\u{feff}<feedback>"] {
            for unit in [u32::to_le_bytes, u32::to_be_bytes] {
                let bytes: Vec<u8> = text.chars().flat_map(|c| unit(u32::from(c))).collect();
                assert_eq!(Kind::Xml, sniff(&bytes), "{}", bytes.escape_ascii());
                assert!(has_feedback_tag(&bytes), "{}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn only_a_feedback_tag_makes_a_report() {
        for report in [
            "<feedback>",
            "<?xml?>\n<feedback\n xmlns='x'>",
            "<d:feedback>",
            "<Feedback/>",
            "<feedback",
        ] {
            assert!(has_feedback_tag(report.as_bytes()), "{report}");
        }
        for other in ["<html><p>your feedback</p>", "<feedbacks>", "<a:b:feedback>", "<feed", ""] {
            assert!(!has_feedback_tag(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_header_name_is_short_and_begins_with_a_letter() {
        assert!(is_header_line(b"X-Y: z"));
        assert!(!is_header_line(b": z"));
        assert!(!is_header_line(b"1: z"));
        assert!(!is_header_line(b"H4sIAAAAAAAA"));
        assert!(!is_header_line(format!("{}: z", "x".repeat(77)).as_bytes()));
    }
}
