//! Character **strings** as zone files and `dig` write them (RFC 1035 section 5.1).

/// The strings of a text, joined without a gap, if there is nothing in it but strings in quotes,
/// parentheses, blanks and, behind the first string, comments.
pub(super) fn quoted(text: &str) -> Option<String> {
    let (mut bytes, mut any) = (Vec::new(), false);
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '"' => {
                let end = closing(&rest[1..])?;
                bytes.extend(decoded(&rest[1..=end]));
                any = true;
                // strings stand apart: what touches a quote belongs to no string
                let after = &rest[end + 2..];
                if after
                    .chars()
                    .next()
                    .is_some_and(|c| !(c.is_whitespace() || matches!(c, ')' | ';' | '"')))
                {
                    return None;
                }
                if after.starts_with(';') && after.contains('"') {
                    return None; // `"v=DMARC1"; "p=none"`: no comment, but a mistake
                }
                after
            }
            '(' | ')' => &rest[1..],
            ';' if any => rest.find('\n').map_or("", |at| &rest[at..]),
            _ => return None,
        }
        .trim_start();
    }
    any.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// Where the quote stands that closes a string, as an offset into the text behind the opening one.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// Whether a parenthesis is open at the end of the text.
pub(super) fn is_open(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_i32, false, false);
    for byte in text.bytes() {
        match byte {
            b'"' if !escaped => in_string = !in_string,
            b'(' if !in_string => depth += 1,
            b')' if !in_string => depth -= 1,
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    depth > 0
}

/// A text with its escapes (`\;`, `\226`) taken for what they mean.
pub(in crate::record) fn unescaped(text: &str) -> String {
    String::from_utf8_lossy(&decoded(text)).into_owned()
}

/// The bytes of a text, out of its escapes.
pub(in crate::record) fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = || bytes.get(at + 1..at + 4).and_then(decimal);
        let (byte, step) = match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(next)) => code().map_or((*next, 2), |byte| (byte, 4)),
            (byte, _) => (byte, 1),
        };
        out.push(byte);
        at += step;
    }
    out
}

/// The byte that three decimal digits name.
fn decimal(digits: &[u8]) -> Option<u8> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_joined_without_a_gap() {
        for (text, given) in [
            ("v=DMARC1; p=none", r#""v=DMARC1; p=no" "ne""#),
            ("v=DMARC1; p=none", "( \"v=DMARC1; \"\n  \"p=none\" ) ; ours"),
            ("a;b", r#""a\;b""#),
            ("“a”", r#""\226\128\156a\226\128\157""#),
            ("\"a\"", r#""\"a\"""#),
            ("a\\b", r#""a\\b""#),
            ("", r#""""#),
        ] {
            assert_eq!(Some(text.to_owned()), quoted(given), "{given}");
        }
    }

    #[test]
    fn what_is_not_all_in_quotes_is_no_string() {
        for given in ["a", "\"a", "\"a\"b", "a \"b\"", "", r#"""a"""#, r#""a"; "b""#, "“a”"] {
            assert_eq!(None, quoted(given), "{given}");
        }
    }

    #[test]
    fn an_open_parenthesis_is_seen_outside_quotes_only() {
        assert!(is_open("( \"a)\""));
        assert!(!is_open("( \"a\" )"));
        assert!(!is_open("\"(\""));
    }
}
