//! A secret **struck** out of what a server says.
//!
//! In: credentials, and texts of a server. Out: the texts, without the secret in any form in which it
//! may have been sent, and without a part of it that is long enough to be known by. A server may
//! repeat it in any answer; a text is struck before it is cut to its length.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Server;
use super::auth::{oauthbearer, plain, xoauth2};
use crate::intake::sign_in::Credentials;

/// How many characters of a secret's start are known for a quotation of it, even one that is cut off.
const HEAD: usize = 12;

/// The forms in which a secret may be repeated.
#[derive(Clone, Default)]
pub(super) struct Strike {
    forms: Vec<String>,
}

impl std::fmt::Debug for Strike {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Strike")
    }
}

impl Strike {
    /// For what is shown with these credentials.
    pub(super) fn of(server: &Server, credentials: &Credentials) -> Self {
        let (secret, sent) = match credentials {
            Credentials::Password { user, password } => {
                (password.expose(), vec![plain(user, password.expose())])
            }
            Credentials::Token { user, token, .. } => {
                let token = token.expose();
                (token, vec![xoauth2(user, token), oauthbearer(server, user, token)])
            }
        };
        if secret.is_empty() {
            return Self::default();
        }
        let quoted = secret.replace('\\', "\\\\").replace('"', "\\\"");
        let encoded = sent.iter().map(|shown| BASE64.encode(shown));
        let forms = encoded.chain([BASE64.encode(secret), quoted, secret.into()]).collect();
        Self { forms }
    }

    /// Whether the secret stands in a text.
    pub(super) fn hits(&self, text: &str) -> bool {
        text.char_indices().any(|(at, _)| self.quoted(&text[at..]).is_some())
    }

    /// The text without the secret.
    pub(super) fn out(&self, text: &str) -> String {
        let mut kept = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = if let Some(length) = self.quoted(rest) {
                kept.push_str("***");
                length
            } else {
                kept.push(first);
                first.len_utf8()
            };
            rest = &rest[length..];
        }
        kept
    }

    /// How much at the start of a text repeats the secret, in the form that agrees for longest.
    fn quoted(&self, text: &str) -> Option<usize> {
        self.forms.iter().filter_map(|form| agreement(text, form)).max()
    }
}

fn agreement(text: &str, form: &str) -> Option<usize> {
    let agree = text.chars().zip(form.chars()).take_while(|(one, other)| one == other);
    let (count, length) =
        agree.fold((0, 0), |(count, length), (one, _)| (count + 1, length + one.len_utf8()));
    (count >= HEAD || length == form.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::super::status::clean;
    use super::super::{Patience, Security};
    use super::*;
    use crate::intake::sign_in::Mechanism;
    use crate::model::secret::Secret;

    fn server() -> Server {
        Server {
            host: "mail.example".into(),
            port: 993,
            security: Security::Tls,
            ca_file: None,
            patience: Patience::default(),
        }
    }

    fn password(text: &str) -> Strike {
        let credentials = Credentials::Password { user: "u".into(), password: Secret::new(text) };
        Strike::of(&server(), &credentials)
    }

    #[test]
    fn what_a_server_repeats_of_a_secret_is_struck_out() {
        let strike = password("hunter2");
        assert_eq!("no *** and *** here", strike.out("no hunter2 and aHVudGVyMg== here"));
        let said = format!("what is {}?", BASE64.encode("\0u\0hunter2"));
        assert_eq!("what is ***?", strike.out(&said));
        assert_eq!("abc", password("").out("abc"));
        assert!(strike.hits("a.hunter2.") && !strike.hits("hunter") && !password("").hits("abc"));
    }

    #[test]
    fn a_password_is_struck_out_as_it_stands_and_as_it_is_quoted() {
        let strike = password("correct horse\"bat\\tery staple");
        let quoted = "correct horse\\\"bat\\\\tery staple";
        assert_eq!("a *** b", strike.out("a correct horse\"bat\\tery staple b"));
        assert_eq!("a *** b", strike.out(&format!("a {quoted} b")));
        assert_eq!("\"***", strike.out("\"correct horse\""), "cut off where it is quoted");
        assert_eq!("x ***", clean(strike.out(&format!("x {}", quoted)).as_bytes()));
        assert_eq!("***\u{e9}", password("p\u{e4}\u{df}").out("p\u{e4}\u{df}\u{e9}"));
    }

    #[test]
    fn a_token_is_struck_out_where_only_its_start_is_repeated() {
        let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9".repeat(40);
        let (user, mechanism) = ("u".to_owned(), Mechanism::Offered);
        let credentials =
            Credentials::Token { user, token: Secret::new(token.as_str()), mechanism };
        let server = server();
        let strike = Strike::of(&server, &credentials);
        for shown in [xoauth2("u", &token), oauthbearer(&server, "u", &token)] {
            let shown = BASE64.encode(shown);
            for form in [&token, &shown] {
                let said = format!("bad token {form} and more");
                assert_eq!("bad token *** and more", strike.out(&said));
                assert_eq!("bad token ***", strike.out(&clean(said.as_bytes())));
            }
        }
    }
}
