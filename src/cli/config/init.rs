//! `config init`: a configuration in which every key stands, commented out, with its default.
//!
//! Out: a file that only its owner can read, since a password may be written into it. Refuses to
//! write over anything.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::environment::Environment;
use crate::cli::{Exit, Streams, written};
use crate::error::{Error, Result};
use crate::render::escape::escape;
use crate::render::json;

use super::places::NAME;
use super::quoted;

/// The file.
pub(super) const TEMPLATE: &str = include_str!("template.toml");

/// Arguments of `config init`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ruaudit config init
  ruaudit config init /etc/ruaudit/ruaudit.toml
  ruaudit config init - | less")]
pub(super) struct InitArgs {
    /// The file, which must not be there yet [default: ruaudit.toml]; - is standard output
    path: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(
    args: &InitArgs,
    format: Format,
    around: &Environment,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    if args.path.as_deref() == Some(Path::new("-")) {
        written(streams.out.write_all(TEMPLATE.as_bytes()))?;
        return Ok(Exit::Fine);
    }
    let path = args.path.clone().unwrap_or_else(|| around.folder.join(NAME));
    create(&path)?;
    let shown = path.display().to_string();
    written(match format {
        Format::Json => json::document(streams.out, &json!({ "path": shown })),
        _ => {
            let config = if around.places.contains(&path) { String::new() } else { option(&shown) };
            write!(streams.out, "{}", next(&shown, &config))
        }
    })?;
    Ok(Exit::Fine)
}

/// What to do with the file.
fn next(path: &str, config: &str) -> String {
    let steps = [
        ("config check", "what it says, and whether every account can be opened"),
        ("login main", "with [account.main.oauth] only: lets ruaudit in"),
        ("run", "every night, from cron"),
    ];
    let lines = steps.map(|(command, why)| {
        let line = format!("  ruaudit {command}{config}");
        let gap = if config.is_empty() { " ".repeat(25 - line.len()) } else { "\n      ".into() };
        format!("{line}{gap}{why}\n")
    });
    let word = quoted(path);
    let (shown, word) = (escape(path), escape(&word));
    format!(
        "Wrote {shown}. Fill in what is marked with <-- there, then:\n\n{}\n\
         Only you can read it, since a password may stand in it. If another user runs\n\
         ruaudit, let that user's group read it:\n\n  \
         chgrp GROUP {word} && chmod 640 {word}\n",
        lines.concat()
    )
}

fn option(path: &str) -> String {
    let path = quoted(path);
    format!(" --config {}", escape(&path))
}

fn create(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path).and_then(|mut file| {
        file.write_all(TEMPLATE.as_bytes())?;
        file.sync_all()
    });
    file.map_err(|error| {
        let (why, remedy) = match error.kind() {
            ErrorKind::AlreadyExists => (
                "it is there already".to_owned(),
                "name another file, or - to see what it would be",
            ),
            _ => (error.to_string(), "name a file in a folder that is there and can be written"),
        };
        Error::new(format!("cannot write the configuration {}", path.display()), why, remedy)
    })
}
