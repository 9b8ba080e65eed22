//! **Lenient quoted-printable** (RFC 2045 section 6.7). In: the body of a part. Out: what it means.
//!
//! An escape that means nothing stays as it stands; nothing is ever refused.

/// Decodes a body.
pub(super) fn decode(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = soft_break(rest) {
            rest = after;
        } else if let [high, low, after @ ..] = rest
            && let Some(byte) = escaped(*high, *low)
        {
            out.push(byte);
            rest = after;
        } else {
            out.push(b'=');
        }
    }
    out.extend_from_slice(rest);
    out
}

/// What follows a line break that only wraps; blanks may stand before it.
fn soft_break(rest: &[u8]) -> Option<&[u8]> {
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match &rest[blanks..] {
        [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => Some(after),
        [] => Some(&[]),
        _ => None,
    }
}

fn escaped(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_soft_breaks_are_undone() {
        for (body, text) in [
            ("a=3Db", "a=b"),
            ("a=3db", "a=b"),
            ("one=\r\n two=\nthree", "one twothree"),
            ("one=  \r\ntwo", "onetwo"),
            ("=0D=0A", "\r\n"),
            ("end=", "end"),
            ("", ""),
        ] {
            assert_eq!(text.as_bytes(), decode(body.as_bytes()), "{body:?}");
        }
    }

    #[test]
    fn escapes_that_mean_nothing_stay() {
        for body in ["=ZZ", "a=b c", "==", "=4", "=\r"] {
            let kept = body.trim_end_matches('=');
            assert!(decode(body.as_bytes()).starts_with(kept.as_bytes()), "{body:?}");
        }
        assert_eq!(b"version=\"1.0\"", &decode(b"version=\"1.0\"")[..]);
    }
}
