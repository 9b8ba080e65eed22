//! **Signing in**: what is shown to a mail server so that it opens a mailbox.

use crate::error::Result;
use crate::model::secret::Secret;

/// What is shown to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A name and a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A name and an OAuth 2.0 access token (RFC 7628).
    Token {
        /// The name.
        user: String,
        /// The access token.
        token: Secret,
        /// How it is shown.
        mechanism: Mechanism,
    },
}

/// How a token is shown to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mechanism {
    /// By the first of the two that the server offers, XOAUTH2 before OAUTHBEARER.
    #[default]
    Offered,
    /// XOAUTH2, of Google and Microsoft.
    Xoauth2,
    /// OAUTHBEARER (RFC 7628).
    OauthBearer,
}

/// Who has credentials.
pub trait SignIn: Send {
    /// The credentials for the next connection. `refused`: the server did not take the last ones, so
    /// that a token must be a new one.
    ///
    /// # Errors
    /// When there are none.
    fn credentials(&mut self, refused: bool) -> Result<Credentials>;
}
