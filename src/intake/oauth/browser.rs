//! The **browser flow**: a person approves in a browser (RFC 6749, 4.1; RFC 7636; RFC 8252).
//!
//! In: a client with an `authorize_url`. Out: a grant. The browser comes back to this machine; from
//! another machine the person may hand over the address at which it ended up instead. Refuses what
//! does not bring back the state that went out.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::intake::tls;

use super::Client;
use super::form::{Form, field};
use super::grant::{self, Grant};
use super::http;
use super::person::{Invitation, Person};

use landing::Landing;

mod landing;

/// How long the person is waited for.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often it is looked whether the person has come back.
const GLANCE: Duration = Duration::from_millis(100);
/// What to do when the person said no, or nothing.
const REMEDY: &str = "run `ruaudit login` again, and approve there";

/// What goes out, and must come back or be known later.
struct Errand {
    state: String,
    verifier: String,
    redirect_uri: String,
}

/// What a query brings.
#[derive(Debug, PartialEq, Eq)]
enum Brought {
    Code(String),
    /// The server's word for why there is none.
    No(String),
    /// Why it counts for nothing.
    Nothing(&'static str),
}

/// Obtains a grant.
///
/// # Errors
/// When the server or the person says no, or nobody comes back in time.
pub(super) fn run(client: &Client, person: &mut dyn Person) -> Result<Grant> {
    let endpoint = grant::endpoint(client)?;
    let landing = Landing::open().map_err(cannot_listen)?;
    let errand = Errand::new(client, landing.port().map_err(cannot_listen)?)?;
    let url = errand.url(client)?;
    person.invite(Invitation::Page { url: &url, lasts: PATIENCE.as_secs() })?;
    let code = wait(&landing, &errand, person)?;
    let form = grant::form(client)
        .with("grant_type", "authorization_code")
        .with("code", code)
        .with("redirect_uri", errand.redirect_uri)
        .with("code_verifier", errand.verifier);
    grant::ask(&endpoint, &form).map_err(|trouble| trouble.into_error(endpoint.url(), REMEDY))
}

fn cannot_listen(error: std::io::Error) -> Error {
    Error::new("cannot wait for the browser", error, "use another `flow`, if the provider has one")
}

/// Waits for the browser and for the person, whichever comes first.
fn wait(landing: &Landing, errand: &Errand, person: &mut dyn Person) -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(code) = from_browser(landing, errand).or_else(|| from_person(errand, person)) {
            return code;
        }
        person.wait(GLANCE);
    }
    Err(not_approved("nobody came back in time"))
}

fn not_approved(why: &str) -> Error {
    Error::new("cannot get the approval", why, REMEDY)
}

fn from_browser(landing: &Landing, errand: &Errand) -> Option<Result<String>> {
    let visit = landing.visit()?;
    match errand.brought(&visit.query) {
        Brought::Code(code) => {
            visit.answer("200 OK", "Approved. You may close this page.");
            Some(Ok(code))
        }
        Brought::No(why) => {
            visit.answer("200 OK", "Not approved. You may close this page.");
            Some(Err(not_approved(&why)))
        }
        Brought::Nothing(_) => {
            visit.answer("404 Not Found", "Nothing is awaited here.");
            None
        }
    }
}

fn from_person(errand: &Errand, person: &mut dyn Person) -> Option<Result<String>> {
    let line = person.typed()?;
    let query = line.trim().split_once('?').map_or("", |(_, query)| query);
    match errand.brought(query.split('#').next().unwrap_or_default()) {
        Brought::Code(code) => Some(Ok(code)),
        Brought::No(why) => Some(Err(not_approved(&why))),
        Brought::Nothing(why) => person.invite(Invitation::Again(why)).err().map(Err),
    }
}

impl Errand {
    fn new(client: &Client, port: u16) -> Result<Self> {
        let redirect_uri = format!("http://{}:{port}", landing_host(client));
        Ok(Self { state: random()?, verifier: random()?, redirect_uri })
    }

    /// Where the person is sent. What stands in the query of the configured address stays there
    /// (RFC 6749, 3.1). The user is not named: the mailbox may be one that several people share.
    fn url(&self, client: &Client) -> Result<String> {
        let base = client.authorize_url.as_deref().ok_or_else(|| {
            let remedy = "give `authorize_url`, or use another `flow`";
            Error::new("cannot use the browser flow", "no address for approvals is known", remedy)
        })?;
        http::check(base)?;
        let form = Form::default()
            .with("response_type", "code")
            .with("client_id", client.client_id.as_str())
            .with("redirect_uri", self.redirect_uri.as_str())
            .with("scope", client.scope.as_str())
            .with("state", self.state.as_str())
            .with("code_challenge", challenge(&self.verifier))
            .with("code_challenge_method", "S256");
        let mark = if base.contains('?') { '&' } else { '?' };
        Ok(format!("{base}{mark}{}", form.query()))
    }

    fn brought(&self, query: &str) -> Brought {
        match field(query, "state") {
            None => {
                return Brought::Nothing("this is not the address at which the browser ended up");
            }
            Some(state) if state != self.state => {
                return Brought::Nothing("this address is of an earlier attempt");
            }
            Some(_) => {}
        }
        match (field(query, "code"), field(query, "error")) {
            (Some(code), None) if grant::is_token(&code) => Brought::Code(code),
            (_, Some(error)) => {
                Brought::No(format!("it says {}", error.chars().take(100).collect::<String>()))
            }
            _ => Brought::Nothing("there is no code in this address"),
        }
    }
}

/// How this machine is called in the address to come back to. Microsoft leaves the port free for the
/// name alone; everywhere the number is the better choice (RFC 8252, 8.3).
fn landing_host(client: &Client) -> &'static str {
    let url = client.authorize_url.as_deref().unwrap_or_default();
    let host = url.split('/').nth(2).unwrap_or_default();
    if host.starts_with("login.microsoftonline.") { "localhost" } else { "127.0.0.1" }
}

/// What shows the server later that who asks is who was asked for (RFC 7636, 4.2).
pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// 43 characters that nobody can guess.
fn random() -> Result<String> {
    let mut bytes = [0; 32];
    tls::provider().secure_random.fill(&mut bytes).map_err(|_| {
        let why = "the system has no random numbers";
        Error::new("cannot use the browser flow", why, "use another `flow`")
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errand() -> Errand {
        Errand {
            state: "s".into(),
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into(),
            redirect_uri: "http://127.0.0.1:1".into(),
        }
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        assert_eq!("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", challenge(&errand().verifier));
    }

    #[test]
    fn nobody_can_guess_what_is_random() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_eq!((43, 43), (one.len(), other.len()));
        assert_ne!(one, other);
    }

    #[test]
    fn only_what_brings_back_the_state_counts() {
        let brought = |query| errand().brought(query);
        assert_eq!(Brought::Code("c".into()), brought("code=c&state=s"));
        assert_eq!(
            Brought::No("it says access_denied".into()),
            brought("state=s&error=access_denied")
        );
        for query in ["", "code=c", "code=c&state=S", "code=c&state=", "state=s", "state=s&code="] {
            assert!(matches!(brought(query), Brought::Nothing(_)), "{query}");
        }
        assert!(matches!(brought("state=s&code=a%0Ab"), Brought::Nothing(_)));
    }
}
