//! `profile`: says what a domain does, or shows what was said.

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::Profile;
use crate::model::knowledge::Label;
use crate::render::{json, labels};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::args::Format;
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
    let said = |answer: Option<Answer>, before| answer.map_or(before, Answer::said);
    let profile = Profile {
        posts_to_lists: said(args.posts_to_lists, before.posts_to_lists),
        sends_mail: said(args.sends_mail, before.sends_mail),
    };
    if profile != before {
        store.set_profile(&domain, &profile)?;
    }
    let Profile { posts_to_lists, sends_mail } = profile;
    written(match settings.format {
        Format::Json => {
            json::document(streams.out, &Shown { domain: &domain, posts_to_lists, sends_mail })
        }
        _ => labels::profile(streams.out, &domain, &profile),
    })?;
    Ok(Exit::Fine)
}

/// The domain as stored. That the newest report is old is not remarked: no report matters here.
fn domain(args: &ProfileArgs, store: &dyn Store, settings: &Settings) -> Result<String> {
    let (mut out, mut err) = (std::io::sink(), std::io::sink());
    let mut silent = Streams { out: &mut out, err: &mut err, progress: false };
    Survey::new(store, settings, &mut silent)?.domain(&args.domain, args.force)
}
