//! `record`: makes a DMARC record, says what the next one is, and which there were.
//!
//! Nothing is printed that the rules of RFC 9989 find an error in, and every record that was given, seen or
//! proposed is kept in the store with its date.

use clap::{Args, Subcommand, ValueEnum};

use crate::error::{Error, Result};
use crate::model::finding::{Checked, RecordKind, Severity};
use crate::model::publication::{Origin, Proposed};
use crate::record::{check, edit};
use crate::render::{json, record};

use super::args::Format;
use super::failure::remark;
use super::settings::Settings;
use super::window::WindowSpec;
use super::{Exit, Streams, written};

mod history;
mod new;
mod next;
mod senders;

/// Arguments of `record`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ruaudit record new acme.example --rua dmarc@acme.example
  ruaudit record next acme.example --live
  ruaudit record history acme.example")]
pub(super) struct RecordArgs {
    #[command(subcommand)]
    command: RecordCommand,
}

#[derive(Debug, Subcommand)]
enum RecordCommand {
    /// Make a DMARC record for a domain
    New(new::NewArgs),
    /// Say which record to publish next, by what the advisor says, and which to keep
    Next(next::NextArgs),
    /// List every record that was seen in the DNS, given or proposed, and the policies that reports show
    History(history::HistoryArgs),
}

/// One form of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum As {
    /// The value alone
    Txt,
    /// A line of a zone file
    Zone,
    /// The fields of cPanel's zone editor, in their order
    Cpanel,
}

/// In which form.
#[derive(Debug, Clone, Args)]
struct AsArg {
    /// Write the record alone, in one form: the value, a line of a zone file, or the fields that cPanel
    /// asks for; what is to be said besides goes to standard error
    #[arg(long = "as", value_name = "FORM", value_enum)]
    form: Option<As>,
}

impl RecordArgs {
    /// The name and the formats of what is asked for.
    pub(super) fn formats(&self) -> (&'static str, &'static [Format]) {
        let name = match self.command {
            RecordCommand::New(_) => "record new",
            RecordCommand::Next(_) => "record next",
            RecordCommand::History(_) => "record history",
        };
        (name, &[Format::Table, Format::Json])
    }

    /// The days that were asked for.
    pub(super) fn window(&self) -> Option<WindowSpec> {
        match &self.command {
            RecordCommand::Next(args) => args.window.window,
            RecordCommand::New(_) | RecordCommand::History(_) => None,
        }
    }
}

/// Runs the command.
pub(super) fn run(
    args: &RecordArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    match &args.command {
        RecordCommand::New(args) => new::run(args, settings, streams),
        RecordCommand::Next(args) => next::run(args, settings, streams),
        RecordCommand::History(args) => history::run(args, settings, streams),
    }
}

/// Checks a record that is to be printed.
///
/// # Errors
/// When receivers would not do what it says.
fn checked(text: &str, advice: &str) -> Result<Checked> {
    let checked = check(text, Some(RecordKind::Dmarc));
    match checked.findings.iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(checked),
        Some(error) => Err(Error::new(
            format!("the record would not work: {text}"),
            record::finding_text(error),
            advice,
        )),
    }
}

/// Writes what is proposed, as it was asked for.
fn show(
    proposed: &Proposed,
    form: &AsArg,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<()> {
    if settings.format == Format::Json {
        return written(json::document(streams.out, proposed));
    }
    let Some(form) = form.form else {
        return written(record::write(streams.out, settings.page, proposed));
    };
    besides(proposed, form, settings, streams);
    let Some(record) = &proposed.record else { return Ok(()) };
    let keep = proposed.keep.as_ref().filter(|keep| keep.origin != Origin::Reports);
    written(match form {
        As::Txt => record::txt(streams.out, record),
        As::Zone => {
            let keep = keep.map(|keep| edit::changed(&record.name, &keep.txt));
            record::zone(streams.out, record, keep.as_ref())
        }
        As::Cpanel => {
            let keep = keep.map(|keep| keep.txt.as_str());
            record::cpanel(streams.out, &record.cpanel, keep)
        }
    })
}

/// Says on standard error what the form has no place for.
fn besides(proposed: &Proposed, form: As, settings: &Settings, streams: &mut Streams<'_>) {
    let mut say = |text: &str| remark(streams.err, settings.quiet, text);
    if let Some(headline) = proposed.headline.as_ref().filter(|_| proposed.record.is_none()) {
        say(&format!("no record to publish: {headline}"));
    }
    match &proposed.keep {
        Some(keep) if form == As::Txt && keep.origin != Origin::Reports => {
            say(&format!("keep the present record: {}", keep.txt));
        }
        Some(keep) if keep.origin == Origin::Reports => {
            say("copy the record that is published now before you change it");
        }
        _ => {}
    }
    proposed.findings.iter().for_each(|finding| say(&record::finding_text(finding)));
    for consent in &proposed.consents {
        let (host, name, txt) = (&consent.host, &consent.name, &consent.txt);
        say(&format!("{host} must publish, or no reports go there: {name} TXT {txt}"));
    }
    proposed.notes.iter().for_each(|note| say(note));
}
