//! The **settings** of a run: argument over environment over file over default.
//!
//! In: what was typed, and what stands around. Out: every value decided. Refuses a format that the
//! command cannot write.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::analyze::{Providers, Thresholds};
use crate::decode::{Admission, Limits};
use crate::error::{Error, Result};
use crate::render::Page;

use super::accounts::Account;
use super::args::{Command, Format, Global};
use super::config::{Loaded, OwnProviders, Source};
use super::environment::Environment;
use super::failure::remark;
use super::window::WindowSpec;

/// All that a command must know besides its own arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    /// The store.
    pub(super) db: PathBuf,
    /// How to write the answer.
    pub(super) format: Format,
    /// Say nothing but the answer.
    pub(super) quiet: bool,
    /// Which days.
    pub(super) window: WindowSpec,
    /// The numbers that decide.
    pub(super) thresholds: Thresholds,
    /// The limits of decoding.
    pub(super) limits: Limits,
    /// Which reports count.
    pub(super) admission: Admission,
    /// The mailboxes.
    pub(super) accounts: Vec<Account>,
    /// Files and folders that `run` reads besides the mailboxes.
    pub(super) paths: Vec<PathBuf>,
    /// Files about networks.
    pub(super) mmdb: Vec<PathBuf>,
    /// The operator's own senders.
    pub(super) providers: Option<OwnProviders>,
    /// Whether the present record of each domain is asked of the DNS.
    pub(super) live: bool,
    /// The DNS server that is asked; those of the system if none.
    pub(super) nameserver: Option<SocketAddr>,
    /// Where the configuration came from.
    pub(super) source: Source,
    /// Seconds since 1970 UTC.
    pub(super) now: i64,
    /// What a page for a person looks like.
    pub(super) page: Page,
}

impl Settings {
    /// Decides every value.
    pub(super) fn resolve(
        global: &Global,
        command: &Command,
        around: &Environment,
    ) -> Result<Self> {
        let loaded = Loaded::new(global, around);
        loaded.config()?; // said before a wrong format is
        let format = format(global.format, command)?;
        Self::of(&loaded, global, format, command.window(), around)
    }

    /// Decides every value by a configuration that has been read.
    pub(super) fn of(
        loaded: &Loaded,
        global: &Global,
        format: Format,
        window: Option<WindowSpec>,
        around: &Environment,
    ) -> Result<Self> {
        let config = loaded.config()?.clone();
        Ok(Self {
            db: config.db,
            format,
            quiet: global.quiet,
            window: window.or(config.window).unwrap_or_default(),
            thresholds: config.thresholds,
            limits: config.limits,
            admission: Admission {
                domains: config.domains,
                authserv_ids: config.provenance.authserv_ids,
                require: config.provenance.require,
            },
            accounts: config.accounts,
            paths: config.paths,
            mmdb: config.mmdb,
            providers: config.providers,
            live: config.live,
            nameserver: config.nameserver,
            source: loaded.source.clone(),
            now: around.now,
            page: Page { verbose: global.verbose, ..around.page },
        })
    }

    /// The same, so much later: for work that goes on.
    pub(super) fn after(&self, elapsed: Duration) -> Self {
        let seconds = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
        Self { now: self.now.saturating_add(seconds), ..self.clone() }
    }

    /// All senders that are known: the operator's first.
    pub(super) fn senders(&self) -> &Providers {
        self.providers.as_ref().map_or(Providers::built_in(), |own| &own.known)
    }

    /// Remarks on a configuration whose password others can read: said by every command that signs
    /// in.
    pub(super) fn remark_exposed(&self, err: &mut dyn Write) {
        if let Some(text) = self.source.remark() {
            remark(err, self.quiet, &text);
        }
    }
}

/// The format that was asked for, or the one that the command writes unless told.
pub(super) fn format(asked: Option<Format>, command: &Command) -> Result<Format> {
    let (name, formats) = command.formats();
    let asked = asked.or(formats.first().copied()).unwrap_or(Format::Table);
    if formats.contains(&asked) {
        return Ok(asked);
    }
    let words: Vec<_> = formats.iter().map(|format| format.as_str()).collect();
    Err(Error::new(
        format!("cannot write {} as {}", name, asked.as_str()),
        "this command has no such format",
        format!("use --format {}", words.join(" or --format ")),
    ))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::Arguments;

    fn around(folder: &std::path::Path) -> Environment {
        Environment {
            db: None,
            config: None,
            folder: folder.into(),
            places: vec![folder.join("ruaudit.toml")],
            variables: Vec::new(),
            now: 1_794_182_400,
            page: Page::PLAIN,
        }
    }

    fn resolve(line: &str, around: &Environment) -> Result<Settings> {
        let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
        Settings::resolve(&arguments.global, &arguments.command.unwrap(), around)
    }

    #[test]
    fn argument_beats_environment_beats_file_beats_default() {
        let folder = tempfile::tempdir().unwrap();
        let mut around = around(folder.path());
        let db = |line: &str, around: &Environment| resolve(line, around).unwrap().db;
        assert_eq!(folder.path().join("ruaudit.db"), db("ruaudit summary", &around));
        std::fs::write(folder.path().join("ruaudit.toml"), "db = 'file.db'").unwrap();
        assert_eq!(folder.path().join("file.db"), db("ruaudit summary", &around));
        around.db = Some("env.db".into());
        assert_eq!(PathBuf::from("env.db"), db("ruaudit summary", &around));
        assert_eq!(PathBuf::from("arg.db"), db("ruaudit summary --db arg.db", &around));
        assert_eq!(PathBuf::from("arg.db"), db("ruaudit --db arg.db summary", &around));
    }

    #[test]
    fn a_named_file_must_be_there_and_replaces_the_one_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ruaudit.toml"), "nonsense = 1").unwrap();
        let mut around = around(folder.path());
        let error = resolve("ruaudit summary", &around).unwrap_err().to_string();
        assert!(error.contains("`nonsense`"), "{error}");
        let other = folder.path().join("other.toml");
        std::fs::write(&other, "window = 'all'").unwrap();
        around.config = Some(other);
        assert_eq!(WindowSpec::All, resolve("ruaudit summary", &around).unwrap().window);
        assert_eq!(
            WindowSpec::Last(7),
            resolve("ruaudit summary --window 7d", &around).unwrap().window
        );
        let error = resolve("ruaudit summary --config /nonexistent.toml", &around).unwrap_err();
        assert!(error.to_string().contains("/nonexistent.toml"), "{error}");
    }

    #[test]
    fn each_command_has_its_own_formats() {
        let folder = tempfile::tempdir().unwrap();
        let around = around(folder.path());
        assert_eq!(Format::Csv, resolve("ruaudit export", &around).unwrap().format);
        assert_eq!(Format::Table, resolve("ruaudit advise", &around).unwrap().format);
        assert_eq!(
            Format::Json,
            resolve("ruaudit --format json rejected", &around).unwrap().format
        );
        for line in ["ruaudit advise --format csv", "ruaudit export --format table"] {
            let error = resolve(line, &around).unwrap_err().to_string();
            assert!(error.contains("use --format"), "{error}");
        }
    }
}
