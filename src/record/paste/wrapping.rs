//! What mails, web pages and Markdown put **around a line**: marks of quotation, lists, tables and
//! code, and letters that stand there for others.
//!
//! In: a text or a line. Out: the same without that.

use std::borrow::Cow;

use super::begins_record;
use super::line::is_service_name;

/// What HTML writes for letters that records have.
const ENTITIES: &[(&str, &str)] = &[
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&semi;", ";"),
    ("&equals;", "="),
    ("&commat;", "@"),
    ("&colon;", ":"),
    ("&lt;", "<"),
    ("&gt;", ">"),
];

/// The text with its entities, or else its percent signs, taken for the letters that are meant; none
/// where there are none.
pub(super) fn decoded(text: &str) -> Option<String> {
    if !text.contains('=') && text.to_ascii_lowercase().contains("%3d") {
        return percent(text);
    }
    let amp = text.replace("&amp;", "&");
    let mut plain = amp.clone();
    for (entity, letter) in ENTITIES {
        plain = plain.replace(entity, letter);
    }
    let plain = numbered(&plain);
    (plain != amp).then_some(plain)
}

/// `&#59;` and `&#x3b;` as the letters they are.
fn numbered(text: &str) -> String {
    let mut parts = text.split("&#");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let letter = part.split_once(';').and_then(|(number, rest)| {
            let hex = number.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
            Some((char::from_u32(code.ok()?)?, rest))
        });
        match letter {
            Some((letter, rest)) => {
                plain.push(if letter == '\u{a0}' { ' ' } else { letter });
                plain.push_str(rest);
            }
            None => {
                plain.push_str("&#");
                plain.push_str(part);
            }
        }
    }
    plain
}

fn percent(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        let (byte, step) = match byte.filter(|_| *first == b'%') {
            Some(byte) => (byte, 2),
            None => (*first, 0),
        };
        bytes.push(byte);
        rest = &behind[step..];
    }
    String::from_utf8(bytes).ok()
}

/// The line without what stands around it.
pub(super) fn bare(line: &str) -> Cow<'_, str> {
    let line = quotation(line);
    let trimmed = line.trim();
    if let Some(row) = trimmed.strip_prefix('|') {
        let cells = row.split('|').map(|cell| cell.trim().trim_matches('`'));
        return Cow::Owned(cells.collect::<Vec<_>>().join("\t").trim_end().to_owned());
    }
    if let Some(code) = trimmed.split('`').skip(1).step_by(2).find(|code| is_begun(code)) {
        return Cow::Borrowed(code);
    }
    let item = ["- ", "* ", "• "].iter().find_map(|mark| trimmed.strip_prefix(mark));
    let bold = trimmed.strip_prefix("**").and_then(|text| text.strip_suffix("**"));
    Cow::Borrowed(bold.or(item).filter(|text| is_begun(text)).unwrap_or(line))
}

/// A line of a mail that is quoted, without its marks.
fn quotation(line: &str) -> &str {
    let mut rest = line;
    while let Some(behind) = rest.trim_start().strip_prefix('>') {
        rest = behind.strip_prefix(' ').unwrap_or(behind);
    }
    rest
}

/// Whether something begins that is of a record.
fn is_begun(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let key = first.trim_end_matches([':', '=']).to_lowercase();
    begins_record(text)
        || text.starts_with(['"', '\''])
        || is_service_name(first)
        || super::labels::is_label(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_html_and_of_addresses_are_taken_for_what_they_mean() {
        for (plain, given) in [
            ("\"v=DMARC1; p=none\"", "&quot;v=DMARC1&#59;&nbsp;p=none&quot;"),
            ("v=DMARC1; p=none", "v=DMARC1&amp;#x3B;&#160;p=none"),
            ("v=DMARC1; p=none", "v%3DDMARC1%3B%20p%3dnone"),
        ] {
            assert_eq!(Some(plain), decoded(given).as_deref(), "{given}");
        }
        for given in ["v=DMARC1; p=none", "rua=mailto:a%2cb@x", "&#x110000;&#;&#", "%3d%ff%"] {
            assert_eq!(None, decoded(given), "{given}");
        }
    }

    #[test]
    fn marks_around_a_line_are_left_out() {
        for (plain, given) in [
            ("v=DMARC1; p=none", "> > v=DMARC1; p=none"),
            ("v=DMARC1; p=none", "- `v=DMARC1; p=none`"),
            ("v=DMARC1; p=none", "Publish `v=DMARC1; p=none` at `_dmarc`."),
            ("v=DMARC1; p=none", "**v=DMARC1; p=none**"),
            ("\"v=DMARC1; p=none\"", "* \"v=DMARC1; p=none\""),
            ("_dmarc\tTXT\tv=DMARC1; p=none", "| _dmarc | TXT | `v=DMARC1; p=none` |"),
            ("  - all", "  - all"),
            ("`v", "`v"),
        ] {
            assert_eq!(plain, bare(given), "{given}");
        }
    }
}
