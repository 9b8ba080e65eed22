//! `rejected`: what could not be read, and why.

use std::io;

use clap::Args;
use serde::Serialize;

use crate::error::Result;
use crate::model::{StoredTrace, TraceFilter};
use crate::render::{csv::CsvRows, json, rejected, rows};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::args::Format;
use super::settings::Settings;
use super::{Exit, Streams, written};

/// Arguments of `rejected`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reports that contradict an earlier one are listed too: they are kept out of the totals.

Examples:
  ruaudit rejected
  ruaudit rejected --all
  ruaudit rejected --format json")]
pub(super) struct RejectedArgs {
    /// Besides: what was skipped since it holds no report, and what is to be looked at again
    #[arg(long)]
    all: bool,
}

/// What could not be read, as JSON has it.
#[derive(Serialize)]
struct Rejected {
    rejected: Vec<StoredTrace>,
}

/// Runs the command.
pub(super) fn run(
    args: &RejectedArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let filter = TraceFilter { all: args.all };
    match settings.format {
        Format::Json => document(&store, filter, streams.out)?,
        Format::Csv => csv(&store, filter, streams.out)?,
        _ => page(&store, filter, settings, streams.out)?,
    }
    Ok(Exit::Fine)
}

fn document(store: &dyn Store, filter: TraceFilter, out: &mut dyn io::Write) -> Result<()> {
    let mut rejected = Vec::new();
    store.traces(filter, &mut |trace| {
        rejected.push(trace);
        Ok(())
    })?;
    written(json::document(out, &Rejected { rejected }))
}

fn csv(store: &dyn Store, filter: TraceFilter, out: &mut dyn io::Write) -> Result<()> {
    let mut csv = written(CsvRows::new(out, &rows::TRACE))?;
    store.traces(filter, &mut |trace| written(csv.row(&rows::trace(&trace))))?;
    written(csv.finish())
}

fn page(
    store: &dyn Store,
    filter: TraceFilter,
    settings: &Settings,
    out: &mut dyn io::Write,
) -> Result<()> {
    let mut any = false;
    store.traces(filter, &mut |trace| {
        any = true;
        written(rejected::write(out, settings.page, &trace))
    })?;
    if any {
        return Ok(());
    }
    written(writeln!(out, "Nothing was rejected."))
}
