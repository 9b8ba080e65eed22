//! The **rehearsal** of a run: what would be read and tidied up, counted, and nothing changed: no lock,
//! no store, no mailbox.

use std::io;
use std::path::PathBuf;

use serde::Serialize;

use crate::error::Result;
use crate::intake::Intake as _;
use crate::intake::paths::Paths;
use crate::model::digest::Failure;
use crate::model::numbers::{agree, thousands};
use crate::render::{json, text};

use super::super::args::Format;
use super::super::pull::plan::{AccountPlanned, plan_accounts, planned_lines};
use super::super::settings::Settings;
use super::super::{Exit, Streams, watch, written};
use super::collect::there;

/// What would be read.
#[derive(Serialize)]
struct Rehearsal {
    accounts: Vec<AccountPlanned>,
    paths: Vec<Place>,
    failed: Vec<Failure>,
}

/// What lies in one path.
#[derive(Serialize)]
struct Place {
    path: String,
    /// Files and mails.
    inputs: u64,
    /// Their bytes as they lie there.
    bytes: u64,
}

/// Counts what would be read, and changes nothing: no lock, no store.
pub(super) fn run(settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let accounts = match settings.accounts.is_empty() {
        true => Vec::new(),
        false => {
            let named = settings.accounts_named(&[])?;
            plan_accounts(&named, settings, streams, &watch::signals()?)?
        }
    };
    let (there, failed) = there(settings);
    let has_failed = !failed.is_empty() || accounts.iter().any(AccountPlanned::has_failed);
    let places = there.iter().map(|path| count(path, settings)).collect::<Result<_>>()?;
    let rehearsal = Rehearsal { accounts, paths: places, failed };
    written(match settings.format {
        Format::Json => json::document(streams.out, &rehearsal),
        _ => rehearsed(&rehearsal, settings, streams),
    })?;
    Ok(if has_failed { Exit::Failed } else { Exit::Fine })
}

fn count(path: &PathBuf, settings: &Settings) -> Result<Place> {
    let intake = Paths::new(std::slice::from_ref(path), settings.limits.input_bytes)?;
    let mut intake = intake.without_store(&settings.db);
    let mut place = Place { path: path.display().to_string(), inputs: 0, bytes: 0 };
    while let Some(input) = intake.next()? {
        place.inputs += 1;
        place.bytes += input.bytes.map_or(0, |bytes| bytes.len() as u64);
    }
    Ok(place)
}

fn rehearsed(
    rehearsal: &Rehearsal,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    planned_lines(&rehearsal.accounts, settings.page, streams.out)?;
    for Place { path, inputs, bytes } in &rehearsal.paths {
        let files = agree(*inputs, "file or mail", "files and mails");
        let line = format!("{path}: {} {files}, {} bytes", thousands(*inputs), thousands(*bytes));
        text::hanging(streams.out, settings.page, "", 2, &line)?;
    }
    for Failure { place, error } in &rehearsal.failed {
        text::hanging(streams.out, settings.page, "", 2, &format!("{place} failed: {error}"))?;
    }
    writeln!(streams.out, "Nothing was read into the store, and nothing was changed.")
}
