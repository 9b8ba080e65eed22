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
    /// sent.
    pub(super) fn redacted(&self, text: &str) -> String {
        let secrets =
            self.fields().filter(|(name, value)| SECRET.contains(name) && !value.is_empty());
        secrets.fold(text.to_owned(), |text, (_, value)| text.replace(value, "***"))
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
}
