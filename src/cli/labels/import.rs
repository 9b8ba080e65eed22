//! `labels import`: labels and profiles from a file, whole or not at all.
//!
//! Reading the same file again changes nothing. With `--replace` the store says what the file says,
//! and nothing else; with `--domain` both hold for one domain alone. A file that says nothing is
//! refused: it is a mistake far more often than a wish to forget everything.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::{Error, Result};
use crate::model::labelling::{Imported, Retold, VerdictEffect};
use crate::model::verdict::{Recommendation, Verdict};
use crate::model::{Label, Replace, Told};
use crate::render::escape::escape;
use crate::render::{json, labels};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::super::args::Format;
use super::super::label::YEAR;
use super::super::label::effect::Decided;
use super::super::settings::Settings;
use super::super::survey::{Survey, as_stored};
use super::super::window::WindowSpec;
use super::super::{Exit, Streams, written};
use super::file::{self, Fault, Form};
use super::settle::settle;

/// Bytes of a file at most.
const AT_MOST: u64 = 16 << 20;

/// Arguments of `labels import`.
#[derive(Debug, Args)]
#[command(after_help = "\
TOML has [[label]] with domain, source, label and note, and [[profile]] with
domain, posts_to_lists and sends_mail; CSV has all of these as columns. A domain
or a source need not have been seen in any report.

Examples:
  ruaudit labels import labels.toml
  ruaudit labels import --replace labels.csv
  ruaudit labels import --replace --domain acme.example acme.toml
  ruaudit labels import - < labels.toml")]
pub(super) struct ImportArgs {
    /// The file, TOML or CSV; - is standard input
    file: PathBuf,
    /// Forget all labels and profiles that are not in the file
    #[arg(long)]
    replace: bool,
    /// Take from the file what it says of this domain alone, and leave all others as they are; * is
    /// what holds for every domain
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
}

/// Runs the command.
pub(super) fn run(
    args: &ImportArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let name = args.file.display().to_string();
    let text = text(&args.file).map_err(|(why, remedy)| failed(&name, &why, remedy))?;
    let entries = file::read(&text, Form::of(&name, &text));
    let told = entries.and_then(|entries| settle(entries, &settings.admission));
    let mut told = told.map_err(|Fault { line, why, remedy }| {
        failed(&name, &format!("line {line}: {why}"), remedy)
    })?;
    let only = args.domain.as_deref().map(as_stored);
    let left_out = only.as_deref().map_or(0, |domain| limit(&mut told, domain));
    refuse_nothing(&name, &told, only.as_deref())?;
    let mut store = SqliteStore::open(&settings.db)?;
    let replace = match (args.replace, only.as_deref()) {
        (false, _) => Replace::Nothing,
        (true, None) => Replace::Everything,
        (true, Some(domain)) => Replace::Domain(domain),
    };
    let imported = Imported { left_out, ..import(&told, replace, &mut store, settings)? };
    written(match settings.format {
        Format::Json => json::document(streams.out, &imported),
        _ => labels::imported(streams.out, settings.page, &imported),
    })?;
    Ok(Exit::Fine)
}

/// Takes out what is about other domains than the one, and counts it.
fn limit(told: &mut Told, domain: &str) -> usize {
    let all = told.labels.len() + told.profiles.len();
    told.labels.retain(|label| label.domain == domain);
    told.profiles.retain(|profile| profile.domain == domain);
    all - told.labels.len() - told.profiles.len()
}

fn refuse_nothing(name: &str, told: &Told, only: Option<&str>) -> Result<()> {
    if !told.labels.is_empty() || !told.profiles.is_empty() {
        return Ok(());
    }
    let of = only.map_or(String::new(), |domain| format!(" of `{}`", escape(domain)));
    Err(failed(
        name,
        &format!("it says nothing{of}"),
        "put labels or profiles into it; one label is taken away with: ruaudit label DOMAIN SOURCE \
         --remove",
    ))
}

/// Keeps what is told, and finds out what that changes.
fn import(
    told: &Told,
    replace: Replace<'_>,
    store: &mut SqliteStore,
    settings: &Settings,
) -> Result<Imported> {
    let verdicts = Verdicts::before(store, settings, told, replace)?;
    let Retold { added, changed, unchanged, removed } = store.tell(told, replace, settings.now)?;
    let survey = Survey::silent(store, settings)?;
    let mut matched = Matched::new(&told.labels);
    let verdicts = verdicts.changed(&survey, &mut matched)?;
    Ok(Imported {
        labels: told.labels.len(),
        profiles: told.profiles.len(),
        added,
        changed,
        unchanged,
        removed,
        left_out: 0,
        unmatched: matched.none(&survey.through(WindowSpec::Last(YEAR), settings)?)?,
        verdicts,
    })
}

/// The labels of a file, and which of them have mail.
struct Matched<'a> {
    labels: &'a [Label],
    has_mail: Vec<bool>,
}

impl<'a> Matched<'a> {
    fn new(labels: &'a [Label]) -> Self {
        Self { labels, has_mail: vec![false; labels.len()] }
    }

    /// Whether a label without mail so far may be about that domain.
    fn lacks(&self, domain: &str) -> bool {
        let mut none = self.labels.iter().zip(&self.has_mail).filter(|(_, has_mail)| !**has_mail);
        none.any(|(label, _)| label.is_of_every_domain() || label.is_of(domain))
    }

    /// Takes note of what the labels of one domain decided on.
    fn add(&mut self, domain: &str, decided: &Decided) {
        for (label, has_mail) in self.labels.iter().zip(&mut self.has_mail) {
            let own = !label.is_of_every_domain();
            if !own || label.is_of(domain) {
                *has_mail |= decided.by(&label.source, own) > 0;
            }
        }
    }

    /// The sources of those that no mail of the last year matches either, each once. Only domains of which
    /// that is not known yet are judged once more.
    fn none(mut self, year: &Survey<'_>) -> Result<Vec<String>> {
        for domain in year.domains(&[])? {
            if self.lacks(&domain) {
                self.add(&domain, &Decided::of(year, &domain)?);
            }
        }
        let none = self.labels.iter().zip(&self.has_mail).filter(|(_, has_mail)| !**has_mail);
        let mut sources: Vec<String> = none.map(|(label, _)| label.source.clone()).collect();
        sources.sort_unstable();
        sources.dedup();
        Ok(sources)
    }
}

/// The verdicts on the domains that a file may change.
struct Verdicts(Vec<(String, Verdict)>);

impl Verdicts {
    fn before(
        store: &dyn Store,
        settings: &Settings,
        told: &Told,
        replace: Replace<'_>,
    ) -> Result<Self> {
        let labelled = told.labels.iter().map(|label| label.domain.to_ascii_lowercase());
        let profiled = told.profiles.iter().map(|one| one.domain.to_ascii_lowercase());
        let known = store.labels()?.into_iter().map(|kept| kept.label.domain);
        let known = known.chain(store.profiles()?.into_iter().map(|profile| profile.domain));
        let forgotten = known.filter(|domain| replace.is_of(domain));
        let forgotten = forgotten.map(|domain| domain.to_ascii_lowercase());
        let reached: BTreeSet<String> = labelled.chain(profiled).chain(forgotten).collect();
        let survey = Survey::silent(store, settings)?;
        let mut domains = survey.domains(&[])?;
        domains.retain(|domain| reached.contains(domain) || reached.contains(Label::EVERY_DOMAIN));
        let verdicts = survey.each(&domains, |judged| judged.advice.verdict)?;
        Ok(Self(domains.into_iter().zip(verdicts).collect()))
    }

    /// Those that are not what they were. Each domain is judged once, which tells, too, which labels have
    /// mail.
    fn changed(self, survey: &Survey<'_>, matched: &mut Matched<'_>) -> Result<Vec<VerdictEffect>> {
        let mut changed = Vec::new();
        for (domain, verdict_before) in self.0 {
            let judged = survey.judge(&domain, None)?;
            matched.add(&domain, &Decided::by_judgement(survey, &domain, &judged));
            let Recommendation { verdict, headline, .. } = judged.advice;
            if verdict != verdict_before {
                changed.push(VerdictEffect { domain, verdict_before, verdict, headline });
            }
        }
        Ok(changed)
    }
}

fn failed(name: &str, why: &str, remedy: impl Into<String>) -> Error {
    Error::new(format!("cannot import {name}, and nothing was changed"), why, remedy)
}

/// The text, without a byte order mark.
fn text(path: &Path) -> std::result::Result<String, (String, &'static str)> {
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => io::stdin().lock().take(AT_MOST + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(path)
            .and_then(|file| file.take(AT_MOST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| (error.to_string(), "name a file that can be read, or - for input"))?;
    if bytes.len() as u64 > AT_MOST {
        return Err((format!("it has more than {AT_MOST} bytes"), "give it in several files"));
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| ("it is not UTF-8".to_owned(), "save it as UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
