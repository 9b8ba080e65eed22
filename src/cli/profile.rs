//! `profile`: says what a domain does, or shows what was said.

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::Profile;
use crate::model::knowledge::Label;
use crate::model::labelling::VerdictEffect;
use crate::model::verdict::{Recommendation, Verdict};
use crate::render::{json, labels};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::args::Format;
use super::label;
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, written};

/// Arguments of `profile`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ruaudit profile acme.example
  ruaudit profile acme.example --posts-to-lists yes
  ruaudit profile parked.example --sends-mail no")]
pub(super) struct ProfileArgs {
    /// The domain
    domain: String,
    /// Whether its people post to mailing lists: yes, no or unknown
    #[arg(long, value_enum, value_name = "ANSWER", hide_possible_values = true)]
    posts_to_lists: Option<Answer>,
    /// Whether it sends mail at all: yes, no or unknown
    #[arg(long, value_enum, value_name = "ANSWER", hide_possible_values = true)]
    sends_mail: Option<Answer>,
    /// Say it of a domain that no report speaks of yet
    #[arg(long)]
    force: bool,
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Answer {
    /// It does
    Yes,
    /// It does not
    No,
    /// Nobody says
    Unknown,
}

impl Answer {
    fn said(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Unknown => None,
        }
    }
}

/// A profile, as JSON has it.
#[derive(Serialize)]
struct Shown<'a> {
    domain: &'a str,
    posts_to_lists: Option<bool>,
    sends_mail: Option<bool>,
    /// All three are null where no report speaks of the domain.
    verdict_before: Option<Verdict>,
    verdict: Option<Verdict>,
    headline: Option<&'a str>,
}

/// Runs the command.
pub(super) fn run(
    args: &ProfileArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    if args.domain.trim() == Label::EVERY_DOMAIN {
        return Err(Error::new("no profile of `*`", "each domain has its own", "name a domain"));
    }
    let path = &settings.db;
    let mut store =
        if args.force { SqliteStore::open(path)? } else { SqliteStore::open_existing(path)? };
    let domain = domain(args, &store, settings)?;
    let before = store.knowledge(&domain)?.profile;
    let advice_before = advice(&domain, &store, settings)?;
    let said = |answer: Option<Answer>, before| answer.map_or(before, Answer::said);
    let profile = Profile {
        posts_to_lists: said(args.posts_to_lists, before.posts_to_lists),
        sends_mail: said(args.sends_mail, before.sends_mail),
    };
    if profile != before {
        store.set_profile(&domain, &profile)?;
    }
    let effect = match advice_before {
        Some(before) => effect(before, advice(&domain, &store, settings)?),
        None => None,
    };
    let was_said = args.posts_to_lists.is_some() || args.sends_mail.is_some();
    let told = effect.as_ref().filter(|_| was_said);
    written(match settings.format {
        Format::Json => json::document(streams.out, &shown(&domain, profile, effect.as_ref())),
        _ => labels::profile(streams.out, settings.page, &domain, &profile, told),
    })?;
    Ok(Exit::Fine)
}

fn shown<'a>(domain: &'a str, said: Profile, effect: Option<&'a VerdictEffect>) -> Shown<'a> {
    Shown {
        domain,
        posts_to_lists: said.posts_to_lists,
        sends_mail: said.sends_mail,
        verdict_before: effect.map(|effect| effect.verdict_before),
        verdict: effect.map(|effect| effect.verdict),
        headline: effect.map(|effect| effect.headline.as_str()),
    }
}

/// What the advice is now; none of a domain that no report speaks of.
fn advice(domain: &str, store: &dyn Store, settings: &Settings) -> Result<Option<Recommendation>> {
    let survey = Survey::silent(store, settings)?;
    if !survey.domains(&[])?.iter().any(|known| known == domain) {
        return Ok(None);
    }
    Ok(Some(survey.judge(domain, None)?.advice))
}

fn effect(before: Recommendation, now: Option<Recommendation>) -> Option<VerdictEffect> {
    let Recommendation { domain, verdict, headline, .. } = now?;
    Some(VerdictEffect { domain, verdict_before: before.verdict, verdict, headline })
}

/// The domain as stored. That the newest report is old is not remarked: no report matters here.
fn domain(args: &ProfileArgs, store: &dyn Store, settings: &Settings) -> Result<String> {
    let survey = Survey::silent(store, settings)?;
    survey
        .domain(&args.domain, args.force)
        .map_err(|error| label::or_force(error, &args.domain, &survey))
}
