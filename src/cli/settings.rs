//! The **settings** of a run: argument over environment over file over default.
//!
//! In: what was typed, and what stands around. Out: every value decided. Refuses a format that the
//! command cannot write.

use std::path::PathBuf;

use crate::analyze::Thresholds;
use crate::decode::{Admission, Limits};
use crate::error::{Error, Result};
use crate::render::Page;

use super::args::{Command, Format, Global};
use super::config::Config;
use super::environment::Environment;
use super::window::WindowSpec;

/// The name of the store unless another is given.
const DEFAULT_DB: &str = "ruaudit.db";
/// The name of the configuration that is read if it is there.
const DEFAULT_CONFIG: &str = "ruaudit.toml";

/// All that a command must know besides its own arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    /// The store.
    pub(super) db: PathBuf,
    /// The files and folders that `run` reads.
    pub(super) paths: Vec<PathBuf>,
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
        let config = config(global, around)?;
        let db = global.db.clone().or_else(|| around.db.clone()).or(config.db);
        Ok(Self {
            db: db.unwrap_or_else(|| around.folder.join(DEFAULT_DB)),
            paths: config.paths,
            format: format(global.format, command)?,
            quiet: global.quiet,
            window: window(command.window(), config.window.as_deref())?,
            thresholds: config.thresholds,
            limits: config.limits,
            admission: Admission {
                domains: config.domains,
                authserv_ids: config.provenance.authserv_ids,
                require: config.provenance.require,
            },
            now: around.now,
            page: Page { verbose: global.verbose, ..around.page },
        })
    }
}

/// The file that was named; else the one that lies in the folder; else nothing.
fn config(global: &Global, around: &Environment) -> Result<Config> {
    if let Some(named) = global.config.as_ref().or(around.config.as_ref()) {
        return Config::read(named);
    }
    let here = around.folder.join(DEFAULT_CONFIG);
    if here.is_file() { Config::read(&here) } else { Ok(Config::default()) }
}

fn window(argument: Option<WindowSpec>, file: Option<&str>) -> Result<WindowSpec> {
    match (argument, file) {
        (Some(window), _) => Ok(window),
        (None, Some(text)) => WindowSpec::parse(text).map_err(|why| {
            Error::new("cannot use `window` of the configuration", why, "mend it there")
        }),
        (None, None) => Ok(WindowSpec::default()),
    }
}

fn format(asked: Option<Format>, command: &Command) -> Result<Format> {
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
