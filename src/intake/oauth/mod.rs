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
