//! `labels`: what was said of sources, and what of that matches nothing; to a file, and from one.

use std::collections::HashMap;
use std::io;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::error::Result;
use crate::model::KeptLabel;
use crate::model::day::rfc3339;
use crate::model::knowledge::Label;
use crate::model::labelling::ListedLabel;
use crate::model::verdict::WindowOut;
use crate::render::{csv::CsvRows, domains, json, labels, rows};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::args::{Format, WindowArg};
use super::label::effect;
use super::settings::Settings;
use super::survey::{Survey, as_stored};
use super::{Exit, Streams, written};

mod export;
mod file;
mod import;
mod settle;

/// Arguments of `labels`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
MESSAGES counts the mail of the window that a label decides on, of all domains
where it is a label of every domain (*). Each message counts once: an address is
before its network, and a domain's own label before one of every domain. Where
there is no such mail, it says none.

Examples:
  ruaudit labels
  ruaudit labels acme.example --window all
  ruaudit labels export > labels.toml
  ruaudit labels export acme.example --format csv > acme.csv
  ruaudit labels import labels.toml")]
pub(super) struct LabelsArgs {
    #[command(subcommand)]
    command: Option<LabelsCommand>,
    /// The domain; all of them unless given
    domain: Option<String>,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

#[derive(Debug, Subcommand)]
enum LabelsCommand {
    /// Write labels and profiles to standard output
    Export(export::ExportArgs),
    /// Read labels and profiles from a file, whole or not at all
    Import(import::ImportArgs),
}

impl LabelsArgs {
    /// The name and the formats of what is asked for; the first is written unless told.
    pub(super) fn formats(&self) -> (&'static str, &'static [Format]) {
        match self.command {
            None => ("labels", &[Format::Table, Format::Json, Format::Csv]),
            Some(LabelsCommand::Export(_)) => ("labels export", &[Format::Toml, Format::Csv]),
            Some(LabelsCommand::Import(_)) => ("labels import", &[Format::Table, Format::Json]),
        }
    }
}

/// The labels, as JSON has them.
#[derive(Serialize)]
struct Labels {
    window: WindowOut,
    labels: Vec<ListedLabel>,
}

/// Runs the command.
pub(super) fn run(
    args: &LabelsArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    match &args.command {
        Some(LabelsCommand::Export(args)) => export::run(args, settings, streams),
        Some(LabelsCommand::Import(args)) => import::run(args, settings, streams),
        None => list(args, settings, streams),
    }
}

fn list(args: &LabelsArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let mut kept = store.labels()?;
    if let Some(name) = &args.domain {
        let domain = asked(name, &kept, &survey)?;
        kept.retain(|kept| is_of(&kept.label, &domain));
    }
    let found = counted(kept, &survey)?;
    let window = survey.window;
    written(match settings.format {
        Format::Json => {
            json::document(streams.out, &Labels { window: window.into(), labels: found })
        }
        Format::Csv => csv(&found, streams.out),
        _ => domains::window(streams.out, window)
            .and_then(|()| writeln!(streams.out))
            .and_then(|()| labels::list(streams.out, settings.page, &found)),
    })?;
    Ok(Exit::Fine)
}

/// The domain as stored: one with labels, or one that reports speak of.
fn asked(name: &str, kept: &[KeptLabel], survey: &Survey<'_>) -> Result<String> {
    let stored = as_stored(name);
    let is_labelled = |kept: &KeptLabel| kept.label.domain.eq_ignore_ascii_case(&stored);
    if kept.iter().any(is_labelled) { Ok(stored) } else { survey.domain(name, false) }
}

/// Whether a label holds for the domain.
fn is_of(label: &Label, domain: &str) -> bool {
    label.is_of_every_domain() || label.is_of(domain)
}

/// The labels with how many messages of the window each decides on.
fn counted(kept: Vec<KeptLabel>, survey: &Survey<'_>) -> Result<Vec<ListedLabel>> {
    let messages = messages(kept.iter().map(|kept| &kept.label), survey)?;
    let listed = |(kept, messages): (KeptLabel, u64)| {
        ListedLabel::new(kept.label, rfc3339(kept.set_at), messages)
    };
    Ok(kept.into_iter().zip(messages).map(listed).collect())
}

/// How many messages each label that is kept decides on. Each domain that one is about is judged once.
fn messages<'a>(labels: impl Iterator<Item = &'a Label>, survey: &Survey<'_>) -> Result<Vec<u64>> {
    let labels: Vec<&Label> = labels.collect();
    let mut by_domain: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, label) in labels.iter().enumerate() {
        by_domain.entry(label.domain.to_ascii_lowercase()).or_default().push(at);
    }
    let of = |domain: &str| by_domain.get(domain).map_or(&[][..], Vec::as_slice);
    let mut messages = vec![0_u64; labels.len()];
    for domain in survey.domains(&[])? {
        let (own, every) = (of(&domain), of(Label::EVERY_DOMAIN));
        if own.is_empty() && every.is_empty() {
            continue;
        }
        let decided = effect::Decided::of(survey, &domain)?;
        for (places, own) in [(own, true), (every, false)] {
            for at in places {
                messages[*at] = messages[*at].saturating_add(decided.by(&labels[*at].source, own));
            }
        }
    }
    Ok(messages)
}

fn csv(found: &[ListedLabel], out: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = CsvRows::new(out, &rows::LABEL)?;
    found.iter().try_for_each(|label| csv.row(&rows::label(label)))?;
    csv.finish()
}
