//! `record history`: every record that was seen in the DNS, given or proposed, and the policies that reports
//! show, the newest last: the way back.

use clap::Args;
use serde::Serialize;

use crate::error::Result;
use crate::model::Day;
use crate::model::day::rfc3339;
use crate::model::evidence::PolicySpan;
use crate::model::kept::KeptRecord;
use crate::model::publication::Remembered;
use crate::render::{json, record};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use super::super::args::Format;
use super::super::settings::Settings;
use super::super::survey::{Survey, as_stored};
use super::super::window::WindowSpec;
use super::super::{Exit, Streams, written};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Arguments of `record history`.
#[derive(Debug, Args)]
#[command(after_help = "\
A record is known from the DNS (--live, ruaudit check DOMAIN), given (--record),
or proposed by this program. Reports show the policy that receivers saw, never
rua and ruf. Times are in UTC, to the day; JSON has them to the second.

Examples:
  ruaudit record history acme.example
  ruaudit record history acme.example --format json")]
pub(super) struct HistoryArgs {
    /// The domain
    domain: String,
}

/// A history, as JSON has it.
#[derive(Serialize)]
struct History<'a> {
    domain: &'a str,
    records: &'a [Remembered],
}

/// Runs the command.
pub(super) fn run(
    args: &HistoryArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::silent(&store, settings)?.through(WindowSpec::All, settings)?;
    let domain = as_stored(&args.domain);
    let kept = store.kept_records(&domain)?;
    let spans = match survey.domains(std::slice::from_ref(&args.domain)) {
        Ok(_) => survey.judge(&domain, None)?.advice.policy_history,
        Err(_) if !kept.is_empty() => Vec::new(),
        Err(unknown) => return Err(unknown),
    };
    let records = remembered(&domain, &kept, &spans);
    written(match settings.format {
        Format::Json => {
            json::document(streams.out, &History { domain: &domain, records: &records })
        }
        _ => record::history(streams.out, settings.page, &domain, &records),
    })?;
    Ok(Exit::Fine)
}

/// All of it in one order: what began first comes first, and of equals what ended first.
fn remembered(domain: &str, kept: &[KeptRecord], spans: &[PolicySpan]) -> Vec<Remembered> {
    let start = |day: Day| i64::from(day.0) * DAY;
    let of_reports = spans.iter().map(|span| {
        let shown = Remembered {
            seen: "reports",
            first: span.from.to_string(),
            last: span.to.to_string(),
            name: format!("_dmarc.{domain}"),
            txt: policy(span),
            complete: false,
        };
        ((start(span.from), start(span.to)), shown)
    });
    let of_store = kept.iter().map(|record| {
        let shown = Remembered {
            seen: record.seen.as_str(),
            first: rfc3339(record.first_at),
            last: rfc3339(record.last_at),
            name: record.name.clone(),
            txt: record.text.clone(),
            complete: !record.text.contains('<'),
        };
        ((record.first_at, record.last_at), shown)
    });
    let mut all: Vec<_> = of_reports.chain(of_store).collect();
    all.sort_by_key(|(times, _)| *times);
    all.into_iter().map(|(_, shown)| shown).collect()
}

/// As much of a record as reports show in a span.
fn policy(span: &PolicySpan) -> String {
    let sp = span.sp.as_ref().map_or(String::new(), |sp| format!("; sp={sp}"));
    let part = if span.partial { " (in part: t=y, or pct under 100)" } else { "" };
    format!("p={}{sp}{part}", span.p)
}
