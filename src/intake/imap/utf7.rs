//! **Folder names** as servers write them: modified UTF-7 (RFC 3501, 5.1.3).
//!
//! In: a name in Unicode, or in that form. Out: the other. A name that is not in that form is taken
//! as it stands, so that any folder can be named.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const BASE64: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// The name as it is sent.
pub(super) fn encode(name: &str) -> String {
    let mut sent = String::new();
    let mut other = String::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut sent, &mut other);
            sent.push(c);
            if c == '&' {
                sent.push('-');
            }
        } else {
            other.push(c);
        }
    }
    flush(&mut sent, &mut other);
    sent
}

fn flush(sent: &mut String, other: &mut String) {
    if !other.is_empty() {
        let units: Vec<u8> = other.encode_utf16().flat_map(u16::to_be_bytes).collect();
        sent.push('&');
        BASE64.encode_string(units, sent);
        sent.push('-');
        other.clear();
    }
}

/// The name as a person reads it.
pub(super) fn decode(sent: &str) -> String {
    decoded(sent).unwrap_or_else(|| sent.into())
}

fn decoded(sent: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = sent;
    while let Some((before, shifted)) = rest.split_once('&') {
        let (code, after) = shifted.split_once('-')?;
        name.push_str(before);
        if code.is_empty() {
            name.push('&');
        } else {
            name.push_str(&shift(code)?);
        }
        rest = after;
    }
    name.push_str(rest);
    Some(name)
}

fn shift(code: &str) -> Option<String> {
    let bytes = BASE64.decode(code).ok()?;
    let (units, []) = bytes.as_chunks::<2>() else { return None };
    let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_and_read_back() {
        // the examples of RFC 3501, 5.1.3, and one beyond the first 65,536 characters
        for (name, sent) in [
            ("INBOX", "INBOX"),
            (
                "~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}",
                "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
            ),
            ("Berichte & \u{dc}bersicht", "Berichte &- &ANw-bersicht"),
            ("\u{1f4ec}", "&2D3c7A-"),
        ] {
            assert_eq!(sent, encode(name));
            assert_eq!(name, decode(sent));
        }
    }

    #[test]
    fn a_name_that_is_in_no_form_is_taken_as_it_stands() {
        for sent in ["a & b", "&", "&AN-", "&2D0-", "\u{fc}ber"] {
            assert_eq!(sent, decode(sent));
        }
    }
}
