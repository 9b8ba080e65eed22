//! `check`: whether a record is right, before it is published or as it stands in the DNS.
//!
//! In: a record, a file, standard input or zone files; or domains, for which the DNS is asked
//! ([`domain`]). Out: what is wrong with each record, and the record as it should be. What is neither a
//! record nor a domain is refused with what was meant ([`mod@meant`]).

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::finding::{RecordKind, Severity};
use crate::record;
use crate::render::check::{CheckedOut, count, csv, record as page, zone as zone_page};
use crate::render::escape::escape;
use crate::render::json;

use super::args::Format;
use super::failure::{self, remark};
use super::settings::Settings;
use super::{Exit, Streams, written};

mod domain;
mod meant;

use meant::{Meant, meant};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "\
A record may be given as a control panel, a zone file, dig, host, nslookup,
PowerShell, JSON, YAML or Terraform shows it. Put it in single quotes: a shell
ends a command at `;`. Every code: docs/records.md.

With domains, the DNS is asked: for DMARC as receivers look for it, by the tree
walk of RFC 9989 and by the Public Suffix List; whether those who are to get
reports agreed; for SPF with all that it leads to, MX, and DKIM keys. With a
store, what reports say stands beside it. What nobody could tell is unknown,
never missing.

Exit codes: 0 nothing worse than a hint or a warning; 1 errors, and with
--strict warnings; 2 it could not be checked, or nobody could tell of a part
of it (what a record leads to, a destination, a selector that was given) and
nothing else is an error.

Examples:
  ruaudit check 'v=DMARC1; p=none; rua=mailto:dmarc-reports@acme.example'
  ruaudit check --file record.txt
  dig +short TXT _dmarc.acme.example | ruaudit check -
  ruaudit check --zone zones/*.zone --strict
  ruaudit check acme.example
  ruaudit check acme.example --selector s1 --nameserver 192.0.2.53")]
pub(super) struct CheckArgs {
    /// The record; domains, to check what the DNS has; or - for standard input
    #[arg(value_name = "RECORD|DOMAIN", required_unless_present_any = ["file", "zone"], allow_hyphen_values = false)]
    record: Vec<String>,
    /// Check the record in this file; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "zone"])]
    file: Option<PathBuf>,
    /// Check every DMARC, SPF and DKIM record of zone files; - for standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["record", "kind"])]
    zone: Vec<PathBuf>,
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
    if !args.zone.is_empty() {
        args.asks_no_dns()?;
        return zones(args, settings, streams);
    }
    let given = match (&args.file, args.record.as_slice()) {
        (Some(path), _) => text(path, record::MAX_PASTED)?,
        (None, [one]) if one == "-" => text(Path::new("-"), record::MAX_PASTED)?,
        (None, words) if args.kind.is_none() => match meant(words)? {
            Meant::Domains(found) => return domains(&found, args, settings, streams),
            Meant::Record(given) => given,
        },
        (None, words) => {
            if let Ok(Meant::Domains(found)) = meant(words) {
                refuse_kind(&found)?;
            }
            words.join(" ")
        }
    };
    args.asks_no_dns()?;
    if args.file.is_none() && given.trim().trim_end_matches(';').eq_ignore_ascii_case("v=DMARC1") {
        let text = "only `v=DMARC1` arrived here; put the record in single quotes, since a shell ends \
                    a command at `;`";
        remark(streams.err, settings.quiet, text);
    }
    let checked = record::check(&given, args.kind.map(RecordKind::from));
    let records = [CheckedOut::of(None, &checked)];
    answer(args, &records, settings, streams)
}

impl CheckArgs {
    /// Refuses what is for domains alone.
    fn asks_no_dns(&self) -> Result<()> {
        if !self.domain.is_given() {
            return Ok(());
        }
        let why = "no DNS is asked about a record: --selector and --nameserver are for domains";
        let remedy = "leave them out, or name the domain: ruaudit check acme.example";
        Err(Error::new("cannot check a record so", why, remedy))
    }
}

/// A kind is one of a record, and a domain has all of them. A single label may be a word of a record.
fn refuse_kind(domains: &[meant::Domain]) -> Result<()> {
    let Some(domain) = domains.iter().find(|domain| domain.name.contains('.')) else {
        return Ok(());
    };
    let name = escape(&domain.name);
    let why = "--kind says what a record is, and this is a domain, which has records of each kind";
    let remedy = format!("leave --kind out: ruaudit check {name}");
    Err(Error::new(format!("cannot check {name} as a record"), why, remedy))
}

/// Checks what the DNS has of domains.
fn domains(
    domains: &[meant::Domain],
    args: &CheckArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    if settings.format == Format::Csv {
        let why = "only records that are given come out as rows";
        let remedy = "use --format table or --format json";
        return Err(Error::new("cannot write a domain as csv", why, remedy));
    }
    for text in domains.iter().filter_map(|domain| domain.remark.as_ref()) {
        remark(streams.err, settings.quiet, text);
    }
    domain::run(domains, &args.domain, args.strict, settings, streams)
}

/// Checks zone files. One that cannot be read is told, and costs the others nothing.
fn zones(args: &CheckArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let (mut files, mut is_whole) = (Vec::new(), true);
    for path in &args.zone {
        match text(path, record::MAX_ZONE) {
            Ok(text) => files.push((path.to_string_lossy(), record::zone(&text))),
            Err(error @ Error::Failed { .. }) if args.zone.len() > 1 => {
                failure::print(streams.err, settings.page, &error);
                is_whole = false;
            }
            Err(error) => return Err(error),
        }
    }
    for (name, _) in files.iter().filter(|(_, found)| found.is_empty()) {
        let text = match &**name {
            "-" => "no DMARC, SPF or DKIM record is in this file".to_owned(),
            name => format!("no DMARC, SPF or DKIM record is in {name}"),
        };
        remark(streams.err, settings.quiet, &text);
    }
    let mut records = Vec::new();
    for (name, found) in &files {
        let file = Some(&**name).filter(|name| *name != "-");
        records.extend(
            found
                .iter()
                .map(|one| CheckedOut { file, ..CheckedOut::of(Some(one.line), &one.checked) }),
        );
    }
    let exit = answer(args, &records, settings, streams)?;
    Ok(if is_whole { exit } else { Exit::Failed })
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
        (Format::Csv, _) => csv(out, records),
        (_, [one]) if one.line.is_none() => page(out, settings.page, one),
        _ => zone_page(out, settings.page, records),
    })?;
    let is_faulty = errors > 0 || (args.strict && warnings > 0);
    Ok(if is_faulty { Exit::Faulty } else { Exit::Fine })
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
    let remedy = match path.is_dir() {
        true => format!("name the files in it: --zone {}/*", path.display()),
        false => "name a file that can be read, or - for input".to_owned(),
    };
    read.map_err(|error| Error::new(what(), error, remedy))?;
    if bytes.len() as u64 > most {
        let why = format!("it has more than {most} bytes");
        return Err(Error::new(what(), why, "give the record alone, or a zone file with --zone"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
