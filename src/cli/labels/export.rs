//! `labels export`: all labels and profiles, or those of one domain, to standard output.
//!
//! Sorted, so that two exports of the same knowledge are the same bytes.

use std::io::{self, Write};

use clap::Args;

use crate::error::Result;
use crate::model::{DomainProfile, Label};
use crate::render::escape::is_unsafe;
use crate::render::{csv::CsvRows, rows};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::super::args::Format;
use super::super::settings::Settings;
use super::super::survey::{Survey, as_stored};
use super::super::{Exit, Streams, written};
use super::file;

/// Arguments of `labels export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ruaudit labels export > labels.toml
  ruaudit labels export acme.example > acme.toml
  ruaudit labels export --format csv > labels.csv")]
pub(super) struct ExportArgs {
    /// The domain whose own labels and profile are written; * is what holds for every domain; all of
    /// it unless given
    domain: Option<String>,
}

/// Runs the command.
pub(super) fn run(
    args: &ExportArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let store = SqliteStore::open_existing(&settings.db)?;
    let mut labels: Vec<Label> = store.labels()?.into_iter().map(|kept| kept.label).collect();
    let mut profiles = store.profiles()?;
    if let Some(name) = &args.domain {
        let domain = as_stored(name);
        labels.retain(|label| label.domain.eq_ignore_ascii_case(&domain));
        profiles.retain(|profile| profile.domain.eq_ignore_ascii_case(&domain));
        if labels.is_empty() && profiles.is_empty() && domain != Label::EVERY_DOMAIN {
            Survey::silent(&store, settings)?.domain(name, false)?; // a typing error is told
        }
    }
    written(match settings.format {
        Format::Csv => csv(&labels, &profiles, streams.out),
        _ => toml(&labels, &profiles, streams.out),
    })?;
    Ok(Exit::Fine)
}

fn toml(labels: &[Label], profiles: &[DomainProfile], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# read it with: ruaudit labels import FILE")?;
    for Label { domain, source, label, note } in labels {
        writeln!(out, "\n[[label]]")?;
        for (key, value) in
            [("domain", domain.as_str()), ("source", source), ("label", label.as_str())]
        {
            writeln!(out, "{key} = {}", text(value))?;
        }
        if !note.is_empty() {
            writeln!(out, "note = {}", text(note))?;
        }
    }
    for DomainProfile { domain, profile } in profiles {
        writeln!(out, "\n[[profile]]\ndomain = {}", text(domain))?;
        for (key, said) in
            [("posts_to_lists", profile.posts_to_lists), ("sends_mail", profile.sends_mail)]
        {
            if let Some(said) = said {
                writeln!(out, "{key} = {said}")?;
            }
        }
    }
    Ok(())
}

/// A text as TOML has it, with nothing in it that a terminal obeys.
fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if is_unsafe(c) => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn csv(labels: &[Label], profiles: &[DomainProfile], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = CsvRows::new(out, &file::COLUMNS)?;
    let missing = || rows::Value::Missing;
    for Label { domain, source, label, note } in labels {
        let (source, note) = (file::guarded(source), file::guarded(note));
        let label = label.as_str().into();
        let row = [domain.as_str().into(), source.into(), label, note.into(), missing(), missing()];
        csv.row(&row)?;
    }
    for DomainProfile { domain, profile } in profiles {
        let (lists, mail) = (profile.posts_to_lists.into(), profile.sends_mail.into());
        csv.row(&[domain.as_str().into(), missing(), missing(), missing(), lists, mail])?;
    }
    csv.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_toml_reads_back_and_moves_no_cursor() {
        for hostile in ["", "a\"b\\c", "\u{1b}[2J\u{202e}\u{7f}\u{85}", "Bücher 日本", "''' # x"]
        {
            let written = text(hostile);
            assert!(!written.contains(is_unsafe), "{written}");
            let table: toml::Table = format!("x = {written}").parse().unwrap();
            assert_eq!(Some(hostile), table["x"].as_str());
        }
    }
}
