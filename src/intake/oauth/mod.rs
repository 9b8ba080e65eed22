//! **OAuth 2.0**: access tokens in place of passwords (RFC 6749, RFC 8628).
//!
//! In: a [`Client`], and for most flows a [`Person`] who approves once. Out: a [`Token`] in a
//! [`TokenFile`], which [`OauthSignIn`] renews by itself from then on. Refuses addresses that are
//! neither https nor on this machine. No message holds a token, a code or a secret.

use std::path::PathBuf;

use crate::error::Result;
use crate::intake::Stop;
use crate::intake::password::PasswordSource;
use crate::intake::surroundings::Surroundings;
use crate::model::secret::Secret;

mod browser;
mod device;
mod form;
mod grant;
mod http;
mod person;
mod preset;
mod sign_in;
mod token;
mod token_file;

pub use person::{Invitation, Person};
pub use preset::{Preset, preset};
pub use sign_in::OauthSignIn;
pub use token::Token;
pub use token_file::TokenFile;

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

impl Client {
    /// The same with the secret that is kept there, if there is such a place.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub fn with_secret_of(
        &self,
        source: Option<&PasswordSource>,
        around: &Surroundings,
    ) -> Result<Self> {
        let read = source.map(|source| source.read(around)).transpose()?;
        let client_secret = read.or_else(|| self.client_secret.clone());
        Ok(Self { client_secret, ..self.clone() })
    }
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

/// Obtains a token as the client's flow has it, with the person's help where it needs one, and puts
/// it into the file.
///
/// # Errors
/// When the file cannot be written or holds another user's token, which is found out before anybody
/// is asked; when the person or the server says no; when nobody answers in time.
pub fn approve(
    client: &Client,
    user: &str,
    file: &TokenFile,
    person: &mut dyn Person,
    clock: fn() -> i64,
) -> Result<Token> {
    if let Some(old) = file.read()? {
        old.check_user(user, file.path())?;
    }
    file.prepare()?;
    let grant = match client.flow {
        Flow::Device => device::run(client, person)?,
        Flow::Browser => browser::run(client, person)?,
        Flow::ClientCredentials => grant::of_its_own(client, &Stop::default())?,
    };
    let token = Token::new(client, user, grant, clock());
    file.keep(&token)?;
    Ok(token)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
#[path = "../../../tests/mailbox/token_server.rs"]
pub(crate) mod token_server;
