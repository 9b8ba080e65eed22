//! `record new`: a DMARC record from options.

use clap::{Args, ValueEnum};

use crate::error::{Error, Result};
use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};
use crate::model::publication::{Consent, Origin, Proposed, Today};
use crate::model::words::Policy;
use crate::record::edit::{self, Refused, Wanted};
use crate::record::present::{self, Live};
use crate::render::escape::escape;
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use super::super::kept::Keeping;
use super::super::present::{LiveArgs, Presents};
use super::super::settings::Settings;
use super::super::survey::{as_stored, is_name};
use super::super::{Exit, Streams};
use super::{AsArg, checked, show};

/// Arguments of `record new`.
#[derive(Debug, Args)]
#[command(after_help = "\
Begin with --policy none, which changes nothing and brings reports. An address
of another domain needs that domain's consent: the record that it must publish
is told. Commas part addresses; `,` and `!` inside one are encoded.

Exit codes: 0 the record is printed; 2 errors, also where it would not work.

Examples:
  ruaudit record new acme.example --rua dmarc@acme.example
  ruaudit record new acme.example --rua dmarc@acme.example --as cpanel
  ruaudit record new acme.example --rua dmarc@acme.example --policy quarantine \\
    --subdomains reject --strict --as zone")]
pub(super) struct NewArgs {
    /// The domain
    domain: String,
    /// Where aggregate reports go: mail addresses, or mailto: URIs
    #[arg(long, value_name = "ADDRESS[,..]")]
    rua: Vec<String>,
    /// Where failure reports go; few receivers send any
    #[arg(long, value_name = "ADDRESS[,..]")]
    ruf: Vec<String>,
    /// What receivers are to do with mail that fails
    #[arg(long, value_name = "POLICY", default_value = "none")]
    policy: Word,
    /// The same for mail of subdomains, where it is to differ
    #[arg(long, value_name = "POLICY")]
    subdomains: Option<Word>,
    /// Ask for strict alignment: mail of a subdomain's servers fails then
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    form: AsArg,
    #[command(flatten)]
    live: LiveArgs,
}

/// A policy, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Word {
    /// Nothing but reports
    None,
    /// Put it into the spam folder
    Quarantine,
    /// Refuse it
    Reject,
}

impl Word {
    fn policy(self) -> Policy {
        match self {
            Self::None => Policy::None,
            Self::Quarantine => Policy::Quarantine,
            Self::Reject => Policy::Reject,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &NewArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let domain = domain(&args.domain)?;
    let text = edit::new_record(&wanted(args, &domain)?);
    let checked = checked(&text, "change what was asked for")?;
    let name = format!("_dmarc.{domain}");
    let domains = [domain.clone()];
    let presents = Presents::ask(None, &args.live, &domains, settings);
    let mut notes = notes(args, &domain);
    notes.extend(presents.live(&domain).and_then(asked));
    let keep = today(&domain, presents.live(&domain), settings);
    let consents = consents(&domain, &text, &mut notes);
    let mut keeping = Keeping::new(settings.now);
    if let Some(Live::Record(live)) = presents.live(&domain) {
        keeping.note(&domain, &name, RecordKind::Dmarc, live, Seen::Dns);
    }
    keeping.note(&domain, &name, RecordKind::Dmarc, &text, Seen::Proposed);
    let forms = if keep.is_some() { edit::changed } else { edit::added };
    let proposed = Proposed {
        domain,
        verdict: None,
        headline: None,
        record: Some(forms(&name, &text)),
        keep,
        findings: checked.findings,
        effect: checked.effect,
        consents,
        notes,
        senders: Vec::new(),
        spf: None,
    };
    show(&proposed, &args.form, settings, streams)?;
    keeping.keep_at(&settings.db);
    Ok(Exit::Fine)
}

/// The domain as it is asked for.
fn domain(given: &str) -> Result<String> {
    let domain = as_stored(given);
    if is_name(&domain) && domain.contains('.') && !domain.starts_with("_dmarc.") {
        return Ok(domain);
    }
    Err(Error::new(
        format!("`{}` is no domain that has a DMARC record", escape(given)),
        "a name is letters, digits, hyphens and dots",
        "give the domain that stands behind the @ of your mail, like acme.example",
    ))
}

fn wanted(args: &NewArgs, domain: &str) -> Result<Wanted> {
    if args.rua.is_empty() {
        return Err(Error::new(
            "no record without --rua",
            "rua says where the reports go: without it nobody tells you who sends in the name of \
             the domain, and no step to a stricter policy can be judged",
            format!("name an address that you read: --rua dmarc-reports@{domain}"),
        ));
    }
    Ok(Wanted {
        policy: args.policy.policy(),
        subdomains: args.subdomains.map(Word::policy),
        strict: args.strict,
        rua: uris("--rua", &args.rua)?,
        ruf: uris("--ruf", &args.ruf)?,
    })
}

fn uris(option: &str, given: &[String]) -> Result<Vec<String>> {
    if given.is_empty() {
        return Ok(Vec::new());
    }
    edit::uris(&given.join(",")).map_err(|Refused { given, why, remedy }| {
        Error::new(format!("cannot use {option} `{}`", escape(&given)), why, remedy)
    })
}

/// What a person must know of what they asked for.
fn notes(args: &NewArgs, domain: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if args.policy != Word::None {
        notes.push(format!(
            "from the first day receivers act on mail of {domain} that fails, your own as well: \
             unless reports have shown that none of it does, begin with --policy none"
        ));
    }
    if args.strict {
        notes.push(
            "strict alignment fails mail that is signed by, or bounces to, another name of the same \
             organisation, as that of most services is"
                .to_owned(),
        );
    }
    notes
}

/// What asking the DNS came to, where that is not a record.
fn asked(live: &Live) -> Option<String> {
    match live {
        Live::Record(_) | Live::Missing => None,
        Live::Several(count) => Some(format!(
            "the DNS has {count} DMARC records for the domain now: take all of them away, since receivers \
             discard them where there is more than one"
        )),
        Live::Unknown(why) => {
            Some(format!("it is not known whether the DNS has a record already ({why})"))
        }
    }
}

/// The record that is there already, as far as anybody knows.
fn today(domain: &str, live: Option<&Live>, settings: &Settings) -> Option<Today> {
    match live {
        Some(Live::Record(text)) => {
            Some(Today { txt: text.clone(), origin: Origin::Dns, complete: true })
        }
        Some(Live::Missing | Live::Several(_)) => None,
        Some(Live::Unknown(_)) | None => {
            let store = SqliteStore::open_existing(&settings.db).ok()?;
            let kept: Vec<KeptRecord> = store.kept_records(domain).ok()?;
            let last = present::last_kept(&kept, None)?;
            Some(Today { txt: last.text.clone(), origin: Origin::Kept, complete: true })
        }
    }
}

/// What others must publish; where they cannot, a note.
fn consents(domain: &str, text: &str, notes: &mut Vec<String>) -> Vec<Consent> {
    let (long, consents): (Vec<_>, Vec<_>) =
        edit::consents(domain, text).into_iter().partition(|c| edit::is_too_long(&c.name));
    for Consent { host, name, .. } in long {
        notes.push(format!(
            "{host} cannot consent to reports: the name of its record would be too long for the DNS \
             ({} bytes)",
            name.len()
        ));
    }
    consents
}
