//! `labels import`: labels and profiles from a file, whole or not at all.
//!
//! Reading the same file again changes nothing. With `--replace` the store says what the file says,
//! and nothing else.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::Told;
use crate::model::numbers::amount;
use crate::render::json;
use crate::render::text::hanging;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::super::args::Format;
use super::super::settings::Settings;
use super::super::{Exit, Streams, written};
use super::file::{self, Fault, Form};
use super::settle::settle;

/// Bytes of a file at most.
const AT_MOST: u64 = 16 << 20;

/// Arguments of `labels import`.
#[derive(Debug, Args)]
#[command(after_help = "\
TOML has [[label]] with domain, source, label and note, and [[profile]] with
domain, posts_to_lists and sends_mail; CSV has all of these as columns. A domain
or a source need not have been seen in any report.

Examples:
  ruaudit labels import labels.toml
  ruaudit labels import --replace labels.csv
  ruaudit labels import - < labels.toml")]
pub(super) struct ImportArgs {
    /// The file, TOML or CSV; - is standard input
    file: PathBuf,
    /// Forget all labels and profiles that are not in the file
    #[arg(long)]
    replace: bool,
}

/// What came of it, as JSON has it.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Imported {
    labels: usize,
    profiles: usize,
    added: usize,
    changed: usize,
    unchanged: usize,
    removed: usize,
}

/// Runs the command.
pub(super) fn run(
    args: &ImportArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let name = args.file.display().to_string();
    let text = text(&args.file).map_err(|(why, remedy)| failed(&name, &why, remedy))?;
    let entries = file::read(&text, Form::of(&name, &text));
    let told = entries.and_then(|entries| settle(entries, &settings.admission));
    let told = told.map_err(|Fault { line, why, remedy }| {
        failed(&name, &format!("line {line}: {why}"), remedy)
    })?;
    let mut store = SqliteStore::open(&settings.db)?;
    let before = all(&store)?;
    store.tell(&told, args.replace, settings.now)?;
    let mut imported = compared(&before, &all(&store)?);
    (imported.labels, imported.profiles) = (told.labels.len(), told.profiles.len());
    written(match settings.format {
        Format::Json => json::document(streams.out, &imported),
        _ => page(&imported, settings, streams),
    })?;
    Ok(Exit::Fine)
}

fn failed(name: &str, why: &str, remedy: impl Into<String>) -> Error {
    Error::new(format!("cannot import {name}, and nothing was changed"), why, remedy)
}

/// The text, without a byte order mark.
fn text(path: &Path) -> std::result::Result<String, (String, &'static str)> {
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => io::stdin().lock().take(AT_MOST + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(path)
            .and_then(|file| file.take(AT_MOST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| (error.to_string(), "name a file that can be read, or - for input"))?;
    if bytes.len() as u64 > AT_MOST {
        return Err((format!("it has more than {AT_MOST} bytes"), "give it in several files"));
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| ("it is not UTF-8".to_owned(), "save it as UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// All that the store says, by what it is said of.
fn all(store: &dyn Store) -> Result<HashMap<(String, String), Told>> {
    let mut said = HashMap::new();
    for label in store.labels()?.into_iter().map(|kept| kept.label) {
        let key = (label.domain.to_lowercase(), label.source.to_lowercase());
        said.insert(key, Told { labels: vec![label], ..Told::default() });
    }
    for profile in store.profiles()? {
        let key = (profile.domain.to_lowercase(), String::new());
        said.insert(key, Told { profiles: vec![profile], ..Told::default() });
    }
    Ok(said)
}

fn compared(
    before: &HashMap<(String, String), Told>,
    now: &HashMap<(String, String), Told>,
) -> Imported {
    let mut found = Imported {
        removed: before.keys().filter(|key| !now.contains_key(*key)).count(),
        ..Imported::default()
    };
    for (key, told) in now {
        match before.get(key) {
            None => found.added += 1,
            Some(before) if before == told => found.unchanged += 1,
            Some(_) => found.changed += 1,
        }
    }
    found
}

fn page(imported: &Imported, settings: &Settings, streams: &mut Streams<'_>) -> io::Result<()> {
    let Imported { labels, profiles, added, changed, unchanged, removed } = *imported;
    let labels = amount(labels as u64, "label");
    let profiles = amount(profiles as u64, "profile");
    let text = format!(
        "{labels} and {profiles} read; of those kept now {added} are new, {changed} changed, \
         {unchanged} as before; {removed} taken away"
    );
    hanging(streams.out, settings.page, "", 2, &text)
}
