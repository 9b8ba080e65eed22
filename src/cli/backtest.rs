//! `backtest`: what the advice would have been on every past day, and what would have come of it.

use std::io;

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use crate::analyze::Question;
use crate::analyze::backtest::{backtest, portfolio};
use crate::error::Result;
use crate::model::backtest::{Backtest, Portfolio};
use crate::model::{History, Knowledge};
use crate::pipeline::Progress as _;
use crate::render::backtest as page;
use crate::render::{csv::CsvRows, json};
use crate::store::sqlite::SqliteStore;

use super::args::Format;
use super::progress::Bar;
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, written};

/// Domains whose histories are held at a time.
const AT_A_TIME: usize = 16;

/// Arguments of `backtest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Replays the gates of `advise` on every past day, with the reports that had
arrived by then: the first day of READY, and the own messages that failed in the
30 days after. The same for a plain rule: 98% of all mail passes, 1,000
messages, 14 days. It takes two months of reports to tell much. Counted is the
mail that the move reaches: where the record keeps what it says of subdomains
(sp), that of the domain itself.

A label is known from the day on which it was set; of the profile and the list
of senders, every past day has those of today.

HIT is own mail that the move would have hit (! if more than was predicted),
MOST what the evidence of that day let expect at most, UNNAMED failing mail of
senders that only a person can name (class asks) and nobody has named.

Examples:
  ruaudit backtest
  ruaudit backtest acme.example
  ruaudit backtest --format json | jq '.portfolio'")]
pub(super) struct BacktestArgs {
    /// The domains, each with its story; a table of all of them unless given
    #[arg(value_name = "DOMAIN")]
    domains: Vec<String>,
    /// Show every domain, not only those of which most went wrong
    #[arg(long)]
    all: bool,
}

/// Back-tests, as JSON has them.
#[derive(Serialize)]
struct Document<'a> {
    domains: &'a [Backtest],
    portfolio: Portfolio,
}

/// Runs the command.
pub(super) fn run(
    args: &BacktestArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let domains = survey.domains(&args.domains)?;
    let tests = replay(&survey, &domains, settings, streams.progress && !settings.quiet)?;
    let portfolio = portfolio(&tests);
    written(match settings.format {
        Format::Json => json::document(streams.out, &Document { domains: &tests, portfolio }),
        Format::Csv => csv(&tests, streams.out),
        _ if args.domains.is_empty() => {
            page::portfolio(streams.out, settings.page, &tests, &portfolio, args.all)
        }
        _ => page::stories(streams.out, settings.page, &tests),
    })?;
    Ok(Exit::Fine)
}

/// Reads some histories, replays them on every core, and so on: memory holds a few domains.
fn replay(
    survey: &Survey<'_>,
    domains: &[String],
    settings: &Settings,
    visible: bool,
) -> Result<Vec<Backtest>> {
    let bar = Bar::new(visible, "domains");
    bar.expect(domains.len() as u64);
    let mut tests = Vec::with_capacity(domains.len());
    for some in domains.chunks(AT_A_TIME) {
        let known =
            |domain: &String| Ok((survey.history(domain)?, survey.known(domain).into_owned()));
        let known: Vec<(History, Knowledge)> = some.iter().map(known).collect::<Result<_>>()?;
        let test = |(history, knowledge): &(History, Knowledge)| {
            let providers = settings.senders();
            let question = Question::new(None, &settings.thresholds);
            backtest(history, &Question { knowledge, providers, ..question })
        };
        tests.par_extend(known.par_iter().map(test));
        bar.stored(tests.len() as u64);
    }
    Ok(tests)
}

fn csv(tests: &[Backtest], out: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = CsvRows::new(out, &page::COLUMNS)?;
    tests.iter().try_for_each(|test| csv.row(&page::row(test)))?;
    csv.finish()
}
