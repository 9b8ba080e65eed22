//! `advise`: what to do with each domain, why, and which record to publish.

use std::cmp::Reverse;
use std::io;

use clap::Args;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::txt::TagList;
use crate::model::verdict::{DomainSummary, Recommendation, WindowOut};
use crate::record::edit;
use crate::render::escape::escape;
use crate::render::{advice, domains, json};
use crate::store::sqlite::SqliteStore;

use super::args::{Format, WindowArg};
use super::explain;
use super::kept::Keeping;
use super::present::{LiveArgs, Presents};
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, written};

/// How many domains are advised on in full, unless they are named or all are asked for.
const BLOCKS: usize = 25;

/// Arguments of `advise`.
#[derive(Debug, Args)]
#[command(after_help = "\
Verdicts: ROLLBACK (own mail is being stopped), FIX (own senders fail), REVIEW
(senders that only a person can name), HOLD (not enough evidence yet), READY
(take the next step), STAY (the end is reached). Every threshold can be set in
the configuration, under [thresholds].

--verbose adds every gate, and the record as a line of a zone file and as the
fields of cPanel. --explain shows rows by code: B both aligned, D only DKIM, S
only SPF; failing: Xd another domain's signature passes, Xs another domain's
SPF does, Xo the domain's own was tried and failed, X0 nothing was tried.

Examples:
  ruaudit advise
  ruaudit advise acme.example --verbose
  ruaudit advise acme.example --explain rate
  ruaudit advise acme.example --explain Mailchimp
  ruaudit advise acme.example --record 'v=DMARC1; p=none; sp=reject'
  ruaudit advise --live
  ruaudit advise --format json | jq '.domains[] | select(.verdict == \"ready\")'")]
pub(super) struct AdviseArgs {
    /// The domains; all of them unless given
    #[arg(value_name = "DOMAIN")]
    domains: Vec<String>,
    /// The TXT value that is published now, for the one DOMAIN named: reports do not show all of it
    #[arg(long, value_name = "TXT", conflicts_with_all = ["live", "nameserver"])]
    record: Option<String>,
    #[command(flatten)]
    live: LiveArgs,
    /// How one gate or one source was judged, with the arithmetic and the rows: time, coverage,
    /// own_sources, answers, stability, rate, dkim, people, dns (with --live), or a name that `sources`
    /// shows
    #[arg(long, value_name = "GATE|SOURCE")]
    explain: Option<String>,
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
    check(args.record.as_deref(), &args.domains)?;
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let record = args.record.as_deref().map(without_quotes);
    let domains = survey.domains(&args.domains)?;
    let to_ask = survey.to_ask(&args.live, &domains, settings)?;
    let presents = Presents::ask(record.as_deref(), &args.live, &to_ask, settings);
    let mut keeping = Keeping::new(settings.now);
    if let Some(wanted) = &args.explain {
        return explain::run(&survey, &domains, &presents, wanted, settings, streams);
    }
    let judge = |domain: &String| {
        let judged = presents.advise(&survey, domain, &mut keeping)?;
        Ok((judged.summary, judged.advice))
    };
    let found: Vec<_> = domains.iter().map(judge).collect::<Result<_>>()?;
    written(match settings.format {
        Format::Json => {
            let domains = found.iter().map(|(_, advice)| advice).collect();
            json::document(streams.out, &Advice { window: survey.window_out(), domains })
        }
        _ => {
            let at_most = if args.domains.is_empty() { BLOCKS } else { usize::MAX };
            page(&survey, &found, at_most, settings, streams)
        }
    })?;
    keeping.keep(store);
    Ok(Exit::Fine)
}

/// A TXT value as it is published: zone files and `dig` show it in quotes, perhaps in several.
pub(super) fn without_quotes(record: &str) -> String {
    match TagList::parse_dmarc(record) {
        Ok(list) if record.trim_start().starts_with('"') => list.to_string(),
        _ => record.to_owned(),
    }
}

/// A record belongs to one domain.
pub(super) fn check(record: Option<&str>, domains: &[String]) -> Result<()> {
    let Some(record) = record else { return Ok(()) };
    if let Err(why) = TagList::parse_dmarc(record) {
        return Err(Error::new(
            format!("cannot use --record '{}'", escape(record)),
            why,
            "give the TXT value as it is published: --record 'v=DMARC1; p=none; rua=mailto:...'",
        ));
    }
    if domains.len() == 1 {
        return Ok(());
    }
    Err(Error::new(
        "cannot use --record",
        format!("a record belongs to one domain, and {} are named", domains.len()),
        "name exactly one: ruaudit advise DOMAIN --record 'v=DMARC1; ...'",
    ))
}

fn page(
    survey: &Survey<'_>,
    found: &[(DomainSummary, Recommendation)],
    at_most: usize,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    domains::window(streams.out, survey.window)?;
    blocks(found, at_most, "ruaudit advise DOMAIN", settings, streams)?;
    advice::blind_spots(streams.out, settings.page, found.iter().map(|(_, advice)| advice))
}

/// Writes each domain's advice for a person, the most urgent first and then the busiest; at most so
/// many unless all are asked for, and then how many more there are and how they are seen.
pub(super) fn blocks(
    found: &[(DomainSummary, Recommendation)],
    at_most: usize,
    see: &str,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    let mut sorted: Vec<_> = found.iter().collect();
    sorted.sort_by_key(|(summary, advice)| {
        (advice.verdict.urgency(), Reverse(summary.tally.messages))
    });
    let shown = sorted.len().min(settings.page.at_most(at_most));
    let advice: Vec<_> = sorted[..shown].iter().map(|(_, advice)| advice).collect();
    let level = settings.thresholds.confidence;
    advice::write(streams.out, settings.page, &advice, level, edit::changed)?;
    if shown < sorted.len() {
        writeln!(streams.out)?;
    }
    domains::more(streams.out, sorted.len(), shown, see)
}
