//! `label`: says what a source is to a domain, and shows what that changes.
//!
//! What is printed is what the survey judges, before and after: nothing is foretold.

use std::collections::BTreeSet;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::error::{Error, Result};
use crate::model::command;
use crate::model::knowledge::{Aim, Label, LabelWord};
use crate::model::labelling::Labelling;
use crate::render::escape::escape;
use crate::render::{domains, json, labels};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::args::{Format, WindowArg};
use super::failure::remark;
use super::nearest::nearest;
use super::settings::Settings;
use super::survey::{Survey, as_stored};
use super::window::WindowSpec;
use super::{Exit, Streams, written};

use effect::Look;

pub(super) mod aim;
pub(super) mod effect;

/// The days in which a source must have been seen, so that a typing error is no label.
pub(super) const YEAR: i32 = 365;

/// Names of sources that are compared with one that nobody knows.
const COMPARED: usize = 100_000;

/// Names that an error lists.
const LISTED: usize = 5;

/// Arguments of `label`.
#[derive(Debug, Args)]
#[command(override_usage = "\
ruaudit label DOMAIN SOURCE ours|theirs|forwarder|list [--note TEXT]
       ruaudit label DOMAIN SOURCE --remove")]
#[command(after_help = "\
ours       it sends the domain's mail: what fails of it must be mended
theirs     it does not: whoever it is, an enforced policy may stop it
forwarder  it passes the domain's mail on
list       it is a mailing list

A name labels the sender's mail of the domain and of its subdomains; the name
with (subdomains) behind it only the latter. An address or a network makes a
source of its own of the mail from there. A domain's own label wins over *.

Examples:
  ruaudit label acme.example Mailchimp ours --note Newsletter
  ruaudit label acme.example 192.0.2.16/28 theirs
  ruaudit label \"*\" relay.example forwarder
  ruaudit label acme.example Mailchimp --remove")]
pub(super) struct LabelArgs {
    /// The domain; * is every domain
    domain: String,
    /// The source: its name as `sources` shows it, an address, or a network like 192.0.2.0/28
    source: String,
    /// What it is: ours, theirs, forwarder or list
    #[arg(
        required_unless_present = "remove",
        conflicts_with = "remove",
        hide_possible_values = true
    )]
    #[arg(value_parser = word_parser())]
    label: Option<LabelWord>,
    /// Why, to be shown with the label
    #[arg(long, value_name = "TEXT", conflicts_with = "remove")]
    note: Option<String>,
    /// Take the label away
    #[arg(long)]
    remove: bool,
    /// Label what no report has shown yet, of this domain or at all
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

fn word_parser() -> impl clap::builder::TypedValueParser<Value = LabelWord> {
    PossibleValuesParser::new(LabelWord::ALL.map(LabelWord::as_str))
        .try_map(|word| LabelWord::parse(&word).ok_or("no label"))
}

/// Runs the command.
pub(super) fn run(
    args: &LabelArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let aim = aim::parse(&args.source)?;
    check_note(args.note.as_deref().unwrap_or_default())?;
    let path = &settings.db;
    let mut store =
        if args.force { SqliteStore::open(path)? } else { SqliteStore::open_existing(path)? };
    let (kept, aim, before) = {
        let survey = Survey::new(&store, settings, streams)?;
        let domain = match args.remove {
            true => as_stored(&args.domain),
            false => domain(&survey, &args.domain, args.force)?,
        };
        let (kept, aim, mut before) =
            settle(args, &domain, &aim, &store, &survey, settings, streams)?;
        // the one that is named is told of in any case
        before.retain(|look| !look.sources.is_empty() || domain != Label::EVERY_DOMAIN);
        (kept, aim, before)
    };
    match args.label {
        Some(label) => {
            let note = args.note.clone().unwrap_or_default().trim().to_owned();
            let (domain, source) = (kept.domain.clone(), kept.source.clone());
            store.set_label(&Label { domain, source, label, note }, settings.now)?;
        }
        None => drop(store.remove_label(&kept.domain, &kept.source)?),
    }
    let survey = Survey::silent(&store, settings)?; // what was old before is so still
    let after = before.iter().map(|look| effect::look(&survey, &look.domain, &aim));
    let after = after.collect::<Result<Vec<_>>>()?;
    let changed = Labelling {
        label: args.label,
        note: args.note.clone().unwrap_or_default().trim().to_owned(),
        domains: effect::compare(before, after),
        ..kept
    };
    written(match settings.format {
        Format::Json => json::document(streams.out, &changed),
        _ => domains::window(streams.out, survey.window)
            .and_then(|()| writeln!(streams.out))
            .and_then(|()| labels::changed(streams.out, settings.page, &changed)),
    })?;
    Ok(Exit::Fine)
}

/// The domain as stored, or `*`. One that no report speaks of will do, with `unseen`.
pub(super) fn domain(survey: &Survey<'_>, name: &str, unseen: bool) -> Result<String> {
    if name.trim() == Label::EVERY_DOMAIN {
        return Ok(Label::EVERY_DOMAIN.to_owned());
    }
    survey.domain(name, unseen).map_err(|error| or_force(error, name, survey))
}

/// Says besides that a domain which no report speaks of will do with `--force`.
pub(super) fn or_force(error: Error, name: &str, survey: &Survey<'_>) -> Error {
    match error {
        Error::Failed { what, why, remedy } if survey.may_be_own(name) => {
            let forced = "if it is right, and reports are yet to come: --force";
            Error::Failed { what, why, remedy: format!("{remedy}; {forced}") }
        }
        other => other,
    }
}

/// A note is a line of text.
pub(super) fn check_note(note: &str) -> Result<()> {
    let what = "cannot keep the note";
    if note.chars().any(char::is_control) {
        let why = "it has a control character in it, or more than one line";
        return Err(Error::new(what, why, "write it as one line of text"));
    }
    let chars = note.trim().chars().count();
    if chars > Label::NOTE_CHARS {
        let remedy = format!("give one of at most {} characters", Label::NOTE_CHARS);
        return Err(Error::new(what, format!("it has {chars} characters"), remedy));
    }
    Ok(())
}

/// Finds out which label is meant, as it is or is to be stored: what it was called before, and what
/// it aims at in the spelling of the store. With it how each domain that it reaches is judged now.
fn settle(
    args: &LabelArgs,
    domain: &str,
    aim: &Aim,
    store: &dyn Store,
    survey: &Survey<'_>,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<(Labelling, Aim, Vec<Look>)> {
    let labels: Vec<Label> = store.labels()?.into_iter().map(|kept| kept.label).collect();
    let own: Vec<&Label> =
        labels.iter().filter(|label| label.domain.eq_ignore_ascii_case(domain)).collect();
    let known = own.iter().find(|label| is_same(label, aim));
    let aim = match known {
        Some(label) => &aim::parse(&label.source)?,
        None if args.remove => return Err(no_label(domain, aim, &own)),
        None => aim,
    };
    let looks = effect::looks(survey, domain, aim)?;
    let aim = match known {
        Some(_) => aim.clone(),
        None => seen(args, domain, aim, &looks, survey, settings, streams)?,
    };
    let source = known.map_or_else(|| aim.to_string(), |label| label.source.clone());
    let labelling = Labelling {
        domain: domain.to_owned(),
        source,
        label: None,
        note: String::new(),
        label_before: known.map(|label| label.label),
        domains: Vec::new(),
    };
    Ok((labelling, aim, looks))
}

fn is_same(label: &Label, aim: &Aim) -> bool {
    let (one, other) = (label.source.to_lowercase(), aim.to_string().to_lowercase());
    one == other || escape(&one) == other
}

fn no_label(domain: &str, aim: &Aim, own: &[&Label]) -> Error {
    let names: Vec<&str> = own.iter().map(|label| label.source.as_str()).collect();
    let near = nearest(&aim.to_string(), names.iter().copied());
    let what = format!("no label of `{}` for {domain}", escape(&aim.to_string()));
    let remedy = match (near.first(), names.len()) {
        (Some(near), _) => format!("did you mean {}?", escape(near)),
        (None, 0) => "there are none; set one with ruaudit label DOMAIN SOURCE ours".to_owned(),
        (None, _) => format!("see: ruaudit labels {}", typed(domain)),
    };
    Error::new(what, "there is nothing to take away", remedy)
}

/// The aim in the spelling of the source that it names. Refuses a name that no source of the last
/// year has, unless that is asked for; of addresses it is only remarked.
fn seen(
    args: &LabelArgs,
    domain: &str,
    aim: &Aim,
    looks: &[Look],
    survey: &Survey<'_>,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Aim> {
    let mut names = BTreeSet::new();
    for look in looks {
        if let Some(found) = look.sources.first() {
            return Ok(aim.spelt_as(&found.name));
        }
        names.extend(look.others.iter().take(COMPARED.saturating_sub(names.len())).cloned());
    }
    let year = survey.through(WindowSpec::Last(YEAR), settings)?;
    for domain in looks.iter().map(|look| &look.domain) {
        let look = effect::look(&year, domain, aim)?;
        if let Some(found) = look.sources.first() {
            return Ok(aim.spelt_as(&found.name));
        }
        names.extend(look.others.into_iter().take(COMPARED.saturating_sub(names.len())));
    }
    if aim.is_network() {
        let text = format!("no mail from {aim} in the last year: the label waits for it");
        remark(streams.err, settings.quiet, &text);
    } else if !args.force {
        return Err(unknown(domain, aim, &names));
    }
    Ok(aim.clone())
}

/// As it is typed into a shell, which would put names of files in place of a bare `*`.
fn typed(domain: &str) -> String {
    if domain == Label::EVERY_DOMAIN { "'*'".to_owned() } else { command::domain(domain) }
}

fn unknown(domain: &str, aim: &Aim, names: &BTreeSet<String>) -> Error {
    let name = aim.to_string();
    let lower: Vec<(String, &str)> =
        names.iter().map(|name| (name.to_lowercase(), name.as_str())).collect();
    let wanted = name.to_lowercase();
    let near = nearest(&wanted, lower.iter().map(|(lower, _)| lower.as_str()));
    let near = near.iter().take(LISTED).filter_map(|near| {
        let found = lower.iter().find(|(lower, _)| lower == near)?;
        Some(escape(found.1).into_owned())
    });
    let near: Vec<String> = near.collect();
    let remedy = if near.is_empty() {
        let named = command::domain(domain);
        format!("see: ruaudit sources {named} --all; or label it all the same with --force")
    } else {
        format!("did you mean {}? Or label it all the same with --force", near.join(", "))
    };
    let of = if domain == Label::EVERY_DOMAIN { "any domain" } else { domain };
    let what = format!("no source `{}` of {of}", escape(&name));
    Error::new(what, "no report of the last year shows it", remedy)
}
