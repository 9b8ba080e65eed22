//! `ingest`: reads reports into the store.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use crate::error::{Error, Result};
use crate::intake::paths::Paths;
use crate::intake::seen::Seen;
use crate::intake::{Stop, Stoppable};
use crate::pipeline::{Ingested, Terms, ingest};
use crate::render::{account, json};
use crate::store::sqlite::SqliteStore;

use super::args::Format;
use super::failure::remark;
use super::progress::Bar;
use super::settings::Settings;
use super::{Exit, Streams, watch, written};

/// Arguments of `ingest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reading the same reports again changes nothing: they are counted as seen before.

Examples:
  ruaudit ingest reports/
  ruaudit ingest report.xml.gz mail.eml archive.mbox Maildir/
  ruaudit ingest - < report.xml
  ruaudit ingest --strict --format json reports/
  ruaudit ingest --watch --every 1m /var/spool/dmarc")]
pub(super) struct IngestArgs {
    /// What is to be read.
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Go on: read each file as it appears or changes, until SIGTERM or SIGINT
    #[arg(long, conflicts_with = "strict")]
    watch: bool,
    /// With --watch, how often to look: 30s, 5m or 1h
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = watch::parse_every)]
    every: Duration,
}

/// What is to be read, and how strictly.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Files and folders: XML, gzip, zip, tar, mails, mbox, Maildir; - is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Exit with 1 if anything was rejected
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub(super) fn run(
    args: &IngestArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    if args.watch {
        return watch(args, settings, streams);
    }
    let (_, ingested) = read_in(&args.input, settings, streams)?;
    written(match settings.format {
        Format::Json => json::document(streams.out, &ingested),
        _ => page(&ingested, settings, streams),
    })?;
    Ok(exit(&args.input, &ingested))
}

/// Reads what is there, and then again and again what is new. That something cannot be found ends a
/// watch at its start only: later, the next round tries again.
fn watch(args: &IngestArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let paths = &args.input.paths;
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Error::new(
            "cannot watch standard input",
            "it can be read once only",
            "name the folder that the files appear in",
        ));
    }
    let stop = watch::signals()?;
    let started = Instant::now();
    let found = || Paths::new(paths, settings.limits.input_bytes);
    found()?;
    let mut store = SqliteStore::open(&settings.db)?;
    let mut seen = Seen::default();
    loop {
        match found() {
            Ok(found) => {
                let settings = settings.after(started.elapsed());
                seen = round(found, seen, &mut store, &settings, streams, &stop)?;
            }
            Err(error) => remark(streams.err, false, &error.to_string()),
        }
        if !watch::pause(args.every, &stop) {
            return Ok(Exit::Fine);
        }
    }
}

/// One round of a watch: reads what was not seen, and says so if there was anything.
fn round(
    found: Paths,
    seen: Seen,
    store: &mut SqliteStore,
    settings: &Settings,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Seen> {
    let mut intake = found.without_store(&settings.db).without_seen(seen);
    let bar = Bar::new(false, "files");
    let ingested =
        ingest(&mut Stoppable { intake: &mut intake, stop }, store, terms(settings), &bar)?;
    if ingested.inputs > 0 {
        written(match settings.format {
            Format::Json => json::line(streams.out, &ingested),
            _ => {
                let Ingested { inputs, written, seconds } = &ingested;
                account::write(streams.out, settings.page, *inputs, written, *seconds)
            }
        })?;
        written(streams.out.flush())?;
    }
    Ok(intake.into_seen())
}

/// What inputs are judged by.
pub(super) fn terms(settings: &Settings) -> Terms<'_> {
    let Settings { now, limits, admission, .. } = settings;
    Terms { now: *now, limits, admission }
}

fn page(
    ingested: &Ingested,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> std::io::Result<()> {
    let Ingested { inputs, written, seconds } = ingested;
    account::write(streams.out, settings.page, *inputs, written, *seconds)?;
    kept(settings, streams, "ruaudit summary | ruaudit advise")
}

/// Writes where things are kept and what can be asked next.
pub(super) fn kept(
    settings: &Settings,
    streams: &mut Streams<'_>,
    next: &str,
) -> std::io::Result<()> {
    let text = format!("Kept in {}. Next: {next}", settings.db.display());
    crate::render::text::hanging(streams.out, settings.page, "", 2, &text)
}

/// Reads all that was named into the store. A name that is not there stops the run before the
/// store is made.
pub(super) fn read_in(
    args: &InputArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<(SqliteStore, Ingested)> {
    let intake = Paths::new(&args.paths, settings.limits.input_bytes)?;
    let mut store = SqliteStore::open(&settings.db)?;
    let mut intake = intake.without_store(&settings.db);
    let bar = Bar::new(streams.progress && !settings.quiet, "files");
    let ingested = ingest(&mut intake, &mut store, terms(settings), &bar)?;
    if !settings.quiet && !holds_reports(&ingested) {
        written(writeln!(streams.err, "{NO_REPORTS}"))?;
    }
    Ok((store, ingested))
}

/// What is said of inputs none of which was a report.
const NO_REPORTS: &str = "note: no report was found there; reports are .xml, .xml.gz, .zip, \
    .tar and .tar.gz\n  files, or the mails that brought them: name the folder, mbox or Maildir that holds them";

/// Whether anything was a report, was meant as one, or may be one yet.
fn holds_reports(ingested: &Ingested) -> bool {
    let found = &ingested.written;
    let aside = found.conflicts + found.foreign + found.unverified;
    found.reports + found.duplicates + aside + found.rejected + found.deferred > 0
}

/// How the run ends.
pub(super) fn exit(args: &InputArgs, ingested: &Ingested) -> Exit {
    if args.strict && ingested.written.rejected > 0 { Exit::Rejected } else { Exit::Fine }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Written;

    #[test]
    fn what_is_to_be_looked_at_again_may_be_a_report_yet() {
        let holds = |written| holds_reports(&Ingested { inputs: 1, written, seconds: 0.0 });
        assert!(holds(Written { deferred: 1, ..Written::default() }));
        assert!(!holds(Written { skipped: 1, ..Written::default() }));
    }
}
