//! How an **account signs in**: the configuration's words become somebody who has credentials.

use crate::intake::Stop;
use crate::intake::oauth::{OauthSignIn, TokenFile};
use crate::intake::password::PasswordSignIn;
use crate::intake::sign_in::SignIn;
use crate::intake::surroundings::Surroundings;

use super::accounts::{Access, Account};
use super::environment::{all_variables, clock};

impl Account {
    /// Who has the credentials. Nothing is read and nobody asked before they are needed; what takes
    /// long then, ends when somebody wishes to stop.
    pub(super) fn sign_in(&self, stop: &Stop) -> Box<dyn SignIn> {
        let around = Surroundings::new(all_variables, stop.clone());
        match &self.access {
            Access::Password(source) => {
                Box::new(PasswordSignIn::new(self.user.as_str(), source.clone()).amid(around))
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
                Box::new(sign_in.approved_with(self.login.as_str()).amid(around))
            }
        }
    }
}
