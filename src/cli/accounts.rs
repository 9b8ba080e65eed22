//! The **accounts**: mailboxes that reports are sent to, as the configuration names them.
//!
//! An account holds what is needed to reach its server, to sign in there and to tidy up. Where it
//! names a place that a secret is kept in, nobody has looked there yet.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::intake::imap::Server;
use crate::intake::oauth::Client;
use crate::intake::password::PasswordSource;
use crate::intake::sign_in::Mechanism;
use crate::model::mailbox::Tidy;

use super::nearest::nearest;
use super::settings::Settings;

/// A mailbox that reports are sent to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Account {
    /// Its name in the configuration.
    pub(super) name: String,
    /// The command that lets the program in, with the options that this run was given.
    pub(super) login: String,
    /// Where it lies.
    pub(super) server: Server,
    /// Whose it is.
    pub(super) user: String,
    /// How it is opened.
    pub(super) access: Access,
    /// The folders that are read, each once; `/` stands between the levels of a name.
    pub(super) folders: Vec<String>,
    /// What is done with mails.
    pub(super) tidy: Tidy,
}

/// How a mailbox is opened.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there are a few, made once")]
pub(super) enum Access {
    /// With a password.
    Password(PasswordSource),
    /// With a token (OAuth 2.0).
    Oauth {
        /// Where tokens come from. Its secret is not in it yet.
        client: Client,
        /// Where the client's secret is kept, if it has one.
        client_secret: Option<PasswordSource>,
        /// How a token is shown to the mail server.
        mechanism: Mechanism,
        /// Where tokens are kept between runs.
        token_file: PathBuf,
    },
}

impl Settings {
    /// The accounts that were named, in that order and each once, or all. Refuses one that is not
    /// configured.
    pub(super) fn accounts_named(&self, names: &[String]) -> Result<Vec<&Account>> {
        if self.accounts.is_empty() {
            return Err(self.no_account());
        }
        if names.is_empty() {
            return Ok(self.accounts.iter().collect());
        }
        let mut found: Vec<&Account> = Vec::new();
        for name in names {
            let account = self.accounts.iter().find(|account| account.name == *name);
            let account = account.ok_or_else(|| self.no_such_account(name))?;
            if !found.iter().any(|known| known.name == account.name) {
                found.push(account);
            }
        }
        Ok(found)
    }

    fn no_account(&self) -> Error {
        let (why, remedy) = match &self.source.file {
            Some(file) => (
                format!("the configuration {} has none", file.display()),
                "add [account.main] to it; `ruaudit config init -` shows what belongs there".into(),
            ),
            None => (
                format!("there is no configuration; looked for {}", self.source.looked_for()),
                "begin with: ruaudit config init".to_owned(),
            ),
        };
        Error::new("there is no account to fetch mail from", why, remedy)
    }

    fn no_such_account(&self, name: &str) -> Error {
        let names: Vec<&str> = self.accounts.iter().map(|account| account.name.as_str()).collect();
        let remedy = match nearest(name, names.iter().copied()).first() {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are: {}", names.join(", ")),
        };
        Error::new(format!("no account `{name}`"), "the configuration has no such account", remedy)
    }
}
