//! From the bytes of a document to its **text**.
//!
//! In: bytes in any encoding. Out: text without characters that XML 1.0 forbids, and whether
//! anything had to be replaced or is not as declared. A byte order mark wins over a declaration;
//! valid UTF-8 wins over a declaration that says otherwise; what fits nothing is read as
//! windows-1252. Refuses UTF-32, which nobody sends, and text that grows beyond the limit; a
//! document that is no text will not be well-formed.

use std::borrow::Cow;

use encoding_rs::{CoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::model::{Reason, Rejection, Stage};

/// A document as text.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// Whether something could not be read as declared, is in another encoding than declared, or
    /// is no XML character.
    pub misencoded: bool,
}

/// Text, and whether it is not as declared.
type Read<'a> = Result<(Cow<'a, str>, bool), Rejection>;

/// Reads a document's bytes as text of at most `max` bytes. The bytes become the text, or are gone
/// before more is made of it: they may be many.
pub(super) fn decode(bytes: Vec<u8>, max: usize) -> Result<Decoded, Rejection> {
    if is_utf32(&bytes) {
        let detail = "UTF-32, which is not read";
        return Err(Rejection::new(Stage::Xml, Reason::Malformed, detail));
    }
    let (mut text, mut misencoded) = match decode_charset(&bytes, max)? {
        (Cow::Owned(text), misencoded) => (text, misencoded),
        (Cow::Borrowed(text), misencoded) => {
            let mark = bytes.len() - text.len();
            (without_start(bytes, mark), misencoded)
        }
    };
    trim_marks(&mut text);
    if has_forbidden(&text) {
        text = replace_forbidden(&text, max)?;
        misencoded = true;
    }
    Ok(Decoded { text, misencoded })
}

/// What follows the first bytes, which is known to be UTF-8.
fn without_start(mut bytes: Vec<u8>, start: usize) -> String {
    bytes.drain(..start);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Four bytes a character, with or without a byte order mark. No text in UTF-16 begins so.
fn is_utf32(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [b'<', 0, 0, 0, ..] | [0, 0, 0, b'<', ..]
    )
}

fn decode_charset(bytes: &[u8], max: usize) -> Read<'_> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let rest = &bytes[length..];
        return if encoding == UTF_8 {
            decode_8_bit(rest, max)
        } else {
            utf16(encoding, rest, max)
        };
    }
    match bytes {
        [b'<', 0, x, 0, ..] if *x != 0 => utf16(UTF_16LE, bytes, max),
        [0, b'<', 0, x, ..] if *x != 0 => utf16(UTF_16BE, bytes, max),
        _ => decode_8_bit(bytes, max),
    }
}

/// UTF-16, whatever is declared; only that is said.
fn utf16<'a>(encoding: &'static Encoding, bytes: &'a [u8], max: usize) -> Read<'a> {
    let (text, replaced) = decode_as(encoding, bytes, max)?;
    let is_as_declared = match declared(text.as_bytes()) {
        None => true,
        // the label `utf-16` names both orders of bytes
        Some(Declared { encoding: found, label }) => {
            found == Some(encoding) || label.eq_ignore_ascii_case(b"utf-16")
        }
    };
    Ok((text, replaced || !is_as_declared))
}

fn decode_8_bit(bytes: &[u8], max: usize) -> Read<'_> {
    let declared = declared(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let contradicts = declared.is_some_and(|declared| !declared.allows_utf8(text));
        return Ok((Cow::Borrowed(text), contradicts));
    }
    match declared.and_then(|declared| declared.one_byte_or_more()) {
        Some(encoding) => decode_as(encoding, bytes, max),
        // declared or taken for UTF-8, and is not: most such documents are UTF-8 but for a few
        // bytes, so those bytes are replaced and the rest is kept
        None if is_mostly_utf8(bytes) => decode_as(UTF_8, bytes, max),
        None => Ok((decode_as(WINDOWS_1252, bytes, max)?.0, true)),
    }
}

/// Decodes into text that is never let grow beyond the limit: a byte can become three.
fn decode_as<'a>(encoding: &'static Encoding, bytes: &'a [u8], max: usize) -> Read<'a> {
    const STEP: usize = 64 << 10;
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len().min(max));
    let (mut rest, mut replaced) = (bytes, false);
    loop {
        let (result, read, had_errors) = decoder.decode_to_string(rest, &mut text, true);
        rest = &rest[read..];
        replaced |= had_errors;
        if text.len() > max {
            return Err(too_large(max));
        }
        match result {
            CoderResult::InputEmpty => return Ok((Cow::Owned(text), replaced)),
            CoderResult::OutputFull => text.reserve_exact(STEP.max(rest.len() / 2)),
        }
    }
}

fn too_large(max: usize) -> Rejection {
    let detail = format!("is more than {max} bytes of text (limit report_bytes)");
    Rejection::new(Stage::Xml, Reason::TooLarge, detail)
}

/// What an XML declaration says of the encoding.
struct Declared<'a> {
    /// The encoding, if the label is one that is known.
    encoding: Option<&'static Encoding>,
    label: &'a [u8],
}

impl Declared<'_> {
    /// Whether valid UTF-8 can have been meant: anything may be declared of ASCII, but not that
    /// it has two bytes a character.
    fn allows_utf8(&self, text: &str) -> bool {
        match self.encoding {
            Some(encoding) if encoding == UTF_8 => true,
            Some(encoding) if [UTF_16LE, UTF_16BE].contains(&encoding) => false,
            _ => text.is_ascii(),
        }
    }

    /// The encoding, where it is one that a document without a mark can be in and that is not
    /// UTF-8.
    fn one_byte_or_more(&self) -> Option<&'static Encoding> {
        let others = [UTF_8, UTF_16LE, UTF_16BE, REPLACEMENT];
        self.encoding.filter(|encoding| !others.contains(encoding))
    }
}

/// What the XML declaration says, if there is one and it says anything.
fn declared(bytes: &[u8]) -> Option<Declared<'_>> {
    let head = &bytes[..bytes.len().min(1_024)];
    let head = &head[..memchr::memmem::find(head, b"?>")?];
    let label = &head[memchr::memmem::find(head, b"encoding")? + b"encoding".len()..];
    let open = label.iter().position(|b| matches!(b, b'"' | b'\''))?;
    let rest = &label[open + 1..];
    let label = rest[..rest.iter().position(|b| *b == label[open])?].trim_ascii();
    Some(Declared { encoding: Encoding::for_label(label), label })
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

fn trim_marks(text: &mut String) {
    let marks = text.len() - text.trim_start_matches('\u{feff}').len();
    text.drain(..marks);
}

/// Whether a text holds a control byte that XML 1.0 does not allow (section 2.2). Looked for in
/// blocks, since that is many bytes at a time.
fn has_forbidden(text: &str) -> bool {
    const BLOCK: usize = 256;
    let is_found = |block: &[u8]| block.iter().fold(false, |found, b| found | is_forbidden(*b));
    text.as_bytes().chunks(BLOCK).any(is_found)
}

fn replace_forbidden(text: &str, max: usize) -> Result<String, Rejection> {
    let count = text.bytes().filter(|byte| is_forbidden(*byte)).count();
    let length = text.len() + count * (char::REPLACEMENT_CHARACTER.len_utf8() - 1);
    if length > max {
        return Err(too_large(max));
    }
    let mut replaced = String::with_capacity(length);
    for part in text.split_inclusive(|c| u8::try_from(c).is_ok_and(is_forbidden)) {
        let kept = part.trim_end_matches(|c| u8::try_from(c).is_ok_and(is_forbidden));
        replaced.push_str(kept);
        if kept.len() < part.len() {
            replaced.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Ok(replaced)
}

fn is_forbidden(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// A character that XML 1.0 does not allow, and that no reference may name (section 4.1).
pub(super) fn is_forbidden_char(character: char) -> bool {
    u8::try_from(character).is_ok_and(is_forbidden) || matches!(character, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    fn read(bytes: &[u8]) -> (String, bool) {
        let decoded = decode(bytes.to_vec(), 1 << 20).unwrap();
        (decoded.text, decoded.misencoded)
    }

    #[test]
    fn every_flavour_of_utf16_is_read_whatever_is_declared() {
        for (label, is_lie) in [("utf-16", false), ("UTF-8", true), ("klingon", true)] {
            let text = format!("<?xml version='1.0' encoding='{label}'?><feedback>é</feedback>");
            for (big, mark) in [(false, false), (false, true), (true, false), (true, true)] {
                assert_eq!((text.clone(), is_lie), read(&utf16(&text, big, mark)));
            }
        }
        let text = "<?xml version='1.0' encoding='utf-16le'?><f/>";
        assert_eq!((text.to_owned(), false), read(&utf16(text, false, false)));
        assert_eq!((text.to_owned(), true), read(&utf16(text, true, true)));
        assert_eq!(("<f>é</f>".to_owned(), false), read(&utf16("<f>é</f>", true, false)));
    }

    #[test]
    fn utf_32_is_refused() {
        let units = |text: &str| text.chars().map(u32::from).collect::<Vec<_>>();
        for text in ["<f>a</f>", "\u{feff}<f>a</f>"] {
            let little: Vec<u8> = units(text).iter().flat_map(|u| u.to_le_bytes()).collect();
            let big: Vec<u8> = units(text).iter().flat_map(|u| u.to_be_bytes()).collect();
            for bytes in [little, big] {
                assert_eq!(Reason::Malformed, decode(bytes.clone(), 1 << 20).unwrap_err().reason);
            }
        }
    }

    #[test]
    fn declared_encodings_are_followed_and_lies_are_not() {
        let latin = b"<?xml version='1.0' encoding=\"ISO-8859-1\"?><f>caf\xe9</f>";
        let (text, misencoded) = read(latin);
        assert!(text.contains("café") && !misencoded);
        for label in ["windows-1252", "us-ascii", "utf-16", "klingon"] {
            let lie = format!("<?xml version='1.0' encoding='{label}'?><f>café</f>");
            assert_eq!((lie.clone(), true), read(lie.as_bytes()));
            let marked = [b"\xef\xbb\xbf", lie.as_bytes()].concat();
            assert_eq!((lie, true), read(&marked));
        }
        let unknown = b"<?xml version='1.0' encoding='klingon'?><f>caf\xe9</f>";
        let (text, misencoded) = read(unknown);
        assert!(text.contains("café") && misencoded);
    }

    #[test]
    fn ascii_is_what_it_is_declared_as_unless_that_has_wider_characters() {
        for (label, is_lie) in
            [("windows-1252", false), ("klingon", false), ("utf8", false), ("utf-16", true)]
        {
            let text = format!("<?xml version='1.0' encoding='{label}'?><f/>");
            assert_eq!((text.clone(), is_lie), read(text.as_bytes()));
        }
    }

    #[test]
    fn a_few_bad_bytes_are_replaced_and_said() {
        let found = read(b"<f>caf\xc3\xa9 \x91quoted</f>");
        assert_eq!(("<f>café \u{fffd}quoted</f>".to_owned(), true), found);
    }

    #[test]
    fn marks_are_dropped_and_control_characters_replaced() {
        assert_eq!(("<f/>".to_owned(), false), read("\u{feff}\u{feff}<f/>".as_bytes()));
        let found = read(b"<f>\x1b\x1b[31m\0</f>");
        assert_eq!(("<f>\u{fffd}\u{fffd}[31m\u{fffd}</f>".to_owned(), true), found);
    }

    #[test]
    fn text_that_grows_beyond_the_limit_is_refused() {
        let latin = [b"<f>".as_slice(), &b"\x80".repeat(100_000)].concat();
        let control = [b"<f>".as_slice(), &b"\x01".repeat(100_000)].concat();
        for bytes in [latin, control] {
            assert_eq!(Reason::TooLarge, decode(bytes.clone(), 300_002).unwrap_err().reason);
            assert_eq!(300_003, decode(bytes.clone(), 300_003).unwrap().text.len());
        }
    }
}
