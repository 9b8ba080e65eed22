//! `report`: one report in full.
//!
//! In: what a person calls it: its number, its id, or the input that brought it. A number is always
//! one report; a name may mean several, which are then listed. Refuses a name that means none, and
//! says what became of an input of that name.

use clap::Args;

use crate::error::{Error, Result};
use crate::model::stored::is_called;
use crate::model::{ReportLine, StoredReport, StoredTrace, TraceFilter};
use crate::render::escape::escape;
use crate::render::report::document::document;
use crate::render::text::shorten;
use crate::render::{Page, json, report, reports};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::args::Format;
use super::settings::Settings;
use super::{Exit, Streams, written};

/// How many reports of one name are listed.
const LISTED: usize = 20;
/// How much of a name an error repeats, in columns.
const NAME: usize = 200;

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "\
A file is named by its path or its last part. Where a name means several reports,
they are listed with their numbers.

Examples:
  ruaudit report 12
  ruaudit report 12 --verbose
  ruaudit report mailcloud.example!acme.example!1792800000!1792886400.xml.gz
  ruaudit report 12 --format json | jq '.issues'")]
pub(super) struct ReportArgs {
    /// Its number in the first column of `ruaudit reports`, its report id, or the file that brought it
    #[arg(value_name = "REF")]
    name: String,
}

/// Runs the command.
pub(super) fn run(
    args: &ReportArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let found = find(&store, &args.name, settings.page, streams)?;
    written(match settings.format {
        Format::Json => json::document(streams.out, &document(&found)),
        _ => report::write(streams.out, settings.page, &found),
    })?;
    Ok(Exit::Fine)
}

fn find(
    store: &dyn Store,
    name: &str,
    page: Page,
    streams: &mut Streams<'_>,
) -> Result<StoredReport> {
    if let Some(found) = name.parse().map_or(Ok(None), |number| store.report(number))? {
        return Ok(found);
    }
    let lines = store.find_reports(name)?;
    match lines.as_slice() {
        [] => Err(unknown(store, name)?),
        [line] => store.report(line.number)?.map_or_else(|| Err(unknown(store, name)?), Ok),
        lines => {
            let page = Page { colour: false, ..page };
            // where the list cannot be written, the error and the exit code remain
            let _ = reports::choices(streams.err, page, lines, LISTED);
            Err(several(name, lines))
        }
    }
}

fn several(name: &str, lines: &[ReportLine]) -> Error {
    let first = lines.first().map(|line| line.number).unwrap_or_default();
    Error::new(
        format!("cannot tell which report `{}` is", shorten(name, NAME)),
        format!("{} reports are known by that name", lines.len()),
        format!("give the number of one of them: ruaudit report {first}"),
    )
}

/// Nothing is known by that name; but an input of it may have been read.
fn unknown(store: &dyn Store, name: &str) -> Result<Error> {
    let mut read: Option<StoredTrace> = None;
    store.traces(TraceFilter { all: true }, &mut |trace| {
        if read.is_none() && is_called(&trace.origin, name) {
            read = Some(trace);
        }
        Ok(())
    })?;
    let what = format!("no report `{}`", shorten(name, NAME));
    Ok(match read {
        Some(trace) => Error::new(
            what,
            format!("that input was {}: {}", trace.outcome, escape(&trace.detail)),
            "see: ruaudit rejected --all",
        ),
        None => Error::new(
            what,
            "no number, report id, file or mail that was read is called so",
            "list them: ruaudit reports --window all",
        ),
    })
}
