//! **OAuth 2.0**: access tokens in place of passwords (RFC 6749, RFC 8628).

use std::path::PathBuf;

use crate::model::secret::Secret;

/// Where tokens come from, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// How a token is obtained.
    pub flow: Flow,
    /// The name under which this program is registered there.
    pub client_id: String,
    /// The secret that goes with it, if it has one.
    pub client_secret: Option<Secret>,
    /// What access is asked for, separated by blanks.
    pub scope: String,
    /// Where a person is sent (flow [`Flow::Browser`]).
    pub authorize_url: Option<String>,
    /// Where a device code is had (flow [`Flow::Device`]).
    pub device_url: Option<String>,
    /// Where tokens are had.
    pub token_url: String,
    /// Certificate authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
}

/// How a token is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// A person enters a code in any browser (RFC 8628).
    Device,
    /// A person approves in a browser (RFC 6749, 4.1, with RFC 7636): where the device flow may not
    /// open mailboxes, as at Google.
    Browser,
    /// The program has leave of its own (RFC 6749, 4.4).
    ClientCredentials,
}

/// What is known of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// How a token is obtained there.
    pub flow: Flow,
    /// Where a person is sent.
    pub authorize_url: Option<String>,
    /// Where a device code is had.
    pub device_url: Option<String>,
    /// Where tokens are had.
    pub token_url: String,
    /// What access is asked for.
    pub scope: String,
}

/// What is known of a provider, `microsoft` or `google`. None: nothing, or it has no such flow.
#[must_use]
pub fn preset(provider: &str, tenant: Option<&str>, flow: Option<Flow>) -> Option<Preset> {
    let (url, scope, usual) = match provider {
        "microsoft" => (
            format!(
                "https://login.microsoftonline.com/{}/oauth2/v2.0",
                tenant.unwrap_or("organizations")
            ),
            "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
            Flow::Device,
        ),
        "google" => {
            ("https://oauth2.googleapis.com".into(), "https://mail.google.com/", Flow::Browser)
        }
        _ => return None,
    };
    Some(Preset {
        flow: flow.unwrap_or(usual),
        authorize_url: Some(format!("{url}/authorize")),
        device_url: Some(format!("{url}/devicecode")),
        token_url: format!("{url}/token"),
        scope: scope.into(),
    })
}
