//! `summary`: volumes and pass rates, domain by domain.

use std::io;

use clap::Args;
use serde::Serialize;

use crate::analyze::Judgement;
use crate::error::Result;
use crate::model::Foreign;
use crate::model::verdict::{DomainSummary, WindowOut};
use crate::render::{csv::CsvRows, domains, json, rows};
use crate::store::sqlite::SqliteStore;

use super::args::{Format, WindowArg};
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, written};

/// Arguments of `summary`.
#[derive(Debug, Args)]
#[command(after_help = "\
DMARC is the share of messages that pass; DKIM and SPF are the shares in
alignment.

Examples:
  ruaudit summary
  ruaudit summary acme.example --window all
  ruaudit summary --format csv > domains.csv")]
pub(super) struct SummaryArgs {
    /// The domain; all of them unless given
    domain: Option<String>,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// A summary, as JSON has it.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    pub(super) window: WindowOut,
    pub(super) domains: Vec<&'a DomainSummary>,
    /// What is kept aside, since it is about the domains of others.
    pub(super) foreign: Foreign,
}

/// Runs the command.
pub(super) fn run(
    args: &SummaryArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let domains = survey.domains(args.domain.as_slice())?;
    if settings.format == Format::Csv {
        csv(&survey, &domains, streams.out)?;
        return Ok(Exit::Fine);
    }
    let found = survey.each(&domains, |judged| judged.summary)?;
    let foreign = survey.foreign()?;
    written(match settings.format {
        Format::Json => {
            let (window, domains) = (survey.window_out(), found.iter().collect());
            json::document(streams.out, &Summary { window, domains, foreign })
        }
        _ => page(&survey, &found, foreign, settings, streams),
    })?;
    Ok(Exit::Fine)
}

fn page(
    survey: &Survey<'_>,
    found: &[DomainSummary],
    foreign: Foreign,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    domains::window(streams.out, survey.window)?;
    if !found.is_empty() {
        writeln!(streams.out)?;
        domains::volumes(streams.out, settings.page, found)?;
    }
    domains::foreign(streams.out, settings.page, foreign)
}

/// Writes each domain with its verdict, as soon as it is judged.
pub(super) fn csv(survey: &Survey<'_>, domains: &[String], out: &mut dyn io::Write) -> Result<()> {
    let mut csv = written(CsvRows::new(out, &rows::DOMAIN))?;
    for domain in domains {
        let Judgement { summary, advice, .. } = survey.judge(domain, None)?;
        written(csv.row(&rows::domain(&summary, &advice)))?;
    }
    written(csv.finish())
}
