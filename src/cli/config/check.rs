//! `config check`: what the configuration says, what is wrong with it, and whether each account
//! can be opened.
//!
//! Out: no secret, and nothing that is not from the configuration or its server.

use std::io;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use crate::cli::accounts::{Access, Account};
use crate::cli::args::{Format, Global};
use crate::cli::environment::Environment;
use crate::cli::failure;
use crate::cli::settings::Settings;
use crate::cli::{Exit, Streams, written};
use crate::error::{Error, Result};
use crate::intake::imap::Security;
use crate::intake::oauth::Flow;
use crate::intake::password::{self, PasswordSource};
use crate::intake::tls;
use crate::model::mailbox::Settle;
use crate::model::numbers::thousands;
use crate::render::text::hanging;
use crate::render::{Page, json};

use super::Loaded;
use super::problem::Wrong;
use super::trial::{self, FolderTrial};

/// Arguments of `config check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Passwords and tokens are never shown. Nothing in a mailbox is changed.

Examples:
  ruaudit config check
  ruaudit config check main
  ruaudit config check --offline --config new.toml")]
pub(super) struct CheckArgs {
    /// The accounts to try; all of them unless given
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// Connect to no server: look at the configuration alone
    #[arg(long)]
    offline: bool,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
struct Checked {
    /// The file; none if there is none.
    config: Option<String>,
    /// The variables that set a key.
    variables: Vec<String>,
    db: Option<String>,
    domains: Vec<String>,
    paths: Vec<String>,
    accounts: Vec<AccountChecked>,
    problems: Vec<Wrong>,
    remarks: Vec<String>,
}

/// What was found of an account.
#[derive(Debug, Serialize)]
struct AccountChecked {
    account: String,
    host: String,
    port: u16,
    security: &'static str,
    user: String,
    sign_in: String,
    folders: Vec<FolderTrial>,
    processed: String,
    rejected: String,
    other: String,
    /// Whether its server was asked.
    tried: bool,
    error: Option<String>,
}

/// Runs the command.
pub(super) fn run(
    args: &CheckArgs,
    format: Format,
    global: &Global,
    around: &Environment,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let loaded = Loaded::new(global, around);
    let settings = Settings::of(&loaded, global, format, None, around);
    let mut checked = Checked {
        config: loaded.source.file.as_deref().map(shown),
        variables: loaded.origins.variables.values().cloned().collect(),
        remarks: loaded.source.remark().into_iter().collect(),
        ..Checked::default()
    };
    let mut errors = match &settings {
        Ok(settings) => read(&mut checked, args, settings)?,
        Err(_) => {
            checked.problems = loaded.wrong().to_vec();
            loaded.wrong().iter().map(|wrong| loaded.origins.error(wrong)).collect()
        }
    };
    written(match format {
        Format::Json => json::document(streams.out, &checked),
        _ => page(&checked, &loaded, around.page, streams.out),
    })?;
    written(streams.out.flush())?; // so that errors stand below on a terminal
    checked.remarks.iter().for_each(|text| failure::remark(streams.err, global.quiet, text));
    // the last one is said by whoever runs the commands
    let last = errors.pop();
    errors.iter().for_each(|error| failure::print(streams.err, Page::PLAIN, error));
    last.map_or(Ok(Exit::Fine), Err)
}

/// Notes what the settings say, and tries the accounts; what failed.
fn read(checked: &mut Checked, args: &CheckArgs, settings: &Settings) -> Result<Vec<Error>> {
    checked.db = Some(shown(&settings.db));
    checked.domains.clone_from(&settings.admission.domains);
    checked.paths = settings.paths.iter().map(|path| shown(path)).collect();
    let mut errors = Vec::new();
    let paths = settings.paths.iter().filter_map(|path| Some((path, path.metadata().err()?)));
    errors.extend(paths.map(|(path, error)| {
        let what = format!("cannot read {}, one of `paths`", path.display());
        Error::new(what, error, "name a file or folder that is there")
    }));
    if !settings.accounts.is_empty() || !args.accounts.is_empty() {
        for account in settings.accounts_named(&args.accounts)? {
            let mut failed = Vec::new();
            checked.accounts.push(look(account, args.offline, &mut checked.remarks, &mut failed));
            errors.extend(failed);
        }
    }
    Ok(errors)
}

/// Looks at an account, and tries it unless something it needs is not there.
fn look(
    account: &Account,
    offline: bool,
    remarks: &mut Vec<String>,
    errors: &mut Vec<Error>,
) -> AccountChecked {
    let mut checked = AccountChecked::new(account);
    remarks.extend(not_signed_in(account));
    let found = files(account).and_then(|()| {
        checked.tried = !offline;
        if offline { Ok(None) } else { trial::attempt(account).map(Some) }
    });
    match found {
        Ok(None) => {}
        Ok(Some(folders)) => checked.folders = folders,
        Err(error) => {
            checked.error = Some(error.to_string());
            errors.push(of_account(&account.name, error));
        }
    }
    let broken = checked.folders.iter().filter_map(|tried| {
        let what = format!("account {}: the folder {} cannot be used", account.name, tried.folder);
        let why = tried.error.as_ref()?;
        Some(Error::new(what, why, "mend the configuration, or the folder on the server"))
    });
    let short = checked.folders.iter().flat_map(|tried| {
        let what = format!("account {}: mails in {} would stay", account.name, tried.folder);
        let remedy = "write \"leave\" there, or what the server can do";
        tried.warnings.iter().map(move |why| Error::new(what.as_str(), why, remedy))
    });
    errors.extend(broken.chain(short));
    checked
}

/// The error, with the account that it is about.
fn of_account(name: &str, error: Error) -> Error {
    match error {
        Error::Failed { what, why, remedy } => {
            Error::Failed { what: format!("account {name}: {what}"), why, remedy }
        }
        other => other,
    }
}

/// Looks whether the files are there that the account names.
fn files(account: &Account) -> Result<()> {
    let ca_file = account.server.ca_file.as_deref();
    let (secret, ca_of_client) = match &account.access {
        Access::Password(source) => (Some(source), None),
        Access::Oauth { client, client_secret, .. } => {
            (client_secret.as_ref(), client.ca_file.as_deref())
        }
    };
    for ca_file in [ca_file, ca_of_client].into_iter().flatten() {
        tls::authorities(Some(ca_file))?;
    }
    if let Some(PasswordSource::File(path)) = secret {
        password::open(path)?;
    }
    Ok(())
}

/// A remark if a person must still let the program in.
fn not_signed_in(account: &Account) -> Option<String> {
    let Access::Oauth { client, token_file, .. } = &account.access else { return None };
    let needs_person = client.flow != Flow::ClientCredentials && !token_file.exists();
    let name = &account.name;
    needs_person.then(|| format!("nobody has signed in to {name} yet: ruaudit login {name}"))
}

impl AccountChecked {
    fn new(account: &Account) -> Self {
        let Account { name, server, user, access, folders, tidy } = account;
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
            processed: word(&tidy.processed),
            rejected: word(&tidy.rejected),
            other: word(&tidy.other),
            tried: false,
            error: None,
        }
    }
}

/// As the configuration writes it.
fn word(settle: &Settle) -> String {
    match settle {
        Settle::Leave => "leave".into(),
        Settle::Flag(keyword) => format!("flag:{keyword}"),
        Settle::Move(folder) => format!("move:{folder}"),
        Settle::Delete => "delete".into(),
    }
}

/// How an account signs in. Of a command only its first word: the rest may be a secret.
fn sign_in(access: &Access) -> String {
    match access {
        Access::Password(PasswordSource::Given(_)) => "with a password that is given".into(),
        Access::Password(PasswordSource::File(path)) => {
            format!("with the password in {}", path.display())
        }
        Access::Password(PasswordSource::Variable(name)) => {
            format!("with the password in the variable {name}")
        }
        Access::Password(PasswordSource::Command(words)) => {
            format!("with the password that {} prints", words.first().map_or("", String::as_str))
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
            format!("with a token (OAuth 2.0, flow {flow}), kept in {}", token_file.display())
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn page(checked: &Checked, loaded: &Loaded, page: Page, out: &mut dyn io::Write) -> io::Result<()> {
    match &checked.config {
        Some(file) => hanging(out, page, "", 2, &format!("Configuration: {file}"))?,
        None => {
            let places = loaded.source.looked_for();
            let text =
                format!("No configuration; looked for {places}. Make one: ruaudit config init");
            hanging(out, page, "", 2, &text)?;
        }
    }
    let mut line = |name: &str, text: &str| hanging(out, page, &format!("  {name:<11}"), 13, text);
    let Some(db) = &checked.db else { return Ok(()) };
    line("store", db)?;
    line("domains", &listed(&checked.domains, "all"))?;
    line("paths", &listed(&checked.paths, "none"))?;
    if !checked.variables.is_empty() {
        line("set by", &checked.variables.join(", "))?;
    }
    if checked.accounts.is_empty() {
        line("accounts", "none")?;
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
        let mut line =
            |name: &str, text: &str| hanging(out, page, &format!("  {name:<11}"), 13, text);
        line("signs in", &self.sign_in)?;
        line("processed", &self.processed)?;
        line("rejected", &self.rejected)?;
        line("other", &self.other)?;
        for tried in &self.folders {
            line("folder", &tried.line(self.tried))?;
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
        let warnings: String = self.warnings.iter().map(|text| format!("; {text}")).collect();
        format!("{}{state}{warnings}", self.folder)
    }
}
