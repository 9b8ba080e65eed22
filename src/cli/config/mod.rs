//! The **configuration**: a file in TOML, and the environment over it.
//!
//! In: where the file lies, and the variables. Out: what both say; what they do not say stays as it
//! is. Refuses keys that nothing reads, with the nearest that something does, and values that could
//! never be meant: a typing error must not silently change a verdict. All that is wrong is found
//! before anything stops, so that `config check` can tell it at once.
//!
//! `keys` knows every key and its shape; `variables` puts the environment over the file; `values`,
//! `account`, `oauth`,
//! `providers` and `settle` read what is there; `places` says where a file is looked for,
//! `permission` why it may not be read.
//! `init` and `check` are the two commands about it; `sight` and `trial` look for `check`, and
//! `checked` is what they found.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::analyze::Thresholds;
use crate::decode::Limits;
use crate::error::Result;

use super::accounts::Account;
use super::args::Global;
use super::environment::Environment;
use super::window::WindowSpec;

mod account;
mod check;
mod checked;
mod command;
mod init;
mod keys;
mod oauth;
mod permission;
pub(super) mod places;
mod problem;
mod providers;
mod ranges;
mod section;
mod settle;
mod sight;
mod trial;
mod values;
pub(super) mod variables;

pub(super) use command::{ConfigArgs, run};
pub(super) use problem::Origins;
pub(super) use providers::OwnProviders;
pub(super) use values::Trust;

use problem::Wrong;
use section::Section;

/// The name of the store unless another is given.
const DEFAULT_DB: &str = "ruaudit.db";
/// What is said where the form of the file is wrong.
const REMEDY: &str = "mend it there; `ruaudit config init -` shows every key";

/// What a configuration says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Config {
    /// The store.
    pub(super) db: PathBuf,
    /// The window, as `--window` has it.
    pub(super) window: Option<WindowSpec>,
    /// The operator's domains; reports about others, not below these, are kept aside. All if empty.
    pub(super) domains: Vec<String>,
    /// Files and folders that are read besides the mailboxes.
    pub(super) paths: Vec<PathBuf>,
    /// Files about networks, in the MaxMind DB format.
    pub(super) mmdb: Vec<PathBuf>,
    /// The operator's own senders.
    pub(super) providers: Option<OwnProviders>,
    /// Whether the present record of each domain is asked of the DNS.
    pub(super) live: bool,
    /// The DNS server that is asked; those of the system if none.
    pub(super) nameserver: Option<SocketAddr>,
    /// Whose word is taken for who sent a report.
    pub(super) provenance: Trust,
    /// The numbers that decide.
    pub(super) thresholds: Thresholds,
    /// The limits of decoding.
    pub(super) limits: Limits,
    /// The mailboxes.
    pub(super) accounts: Vec<Account>,
}

/// Where a configuration came from.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Source {
    /// The file that was read.
    pub(super) file: Option<PathBuf>,
    /// Where one was looked for.
    pub(super) places: Vec<PathBuf>,
    /// Whether the file holds a password and anyone on this machine can read it.
    pub(super) exposed: bool,
    /// `--config` and `--db` as they were typed, each with a blank before it: what a command that is
    /// recommended must be told too.
    pub(super) options: String,
}

/// A configuration that was looked for, found or not, right or wrong.
pub(super) struct Loaded {
    pub(super) source: Source,
    pub(super) origins: Origins,
    /// What it says, or all that is wrong.
    config: std::result::Result<Config, Vec<Wrong>>,
}

impl Source {
    /// The places, for a sentence.
    pub(super) fn looked_for(&self) -> String {
        let places: Vec<_> = self.places.iter().map(|path| path.display().to_string()).collect();
        places.join(", ")
    }

    /// What is to be remarked of a file that others can read.
    pub(super) fn remark(&self) -> Option<String> {
        let file = self.file.as_deref().filter(|_| self.exposed)?.display();
        Some(format!(
            "anyone on this machine can read {file}, and it holds a password; forbid that (chmod \
             o-r {file}), or keep the password elsewhere (password_file)"
        ))
    }
}

impl Loaded {
    /// Looks for the configuration and reads it.
    pub(super) fn new(global: &Global, around: &Environment) -> Self {
        let file = places::find(global, around);
        let text = file.as_deref().map_or(Ok(String::new()), read);
        let mut origins = Origins { file, folder: around.folder.clone(), ..Origins::default() };
        let options = options(global);
        let mut source = Source { places: around.places.clone(), options, ..Source::default() };
        source.file.clone_from(&origins.file);
        let config = text.and_then(|text| parse(&text).map_err(|wrong| vec![wrong]));
        let config = config.and_then(|mut table| {
            source.exposed = holds_secret(&table) && is_for_all(origins.file.as_deref());
            let mut wrong = Vec::new();
            origins.variables = variables::overlay(&mut table, &around.variables, &mut wrong);
            keys::check(&table, &mut wrong);
            let db = global.db.clone().or_else(|| around.db.clone());
            if !wrong.is_empty() {
                return Err(wrong);
            }
            let mut config = decide(&table, &origins, db)?;
            for account in &mut config.accounts {
                account.login = format!("ruaudit login {}{}", account.name, source.options);
            }
            Ok(config)
        });
        Self { source, origins, config }
    }

    /// All that is wrong.
    fn wrong(&self) -> &[Wrong] {
        self.config.as_ref().err().map_or(&[], Vec::as_slice)
    }

    /// What it says; else the first thing that is wrong.
    pub(super) fn config(&self) -> Result<&Config> {
        self.config.as_ref().map_err(|wrong| {
            let none = Wrong::whole("it cannot be used", REMEDY);
            let first = wrong.first().unwrap_or(&none);
            let more = match wrong.len() {
                0 | 1 => String::new(),
                all => {
                    let options = &self.source.options;
                    format!(" (and {} more: ruaudit config check{options})", all - 1)
                }
            };
            let remedy = format!("{}{more}", first.remedy);
            self.origins.error(&Wrong { remedy, ..first.clone() })
        })
    }
}

/// The options that say which configuration and which store, for a command line.
fn options(global: &Global) -> String {
    let option = |name: &str, path: &Option<PathBuf>| {
        let path = path.as_deref()?.display().to_string();
        Some(format!(" {name} {}", quoted(&path)))
    };
    let all = [option("--config", &global.config), option("--db", &global.db)];
    all.into_iter().flatten().collect()
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn read(path: &Path) -> std::result::Result<String, Vec<Wrong>> {
    std::fs::read_to_string(path).map_err(|error| {
        vec![match error.kind() {
            ErrorKind::PermissionDenied => Wrong::whole(
                permission::denied(path, &error),
                "let this user read it (chgrp GROUP and chmod 640), or name another with --config",
            ),
            ErrorKind::InvalidData => Wrong::whole("it is not UTF-8", "save it as UTF-8"),
            _ => {
                let remedy = "name a file that is there with --config, or leave it out";
                Wrong::whole(error.to_string(), remedy)
            }
        }]
    })
}

/// Reads TOML. What is wrong is told without the line itself, which may hold a password.
fn parse(text: &str) -> std::result::Result<Table, Wrong> {
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let why = format!("line {line}, column {column}: {}", error.message());
        Wrong::whole(why, REMEDY)
    })
}

/// Reads every value.
fn decide(
    table: &Table,
    origins: &Origins,
    db: Option<PathBuf>,
) -> std::result::Result<Config, Vec<Wrong>> {
    let top = Section::new(table, "", origins);
    let mut wrong = Vec::new();
    let of_file = note(top.path("db"), &mut wrong);
    let db = db.or(of_file).unwrap_or_else(|| origins.home().join(DEFAULT_DB));
    let store = db.parent().unwrap_or(Path::new(""));
    let config = Config {
        window: note(values::window(top), &mut wrong),
        domains: note(values::domains(top), &mut wrong),
        paths: note(top.paths("paths"), &mut wrong),
        mmdb: note(top.paths("mmdb"), &mut wrong),
        providers: note(providers::providers(top), &mut wrong),
        live: top.switch("live").unwrap_or_default(),
        nameserver: note(values::nameserver(top), &mut wrong),
        provenance: note(values::trust(table), &mut wrong),
        thresholds: note(values::thresholds(table), &mut wrong),
        limits: note(values::limits(table), &mut wrong),
        accounts: account::accounts(table, origins, store, &mut wrong),
        db,
    };
    if wrong.is_empty() { Ok(config) } else { Err(wrong) }
}

/// Notes what is wrong, and goes on without it.
fn note<T: Default>(value: std::result::Result<T, Wrong>, wrong: &mut Vec<Wrong>) -> T {
    value.unwrap_or_else(|found| {
        wrong.push(found);
        T::default()
    })
}

/// Whether the file itself holds a password or a client's secret.
fn holds_secret(table: &Table) -> bool {
    keys::tables(table, "account").any(|(_, account)| {
        let oauth = account.get("oauth").and_then(|oauth| oauth.get("client_secret"));
        account.get("password").or(oauth).is_some()
    })
}

#[cfg(unix)]
fn is_for_all(file: Option<&Path>) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // a file that its group can read is one that somebody has thought about
    file.and_then(|file| file.metadata().ok())
        .is_some_and(|file| file.is_file() && file.mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_for_all(_file: Option<&Path>) -> bool {
    false
}

#[cfg(test)]
mod tests;
