//! `record new`: a DMARC record from options.

use clap::{Args, ValueEnum};

use crate::error::{Error, Result};
use crate::model::Day;
use crate::model::command;
use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};
use crate::model::publication::{Origin, Proposed, Today};
use crate::model::words::Policy;
use crate::record;
use crate::record::edit::{self, Refused, Wanted};
use crate::record::present::{self, Live};
use crate::render::escape::escape;
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use super::super::kept::Keeping;
use super::super::present::{LiveArgs, Presents, consents as asked_consents};
use super::super::settings::Settings;
use super::super::survey::{as_stored, is_name};
use super::super::{Exit, Streams, written};
use super::{AsArg, beware, checked, consents, show};

/// Arguments of `record new`.
#[derive(Debug, Args)]
#[command(after_help = "\
Begin with --policy none, which changes nothing and brings reports. An address
of another domain needs that domain's consent: the record that it must publish
is told. Commas part addresses; `,` and `!` inside one are encoded.

Exit codes: 0 the record is printed; 2 errors, also where it would not work,
where there is one already, and where the DNS was asked and did not answer:
in the last two --replace makes it all the same. Where the name is an alias
(CNAME), none is made: no record can stand beside it.

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
    #[arg(long, value_name = "POLICY", default_value = "none", visible_alias = "p")]
    policy: Word,
    /// The same for mail of subdomains, where it is to differ
    #[arg(long, value_name = "POLICY", visible_alias = "sp")]
    subdomains: Option<Word>,
    /// The same for names below the domain that do not exist, where it is to differ from that
    #[arg(long, value_name = "POLICY", visible_alias = "np")]
    nonexistent: Option<Word>,
    /// Ask for strict alignment of both DKIM and SPF: mail of a subdomain's servers fails then
    #[arg(long, conflicts_with_all = ["adkim", "aspf"])]
    strict: bool,
    /// Alignment of DKIM: r (relaxed, as where it is left out) or s (strict)
    #[arg(long, value_name = "MODE")]
    adkim: Option<Mode>,
    /// Alignment of SPF, in the same way
    #[arg(long, value_name = "MODE")]
    aspf: Option<Mode>,
    /// Which failures are reported to --ruf: 0 (nothing passes), 1 (something fails), d (DKIM), s (SPF), with
    /// colons between them
    #[arg(long, value_name = "FO", value_parser = failure_options, requires = "ruf")]
    fo: Option<String>,
    /// Ask receivers not to act on the policy yet (t=y); those of the old standard do not know it
    #[arg(long, visible_alias = "t")]
    testing: bool,
    /// No longer part of DMARC
    #[arg(long, value_name = "PERCENT", hide = true)]
    pct: Option<String>,
    /// Make the record although there is one already; the old one is printed, to be kept
    #[arg(long)]
    replace: bool,
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

/// How a domain must match to be aligned, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Of the same organisation
    #[value(alias = "relaxed")]
    R,
    /// The same name
    #[value(alias = "strict")]
    S,
}

/// Reads `fo` (RFC 9991 section 4).
fn failure_options(text: &str) -> std::result::Result<String, String> {
    let text = text.to_ascii_lowercase();
    let options: Vec<&str> = text.split(':').collect();
    let is_known = options.iter().all(|one| matches!(*one, "0" | "1" | "d" | "s"));
    let is_once = options.iter().enumerate().all(|(at, one)| !options[..at].contains(one));
    if is_known && is_once {
        return Ok(text);
    }
    Err("write 0, 1, d or s, each once, with colons between them: 1:d:s".to_owned())
}

/// Runs the command.
pub(super) fn run(args: &NewArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let domain = domain(&args.domain)?;
    let text = edit::new_record(&wanted(args, &domain)?);
    let name = format!("_dmarc.{domain}");
    let mut checked = checked(&text, "change what was asked for")?;
    checked.findings.extend(record::out_of_place(&name, &text));
    record::keep_in_place(&name, &text, &mut checked.effect);
    let domains = [domain.clone()];
    let presents = Presents::ask(None, &args.live, &domains, settings);
    let live = presents.live(&domain);
    let mut keeping = Keeping::new(settings.now);
    if let Some(live) = live {
        keeping.note_live(&domain, &name, RecordKind::Dmarc, live);
    }
    let keep = today(&domain, live, settings);
    let in_dns = others(live);
    if let Some(end) = presents.alias(&domain) {
        keeping.keep_at(&settings.db);
        return Err(at_an_alias(&domain, &end));
    }
    if !args.replace && (keep.is_some() || !in_dns.is_empty()) {
        keeping.keep_at(&settings.db);
        // each on a line of its own, to be copied: an error is one line
        let texts = keep.iter().map(|keep| &keep.txt).chain(&in_dns);
        for text in texts {
            written(writeln!(streams.err, "{}", escape(text)))?;
        }
        return Err(there_is_one(&domain, keep.as_ref(), in_dns.len(), live));
    }
    if let (Some(Live::Unknown(why)), false) = (live, args.replace) {
        return Err(nobody_knows(&domain, why));
    }
    let mut notes = notes(args, &domain);
    notes.extend(asked(live));
    let policy = args.policy.policy();
    let dns = presents.dns().filter(|_| !matches!(live, Some(Live::Unknown(_))));
    notes.extend(dns.into_iter().flat_map(|dns| beware::in_dns(&domain, &policy, dns)));
    notes.extend(beware::by_reports(&domain, &policy, settings)?);
    let (consents, consents_left) = match dns {
        Some(dns) => asked_consents::lacking(&domain, &text, dns, &mut notes),
        None => (consents(&domain, &text, &mut notes), 0),
    };
    keeping.note(&domain, &name, RecordKind::Dmarc, &text, Seen::Proposed);
    let is_there = keep.is_some() || !in_dns.is_empty();
    let forms = if is_there { edit::changed } else { edit::added };
    let proposed = Proposed {
        record: Some(forms(&name, &text)),
        keep,
        findings: checked.findings,
        effect: checked.effect,
        consents,
        consents_left,
        notes,
        in_dns,
        ..Proposed::of(domain)
    };
    show(&proposed, &args.form, settings, streams)?;
    keeping.keep_at(&settings.db);
    Ok(Exit::Fine)
}

/// Nothing is overwritten unasked.
fn there_is_one(domain: &str, keep: Option<&Today>, in_dns: usize, live: Option<&Live>) -> Error {
    const ASKED: &str = "it stands above, from the DNS, asked now";
    let asked = command::domain(domain);
    let (what, why, remedy) = match keep {
        Some(Today { origin, seen_on, .. }) => {
            let known = match (origin, seen_on) {
                (Origin::Kept, Some(day)) => {
                    format!(
                        "it stands above, and was known on {day} (ruaudit record history {asked})"
                    )
                }
                _ => ASKED.to_owned(),
            };
            let see = if *origin == Origin::Kept {
                "ask whether it still stands with --live; "
            } else {
                ""
            };
            (
                format!("{domain} has a DMARC record already"),
                known,
                format!(
                    "{see}take the next step from it: ruaudit record next {asked} --live; or make a new one \
                     in its place: --replace"
                ),
            )
        }
        None if matches!(live, Some(Live::Unseen(_))) => (
            format!("{domain} has a text that is meant as a DMARC record and is none to receivers"),
            ASKED.to_owned(),
            format!(
                "edit that one, do not add a second; what is wrong with it: ruaudit check {asked}; or make one to \
                 put in its place: --replace"
            ),
        ),
        None => (
            format!("{domain} has {in_dns} DMARC records already"),
            "they stand above, from the DNS, asked now".to_owned(),
            "take away all but one; or make one in the place of all of them: --replace".to_owned(),
        ),
    };
    Error::new(escape(&what), escape(&why), remedy)
}

/// No record can stand beside a CNAME.
fn at_an_alias(domain: &str, end: &str) -> Error {
    Error::new(
        format!("_dmarc.{} is an alias (CNAME)", escape(domain)),
        format!("it leads to {}, and no TXT record can stand beside it", escape(end)),
        format!(
            "change the record at {}, there or with whoever runs it; or delete the CNAME first, and ask again",
            escape(end)
        ),
    )
}

/// Who asks the DNS wants to know.
fn nobody_knows(domain: &str, why: &str) -> Error {
    Error::new(
        format!("it is not known whether {} has a DMARC record already", escape(domain)),
        format!("the DNS did not answer: {}", escape(why)),
        "ask again; or make the record all the same, and edit the one that stands there, if one does: \
         --replace",
    )
}

/// What stands there that is not one record.
fn others(live: Option<&Live>) -> Vec<String> {
    match live {
        Some(Live::Several(texts) | Live::Unseen(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// The domain as it is asked for.
fn domain(given: &str) -> Result<String> {
    let domain = as_stored(given);
    if is_name(&domain) && domain.contains('.') && !domain.starts_with("_dmarc.") {
        return Ok(domain);
    }
    let behind = domain.strip_prefix("_dmarc.").filter(|name| is_name(name) && name.contains('.'));
    let why = match behind {
        Some(_) => "that is the name of a record, not the domain that it belongs to",
        None if is_name(&domain) => "it has no dot: nobody sends mail from a name like that",
        None => "a name is letters, digits, hyphens and dots",
    };
    let remedy = match behind {
        Some(name) => format!("did you mean {name}?"),
        None => {
            "give the domain that stands behind the @ of your mail, like acme.example".to_owned()
        }
    };
    Err(Error::new(
        format!("`{}` is no domain that has a DMARC record", escape(given)),
        why,
        remedy,
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
    if let Some(pct) = &args.pct {
        return Err(Error::new(
            format!("cannot use --pct `{}`", escape(pct)),
            "RFC 9989 took pct out of DMARC: receivers ignore it, or apply it inexactly",
            "leave it out; to go on in steps, move the policy: none, quarantine, reject (ruaudit record next)",
        ));
    }
    Ok(Wanted {
        policy: args.policy.policy(),
        subdomains: args.subdomains.map(Word::policy),
        nonexistent: args.nonexistent.map(Word::policy),
        strict_dkim: args.strict || args.adkim == Some(Mode::S),
        strict_spf: args.strict || args.aspf == Some(Mode::S),
        rua: uris("--rua", &args.rua)?,
        ruf: uris("--ruf", &args.ruf)?,
        failure_options: args.fo.clone(),
        testing: args.testing,
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
    if args.strict || [args.adkim, args.aspf].contains(&Some(Mode::S)) {
        notes.push(
            "strict alignment fails mail that is signed by, or bounces to, another name of the same \
             organisation, as that of most services is"
                .to_owned(),
        );
    }
    notes
}

/// What is not known of the record that may be there already.
fn asked(live: Option<&Live>) -> Option<String> {
    let edit =
        "if one stands there already, edit that one: where there are two, receivers take neither";
    match live {
        Some(Live::Record(_) | Live::Missing) => None,
        Some(Live::Unseen(_)) => Some(
            "put it in the place of the text that stands there, do not add a second".to_owned(),
        ),
        Some(Live::Several(_)) => {
            Some("take all the others away: where there are two, receivers take neither".to_owned())
        }
        Some(Live::Unknown(why)) => {
            Some(format!("it is not known whether the DNS has a record already ({why}): {edit}"))
        }
        None => Some(format!("the DNS was not asked (--live asks it): {edit}")),
    }
}

/// The record that is there already, as far as anybody knows.
fn today(domain: &str, live: Option<&Live>, settings: &Settings) -> Option<Today> {
    match live {
        Some(Live::Record(text)) => {
            Some(Today { txt: text.clone(), origin: Origin::Dns, complete: true, seen_on: None })
        }
        Some(Live::Missing | Live::Several(_) | Live::Unseen(_)) => None,
        Some(Live::Unknown(_)) | None => {
            let store = SqliteStore::open_existing(&settings.db).ok()?;
            let kept: Vec<KeptRecord> = store.kept_records(domain).ok()?;
            let last = present::last_kept(&kept, None)?;
            Some(Today {
                txt: last.text.clone(),
                origin: Origin::Kept,
                complete: true,
                seen_on: Some(Day::of(last.last_at).to_string()),
            })
        }
    }
}
