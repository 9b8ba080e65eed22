//! What `config check` **found**, as JSON and as a page.
//!
//! Out: no secret, and of a command that prints one only its name.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::cli::accounts::{Access, Account};
use crate::error::Error;
use crate::intake::imap::Security;
use crate::intake::oauth::Flow;
use crate::intake::password::{self, PasswordSource};
use crate::lookup::networks::Networks;
use crate::model::Day;
use crate::model::numbers::thousands;
use crate::render::Page;
use crate::render::text::{hanging, labelled};

use super::Loaded;
use super::problem::Wrong;
use super::trial::FolderTrial;

/// What is to be done where a server cannot do as it is asked.
pub(super) const STAY: &str = "write \"leave\" there, or what the server can do";
/// What is said of a configuration as `config init` wrote it.
const NOTHING: &str = "nothing to read yet: take the # from [account.main]";

/// What was found.
#[derive(Debug, Default, Serialize)]
pub(super) struct Checked {
    /// The file; none if there is none.
    pub(super) config: Option<String>,
    /// The variables that set a key.
    pub(super) variables: Vec<String>,
    pub(super) db: Option<String>,
    pub(super) domains: Vec<String>,
    pub(super) paths: Vec<String>,
    pub(super) accounts: Vec<AccountChecked>,
    pub(super) problems: Vec<Wrong>,
    pub(super) remarks: Vec<String>,
    pub(super) providers: Option<String>,
    /// The files of networks.
    pub(super) mmdb: Vec<FileChecked>,
}

/// What was found of a file of networks.
#[derive(Debug, Serialize)]
pub(super) struct FileChecked {
    path: String,
    /// Its kind, as it says itself.
    kind: Option<String>,
    /// The day on which it was made.
    built: Option<Day>,
    countries: bool,
    networks: bool,
    error: Option<String>,
}

impl FileChecked {
    /// Opens a file, and looks whether it says what is asked of such files.
    pub(super) fn of(path: &Path) -> (Self, Option<Error>) {
        let name = absolute(path);
        let found = Networks::open(&[path.to_owned()]).and_then(|file| file.contents());
        match found.map(|found| found.into_iter().next()) {
            Ok(found) => {
                let (countries, networks) =
                    found.as_ref().map_or((false, false), |it| (it.countries, it.networks));
                let built = found.as_ref().map(|it| it.built);
                let kind = found.map(|it| it.kind);
                (Self { path: name, kind, built, countries, networks, error: None }, None)
            }
            Err(error) => {
                let (kind, built, why) = (None, None, Some(error.to_string()));
                let found =
                    Self { path: name, kind, built, countries: false, networks: false, error: why };
                (found, Some(error))
            }
        }
    }

    fn line(&self) -> String {
        let about = match (self.countries, self.networks) {
            (true, true) => "countries and networks",
            (true, false) => "countries",
            _ => "networks",
        };
        match (&self.kind, self.built) {
            (Some(kind), Some(day)) => format!("{}: {about} ({kind} of {day})", self.path),
            _ => format!("{}: FAILED, see below", self.path),
        }
    }
}

/// What was found of an account.
#[derive(Debug, Serialize)]
pub(super) struct AccountChecked {
    account: String,
    host: String,
    port: u16,
    security: &'static str,
    user: String,
    sign_in: String,
    pub(super) folders: Vec<FolderTrial>,
    processed: String,
    rejected: String,
    other: String,
    /// Whether its server was asked.
    pub(super) tried: bool,
    pub(super) error: Option<String>,
}

impl Checked {
    /// Whether there is neither an account nor a path.
    fn reads_nothing(&self) -> bool {
        self.accounts.is_empty() && self.paths.is_empty()
    }

    /// How many accounts are as they should be, and which are not.
    fn sum(&self) -> String {
        let all = self.accounts.len();
        let failed: Vec<&str> = self.accounts.iter().filter_map(AccountChecked::failed).collect();
        let can = match self.accounts.iter().any(|account| account.tried) {
            true => "can be opened",
            false => "have what they need (no server was asked)",
        };
        if failed.is_empty() {
            return format!("{all} of {all} accounts {can}");
        }
        let names = failed.join(", ");
        format!("{} of {all} accounts {can}; {} cannot: {names}", all - failed.len(), failed.len())
    }
}

impl AccountChecked {
    /// Its name, if something must be done before it can be used.
    pub(super) fn failed(&self) -> Option<&str> {
        let broken = self.folders.iter().any(|it| it.error.is_some() || !it.warnings.is_empty());
        (self.error.is_some() || broken).then_some(self.account.as_str())
    }

    pub(super) fn new(account: &Account) -> Self {
        let Account { name, login: _, server, user, access, folders, tidy } = account;
        Self {
            account: name.clone(),
            host: server.host.clone(),
            port: server.port,
            security: match server.security {
                Security::Tls => "tls",
                Security::StartTls => "starttls",
                Security::Plain => "plain",
            },
            user: user.clone(),
            sign_in: sign_in(access),
            folders: folders.iter().map(|name| FolderTrial::untried(name)).collect(),
            processed: tidy.processed.to_string(),
            rejected: tidy.rejected.to_string(),
            other: tidy.other.to_string(),
            tried: false,
            error: None,
        }
    }
}

/// How an account signs in. Of a command only its first word: the rest may be a secret.
fn sign_in(access: &Access) -> String {
    match access {
        Access::Password(PasswordSource::Given(_)) => "with a password that is given".into(),
        Access::Password(PasswordSource::File(path)) => {
            format!("with the password in {}", absolute(path))
        }
        Access::Password(PasswordSource::Variable(name)) => {
            format!("with the password in the variable {name}")
        }
        Access::Password(PasswordSource::Command(words)) => {
            format!("with the password that {} prints", password::command_name(words))
        }
        Access::Password(PasswordSource::Credential(name)) => {
            format!("with the password in the systemd credential {name}")
        }
        Access::Oauth { client, token_file, .. } => {
            let flow = match client.flow {
                Flow::Device => "device",
                Flow::Browser => "browser",
                Flow::ClientCredentials => "client_credentials",
            };
            format!("with a token (OAuth 2.0, flow {flow}), kept in {}", absolute(token_file))
        }
    }
}

/// The path from the root on, whatever folder it was seen from.
pub(super) fn absolute(path: &Path) -> String {
    let whole = std::path::absolute(path);
    whole.as_deref().unwrap_or(path).display().to_string()
}

/// Writes all of it for a person: first how many accounts can be opened, where there are several.
pub(super) fn page(
    checked: &Checked,
    loaded: &Loaded,
    page: Page,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if checked.accounts.len() > 1 {
        hanging(out, page, "", 2, &checked.sum())?;
    }
    match &checked.config {
        Some(file) => hanging(out, page, "", 2, &format!("Configuration: {file}"))?,
        None => {
            let places = loaded.source.looked_for();
            let text =
                format!("No configuration; looked for {places}. Make one: ruaudit config init");
            hanging(out, page, "", 2, &text)?;
        }
    }
    let mut line = |name: &str, text: &str| labelled(out, page, name, text);
    let Some(db) = &checked.db else { return Ok(()) };
    line("store", db)?;
    line("domains", &listed(&checked.domains, "all"))?;
    line("paths", &listed(&checked.paths, "none"))?;
    if let Some(providers) = &checked.providers {
        line("providers", providers)?;
    }
    for file in &checked.mmdb {
        line("mmdb", &file.line())?;
    }
    if !checked.variables.is_empty() {
        line("set by", &checked.variables.join(", "))?;
    }
    if checked.accounts.is_empty() {
        line("accounts", "none")?;
    }
    if checked.config.is_some() && checked.reads_nothing() {
        hanging(out, page, "", 2, NOTHING)?;
    }
    checked.accounts.iter().try_for_each(|account| account.page(page, out))
}

fn listed(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

impl AccountChecked {
    fn page(&self, page: Page, out: &mut dyn io::Write) -> io::Result<()> {
        let Self { account, host, port, security, user, .. } = self;
        writeln!(out)?;
        hanging(
            out,
            page,
            "",
            2,
            &format!("{account}: {user} at {host}, port {port}, {security}"),
        )?;
        let mut line = |name: &str, text: &str| labelled(out, page, name, text);
        line("signs in", &self.sign_in)?;
        line("processed", &self.processed)?;
        line("rejected", &self.rejected)?;
        line("other", &self.other)?;
        for tried in &self.folders {
            line("folder", &tried.line(self.tried))?;
            for why in &tried.warnings {
                line("FAILED", &format!("mails in {} would stay: {why}; {STAY}", tried.folder))?;
            }
        }
        match &self.error {
            Some(error) => line("FAILED", error),
            None => Ok(()),
        }
    }
}

impl FolderTrial {
    fn line(&self, tried: bool) -> String {
        let state = match (&self.error, self.mails) {
            (Some(error), _) => format!(": FAILED: {error}"),
            (None, Some(1)) => ": 1 mail".to_owned(),
            (None, Some(mails)) => format!(": {} mails", thousands(mails.into())),
            (None, None) if tried => ": not reached".to_owned(),
            (None, None) => String::new(),
        };
        format!("{}{state}", self.folder)
    }
}
