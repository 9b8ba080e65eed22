//! `record history`: every record that was seen in the DNS, given or proposed, and the policies that reports
//! show, the newest last: the way back; and one of them again, to be published.

use clap::Args;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::Day;
use crate::model::command;
use crate::model::day::rfc3339;
use crate::model::evidence::PolicySpan;
use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};
use crate::model::publication::{Origin, Proposed, Remembered, Today, WayBack};
use crate::record::edit;
use crate::record::present::last_kept;
use crate::render::{json, record};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use super::super::args::Format;
use super::super::settings::Settings;
use super::super::survey::{Survey, as_stored};
use super::super::window::WindowSpec;
use super::super::{Exit, Streams, written};
use super::{AsArg, ONE_ONLY, ONE_SPF_ONLY, checked_as, consents, show};

mod way_back;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Arguments of `record history`.
#[derive(Debug, Args)]
#[command(after_help = "\
A record is known from the DNS (--live, ruaudit check DOMAIN), given (--record),
or proposed by this program. Reports show the policy that receivers saw, never
rua and ruf. Times are in UTC, to the day; JSON has them to the second. Each
record that would work has a number, which stays; --back prints it again.

Exit codes: 0 fine; 2 errors, also where the record of --back would not work.

Examples:
  ruaudit record history acme.example
  ruaudit record history acme.example --back 3 --as cpanel
  ruaudit record history acme.example --format json")]
pub(super) struct HistoryArgs {
    /// The domain
    domain: String,
    /// Print this one again, to go back to it
    #[arg(long, value_name = "NUMBER")]
    back: Option<usize>,
    #[command(flatten)]
    form: AsArg,
}

/// A history, as JSON has it.
#[derive(Serialize)]
struct History<'a> {
    domain: &'a str,
    records: &'a [Remembered],
    way_back: Option<WayBack>,
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
    if args.back.is_some() || args.form.form.is_some() {
        return back(args, &domain, &kept, &spans, settings, streams);
    }
    let records = remembered(&domain, &kept, &spans);
    let way_back = way_back::of(&domain, &kept, &records);
    written(match settings.format {
        Format::Json => {
            let history = History { domain: &domain, records: &records, way_back };
            json::document(streams.out, &history)
        }
        _ => record::history(
            streams.out,
            settings.page,
            &domain,
            &records,
            way_back.as_ref(),
            &command::domain(&domain),
        ),
    })?;
    Ok(Exit::Fine)
}

/// Prints one of them again, checked, with the one that stands there now as far as anybody knows.
fn back(
    args: &HistoryArgs,
    domain: &str,
    kept: &[KeptRecord],
    spans: &[PolicySpan],
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let Some(wanted) = args.back.and_then(|number| numbered(kept, number)) else {
        let what = match args.back {
            Some(number) => format!("there is no record {number} of {domain}"),
            None => "--as needs --back".to_owned(),
        };
        let why = match numbers(kept).len() {
            0 => "none is known that could be published".to_owned(),
            many => format!("they are numbered 1 to {many}"),
        };
        let see =
            format!("see which there are: ruaudit record history {}", command::domain(domain));
        return Err(Error::new(what, why, see));
    };
    let checked = checked_as(wanted.kind, &wanted.text, "go back to another one")?;
    let is_dmarc = wanted.kind == RecordKind::Dmarc;
    let now = last_kept(kept, spans.last()).filter(|_| is_dmarc);
    let keep = now.filter(|now| now.text != wanted.text).map(|now| Today {
        txt: now.text.clone(),
        origin: Origin::Kept,
        complete: true,
        seen_on: Some(Day::of(now.last_at).to_string()),
    });
    let one_only = if wanted.kind == RecordKind::Spf { ONE_SPF_ONLY } else { ONE_ONLY };
    let mut notes = vec![one_only.to_owned()];
    let consents = match is_dmarc {
        true => consents(domain, &wanted.text, &mut notes),
        false => Vec::new(),
    };
    let proposed = Proposed {
        record: Some(edit::changed(&wanted.name, &wanted.text)),
        keep,
        findings: checked.findings,
        effect: checked.effect,
        consents,
        notes,
        ..Proposed::of(domain.to_owned())
    };
    show(&proposed, &args.form, settings, streams)?;
    Ok(Exit::Fine)
}

/// The records in the order of their numbers: each text at a name once, by the moment at which it was first
/// known. What comes later does not change the number of what was there; one that would not work keeps its
/// place, and is not told it.
fn numbers(kept: &[KeptRecord]) -> Vec<&KeptRecord> {
    let mut all: Vec<&KeptRecord> = kept.iter().filter(|record| is_whole(record)).collect();
    all.sort_by_key(|record| (record.first_at, record.seen, record.kind, &record.text));
    let mut found: Vec<&KeptRecord> = Vec::new();
    for record in all {
        if !found.iter().any(|known| is_same(known, record)) {
            found.push(record);
        }
    }
    found
}

fn numbered(kept: &[KeptRecord], number: usize) -> Option<&KeptRecord> {
    numbers(kept).get(number.checked_sub(1)?).copied()
}

fn is_same(one: &KeptRecord, other: &KeptRecord) -> bool {
    (&one.name, one.kind, &one.text) == (&other.name, other.kind, &other.text)
}

/// Whether nothing in it is a placeholder.
fn is_whole(record: &KeptRecord) -> bool {
    record.kind != RecordKind::Dmarc || !record.text.contains('<')
}

/// Whether it stood in the DNS beside another of its kind: both were seen at one moment.
fn is_beside(record: &KeptRecord, kept: &[KeptRecord]) -> bool {
    let beside = |other: &KeptRecord| {
        (&other.name, other.kind, other.seen) == (&record.name, record.kind, Seen::Dns)
            && other.text != record.text
            && [other.first_at, other.last_at].contains(&record.last_at)
    };
    record.seen == Seen::Dns && kept.iter().any(beside)
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
            number: None,
            several: false,
        };
        ((start(span.from), start(span.to), None), shown)
    });
    let numbers = numbers(kept);
    let of_store = kept.iter().map(|record| {
        let number = numbers.iter().position(|one| is_same(one, record)).map(|at| at + 1);
        // the order is that of all of them
        let told = number.filter(|_| checked_as(record.kind, &record.text, "").is_ok());
        let shown = Remembered {
            seen: record.seen.as_str(),
            first: rfc3339(record.first_at),
            last: rfc3339(record.last_at),
            name: record.name.clone(),
            txt: record.text.clone(),
            complete: is_whole(record),
            number: told,
            several: is_beside(record, kept),
        };
        ((record.first_at, record.last_at, number), shown)
    });
    let mut all: Vec<_> = of_reports.chain(of_store).collect();
    all.sort_by_key(|(order, _)| *order);
    all.into_iter().map(|(_, shown)| shown).collect()
}

/// As much of a record as reports show in a span.
fn policy(span: &PolicySpan) -> String {
    let sp = span.sp.as_ref().map_or(String::new(), |sp| format!("; sp={sp}"));
    let part = if span.partial { " (in part: t=y, or pct under 100)" } else { "" };
    format!("p={}{sp}{part}", span.p)
}
