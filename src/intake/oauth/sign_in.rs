//! **Signing in with a token**: a good one, renewed when it ends.
//!
//! In: a client and its token file. Out: an access token. Refuses tokens of others, and says when a
//! person must approve again. A new token is on the disk before it is shown to any server.

use crate::error::{Error, Result};
use crate::intake::password::PasswordSource;
use crate::intake::sign_in::{Credentials, Mechanism, SignIn};
use crate::intake::surroundings::Surroundings;
use crate::model::secret::Secret;

use super::grant::{self, Grant};
use super::token::Token;
use super::token_file::TokenFile;
use super::{Client, Flow};

/// Seconds before its end from which a token is not used any more: signing in takes time, and clocks
/// differ.
const MARGIN: i64 = 60;

/// Signs in with a token.
#[derive(Debug)]
pub struct OauthSignIn {
    /// The name of the account, for what is said about it.
    account: String,
    /// The command with which a person approves.
    login: String,
    client: Client,
    /// Where the client's secret is kept, if it is not in the client.
    secret: Option<PasswordSource>,
    user: String,
    mechanism: Mechanism,
    file: TokenFile,
    clock: fn() -> i64,
    around: Surroundings,
    /// The token that was shown last.
    shown: Option<Secret>,
}

impl OauthSignIn {
    /// For this account. `secret`: where the client's secret is kept, if it is not in the client; it
    /// is read when a token must be had. `clock`: seconds since 1970 UTC.
    #[must_use]
    pub fn new(
        account: impl Into<String>,
        client: Client,
        secret: Option<PasswordSource>,
        user: impl Into<String>,
        mechanism: Mechanism,
        file: TokenFile,
        clock: fn() -> i64,
    ) -> Self {
        let (account, user) = (account.into(), user.into());
        let login = format!("ruaudit login {account}");
        let around = Surroundings::default();
        Self { account, login, client, secret, user, mechanism, file, clock, around, shown: None }
    }

    /// The same, where a person approves with another command than `ruaudit login ACCOUNT`: with the
    /// options that this run was given.
    #[must_use]
    pub fn approved_with(self, login: impl Into<String>) -> Self {
        Self { login: login.into(), ..self }
    }

    /// The same amid these surroundings.
    #[must_use]
    pub fn amid(self, around: Surroundings) -> Self {
        Self { around, ..self }
    }

    /// The token in the file, if it is there and ours.
    fn kept(&self) -> Result<Option<Token>> {
        let token = self.file.read()?;
        if let Some(token) = &token {
            token.check(&self.client, &self.user, self.file.path())?;
        }
        Ok(token)
    }

    /// Whether a token will do. One that was refused will not; but another process may have put a
    /// new one into the file meanwhile.
    fn is_good(&self, token: &Token, refused: bool) -> bool {
        let same = self.shown.as_ref().is_none_or(|shown| *shown == token.access_token);
        !(refused && same) && token.expires_at.saturating_sub((self.clock)()) >= MARGIN
    }

    fn good(&self, refused: bool) -> Result<Option<Token>> {
        Ok(self.kept()?.filter(|token| self.is_good(token, refused)))
    }

    /// Gets a new token. Whoever waited for the lock looks first what the other one brought.
    fn renewed(&self, refused: bool) -> Result<Token> {
        // without a token there is nothing to lock, and maybe not even the folder
        if self.client.flow != Flow::ClientCredentials && self.kept()?.is_none() {
            return Err(self.no_token());
        }
        let lock = self.file.lock(self.around.stop())?;
        self.file.adopt(&lock)?;
        let old = self.kept()?;
        if let Some(token) = old.as_ref().filter(|token| self.is_good(token, refused)) {
            return Ok(token.clone());
        }
        let prepared = self.file.prepare()?;
        let token = Token::new(&self.client, &self.user, self.grant(old)?, (self.clock)());
        prepared.write(&token)?;
        Ok(token)
    }

    /// A new grant. A refresh token that no new one replaces stays (RFC 6749, 6), and so does the
    /// scope.
    fn grant(&self, old: Option<Token>) -> Result<Grant> {
        let client = self.client.with_secret_of(self.secret.as_ref(), &self.around)?;
        if client.flow == Flow::ClientCredentials {
            return grant::of_its_own(&client, self.around.stop());
        }
        let old = old.ok_or_else(|| self.no_token())?;
        let Some(refresh) = &old.refresh_token else {
            return Err(self.must_approve("the token has ended, and none came with it to renew it"));
        };
        let mut grant = grant::refreshed(&client, refresh, &self.remedy(), self.around.stop())?;
        grant.refresh_token = grant.refresh_token.or(old.refresh_token);
        grant.scope = grant.scope.or(Some(old.scope));
        Ok(grant)
    }

    fn no_token(&self) -> Error {
        let path = self.file.path();
        let whole = std::path::absolute(path);
        let path = whole.as_deref().unwrap_or(path).display();
        let why = format!("there is no token in {path}");
        let what = format!("cannot sign in to {}", self.account);
        Error::new(what, why, format!("get one with: {}", self.login))
    }

    fn must_approve(&self, why: &str) -> Error {
        Error::new(format!("cannot sign in to {}", self.account), why, self.remedy())
    }

    fn remedy(&self) -> String {
        format!("approve again with: {}", self.login)
    }
}

impl SignIn for OauthSignIn {
    fn credentials(&mut self, refused: bool) -> Result<Credentials> {
        let token = self.good(refused)?.map_or_else(|| self.renewed(refused), Ok)?.access_token;
        self.shown = Some(token.clone());
        Ok(Credentials::Token { user: self.user.clone(), token, mechanism: self.mechanism })
    }
}
