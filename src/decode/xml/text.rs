//! From the bytes of a document to its **text**.
//!
//! In: bytes in any encoding. Out: text without characters that XML 1.0 forbids, and whether
//! anything had to be replaced. A byte order mark wins over a declaration; valid UTF-8 wins over a
//! declaration that says otherwise; what fits nothing is read as windows-1252. Refuses nothing: a
//! document that is no text will not be well-formed.

use std::borrow::Cow;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A document as text.
pub(super) struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// Whether something could not be read as declared, or is no XML character.
    pub misencoded: bool,
}

/// Reads a document's bytes as text.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    let (text, mut misencoded) = decode_charset(bytes);
    let mut text = trim_mark(text);
    if text.bytes().any(is_forbidden) {
        let replaced = text.chars().map(|c| if is_forbidden_char(c) { '\u{fffd}' } else { c });
        text = Cow::Owned(replaced.collect());
        misencoded = true;
    }
    Decoded { text, misencoded }
}

fn decode_charset(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, &bytes[length..]);
    }
    match bytes {
        [b'<', 0, x, 0, ..] if *x != 0 => return decode_as(UTF_16LE, bytes),
        [0, b'<', 0, x, ..] if *x != 0 => return decode_as(UTF_16BE, bytes),
        _ => {}
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), false);
    }
    match declared(bytes) {
        Some(encoding) => decode_as(encoding, bytes),
        // declared or taken for UTF-8, and is not: most such documents are UTF-8 but for a few
        // bytes, so those bytes are replaced and the rest is kept
        None if is_mostly_utf8(bytes) => decode_as(UTF_8, bytes),
        None => (decode_as(WINDOWS_1252, bytes).0, true),
    }
}

fn decode_as<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
    encoding.decode_without_bom_handling(bytes)
}

/// The declared encoding, where it is one that a document without a mark can be in.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(1_024)];
    let head = &head[..memchr::memmem::find(head, b"?>")?];
    let label = &head[memchr::memmem::find(head, b"encoding")? + b"encoding".len()..];
    let open = label.iter().position(|b| matches!(b, b'"' | b'\''))?;
    let rest = &label[open + 1..];
    let label = &rest[..rest.iter().position(|b| *b == label[open])?];
    let encoding = Encoding::for_label(label)?;
    let needs_mark = [UTF_8, UTF_16LE, UTF_16BE, REPLACEMENT].contains(&encoding);
    (!needs_mark).then_some(encoding)
}

/// Whether most of the bytes above ASCII are part of valid UTF-8.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().bytes().filter(|b| !b.is_ascii()).count();
        invalid += chunk.invalid().len();
    }
    valid > invalid
}

fn trim_mark(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
        Cow::Owned(text) if text.starts_with('\u{feff}') => {
            Cow::Owned(text.trim_start_matches('\u{feff}').to_owned())
        }
        owned @ Cow::Owned(_) => owned,
    }
}

/// A control byte that XML 1.0 does not allow (section 2.2).
fn is_forbidden(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// The same of a character.
pub(super) fn is_forbidden_char(character: char) -> bool {
    u8::try_from(character).is_ok_and(is_forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn every_flavour_of_utf16_is_read() {
        let text = "<?xml version='1.0' encoding='utf-16'?><feedback>é</feedback>";
        for (big, mark) in [(false, false), (false, true), (true, false), (true, true)] {
            let bytes = utf16(text, big, mark);
            let decoded = decode(&bytes);
            assert_eq!(text, decoded.text);
            assert!(!decoded.misencoded);
        }
    }

    #[test]
    fn declared_encodings_are_followed_and_lies_are_not() {
        let latin = b"<?xml version='1.0' encoding=\"ISO-8859-1\"?><f>caf\xe9</f>";
        assert!(decode(latin).text.contains("café"));
        let lie = "<?xml version='1.0' encoding='windows-1252'?><f>café</f>";
        assert_eq!(lie, decode(lie.as_bytes()).text);
        let lie = "<?xml version='1.0' encoding='utf-16'?><f>café</f>";
        assert_eq!(lie, decode(lie.as_bytes()).text);
        let unknown = b"<?xml version='1.0' encoding='klingon'?><f>caf\xe9</f>";
        let decoded = decode(unknown);
        assert!(decoded.text.contains("café") && decoded.misencoded);
    }

    #[test]
    fn a_few_bad_bytes_are_replaced_and_said() {
        let decoded = decode(b"<f>caf\xc3\xa9 \x91quoted</f>");
        assert_eq!("<f>café \u{fffd}quoted</f>", decoded.text);
        assert!(decoded.misencoded);
    }

    #[test]
    fn marks_are_dropped_and_control_characters_replaced() {
        assert_eq!("<f/>", decode("\u{feff}\u{feff}<f/>".as_bytes()).text);
        let decoded = decode(b"<f>\x1b[31m\0</f>");
        assert_eq!("<f>\u{fffd}[31m\u{fffd}</f>", decoded.text);
        assert!(decoded.misencoded);
    }
}
