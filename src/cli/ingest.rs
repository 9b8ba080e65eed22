//! `ingest`: reads reports into the store.

use std::path::PathBuf;

use clap::Args;

use crate::error::Result;
use crate::intake::paths::Paths;
use crate::pipeline::{Ingested, Terms, ingest};
use crate::render::{account, json};
use crate::store::sqlite::SqliteStore;

use super::args::Format;
use super::progress::Bar;
use super::settings::Settings;
use super::{Exit, Streams, written};

/// Arguments of `ingest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reading the same reports again changes nothing: they are counted as seen before.

Examples:
  ruaudit ingest reports/
  ruaudit ingest report.xml.gz mail.eml archive.mbox Maildir/
  ruaudit ingest - < report.xml
  ruaudit ingest --strict --format json reports/")]
pub(super) struct IngestArgs {
    /// What is to be read.
    #[command(flatten)]
    pub(super) input: InputArgs,
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
    let (_, ingested) = read_in(&args.input, settings, streams)?;
    written(match settings.format {
        Format::Json => json::document(streams.out, &ingested),
        _ => page(&ingested, settings, streams),
    })?;
    Ok(exit(&args.input, &ingested))
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
    let bar = Bar::new(streams.progress && !settings.quiet);
    let Settings { now, limits, admission, .. } = settings;
    let terms = Terms { now: *now, limits, admission };
    let ingested = ingest(&mut intake, &mut store, terms, &bar)?;
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
