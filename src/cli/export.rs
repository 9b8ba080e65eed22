//! `export`: records, sources or domains for a spreadsheet or another program.
//!
//! Records are written as they are read and never gathered: a store may hold millions.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::analyze::Judgement;
use crate::error::Result;
use crate::model::StoredRecord;
use crate::model::verdict::{DomainSummary, SourceSummary, Verdict};
use crate::model::words::Policy;
use crate::render::{csv::CsvRows, json, rows};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::args::{Format, WindowArg};
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, destination, summary, written};

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "\
CSV is for spreadsheets: a text that begins like a formula gets a ' in front.
NDJSON has every text as it was reported.

Examples:
  ruaudit export > records.csv
  ruaudit export --what sources -o sources.csv acme.example
  ruaudit export --what domains --format ndjson --window all")]
pub(super) struct ExportArgs {
    /// The domain; all of them unless given
    domain: Option<String>,
    /// What a row is
    #[arg(long, value_enum, default_value = "records", value_name = "WHAT")]
    what: What,
    /// Write to this file instead of standard output; it appears when it is whole
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A record of a report
    Records,
    /// A source of a domain
    Sources,
    /// A domain, with its verdict
    Domains,
}

/// Runs the command.
pub(super) fn run(
    args: &ExportArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let domains = survey.domains(args.domain.as_slice())?;
    let csv = settings.format == Format::Csv;
    destination::write_to(args.output.as_deref(), &settings.db, streams.out, |out| {
        match (args.what, csv) {
            (What::Records, true) => record_csv(&store, &domains, &survey, out),
            (What::Records, false) => record_lines(&store, &domains, &survey, out),
            (What::Sources, true) => source_csv(&domains, &survey, out),
            (What::Sources, false) => source_lines(&domains, &survey, out),
            (What::Domains, true) => summary::csv(&survey, &domains, out),
            (What::Domains, false) => domain_lines(&domains, &survey, out),
        }
    })?;
    Ok(Exit::Fine)
}

fn record_csv(
    store: &dyn Store,
    domains: &[String],
    survey: &Survey<'_>,
    out: &mut dyn Write,
) -> Result<()> {
    let mut csv = written(CsvRows::new(out, &rows::RECORD))?;
    for domain in domains {
        let mut each = |record: &StoredRecord| written(csv.row(&rows::record(record)));
        store.records(Some(domain), survey.window, &mut each)?;
    }
    written(csv.finish())
}

fn record_lines(
    store: &dyn Store,
    domains: &[String],
    survey: &Survey<'_>,
    out: &mut dyn Write,
) -> Result<()> {
    let mut each = |record: &StoredRecord| {
        written(json::line(out, &rows::Named(&rows::RECORD, &rows::record(record))))
    };
    domains.iter().try_for_each(|domain| store.records(Some(domain), survey.window, &mut each))
}

fn source_csv(domains: &[String], survey: &Survey<'_>, out: &mut dyn Write) -> Result<()> {
    let mut csv = written(CsvRows::new(out, &rows::SOURCE))?;
    for domain in domains {
        for source in survey.judge(domain, None)?.sources {
            written(csv.row(&rows::source(domain, &source)))?;
        }
    }
    written(csv.finish())
}

/// A source with its domain, the lists as lists.
#[derive(Serialize)]
struct SourceLine<'a> {
    domain: &'a str,
    #[serde(flatten)]
    source: &'a SourceSummary,
}

fn source_lines(domains: &[String], survey: &Survey<'_>, out: &mut dyn Write) -> Result<()> {
    for domain in domains {
        for source in &survey.judge(domain, None)?.sources {
            written(json::line(out, &SourceLine { domain, source }))?;
        }
    }
    Ok(())
}

/// A domain with its verdict.
#[derive(Serialize)]
struct DomainLine<'a> {
    #[serde(flatten)]
    summary: &'a DomainSummary,
    verdict: Verdict,
    next: Option<&'a Policy>,
    headline: &'a str,
    record: Option<&'a str>,
}

fn domain_lines(domains: &[String], survey: &Survey<'_>, out: &mut dyn Write) -> Result<()> {
    for domain in domains {
        let Judgement { summary, advice, .. } = survey.judge(domain, None)?;
        let line = DomainLine {
            summary: &summary,
            verdict: advice.verdict,
            next: advice.next.as_ref(),
            headline: &advice.headline,
            record: advice.record.as_deref(),
        };
        written(json::line(out, &line))?;
    }
    Ok(())
}
