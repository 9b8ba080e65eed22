//! `record`: makes a DMARC record, says what the next one is, and which there were.
//!
//! Nothing is printed that the rules of RFC 9989 find an error in, and every record that was given, seen or
//! proposed is kept in the store with its date.

use clap::{Args, Subcommand, ValueEnum};

use crate::error::{Error, Result};
use crate::model::finding::{Checked, RecordKind, Severity};
use crate::model::publication::{Consent, Proposed, Publication, SpfChange};
use crate::record::{check, destination, edit};
use crate::render::{json, record};

use super::args::Format;
use super::failure::remark;
use super::settings::Settings;
use super::window::WindowSpec;
use super::{Exit, Streams, written};

mod beware;
mod history;
mod new;
mod next;
mod senders;
mod spf;

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
    checked_as(RecordKind::Dmarc, text, advice)
}

/// The same of any kind.
fn checked_as(kind: RecordKind, text: &str, advice: &str) -> Result<Checked> {
    let checked = check(text, Some(kind));
    match checked.findings.iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(checked),
        Some(error) => Err(Error::new(
            format!("the record would not work: {text}"),
            record::finding_text(error),
            advice,
        )),
    }
}

/// What others must publish; where they cannot, a note.
fn consents(domain: &str, text: &str, notes: &mut Vec<String>) -> Vec<Consent> {
    let (long, consents): (Vec<_>, Vec<_>) =
        destination::consents(domain, text).into_iter().partition(|c| edit::is_too_long(&c.name));
    for Consent { host, name, .. } in long {
        notes.push(format!(
            "{host} cannot consent to reports: the name of its record would be too long for the DNS \
             ({} bytes)",
            name.len()
        ));
    }
    consents
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
    alone(record, proposed.keep.as_ref().map(|keep| keep.txt.as_str()), form, streams)
}

/// Writes the SPF record, in one form.
fn show_spf(
    proposed: &Proposed,
    form: &AsArg,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    if settings.format == Format::Json {
        written(json::document(streams.out, proposed))?;
    }
    let mut say = |text: &str| remark(streams.err, settings.quiet, text);
    let is_asked_for = |spf: &&SpfChange| !spf.add.is_empty() || !spf.unseen.is_empty();
    let Some(spf) = proposed.spf.as_ref().filter(is_asked_for) else {
        say("no SPF record to publish: reports ask for nothing to be added");
        return Ok(Exit::NoStep);
    };
    spf.problem.iter().for_each(|problem| say(problem));
    let Some(record) = &spf.record else {
        spf.unseen.iter().for_each(|text| say(&format!("the DNS has: {text}")));
        let add = Some(spf.add.join(" ")).filter(|add| !add.is_empty());
        let add = add.map_or(String::new(), |add| format!("; to be added: {add}"));
        say(&format!("no SPF record to publish as it stands{add}"));
        return Ok(Exit::NoStep);
    };
    let today = spf.today.as_deref().or(spf.unseen.first().map(String::as_str));
    match (form.form, today) {
        (Some(As::Txt), Some(today)) => say(&format!("keep the present record: {today}")),
        (_, Some(_)) if spf.unseen.is_empty() => say(ONE_SPF_ONLY),
        _ => {}
    }
    if let (Format::Table, Some(form)) = (settings.format, form.form) {
        alone(record, today, form, streams)?;
    }
    Ok(Exit::Fine)
}

/// Two records of a kind are worse than none.
const ONE_ONLY: &str = "edit the TXT record that stands at that name, do not add a second: where there are two, \
                        receivers take neither";

/// The same of SPF, beside which other texts stand.
const ONE_SPF_ONLY: &str = "edit the TXT record that begins with v=spf1 and leave the others at that name; do not add a \
                            second with v=spf1: where there are two, SPF fails for all mail (permerror)";

/// Writes one record in one form, and before it the one to keep.
fn alone(
    record: &Publication,
    keep: Option<&str>,
    form: As,
    streams: &mut Streams<'_>,
) -> Result<()> {
    written(match form {
        As::Txt => record::txt(streams.out, record),
        As::Zone => {
            let keep = keep.map(|keep| edit::changed(&record.name, keep));
            record::zone(streams.out, record, keep.as_ref())
        }
        As::Cpanel => record::cpanel(streams.out, &record.cpanel, keep),
    })
}

/// Says on standard error what the form has no place for.
fn besides(proposed: &Proposed, form: As, settings: &Settings, streams: &mut Streams<'_>) {
    let mut say = |text: &str| remark(streams.err, settings.quiet, text);
    match (&proposed.record, &proposed.headline) {
        (None, _) if proposed.draft.is_some() => {
            say("no record to publish as it stands: its rua is not known");
        }
        (None, Some(headline)) => say(&format!("no record to publish: {headline}")),
        _ => {}
    }
    proposed.in_dns.iter().for_each(|text| say(&format!("the DNS has: {text}")));
    match &proposed.keep {
        Some(keep) if proposed.record.is_none() && keep.complete => {
            say(&format!("the last record known: {}", keep.txt));
        }
        Some(keep) if proposed.record.is_some() => {
            if form == As::Txt {
                say(&format!("keep the present record: {}", keep.txt));
            }
            if !proposed.notes.iter().any(|note| note == ONE_ONLY) {
                say(ONE_ONLY);
            }
        }
        _ => {}
    }
    proposed.findings.iter().for_each(|finding| say(&record::finding_text(finding)));
    for consent in &proposed.consents {
        let (host, name, txt) = (&consent.host, &consent.name, &consent.txt);
        say(&format!("{host} must publish, or no reports go there: {name} TXT {txt}"));
    }
    proposed.notes.iter().for_each(|note| say(note));
    proposed.run.iter().for_each(|command| say(&format!("run: {command}")));
}
