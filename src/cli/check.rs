//! `check`: whether a record is right, before it is published or as it stands in the DNS.
//!
//! In: a record, a file, standard input or a zone file; or a domain, for which the DNS is asked
//! ([`domain`]). Out: what is wrong with each record, and the record as it should be.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::finding::{RecordKind, Severity};
use crate::record;
use crate::render::check::{CheckedOut, count, record as page, zone as zone_page};
use crate::render::json;

use super::args::Format;
use super::failure::remark;
use super::settings::Settings;
use super::{Exit, Streams, written};

mod domain;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "\
A record may be given as a control panel, a zone file, dig, host or nslookup
shows it. Put it in single quotes: a shell ends a command at `;`. Every code:
docs/records.md.

With a domain, the DNS is asked: for DMARC as receivers look for it, by the tree
walk of RFC 9989 and by the Public Suffix List; whether those who are to get
reports agreed; for SPF with all that it leads to, MX, and DKIM keys. With a
store, what reports say stands beside it. What nobody could tell is unknown,
never missing.

Exit codes: 0 nothing worse than a hint or a warning; 1 errors, and warnings with
--strict; 2 it could not be checked.

Examples:
  ruaudit check 'v=DMARC1; p=none; rua=mailto:dmarc-reports@acme.example'
  ruaudit check --file record.txt
  dig +short TXT _dmarc.acme.example | ruaudit check -
  ruaudit check --zone zones/acme.example --strict
  ruaudit check acme.example
  ruaudit check acme.example --selector s1 --nameserver 192.0.2.53")]
pub(super) struct CheckArgs {
    /// The record; a domain, to check what the DNS has; or - for standard input
    #[arg(value_name = "RECORD|DOMAIN", required_unless_present_any = ["file", "zone"], allow_hyphen_values = false)]
    record: Vec<String>,
    /// Check the record in this file; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "zone"])]
    file: Option<PathBuf>,
    /// Check every DMARC, SPF and DKIM record of a zone file; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "kind"])]
    zone: Option<PathBuf>,
    /// What kind of record it is, where the record itself does not tell
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Exit with 1 where there are warnings, too
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    domain: domain::DomainArgs,
}

/// The kinds, as they are typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Dmarc,
    Spf,
    Dkim,
}

impl From<Kind> for RecordKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Dmarc => Self::Dmarc,
            Kind::Spf => Self::Spf,
            Kind::Dkim => Self::Dkim,
        }
    }
}

/// The whole answer, as JSON has it.
#[derive(Serialize)]
struct Document<'a> {
    records: &'a [CheckedOut<'a>],
    errors: u64,
    warnings: u64,
    hints: u64,
}

/// Runs the command.
pub(super) fn run(
    args: &CheckArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    if let Some(path) = &args.zone {
        return zone(args, path, settings, streams);
    }
    let given = match (&args.file, args.record.as_slice()) {
        (Some(path), _) => text(path, record::MAX_PASTED)?,
        (None, [one]) if one == "-" => text(Path::new("-"), record::MAX_PASTED)?,
        (None, [one]) if args.kind.is_none() && is_domain(one) => {
            return domain::run(one, &args.domain, args.strict, settings, streams);
        }
        (None, words) => words.join(" "),
    };
    if args.file.is_none() && given.trim().trim_end_matches(';').eq_ignore_ascii_case("v=DMARC1") {
        let text = "only `v=DMARC1` arrived here; put the record in single quotes, since a shell ends \
                    a command at `;`";
        remark(streams.err, settings.quiet, text);
    }
    let checked = record::check(&given, args.kind.map(RecordKind::from));
    let records = [CheckedOut::of(None, &checked)];
    answer(args, &records, settings, streams)
}

/// Checks a zone file.
fn zone(
    args: &CheckArgs,
    path: &Path,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let found = record::zone(&text(path, record::MAX_ZONE)?);
    if found.is_empty() {
        let text = "no DMARC, SPF or DKIM record is in this file";
        remark(streams.err, settings.quiet, text);
    }
    let records: Vec<_> =
        found.iter().map(|one| CheckedOut::of(Some(one.line), &one.checked)).collect();
    answer(args, &records, settings, streams)
}

fn answer(
    args: &CheckArgs,
    records: &[CheckedOut<'_>],
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let [errors, warnings, hints] =
        [Severity::Error, Severity::Warning, Severity::Hint].map(|it| count(records, it));
    let out = &mut *streams.out;
    written(match (settings.format, records) {
        (Format::Json, _) => json::document(out, &Document { records, errors, warnings, hints }),
        (_, [one]) if one.line.is_none() => page(out, settings.page, one),
        _ => zone_page(out, settings.page, records),
    })?;
    let is_faulty = errors > 0 || (args.strict && warnings > 0);
    Ok(if is_faulty { Exit::Faulty } else { Exit::Fine })
}

/// Whether an argument is the name of a domain, not a record.
fn is_domain(word: &str) -> bool {
    let name = word.strip_suffix('.').unwrap_or(word);
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    name.contains('.') && name.split('.').all(label)
}

/// A text of at most so many bytes. Bytes that are no UTF-8 are kept as such signs, and found there.
fn text(path: &Path, most: usize) -> Result<String> {
    let most = most as u64;
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => io::stdin().lock().take(most + 1).read_to_end(&mut bytes),
        false => {
            std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        }
    };
    let what = || format!("cannot check {}", path.display());
    read.map_err(|error| {
        Error::new(what(), error, "name a file that can be read, or - for input")
    })?;
    if bytes.len() as u64 > most {
        let why = format!("it has more than {most} bytes");
        return Err(Error::new(what(), why, "give the record alone, or a zone file with --zone"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_told_from_a_record() {
        for word in ["acme.example", "acme.example.", "_dmarc.acme.example", "münchen.example"] {
            assert!(is_domain(word), "{word}");
        }
        for word in
            ["v=DMARC1", "v=DMARC1; p=none", "hello", "mailto:a@b.example", "a b.example", "-"]
        {
            assert!(!is_domain(word), "{word}");
        }
    }
}
