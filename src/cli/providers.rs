//! `providers`: the senders that are known, or whose a domain or a machine is.

use clap::Args;
use serde::Serialize;

use crate::analyze::Providers;
use crate::analyze::providers::{AlignsSpf, Provider};
use crate::error::{Error, Result};
use crate::render::csv::CsvRows;
use crate::render::json;
use crate::render::providers::{COLUMNS, ProviderOut, paragraph, table};

use super::args::Format;
use super::nearest::nearest;
use super::settings::Settings;
use super::survey::as_stored;
use super::{Exit, Streams, written};

/// Arguments of `providers`.
#[derive(Debug, Args)]
#[command(after_help = "\
A sender is known by the domains it signs with or bounces to, and by the names
of its machines. Your own senders come first: see docs/providers.md.

Examples:
  ruaudit providers
  ruaudit providers mail12.mcsv.net
  ruaudit providers mailchimp brevo
  ruaudit providers --format csv")]
pub(super) struct ProvidersArgs {
    /// A domain of a signature or a bounce address, a machine, or a part of a name
    #[arg(value_name = "DOMAIN|NAME")]
    sought: Vec<String>,
}

/// The senders, as JSON has them.
#[derive(Serialize)]
struct Document<'a> {
    providers: &'a [ProviderOut<'a>],
}

/// Runs the command.
pub(super) fn run(
    args: &ProvidersArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let known = settings.senders();
    let found = found(known, &args.sought)?;
    let rows: Vec<_> = found.into_iter().map(in_words).collect();
    let out = &mut *streams.out;
    written(match settings.format {
        Format::Json => json::document(out, &Document { providers: &rows }),
        Format::Csv => CsvRows::new(out, &COLUMNS).and_then(|mut csv| {
            rows.iter().try_for_each(|row| csv.row(&row.values()))?;
            csv.finish()
        }),
        _ if args.sought.is_empty() => table(out, settings.page, &rows),
        _ => rows.iter().try_for_each(|row| paragraph(out, settings.page, row)),
    })?;
    Ok(Exit::Fine)
}

/// Those that were asked for, each once; all where nothing was.
fn found<'a>(known: &'a Providers, sought: &[String]) -> Result<Vec<&'a Provider>> {
    if sought.is_empty() {
        return Ok(known.iter().collect());
    }
    let mut found: Vec<&Provider> = Vec::new();
    for word in sought {
        let before = found.len();
        let mut is_any = false;
        for provider in of(known, word) {
            is_any = true;
            if !found[..before].iter().any(|other| other.name == provider.name) {
                found.push(provider);
            }
        }
        if !is_any {
            return Err(unknown(known, word));
        }
    }
    Ok(found)
}

/// Whose a domain is, and whose a machine; else those with a name like that.
fn of<'a>(known: &'a Providers, word: &str) -> Vec<&'a Provider> {
    let domain = as_stored(word);
    let mut owners = [known.find(&domain), known.find_host(&domain)].to_vec();
    owners.dedup();
    let owners: Vec<_> = owners.into_iter().flatten().filter_map(|it| known.get(it)).collect();
    if !owners.is_empty() {
        return owners;
    }
    let word = word.trim().to_lowercase();
    known.iter().filter(|provider| provider.name.to_lowercase().contains(&word)).collect()
}

fn unknown(known: &Providers, word: &str) -> Error {
    let near = nearest(word, known.iter().map(|provider| provider.name.as_str()));
    let remedy = match near.first() {
        Some(near) => format!("did you mean {near}?"),
        None => "all there are: ruaudit providers; to add one: docs/providers.md".to_owned(),
    };
    Error::new(
        format!("no sender is known by `{word}`"),
        "no domain, machine or name is like it",
        remedy,
    )
}

fn in_words(provider: &Provider) -> ProviderOut<'_> {
    let Provider { name, kind, dkim, spf, ptr, aligns_spf, hint, own } = provider;
    ProviderOut {
        provider: name,
        kind: kind.as_str(),
        dkim,
        spf,
        ptr,
        aligns_spf: (*aligns_spf != AlignsSpf::Unknown).then(|| aligns_spf.as_str()),
        hint: (!hint.is_empty()).then_some(hint.as_str()),
        own: *own,
    }
}
