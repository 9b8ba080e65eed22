//! How an **account signs in**: the configuration's words become somebody who has credentials.

use crate::intake::oauth::{OauthSignIn, TokenFile};
use crate::intake::password::PasswordSignIn;
use crate::intake::sign_in::SignIn;

use super::accounts::{Access, Account};
use super::environment::clock;

impl Account {
    /// Who has the credentials. Nothing is read and nobody asked before they are needed.
    pub(super) fn sign_in(&self) -> Box<dyn SignIn> {
        match &self.access {
            Access::Password(source) => {
                Box::new(PasswordSignIn::new(self.user.as_str(), source.clone()))
            }
            Access::Oauth { client, client_secret, mechanism, token_file } => {
                let sign_in = OauthSignIn::new(
                    self.name.as_str(),
                    client.clone(),
                    client_secret.clone(),
                    self.user.as_str(),
                    *mechanism,
                    TokenFile::new(token_file),
                    // the real clock, whatever SOURCE_DATE_EPOCH says: a token ends when it ends
                    clock,
                );
                Box::new(sign_in.approved_with(self.login.as_str()))
            }
        }
    }
}
