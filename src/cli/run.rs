//! `run`: the nightly job. Reads the mailboxes and the paths of the configuration, then tells what
//! has changed since the last run.
//!
//! What is noted for the next run is noted last of all, once the digest is written: a run that is
//! cut off repeats a digest and never loses one.

use std::io;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::analyze::changes::{self, Gathering, REPORTER_DAYS};
use crate::error::{Error, Result};
use crate::intake::paths::Paths;
use crate::intake::{Stop, Stoppable};
use crate::model::day::rfc3339;
use crate::model::digest::{
    Changes, DomainChanges, DomainNote, Failure, NotedRun, Notes, ReporterChanges,
};
use crate::model::pulled::AccountPulled;
use crate::model::{Day, Window, Written};
use crate::pipeline::{Ingested, ingest};
use crate::render::{digest, json, pulled};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use super::args::Format;
use super::ingest::terms;
use super::lock::{self, Lock};
use super::progress::Bar;
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, pull, watch, written};

mod rehearse;

/// Changed domains that a page tells of unless all are asked for.
const SHOWN: usize = 20;

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads what `paths` and the accounts of the configuration name, then tells what
has changed since the last run: verdicts, senders, reporters, and what could not
be read.

A person is needed when a verdict becomes READY, FIX, REVIEW or ROLLBACK, when a
sender of yours begins to fail, when a new sender that may be yours holds up a
move, when no reports come any more, and when an account or a path cannot be
read. With --quiet nothing is written unless a person is needed; then all of the
digest is. Mail that cannot be read needs nobody: anyone can send it.

Exit codes: 0 fine; 2 errors, also when an account or a path could not be read;
3 with --check when a person is needed; 4 another run is at work; 130 stopped by a
signal.

Examples:
  ruaudit run
  ruaudit run --quiet --config /etc/ruaudit/ruaudit.toml
  ruaudit run --check --format json > digest.json
  ruaudit run --dry-run")]
pub(super) struct RunArgs {
    /// Exit with 3 if a person is needed
    #[arg(long)]
    check: bool,
    /// Only count what would be read; change nothing, neither store nor mailbox
    #[arg(long)]
    dry_run: bool,
}

/// What was read, from all places together.
#[derive(Default)]
struct Collected {
    inputs: u64,
    written: Written,
    seconds: f64,
    failed: Vec<Failure>,
    accounts: Vec<AccountPulled>,
}

/// A digest, as JSON has it.
#[derive(Serialize)]
struct Document<'a> {
    read: Ingested,
    accounts: &'a [AccountPulled],
    #[serde(flatten)]
    changes: &'a Changes,
}

/// Runs the command.
pub(super) fn run(args: &RunArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    check(settings)?;
    if args.dry_run {
        return rehearse::run(settings, streams);
    }
    settings.remark_exposed(streams.err);
    let stop = watch::signals()?;
    let _lock = match Lock::take(&settings.db, settings.now)? {
        Ok(lock) => lock,
        Err(held) => return lock::busy(&held, streams),
    };
    let mut store = SqliteStore::open(&settings.db)?;
    let collected = collect(settings, &mut store, streams, &stop)?;
    if stop.is_asked() {
        // what was read is stored; what has changed, the next run tells
        return Ok(Exit::Stopped);
    }
    let (changes, notes) = compare(settings, &store, collected.failed.clone())?;
    if !settings.quiet || changes.needs_person {
        tell(&changes, &collected, settings, streams)?;
        written(streams.out.flush())?;
    }
    store.note(&notes)?;
    Ok(exit(args, &changes))
}

/// How the run ends.
fn exit(args: &RunArgs, changes: &Changes) -> Exit {
    match changes.needs_person {
        _ if !changes.failed.is_empty() => Exit::Failed,
        true if args.check => Exit::NeedsPerson,
        _ => Exit::Fine,
    }
}

/// A job that reads nothing must not look like one that found nothing.
fn check(settings: &Settings) -> Result<()> {
    if !settings.paths.is_empty() || !settings.accounts.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        "there is nothing to run",
        "the configuration names neither `paths` nor an account, or none was found",
        "name them there, and the file with --config: paths = [\"/var/spool/dmarc\"]",
    ))
}

/// Reads the accounts and the paths. One that cannot be read costs the others nothing.
fn collect(
    settings: &Settings,
    store: &mut SqliteStore,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Collected> {
    let mut collected = Collected::default();
    accounts(settings, store, streams, stop, &mut collected)?;
    paths(settings, store, streams, stop, &mut collected)?;
    Ok(collected)
}

/// Pulls every account of the configuration.
fn accounts(
    settings: &Settings,
    store: &mut SqliteStore,
    streams: &mut Streams<'_>,
    stop: &Stop,
    collected: &mut Collected,
) -> Result<()> {
    if settings.accounts.is_empty() {
        return Ok(());
    }
    let accounts = settings.accounts_named(&[])?;
    let reached = pull::pull_accounts(&accounts, settings, store, streams, stop)?;
    for account in &reached {
        let total = account.total();
        collected.inputs += total.new;
        collected.written += total.written;
        collected.seconds += total.seconds;
        if let Some(error) = &account.error {
            let (place, error) = (account.account.clone(), error.clone());
            collected.failed.push(Failure { place, error });
        }
    }
    collected.accounts = reached;
    Ok(())
}

fn paths(
    settings: &Settings,
    store: &mut SqliteStore,
    streams: &mut Streams<'_>,
    stop: &Stop,
    collected: &mut Collected,
) -> Result<()> {
    let (there, failed) = there(settings);
    collected.failed.extend(failed);
    let intake = Paths::new(&there, settings.limits.input_bytes)?;
    let mut intake = intake.without_store(&settings.db);
    let bar = Bar::new(streams.progress && !settings.quiet, "files");
    let mut intake = Stoppable { intake: &mut intake, stop };
    let Ingested { inputs, written, seconds } = ingest(&mut intake, store, terms(settings), &bar)?;
    collected.inputs += inputs;
    collected.written += written;
    collected.seconds += seconds;
    Ok(())
}

/// The paths that are there, and why the others cannot be read.
fn there(settings: &Settings) -> (Vec<PathBuf>, Vec<Failure>) {
    let (mut there, mut failed) = (Vec::new(), Vec::new());
    for path in &settings.paths {
        match Paths::new(std::slice::from_ref(path), settings.limits.input_bytes) {
            Ok(_) => there.push(path.clone()),
            Err(error) => {
                failed.push(Failure { place: path.display().to_string(), error: error.to_string() })
            }
        }
    }
    (there, failed)
}

/// Works out the digest, and what is to be noted once it is written.
fn compare(
    settings: &Settings,
    store: &SqliteStore,
    failed: Vec<Failure>,
) -> Result<(Changes, Notes)> {
    let before = store.noted_run()?;
    let (domains, notes) = domains(settings, store, before.is_none())?;
    let since = before.as_ref().map(|before| rfc3339(before.at));
    let before = before.unwrap_or_default();
    let mut reporters = reporters(settings, store, &before)?;
    if since.is_none() {
        // as with senders: what the first run finds is how things are
        reporters.silent.clear();
    }
    let troubles = store.troubles(before.mark)?;
    let run = NotedRun {
        at: settings.now,
        mark: troubles.mark,
        silent: reporters.silence.is_some(),
        silent_reporters: std::mem::take(&mut reporters.still),
    };
    let needs_person = domains.need_person > 0
        || !failed.is_empty()
        || reporters.silence.is_some_and(|silence| silence.is_new);
    let changes = Changes { since, needs_person, failed, domains, reporters, troubles };
    Ok((changes, Notes { run, domains: notes }))
}

/// Judges every domain once, and compares it with what was noted.
fn domains(
    settings: &Settings,
    store: &SqliteStore,
    is_first: bool,
) -> Result<(DomainChanges, Vec<DomainNote>)> {
    // what is said of old reports, the digest says itself
    let (mut out, mut err) = (io::sink(), io::sink());
    let mut silent = Streams { out: &mut out, err: &mut err, progress: false };
    let survey = Survey::new(store, settings, &mut silent)?;
    let at_most = match settings.format {
        Format::Json => usize::MAX,
        _ => settings.page.at_most(SHOWN),
    };
    let mut gathering = Gathering::new(is_first, at_most);
    let mut notes = Vec::new();
    for domain in survey.domains(&[])? {
        let judged = survey.judge(&domain, None)?;
        let before = store.noted_domain(&domain)?;
        notes.extend(gathering.add(&judged, before.as_ref()));
    }
    Ok((gathering.finish(), notes))
}

fn reporters(
    settings: &Settings,
    store: &SqliteStore,
    before: &NotedRun,
) -> Result<ReporterChanges> {
    let today = Day::of(settings.now);
    let newest = store.span()?.map(|span| span.to.min(today));
    let days = match newest {
        Some(to) => store.reporter_days(Window { from: to.plus(1 - REPORTER_DAYS), to })?,
        None => Vec::new(),
    };
    Ok(changes::reporters(&days, newest, today, before.silent, &before.silent_reporters))
}

/// Writes the digest.
fn tell(
    changes: &Changes,
    collected: &Collected,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Collected { inputs, written: found, seconds, .. } = collected;
    let (inputs, seconds) = (*inputs, *seconds);
    written(match settings.format {
        Format::Json => {
            let read = Ingested { inputs, written: *found, seconds };
            let accounts = &collected.accounts;
            json::document(streams.out, &Document { read, accounts, changes })
        }
        _ => {
            let read = digest::Read { inputs, written: found };
            digest::write(streams.out, settings.page, changes, read)
                .and_then(|()| warn(collected, settings, streams))
        }
    })
}

/// Writes what the servers could not do: whoever reads only the digest hears of it nowhere else.
fn warn(collected: &Collected, settings: &Settings, streams: &mut Streams<'_>) -> io::Result<()> {
    let mut accounts = collected.accounts.iter();
    accounts.try_for_each(|account| pulled::warnings(streams.out, settings.page, account))
}
