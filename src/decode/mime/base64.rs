//! **Lenient base64** (RFC 2045 section 6.8). In: the body of a part. Out: what it means.
//!
//! Blanks, empty lines, missing padding and several padded pieces in a row are read. A line with
//! any other foreign byte ends it, as a mailing list's footer does; what stood before is kept, of
//! the first line too, so that a damaged part is not taken for an empty one.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Decodes bare symbols, without padding and whatever their last bits.
const ENGINE: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// What a body means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The bytes that were encoded.
    pub bytes: Vec<u8>,
    /// How many bytes of the body follow them and are no base64.
    pub rest: usize,
}

/// Decodes a body.
pub(super) fn decode(body: &[u8]) -> Decoded {
    let mut symbols = Vec::with_capacity(body.len());
    for line in lines(body) {
        symbols.extend_from_slice(line.trim_ascii());
    }
    let bare = symbols.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    match ENGINE.decode(&symbols[..bare]) {
        Ok(bytes) => Decoded { bytes, rest: 0 },
        Err(_) => decode_odd(body),
    }
}

/// Decodes what is not plain: piece by piece, up to the first line with a foreign byte.
fn decode_odd(body: &[u8]) -> Decoded {
    let mut rest = 0;
    let mut out = Vec::with_capacity(body.len() / 4 * 3);
    let mut piece = Vec::new();
    for line in lines(body) {
        let is_foreign = |byte: &u8| !is_symbol(*byte) && !is_filler(*byte);
        if rest > 0 || line.iter().any(is_foreign) {
            let is_start = rest == 0 && out.is_empty() && piece.is_empty();
            if is_start {
                piece.extend(line.iter().copied().take_while(|byte| is_symbol(*byte)));
            }
            // a damaged line before the first one is passed over
            if !is_start || !piece.is_empty() {
                rest += line.len();
            }
            continue;
        }
        for byte in line {
            match byte {
                b'=' => flush(&mut piece, &mut out),
                symbol if is_symbol(*symbol) => piece.push(*symbol),
                _ => {}
            }
        }
    }
    flush(&mut piece, &mut out);
    Decoded { bytes: out, rest }
}

/// Ends a piece. A single symbol left over means nothing.
fn flush(piece: &mut Vec<u8>, out: &mut Vec<u8>) {
    if piece.len() % 4 == 1 {
        piece.pop();
    }
    // A piece holds symbols only, in a length that decodes.
    let _ = ENGINE.decode_vec(&piece, out);
    piece.clear();
}

fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn is_filler(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'='
}

/// The lines of a body, each with its line end.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(body: &str) -> String {
        String::from_utf8_lossy(&decode(body.as_bytes()).bytes).into_owned()
    }

    #[test]
    fn oddities_of_real_mail_are_read() {
        for (body, text) in [
            ("QUJDRA==", "ABCD"),
            ("QUJDRA", "ABCD"),
            ("QUJD\r\nRA==\r\n", "ABCD"),
            ("  QUJD\r\n\r\n\tRA==  \r\n\r\n", "ABCD"),
            ("QU JD RA==", "ABCD"),
            ("QUI=QUI=", "ABAB"),
            ("QUI==\r\nQUI=\r\n", "ABAB"),
            ("QUJDRB==", "ABCD"),
            ("QUJDR", "ABC"),
            ("", ""),
            ("====", ""),
        ] {
            assert_eq!(text, decoded(body), "{body:?}");
        }
    }

    #[test]
    fn a_line_with_a_foreign_byte_ends_it() {
        assert_eq!("ABC", decoded("QUJD\r\n________\r\nQUJD\r\n"));
        assert_eq!("ABCD", decoded("QUJDRA\r\n-- \r\nfooter"));
        assert_eq!(17, decode(b"QUJD\r\n________\r\nQUJD\r\nx").rest);
        assert_eq!(0, decode(b"QUJD\r\n\r\nRA==\r\n").rest);
        assert_eq!("ABC", decoded("QUJD!RA==\r\nQUJD"));
        assert_eq!("ABC", decoded("!\r\nQUJD"));
    }

    proptest! {
        #[test]
        fn whatever_was_encoded_comes_back(content: Vec<u8>, width in 1_usize..80) {
            let encoded = base64::prelude::BASE64_STANDARD.encode(&content);
            let lines: Vec<_> = encoded.as_bytes().chunks(width).collect();
            let whole = Decoded { bytes: content, rest: 0 };
            prop_assert_eq!(&whole, &decode(&lines.join(&b"\r\n"[..])));
            prop_assert_eq!(&whole, &decode_odd(&lines.join(&b"\n"[..])));
        }

        #[test]
        fn anything_decodes_to_less(body: Vec<u8>) {
            prop_assert!(decode(&body).bytes.len() <= body.len() / 4 * 3 + 3);
        }
    }
}
