//! **Lenient base64** (RFC 2045 section 6.8). In: the body of a part. Out: what it means.
//!
//! Blanks, empty lines, missing padding and several padded pieces in a row are read. A line with
//! any other foreign byte ends it, as a mailing list's footer does; what stood before is kept.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Decodes bare symbols, without padding and whatever their last bits.
const ENGINE: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Decodes a body.
pub(super) fn decode(body: &[u8]) -> Vec<u8> {
    let mut symbols = Vec::with_capacity(body.len());
    for line in lines(body) {
        symbols.extend_from_slice(line.trim_ascii());
    }
    let bare = symbols.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    ENGINE.decode(&symbols[..bare]).unwrap_or_else(|_| decode_odd(body))
}

/// Decodes what is not plain: piece by piece, up to the first line with a foreign byte.
fn decode_odd(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3);
    let mut piece = Vec::new();
    for line in lines(body) {
        if !line.iter().all(|byte| is_symbol(*byte) || is_filler(*byte)) {
            break;
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
    out
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
        String::from_utf8_lossy(&decode(body.as_bytes())).into_owned()
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
        assert_eq!("", decoded("not base64!\r\nQUJD"));
    }

    proptest! {
        #[test]
        fn whatever_was_encoded_comes_back(content: Vec<u8>, width in 1_usize..80) {
            let encoded = base64::prelude::BASE64_STANDARD.encode(&content);
            let lines: Vec<_> = encoded.as_bytes().chunks(width).collect();
            prop_assert_eq!(&content, &decode(&lines.join(&b"\r\n"[..])));
            prop_assert_eq!(&content, &decode_odd(&lines.join(&b"\n"[..])));
        }

        #[test]
        fn anything_decodes_to_less(body: Vec<u8>) {
            prop_assert!(decode(&body).len() <= body.len() / 4 * 3 + 3);
        }
    }
}
