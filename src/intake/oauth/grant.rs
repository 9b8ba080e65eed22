//! **Grants**: what a token endpoint hands out (RFC 6749, 5.1).
//!
//! In: a client and what it shows. Out: an access token and what comes with it. Refuses tokens of
//! another kind than bearer tokens, and those that could not be shown to a mail server.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::model::secret::Secret;

use super::Client;
use super::form::Form;
use super::http::{Endpoint, Fields, Trouble, number, text};

/// Seconds that a token lasts whose server does not say so.
const UNSAID: u64 = 3600;
/// Seconds that a token lasts at most, whatever a server says: a year.
const LONGEST: u64 = 366 * 86_400;
/// The pauses before a question is asked again that was not answered.
const PAUSES: [Duration; 2] = if cfg!(test) {
    [Duration::from_millis(1); 2]
} else {
    [Duration::from_secs(1), Duration::from_secs(4)]
};

/// What was handed out.
#[derive(Debug)]
pub(super) struct Grant {
    /// The access token.
    pub(super) access_token: Secret,
    /// Seconds that it lasts.
    pub(super) lasts: u64,
    /// What the next one is had for; none: the one that there was, if any, stays.
    pub(super) refresh_token: Option<Secret>,
    /// The access that was granted, if it is said.
    pub(super) scope: Option<String>,
}

/// The place where this client's tokens are had.
pub(super) fn endpoint(client: &Client) -> Result<Endpoint> {
    Endpoint::new(&client.token_url, client.ca_file.as_deref())
}

/// The fields that say who asks. The secret goes into the form, as all known providers take it
/// (RFC 6749, 2.3.1).
pub(super) fn form(client: &Client) -> Form {
    let form = Form::default().with("client_id", client.client_id.as_str());
    match &client.client_secret {
        Some(secret) => form.with("client_secret", secret.expose()),
        None => form,
    }
}

/// Gets a token for the program itself (RFC 6749, 4.4).
///
/// # Errors
/// When there is none to be had.
pub(super) fn of_its_own(client: &Client, stop: &Stop) -> Result<Grant> {
    let endpoint = endpoint(client)?;
    let form =
        form(client).with("grant_type", "client_credentials").with("scope", client.scope.as_str());
    patiently(&endpoint, &form, stop).map_err(|trouble| {
        let remedy =
            "check client_id, client_secret, tenant and scope, and what the provider lets this client do";
        trouble.into_error(endpoint.url(), remedy)
    })
}

/// Gets a new token for a refresh token (RFC 6749, 6).
///
/// # Errors
/// When there is none to be had.
pub(super) fn refreshed(
    client: &Client,
    token: &Secret,
    remedy: &str,
    stop: &Stop,
) -> Result<Grant> {
    let endpoint = endpoint(client)?;
    let form =
        form(client).with("grant_type", "refresh_token").with("refresh_token", token.expose());
    patiently(&endpoint, &form, stop).map_err(|trouble| {
        let ended = ["invalid_grant", "interaction_required", "consent_required", "login_required"];
        let why = if trouble.is(&ended) { remedy } else { "check client_id and client_secret" };
        trouble.into_error(endpoint.url(), why)
    })
}

/// Asks, and asks again when no answer came, unless somebody wishes to stop.
fn patiently(endpoint: &Endpoint, form: &Form, stop: &Stop) -> std::result::Result<Grant, Trouble> {
    for pause in PAUSES {
        match ask(endpoint, form) {
            Err(Trouble::Unreachable(_)) if !stop.is_asked() => std::thread::sleep(pause),
            answer => return answer,
        }
    }
    ask(endpoint, form)
}

/// Asks once.
pub(super) fn ask(endpoint: &Endpoint, form: &Form) -> std::result::Result<Grant, Trouble> {
    grant(&endpoint.ask(form)?).map_err(|why| Trouble::Unusable(why.into()))
}

fn grant(fields: &Fields) -> std::result::Result<Grant, &'static str> {
    let kind = text(fields, "token_type").unwrap_or("Bearer");
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err("its token is no bearer token");
    }
    let access = text(fields, "access_token").ok_or("there is no token in its answer")?;
    let refresh = text(fields, "refresh_token").filter(|token| !token.is_empty());
    if !is_token(access) || refresh.is_some_and(|token| !is_token(token)) {
        return Err("its token holds characters that no token may hold");
    }
    Ok(Grant {
        access_token: Secret::new(access),
        lasts: number(fields, "expires_in").unwrap_or(UNSAID).min(LONGEST),
        refresh_token: refresh.map(Secret::new),
        scope: text(fields, "scope").map(str::to_owned),
    })
}

/// Whether a text is a token: visible characters of ASCII. A line end in one would let a server put
/// words into our mouth.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// An error in what the server answered to the first question of a flow.
pub(super) fn unusable(url: &str, why: &str) -> Error {
    Trouble::Unusable(why.into()).into_error(url, "")
}
