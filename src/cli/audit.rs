//! `audit`: the whole job in one command. Reads reports, then shows volumes and advice.

use std::io;

use clap::Args;
use serde::Serialize;

use crate::error::Result;
use crate::model::Foreign;
use crate::model::verdict::{DomainSummary, Recommendation, WindowOut};
use crate::pipeline::Ingested;
use crate::render::advice::blind_spots;
use crate::render::{account, domains, json};

use super::args::{Format, WindowArg};
use super::ingest::{self, InputArgs};
use super::kept::Keeping;
use super::present::{LiveArgs, Presents};
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, advise, summary, written};

/// How many domains the table shows.
const TABLE: usize = 25;
/// How many domains are advised on in full.
const BLOCKS: usize = 10;

/// Arguments of `audit`.
#[derive(Debug, Args)]
#[command(after_help = "\
The reports are kept: summary, sources and advise answer later without reading
them again.

Examples:
  ruaudit audit reports/
  ruaudit audit --window all reports/ archive.mbox
  ruaudit audit --format json reports/ > audit.json")]
pub(super) struct AuditArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// All that an audit found, as JSON has it.
#[derive(Serialize)]
struct Audit<'a> {
    ingest: &'a Ingested,
    summary: summary::Summary<'a>,
    advice: advise::Advice<'a>,
}

/// Runs the command.
pub(super) fn run(
    args: &AuditArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let (store, ingested) = ingest::read_in(&args.input, settings, streams)?;
    let survey = Survey::new(&store, settings, streams)?;
    let domains = survey.domains(&[])?;
    let to_ask = survey.to_ask(&LiveArgs::default(), &domains, settings)?;
    let presents = Presents::ask(None, &LiveArgs::default(), &to_ask, settings);
    let mut keeping = Keeping::new(settings.now);
    let judge = |domain: &String| {
        let judged = presents.advise(&survey, domain, &mut keeping)?;
        Ok((judged.summary, judged.advice))
    };
    let found: Vec<_> = domains.iter().map(judge).collect::<Result<_>>()?;
    written(match settings.format {
        Format::Json => {
            let foreign = survey.foreign()?;
            document(&ingested, survey.window_out(), foreign, &found, streams)
        }
        _ => page(&ingested, &survey, &found, settings, streams),
    })?;
    keeping.keep(store);
    Ok(ingest::exit(&args.input, &ingested))
}

fn document(
    ingest: &Ingested,
    window: WindowOut,
    foreign: Foreign,
    found: &[(DomainSummary, Recommendation)],
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    let domains = found.iter().map(|(summary, _)| summary).collect();
    let summary = summary::Summary { window, domains, foreign };
    let advice =
        advise::Advice { window, domains: found.iter().map(|(_, advice)| advice).collect() };
    json::document(streams.out, &Audit { ingest, summary, advice })
}

fn page(
    ingested: &Ingested,
    survey: &Survey<'_>,
    found: &[(DomainSummary, Recommendation)],
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    let Ingested { inputs, written, seconds } = ingested;
    account::write(streams.out, settings.page, *inputs, written, *seconds)?;
    domains::window(streams.out, survey.window)?;
    if !found.is_empty() {
        writeln!(streams.out)?;
        domains::verdicts(streams.out, settings.page, found, TABLE)?;
        advise::blocks(found, BLOCKS, "ruaudit advise", settings, streams)?;
        blind_spots(streams.out, settings.page, found.iter().map(|(_, advice)| advice))?;
    }
    writeln!(streams.out)?;
    ingest::kept(settings, streams, "ruaudit sources DOMAIN | ruaudit advise DOMAIN")
}
