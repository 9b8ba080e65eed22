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

/// A value as programs and configurations write it: in quotes of their own, and those of the DNS inside,
/// escaped.
pub(super) fn peeled(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..2 {
        match quoted(&text) {
            Some(inner) => text = inner,
            None => break,
        }
    }
    for quote in ['\'', '`'] {
        let inner = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
        text = inner.map(str::to_owned).unwrap_or(text);
    }
    text.replace("\\;", ";").replace("\" \"", "").replace("\"\"", "")
}

/// The strings that PowerShell shows in braces: joined by a comma and a blank where one is full.
pub(super) fn in_braces(text: &str) -> String {
    let inner = text.trim().trim_start_matches('{').trim_end_matches('}');
    let mut lines = String::with_capacity(inner.len());
    for line in inner.lines().map(str::trim) {
        // a line is broken at a blank where there is one
        let gap = if lines.ends_with([';', ',']) { " " } else { "" };
        lines.push_str(gap);
        lines.push_str(line);
    }
    let (mut joined, mut string) = (String::with_capacity(lines.len()), 0);
    for part in lines.split_inclusive(", ") {
        string += part.len();
        let is_full = part.ends_with(", ") && string > super::LONG_STRING;
        joined.push_str(if is_full { &part[..part.len() - 2] } else { part });
        string = if is_full { 0 } else { string };
    }
    joined
}

/// Strings with something behind that is no string, as lists of panels and programs have it.
pub(super) fn before_cells(text: &str) -> &str {
    if !text.starts_with('"') {
        let first = text.split('\t').next().unwrap_or_default();
        let is_cell = !text.contains('\n') && !text.starts_with('(') && super::begins_record(first);
        return if is_cell { first.trim() } else { text };
    }
    let Some(end) = text.rfind('"').filter(|_| quoted(text).is_none()) else { return text };
    let (strings, behind) = text.split_at(end + 1);
    let is_cell = behind.starts_with(char::is_whitespace) && !behind.contains(['=', ';', '\n']);
    if is_cell && quoted(strings).is_some() { strings } else { text }
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

/// How deep in parentheses a text ends that is read line by line.
#[derive(Debug, Default)]
pub(super) struct Depth {
    depth: i32,
    in_string: bool,
    escaped: bool,
}

impl Depth {
    /// Reads on.
    pub(super) fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'"' if !self.escaped => self.in_string = !self.in_string,
                b'(' | b'[' | b'{' if !self.in_string => self.depth += 1,
                b')' | b']' | b'}' if !self.in_string => self.depth -= 1,
                _ => {}
            }
            self.escaped = byte == b'\\' && !self.escaped;
        }
    }

    /// Whether what was read ends with a string that is closed.
    pub(super) fn is_closed(&self, text: &str) -> bool {
        !self.in_string && text.trim_end().ends_with('"')
    }

    /// Whether a parenthesis is open.
    pub(super) fn is_open(&self) -> bool {
        self.depth > 0
    }
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
        for (open, text) in
            [(true, "( \"a)\""), (false, "( \"a\" )"), (false, "\"(\""), (true, "[")]
        {
            let mut depth = Depth::default();
            text.chars().for_each(|c| depth.read(c.encode_utf8(&mut [0; 4])));
            assert_eq!(open, depth.is_open(), "{text}");
        }
    }
}
