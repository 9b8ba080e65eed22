//! Text in the **generic form** of record data, `\\# 5 0476 3d78` (RFC 3597 section 5).
//!
//! In: the words behind `\\#`. Out: the strings in it, joined. Refused, with a finding: another length
//! than the one that is told, what is not hexadecimal, strings that do not end where the data does.

use crate::model::finding::{Finding, Severity};

use super::entries::Token;
use super::whole;

/// The strings of the data, joined.
pub(super) fn text(words: &[Token]) -> Result<Vec<u8>, Finding> {
    let (length, hex) = words.split_first().ok_or_else(|| wrong("there is no length"))?;
    let length: u16 = length.text().parse().map_err(|_| wrong("the length is no number"))?;
    let digits: Vec<u8> = hex.iter().flat_map(Token::bytes).collect();
    let data = digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>();
    let data = data.ok_or_else(|| wrong("the data is not hexadecimal"))?;
    if data.len() != usize::from(length) {
        return Err(wrong(&format!("{length} bytes are told, and {} are there", data.len())));
    }
    strings(&data).ok_or_else(|| wrong("a string goes on behind the end of the data"))
}

/// The byte that two digits are.
fn byte(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.len() == 2)?;
    text.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
    u8::from_str_radix(text, 16).ok()
}

/// Strings, each behind its length (RFC 1035 section 3.3).
fn strings(mut data: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(data.len());
    while let Some((length, rest)) = data.split_first() {
        let (string, behind) = rest.split_at_checked(usize::from(*length))?;
        text.extend_from_slice(string);
        data = behind;
    }
    Some(text)
}

fn wrong(why: &str) -> Finding {
    let what = format!("the generic form of record data is broken: {why}");
    Finding {
        instead: Some("the value in quotes, behind TXT".to_owned()),
        ..whole("zone_generic", Severity::Error, what)
    }
}
