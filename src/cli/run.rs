//! `run`: the nightly job. Reads the mailboxes and the paths of the configuration, then tells what
//! has changed since the last run.
//!
//! What is noted for the next run is noted last of all, once the digest is written: a run that is
//! cut off repeats a digest and never loses one.

use std::io;

use clap::Args;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::model::digest::Changes;
use crate::model::pulled::AccountPulled;
use crate::pipeline::Ingested;
use crate::render::{digest, json, pulled};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use super::args::Format;
use super::lock::{self, Lock};
use super::settings::Settings;
use super::{Exit, Streams, watch, written};

mod collect;
mod compare;
mod records;
mod rehearse;

use collect::Collected;

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads what `paths` and the accounts of the configuration name, then tells what
has changed since the last run: verdicts, senders, reporters, and what could not
be read.

A person is needed when a verdict becomes READY, FIX, REVIEW or ROLLBACK, when a
sender of yours begins to fail, when a new sender that may be yours holds up a
move, when no reports come (again each week), when an account or a path cannot
be read, and, with `live = true` in the configuration, when the DMARC record of a
domain is gone from the DNS, broken, or stands there twice. With --quiet nothing is written unless a person is needed; then
all of the digest is. Mail that cannot be read needs nobody: anyone can send it.

Exit codes: 0 fine; 2 errors, also when an account or a path could not be read;
3 with --check when a person is needed; 4 another run is at work; 130 stopped
by a signal.

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
    let mut held = Vec::new();
    let ended = night(args, settings, &mut store, streams, &stop, &mut held);
    // where standard error cannot be written, there is nobody left to tell
    let _ = streams.err.write_all(&held);
    ended
}

/// Reads, compares, tells and notes. What failing accounts say is held back until it is known whether
/// the digest tells it: only what it does not is left.
fn night(
    args: &RunArgs,
    settings: &Settings,
    store: &mut SqliteStore,
    streams: &mut Streams<'_>,
    stop: &Stop,
    held: &mut Vec<u8>,
) -> Result<Exit> {
    let collected = collect::collect(settings, store, streams.progress, stop, held)?;
    if stop.is_asked() {
        // what has changed, the next run tells
        stopped(settings, streams.err);
        return Ok(Exit::Stopped);
    }
    let (changes, notes, keeping) = compare::compare(settings, store, &collected)?;
    if !settings.quiet || changes.needs_person {
        tell(&changes, &collected, settings, streams)?;
        written(streams.out.flush())?;
        *held = collect::untold(held, &collected.accounts);
    }
    store.note(&notes)?;
    keeping.keep_in(store);
    Ok(exit(args, &changes))
}

/// Says that there is no digest, and that nothing is lost.
fn stopped(settings: &Settings, err: &mut dyn io::Write) {
    if !settings.quiet {
        // where it cannot be written, there is nobody left to tell
        let _ = writeln!(err, "stopped: what was read is stored; the next run goes on");
    }
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
