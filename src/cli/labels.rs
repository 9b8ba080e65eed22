//! `labels`: what was said of sources, and what of that matches nothing; to a file, and from one.

use std::collections::HashMap;
use std::io;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::error::Result;
use crate::model::KeptLabel;
use crate::model::day::rfc3339;
use crate::model::knowledge::{Aim, Label};
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
MESSAGES counts the mail of the window that a label speaks of; none where it
speaks of nothing any more, or not yet.

Examples:
  ruaudit labels
  ruaudit labels acme.example --window all
  ruaudit labels export > labels.toml
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
        Some(LabelsCommand::Export(_)) => export::run(settings, streams),
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
    let found = counted(kept, args.domain.as_deref().map(as_stored), &survey)?;
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

/// The labels with how many messages of the window each speaks of; of the one domain, if given.
/// Each domain is judged once.
fn counted(
    kept: Vec<KeptLabel>,
    only: Option<String>,
    survey: &Survey<'_>,
) -> Result<Vec<ListedLabel>> {
    // what cannot be read speaks of nothing, but is listed
    let aims: Vec<_> = kept.iter().map(|kept| Aim::parse(&kept.label.source).ok()).collect();
    let mut by_domain: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, kept) in kept.iter().enumerate() {
        by_domain.entry(&kept.label.domain).or_default().push(at);
    }
    let of = |domain: &str| by_domain.get(domain).map_or(&[][..], Vec::as_slice);
    let mut messages = vec![0_u64; kept.len()];
    let domains = survey.domains(&[])?;
    for domain in domains.iter().filter(|domain| only.as_ref().is_none_or(|only| only == *domain)) {
        let here = of(domain).iter().chain(of(Label::EVERY_DOMAIN));
        let (places, aims): (Vec<usize>, Vec<&Aim>) =
            here.filter_map(|at| Some((*at, aims[*at].as_ref()?))).unzip();
        if places.is_empty() {
            continue;
        }
        for (at, count) in places.into_iter().zip(effect::count(survey, domain, &aims)?) {
            messages[at] = messages[at].saturating_add(count);
        }
    }
    let listed = |(kept, messages): (KeptLabel, u64)| {
        ListedLabel::new(kept.label, rfc3339(kept.set_at), messages)
    };
    Ok(kept.iter().cloned().zip(messages).map(listed).collect())
}

fn csv(found: &[ListedLabel], out: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = CsvRows::new(out, &rows::LABEL)?;
    found.iter().try_for_each(|label| csv.row(&rows::label(label)))?;
    csv.finish()
}
