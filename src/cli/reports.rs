//! `reports`: the reports that are kept, one line each.

use std::io;

use clap::Args;
use serde::Serialize;

use crate::error::Result;
use crate::model::verdict::WindowOut;
use crate::model::{ReportFilter, ReportLine, Window};
use crate::render::{csv::CsvRows, domains, json, reports, rows};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::args::{Format, WindowArg};
use super::settings::Settings;
use super::survey::{Survey, as_stored};
use super::window::WindowSpec;
use super::{Exit, Streams, written};

/// Arguments of `reports`.
#[derive(Debug, Args)]
#[command(after_help = "\
ODD counts the oddities that were met and repaired or passed over. NOTE says
why a report is kept aside, out of the totals: conflict (it contradicts an
earlier one), foreign (it is about a domain of others), unverified (its mail
did not authenticate, and must); or of one that counts that its mail failed.
Without --window, --aside looks at all days.

Examples:
  ruaudit reports
  ruaudit reports acme.example --odd --window all
  ruaudit reports --aside --format csv > aside.csv")]
pub(super) struct ReportsArgs {
    /// The domain; all of them unless given
    domain: Option<String>,
    /// Only reports with oddities
    #[arg(long)]
    odd: bool,
    /// Only reports that are kept aside, out of the totals
    #[arg(long)]
    aside: bool,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// The reports, as JSON has them.
#[derive(Serialize)]
struct Reports {
    window: WindowOut,
    reports: Vec<ReportLine>,
}

/// Runs the command.
pub(super) fn run(
    args: &ReportsArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let filter = ReportFilter {
        domain: args.domain.as_deref().map(|name| domain(&store, &survey, name)).transpose()?,
        window: survey.window.filter(|_| !every_day(args, settings)),
        odd: args.odd,
        aside: args.aside,
    };
    match settings.format {
        Format::Json => document(&store, &filter, streams)?,
        Format::Csv => csv(&store, &filter, streams.out)?,
        _ => page(&store, &filter, settings, streams)?,
    }
    Ok(Exit::Fine)
}

/// Whether all days are looked at: what is kept aside may lie outside the days of what counts.
fn every_day(args: &ReportsArgs, settings: &Settings) -> bool {
    settings.window == WindowSpec::All || (args.aside && args.window.window.is_none())
}

/// The domain as it is stored; one that only reports kept aside speak of will do, too.
fn domain(store: &dyn Store, survey: &Survey<'_>, name: &str) -> Result<String> {
    let stored = as_stored(name);
    let Err(unknown) = survey.domains(&[name.to_owned()]) else { return Ok(stored) };
    let mut any = false;
    let filter = ReportFilter { domain: Some(stored.clone()), ..ReportFilter::default() };
    store.reports(&filter, &mut |_| {
        any = true;
        Ok(())
    })?;
    if any { Ok(stored) } else { Err(unknown) }
}

fn gather(store: &dyn Store, filter: &ReportFilter) -> Result<Vec<ReportLine>> {
    let mut lines = Vec::new();
    store.reports(filter, &mut |line| {
        lines.push(line);
        Ok(())
    })?;
    Ok(lines)
}

/// The days that were looked at; where that is all of them, those that have reports that count
/// and those of what was found, the newest first.
fn days(store: &dyn Store, filter: &ReportFilter, lines: &[ReportLine]) -> Result<Option<Window>> {
    if filter.window.is_some() {
        return Ok(filter.window);
    }
    let found = lines.last().zip(lines.first());
    let found = found.map(|(oldest, newest)| Window { from: oldest.day, to: newest.day });
    Ok(match (found, store.span()?) {
        (Some(a), Some(b)) => Some(Window { from: a.from.min(b.from), to: a.to.max(b.to) }),
        (found, span) => found.or(span),
    })
}

fn document(store: &dyn Store, filter: &ReportFilter, streams: &mut Streams<'_>) -> Result<()> {
    let reports = gather(store, filter)?;
    let window = days(store, filter, &reports)?.into();
    written(json::document(streams.out, &Reports { window, reports }))
}

fn csv(store: &dyn Store, filter: &ReportFilter, out: &mut dyn io::Write) -> Result<()> {
    let mut csv = written(CsvRows::new(out, &rows::REPORT))?;
    store.reports(filter, &mut |line| written(csv.row(&rows::report(&line))))?;
    written(csv.finish())
}

fn page(
    store: &dyn Store,
    filter: &ReportFilter,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let lines = gather(store, filter)?;
    written(domains::window(streams.out, days(store, filter, &lines)?))?;
    written(writeln!(streams.out))?;
    written(reports::write(streams.out, settings.page, &lines))
}
