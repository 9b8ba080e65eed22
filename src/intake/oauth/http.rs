//! **Questions** to an authorization server, by HTTP.
//!
//! In: an address and a form. Out: the fields of the JSON object that answers it, or what is the
//! trouble. Refuses addresses that are neither https nor on this machine, certificates that nobody
//! vouches for, answers that send elsewhere, are longer than 64 KiB or come too late.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::error::{Error, Result};
use crate::intake::tls;

use super::form::Form;

/// Bytes of an answer; real ones have 2 to 6 thousand.
const MOST: u64 = 64 << 10;
/// How long an answer may take, from the search for the server to the last byte.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 30 });
/// Characters of a server's words that are quoted.
const QUOTED: usize = 300;

/// The fields of an answer.
pub(super) type Fields = Map<String, Value>;

/// Why a question brought nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No answer came, or one that asks to come again: the same question may be asked once more.
    Unreachable(String),
    /// The server says no (RFC 6749, 5.2).
    Refused {
        /// Its word for why, as `invalid_grant`.
        code: String,
        /// The same for a person: one short line that holds no secret.
        why: String,
    },
    /// The answer makes no sense.
    Unusable(String),
}

impl Trouble {
    /// Whether the server gave one of these reasons.
    pub(super) fn is(&self, codes: &[&str]) -> bool {
        matches!(self, Self::Refused { code, .. } if codes.contains(&code.as_str()))
    }

    /// As a fatal error.
    pub(super) fn into_error(self, url: &str, remedy: &str) -> Error {
        let what = format!("cannot get a token from {url}");
        match self {
            Self::Unreachable(why) => Error::new(what, why, "try again later"),
            Self::Refused { why, .. } => Error::new(what, why, remedy),
            Self::Unusable(why) => {
                let remedy =
                    "check the addresses in the configuration of the account, and `ca_file`";
                Error::new(what, why, remedy)
            }
        }
    }
}

/// A place where questions are asked.
pub(super) struct Endpoint {
    url: String,
    agent: Agent,
}

impl Endpoint {
    /// The place at this address.
    ///
    /// # Errors
    /// When the address will not do, or there are no certificate authorities.
    pub(super) fn new(url: &str, ca_file: Option<&Path>) -> Result<Self> {
        let local = check(url)?;
        let builder = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!local)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("ruaudit/", env!("CARGO_PKG_VERSION")));
        // a proxy is for what is outside; it has no business with what stays on this machine
        let config = if is_https(url) {
            builder.tls_config(tls_config(ca_file)?)
        } else {
            builder.proxy(None)
        };
        Ok(Self { url: url.to_owned(), agent: config.build().new_agent() })
    }

    /// Its address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Asks.
    pub(super) fn ask(&self, form: &Form) -> std::result::Result<Fields, Trouble> {
        let asked = self.agent.post(&self.url).header("Accept", "application/json");
        let mut response = asked.send_form(form.fields()).map_err(trouble)?;
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            return Err(Trouble::Unusable("it sends elsewhere, which is not followed".into()));
        }
        let body = response.body_mut().with_config().limit(MOST).read_to_vec();
        let fields = serde_json::from_slice::<Fields>(&body.map_err(trouble)?).ok();
        judged(status, fields, form)
    }
}

fn judged(
    status: u16,
    fields: Option<Fields>,
    form: &Form,
) -> std::result::Result<Fields, Trouble> {
    match fields {
        Some(fields) if fields.contains_key("error") => Err(refusal(&fields, form)),
        _ if status == 429 || status >= 500 => {
            Err(Trouble::Unreachable(format!("it answered with status {status}")))
        }
        Some(fields) if status == 200 => Ok(fields),
        _ => {
            Err(Trouble::Unusable(format!("its answer (status {status}) is not that of OAuth 2.0")))
        }
    }
}

/// What the server says instead of a token. `temporarily_unavailable` and `server_error` are no
/// final word.
fn refusal(fields: &Fields, form: &Form) -> Trouble {
    let code = form.redacted(text(fields, "error").unwrap_or("an error without a name"));
    let said = form.redacted(text(fields, "error_description").unwrap_or_default());
    let line: String = said.lines().next().unwrap_or_default().chars().take(QUOTED).collect();
    let code: String = code.chars().take(QUOTED).collect();
    let why =
        if line.is_empty() { format!("it says {code}") } else { format!("it says {code}: {line}") };
    match code.as_str() {
        "temporarily_unavailable" | "server_error" => Trouble::Unreachable(why),
        _ => Trouble::Refused { code, why },
    }
}

/// A field that is text.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

/// A field that is a whole number, or a text of one, as some servers have it.
pub(super) fn number(fields: &Fields, name: &str) -> Option<u64> {
    let value = fields.get(name)?;
    value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

fn trouble(error: ureq::Error) -> Trouble {
    use ureq::Error::{BodyExceedsLimit, ConnectionFailed, HostNotFound, Io, Timeout};
    match error {
        Timeout(_) => {
            Trouble::Unreachable(format!("it did not answer within {} s", PATIENCE.as_secs()))
        }
        HostNotFound => Trouble::Unreachable("there is no server of this name".into()),
        BodyExceedsLimit(_) => Trouble::Unusable("its answer is longer than 64 KiB".into()),
        // what rustls finds wrong comes as a kind of its own: a certificate does not mend itself
        Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Trouble::Unusable(format!("there is no safe connection: {error}"))
        }
        error @ (Io(_) | ConnectionFailed) => Trouble::Unreachable(error.to_string()),
        error => Trouble::Unusable(error.to_string()),
    }
}

fn tls_config(ca_file: Option<&Path>) -> Result<TlsConfig> {
    let found = tls::authorities(ca_file)?;
    let roots = found.iter().map(|one| Certificate::from_der(one.as_ref()).to_owned()).collect();
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(tls::provider())
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build())
}

fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
}

/// Refuses an address over which a secret would travel in the open. Says whether it stays on this
/// machine.
///
/// # Errors
/// When it is no address, is neither https nor on this machine, or names a user.
pub(super) fn check(url: &str) -> Result<bool> {
    let fail = |why: &str| {
        let remedy = "give one like https://login.example/oauth2/token; http only for this machine";
        Error::new(format!("cannot use the address {url}"), why, remedy)
    };
    let parsed: Uri = url.parse().map_err(|_| fail("it is no address"))?;
    let host = parsed.host().ok_or_else(|| fail("it names no server"))?;
    if parsed.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(fail("it names a user"));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    let local = host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| ip.is_loopback());
    match parsed.scheme_str() {
        Some("https") => Ok(local),
        Some("http") if local => Ok(true),
        _ => Err(fail("it is not https")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_asked() {
        for url in ["http://localhost:1/t", "http://127.9.9.9/t", "http://[::1]:8/t"] {
            assert!(check(url).unwrap(), "{url}");
        }
        assert!(!check("HTTPS://login.example/t").unwrap());
        for url in [
            "http://login.example/t",
            "http://localhost@login.example/t",
            "https://me:secret@login.example/t",
            "http://localhost.login.example/t",
            "http://127.0.0.1.login.example/t",
            "http://10.0.0.1/t",
            "ftp://localhost/t",
            "login.example/t",
            "/t",
            "",
            "https://",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn numbers_may_come_as_text() {
        let fields: Fields = serde_json::from_str(r#"{"a":5,"b":"6","c":-1,"d":"x"}"#).unwrap();
        let found: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| number(&fields, name)).into();
        assert_eq!(vec![Some(5), Some(6), None, None, None], found);
    }

    #[test]
    fn a_secret_that_would_be_cut_is_taken_out_first() {
        let form = Form::default().with("refresh_token", "refresh/1");
        let start = "x".repeat(QUOTED - 3);
        for secret in ["refresh/1", "refresh%2F1"] {
            let said = serde_json::json!({"error": "bad", "error_description": format!("{start}{secret}")});
            let trouble = refusal(said.as_object().unwrap(), &form);
            let error = trouble.into_error("https://a.example/t", "go").to_string();
            assert!(error.contains("x***; go"), "{error}");
        }
    }

    #[test]
    fn a_server_that_quotes_secrets_is_not_repeated() {
        let form = Form::default().with("refresh_token", "r-1");
        let said = r#"{"error":"bad r-1","error_description":"r-1 is old\nTrace: r-1"}"#;
        let trouble = refusal(&serde_json::from_str(said).unwrap(), &form);
        assert!(trouble.is(&["bad ***"]));
        let error = trouble.into_error("https://a.example/t", "go").to_string();
        assert_eq!(
            "cannot get a token from https://a.example/t: it says bad ***: *** is old; go",
            error
        );
    }
}
