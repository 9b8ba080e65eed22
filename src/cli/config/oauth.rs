//! How an account gets **tokens** (OAuth 2.0), as the configuration has it.

use std::path::PathBuf;

use crate::cli::accounts::Access;
use crate::intake::oauth::{Client, Flow, Preset, preset};
use crate::intake::sign_in::Mechanism;

use super::account::is_loopback;
use super::problem::Wrong;
use super::section::Section;

const PROVIDERS: [(&str, &str); 2] = [("microsoft", "microsoft"), ("google", "google")];
const FLOWS: [(&str, Flow); 3] = [
    ("device", Flow::Device),
    ("browser", Flow::Browser),
    ("client_credentials", Flow::ClientCredentials),
];
const MECHANISMS: [(&str, Mechanism); 2] =
    [("xoauth2", Mechanism::Xoauth2), ("oauthbearer", Mechanism::OauthBearer)];

/// Reads the section. `token_file` is where tokens are kept unless it says otherwise.
pub(super) fn access(section: Section<'_>, token_file: PathBuf) -> Result<Access, Wrong> {
    let client = client(section)?;
    let client_secret = section.secret("client_secret")?;
    if client.flow == Flow::ClientCredentials && client_secret.is_none() {
        let why = "is missing, which the flow \"client_credentials\" cannot do without";
        let remedy = "give client_secret_file, _env, _command, _credential or client_secret";
        return Err(section.wrong("client_secret", why, remedy));
    }
    Ok(Access::Oauth {
        client,
        client_secret,
        mechanism: section.word("mechanism", &MECHANISMS)?.unwrap_or_default(),
        token_file: section.path("token_file")?.unwrap_or(token_file),
    })
}

fn client(section: Section<'_>) -> Result<Client, Wrong> {
    let known = of_provider(section)?;
    let remedy = "give the name under which ruaudit is registered with the provider";
    let client_id = section.required("client_id", remedy)?.to_owned();
    let flow = match (section.word("flow", &FLOWS)?, &known) {
        (Some(flow), _) => flow,
        (None, Some(known)) => known.flow,
        (None, None) => {
            let remedy = "write \"device\", \"browser\" or \"client_credentials\", or a provider";
            return Err(section.wrong("flow", "is missing", remedy));
        }
    };
    let (scope, authorize, device, token) = match known {
        Some(known) => {
            (Some(known.scope), known.authorize_url, known.device_url, Some(known.token_url))
        }
        None => (None, None, None, None),
    };
    let scope = section.text("scope").map(str::to_owned).or(scope);
    let remedy = "give what the provider calls access to mail by IMAP, or a provider";
    let scope = scope.ok_or_else(|| section.wrong("scope", "is missing", remedy))?;
    if scope.contains(char::is_control) {
        return Err(section.wrong("scope", "has control characters", remedy));
    }
    Ok(Client {
        flow,
        client_id,
        client_secret: None,
        scope,
        authorize_url: url(section, "authorize_url", authorize, flow == Flow::Browser)?,
        device_url: url(section, "device_url", device, flow == Flow::Device)?,
        token_url: url(section, "token_url", token, true)?.unwrap_or_default(),
        ca_file: section.path("ca_file")?,
    })
}

/// What is known of the provider that is named; None if none is.
fn of_provider(section: Section<'_>) -> Result<Option<Preset>, Wrong> {
    let provider = section.word("provider", &PROVIDERS)?;
    let tenant = section.text("tenant");
    if let Some(tenant) = tenant {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if provider != Some("microsoft") {
            let remedy = "take it out, or write provider = \"microsoft\"";
            return Err(section.wrong("tenant", "is for the provider microsoft", remedy));
        }
        if tenant.is_empty() || !tenant.chars().all(is_plain) {
            let remedy = "give a domain like \"contoso.example\", or the tenant's id";
            return Err(section.wrong("tenant", "is no tenant", remedy));
        }
    }
    let Some(provider) = provider else { return Ok(None) };
    let flow = section.word("flow", &FLOWS)?;
    preset(provider, tenant, flow).map(Some).ok_or_else(|| {
        let why = format!("cannot be used with {provider}");
        section.wrong("flow", why, "take it out, to use the provider's usual one")
    })
}

/// An address that tokens or a person may be sent to; of the provider unless it is given.
fn url(
    section: Section<'_>,
    key: &str,
    usual: Option<String>,
    is_needed: bool,
) -> Result<Option<String>, Wrong> {
    let Some(url) = section.text(key) else {
        if usual.is_none() && is_needed {
            let remedy = "give the provider's address for it, like \"https://login.example/...\"";
            return Err(section.wrong(key, "is missing", remedy));
        }
        return Ok(usual);
    };
    let is_safe = match url.split_once("://") {
        Some(("https", rest)) => !host(rest).is_empty(),
        Some(("http", rest)) => is_loopback(host(rest)),
        _ => false,
    };
    if !is_safe || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let remedy = "give an address that begins with https:// (http:// only for this machine)";
        return Err(section.wrong(key, "would not keep secrets", remedy));
    }
    Ok(Some(url.to_owned()))
}

/// The host of what stands behind `://`; nothing if a name to sign in with stands before it.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains(['@', '\\']) {
        return "";
    }
    if let Some((address, _)) = authority.strip_prefix('[').and_then(|it| it.split_once(']')) {
        return address;
    }
    authority.split(':').next().unwrap_or_default()
}
