//! `advise`: what to do with each domain, why, and which record to publish.

use std::io;

use clap::Args;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::txt::TagList;
use crate::model::verdict::{Recommendation, WindowOut};
use crate::render::escape::escape;
use crate::render::{advice, domains, json, words};
use crate::store::sqlite::SqliteStore;

use super::args::{Format, WindowArg};
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, written};

/// Arguments of `advise`.
#[derive(Debug, Args)]
#[command(after_help = "\
Verdicts: ROLLBACK (own mail is being stopped), FIX (own senders fail), REVIEW
(senders that only a person can name), HOLD (not enough evidence yet), READY
(take the next step), STAY (the end is reached). Every threshold can be set in
the configuration, under [thresholds].

Examples:
  ruaudit advise
  ruaudit advise acme.example --verbose
  ruaudit advise acme.example --record 'v=DMARC1; p=none; sp=reject'
  ruaudit advise --format json | jq '.domains[] | select(.verdict == \"ready\")'")]
pub(super) struct AdviseArgs {
    /// The domains; all of them unless given
    #[arg(value_name = "DOMAIN")]
    domains: Vec<String>,
    /// The TXT value that is published now, for the one DOMAIN named: reports do not show all of it
    #[arg(long, value_name = "TXT")]
    record: Option<String>,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// Advice, as JSON has it.
#[derive(Serialize)]
pub(super) struct Advice<'a> {
    pub(super) window: WindowOut,
    pub(super) domains: Vec<&'a Recommendation>,
}

/// Runs the command.
pub(super) fn run(
    args: &AdviseArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    check(args)?;
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let record = args.record.as_deref();
    let judge = |domain: &String| survey.judge(domain, record).map(|judged| judged.advice);
    let found: Vec<_> = survey.domains(&args.domains)?.iter().map(judge).collect::<Result<_>>()?;
    written(match settings.format {
        Format::Json => {
            let (window, domains) = (survey.window_out(), found.iter().collect());
            json::document(streams.out, &Advice { window, domains })
        }
        _ => page(&survey, found, settings, streams),
    })?;
    Ok(Exit::Fine)
}

/// A record belongs to one domain.
fn check(args: &AdviseArgs) -> Result<()> {
    let Some(record) = &args.record else { return Ok(()) };
    if let Err(why) = TagList::parse_dmarc(record) {
        return Err(Error::new(
            format!("cannot use --record '{}'", escape(record)),
            why,
            "give the TXT value as it is published: --record 'v=DMARC1; p=none; rua=mailto:...'",
        ));
    }
    if args.domains.len() == 1 {
        return Ok(());
    }
    Err(Error::new(
        "cannot use --record",
        format!("a record belongs to one domain, and {} are named", args.domains.len()),
        "name exactly one: ruaudit advise DOMAIN --record 'v=DMARC1; ...'",
    ))
}

fn page(
    survey: &Survey<'_>,
    mut found: Vec<Recommendation>,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    domains::window(streams.out, survey.window)?;
    found.sort_by_key(|advice| words::urgency(advice.verdict));
    for advice in &found {
        writeln!(streams.out)?;
        block(advice, settings, streams)?;
    }
    advice::blind_spots(streams.out, settings.page, &found)
}

/// Writes one domain's advice for a person.
pub(super) fn block(
    found: &Recommendation,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    advice::write(streams.out, settings.page, found, settings.thresholds.confidence)
}
