//! **Forms**: fields as they stand in the body of a question and in the query of an address
//! (`application/x-www-form-urlencoded`; RFC 6749, appendix B).
//!
//! In: names and values, or a query. Out: the query, or names and values. What is wrongly encoded
//! is taken as it stands.

use std::fmt::Write as _;

/// The fields that must not be shown to anybody.
const SECRET: [&str; 5] =
    ["client_secret", "refresh_token", "device_code", "code", "code_verifier"];

/// Fields in their order. It has no `Debug`: some of them are secret.
#[derive(Clone, Default)]
pub(super) struct Form(Vec<(&'static str, String)>);

impl Form {
    /// With one more field.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// The fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The text, where it repeats a secret of the form, without it: a server may quote what it was
    /// sent, encoded or not. The whole text must come: of a secret that is cut, a part would stay.
    pub(super) fn redacted(&self, text: &str) -> String {
        let secrets = self.fields().filter(|(name, _)| SECRET.contains(name));
        let mut secrets: Vec<&str> = secrets.map(|(_, value)| value).collect();
        // one may be a part of another
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.retain(|secret| !secret.is_empty());
        secrets.into_iter().fold(text.to_owned(), |text, secret| struck(&text, secret))
    }

    /// As the query of an address.
    pub(super) fn query(&self) -> String {
        let fields: Vec<_> =
            self.fields().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        fields.join("&")
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            // writing to a String cannot fail
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A text without a secret, however the characters of that are encoded.
fn struck(text: &str, secret: &str) -> String {
    let mut rest = text.as_bytes();
    let mut out = Vec::with_capacity(rest.len());
    while let Some((byte, after)) = rest.split_first() {
        if let Some(after) = after_secret(rest, secret) {
            out.extend_from_slice(b"***");
            rest = after;
        } else {
            out.push(*byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What follows a secret with which a text begins.
fn after_secret<'a>(text: &'a [u8], secret: &str) -> Option<&'a [u8]> {
    let encoded = secret.bytes().try_fold(text, |text, wanted| match text {
        [b'%', high, low, rest @ ..] if octet(&[*high, *low]) == Some(wanted) => Some(rest),
        [b'+', rest @ ..] if wanted == b' ' => Some(rest),
        [byte, rest @ ..] if *byte == wanted => Some(rest),
        _ => None,
    });
    // encoded it is the longer one
    encoded.or_else(|| text.strip_prefix(secret.as_bytes()))
}

/// The value of a field in a query.
pub(super) fn field(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| decoded(value))
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = (byte == b'%').then(|| bytes.get(at + 1..at + 3).and_then(octet)).flatten();
        out.push(match byte {
            b'+' => b' ',
            byte => escape.unwrap_or(byte),
        });
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn octet(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let [high, low] = digits else { return None };
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_to_the_same() {
        for value in ["", "a b+c", "https://a.example/?x=1&y=2#z", "Bücher 100%", "\u{1}\r\n"] {
            let query = Form::default().with("first", "1").with("value", value).query();
            assert_eq!(Some(value.to_owned()), field(&query, "value"), "{query}");
        }
        assert_eq!("scope=a%20b", Form::default().with("scope", "a b").query());
    }

    #[test]
    fn what_is_wrongly_encoded_stays_as_it_is() {
        assert_eq!(Some("100% %4 %zz \u{fffd}".into()), field("a=100%+%4+%zz+%ff", "a"));
        assert_eq!(Some(String::new()), field("x&a", "a"));
        assert_eq!(None, field("ab=1", "a"));
    }

    #[test]
    fn only_secrets_are_taken_out_of_a_text() {
        let form =
            Form::default().with("client_id", "me").with("refresh_token", "r-1").with("code", "");
        assert_eq!("me: *** and ***", form.redacted("me: r-1 and r-1"));
    }
    #[test]
    fn a_secret_is_taken_out_however_it_is_encoded() {
        let form = Form::default().with("client_secret", "q+8/x= ü%~");
        for spelled in [
            "q+8/x= ü%~",
            "q%2B8%2Fx%3D%20%C3%BC%25~",
            "q%2b8%2fx%3d+%c3%bc%25%7e",
            "%71%2B8/x=+ü%25~",
        ] {
            assert_eq!("<***&***>", form.redacted(&format!("<{spelled}&{spelled}>")));
        }
        assert_eq!("q+8/x= ü%2", form.redacted("q+8/x= ü%2"));
        let form = Form::default().with("client_secret", "100%25");
        assert_eq!("*** ***", form.redacted("100%25 100%2525"));
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing_of_it() {
        let form = Form::default().with("client_secret", "abc").with("refresh_token", "abcdef");
        assert_eq!("*** ***", form.redacted("abcdef abc"));
    }
}
