//! `sources`: who sends for a domain, and how it fares.

use std::io;

use clap::Args;
use serde::Serialize;

use crate::error::Result;
use crate::model::verdict::{SourceSummary, WindowOut};
use crate::render::{csv::CsvRows, domains, json, rows, sources};
use crate::store::sqlite::SqliteStore;

use super::args::{Format, WindowArg};
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, written};

/// Arguments of `sources`.
#[derive(Debug, Args)]
#[command(after_help = "\
Classes: own (the owner's mail), asks (perhaps the owner's: only a person can
say), forwarder, list, threat (labelled theirs), and noise (everything else:
forgeries and strays).
Own sources are healthy (nothing is said), fragile (only SPF aligns, which
forwarding breaks), failing (misconfigured in JSON: too much fails DMARC) or
healed (failed, and has passed since).

Examples:
  ruaudit sources acme.example
  ruaudit sources acme.example --all --verbose
  ruaudit sources acme.example --format csv > sources.csv")]
pub(super) struct SourcesArgs {
    /// The domain
    domain: String,
    /// Show every source, not only the busiest and those that need something
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// A domain's sources, as JSON has them.
#[derive(Serialize)]
struct Sources<'a> {
    domain: &'a str,
    window: WindowOut,
    sources: &'a [SourceSummary],
}

/// Runs the command.
pub(super) fn run(
    args: &SourcesArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    for domain in survey.domains(std::slice::from_ref(&args.domain))? {
        let found = survey.judge(&domain, None)?.sources;
        let window = survey.window_out();
        written(match settings.format {
            Format::Json => {
                json::document(streams.out, &Sources { domain: &domain, window, sources: &found })
            }
            Format::Csv => csv(&domain, &found, streams),
            _ => {
                let page = |out: &mut dyn io::Write| {
                    domains::window(out, survey.window)?;
                    writeln!(out)?;
                    sources::write(out, settings.page, &found, args.all)
                };
                page(streams.out)
            }
        })?;
    }
    Ok(Exit::Fine)
}

fn csv(domain: &str, found: &[SourceSummary], streams: &mut Streams<'_>) -> io::Result<()> {
    let mut csv = CsvRows::new(streams.out, &rows::SOURCE)?;
    found.iter().try_for_each(|source| csv.row(&rows::source(domain, source)))?;
    csv.finish()
}
