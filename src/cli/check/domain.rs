//! `check DOMAIN`: the records of a domain as the DNS has them now, and what reports say beside that.

mod ask;
mod beside;
mod conclude;
mod coverage;
mod effect;
mod keys;
mod spf;
mod unseen;

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::lookup::dns::Dns;
use crate::model::day::rfc3339;
use crate::model::dns::Answer;
use crate::model::domain_check::{DomainCheck, KeyCheck, Presence};
use crate::model::finding::{RecordKind, Severity};
use crate::model::kept::Seen;
use crate::model::names;
use crate::record::present::{dmarc_of, spf_of};
use crate::render::escape::escape;
use crate::render::{domain_check as page, json};

use super::super::args::Format;
use super::super::kept::Keeping;
use super::super::settings::Settings;
use super::super::{Exit, Streams, nameserver, written};
use super::meant::Domain;
use beside::Known;

/// Selectors that may be given.
const MOST_SELECTORS: usize = 100;

/// Arguments of `check DOMAIN`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of a domain")]
pub(super) struct DomainArgs {
    /// A DKIM selector to look for, besides those that reports show; may be given several times
    #[arg(long, value_name = "S")]
    selector: Vec<String>,
    /// The DNS server to ask, in place of those of the system
    #[arg(long, value_name = "IP:PORT", value_parser = nameserver::parse)]
    nameserver: Option<SocketAddr>,
    /// Seconds for all questions about a domain
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

impl DomainArgs {
    /// Whether something is given that says nothing of a record.
    pub(super) fn is_given(&self) -> bool {
        !self.selector.is_empty() || self.nameserver.is_some()
    }
}

/// What came of several domains, as JSON has it.
#[derive(Serialize)]
struct Document<'a> {
    domains: &'a [DomainCheck],
}

/// Checks the records of domains, one after the other.
pub(super) fn run(
    domains: &[Domain],
    args: &DomainArgs,
    strict: bool,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    for domain in domains {
        asked_for(&domain.name, args)?; // before anything is asked or written
    }
    let Some(first) = domains.first() else { return Ok(Exit::Fine) };
    let whole = Duration::from_secs(args.timeout);
    let what = || format!("cannot check {}", escape(&first.name));
    let mut dns = nameserver::needed(args.nameserver, settings, whole, what)?;
    let mut checks = Vec::new();
    for domain in domains {
        let mut args = args.clone();
        args.selector.extend(domain.selector.clone());
        let check = look(&domain.name, &args, &mut dns, settings, streams)?;
        if settings.format != Format::Json {
            let gap = if checks.is_empty() { "" } else { "\n" };
            written(write!(streams.out, "{gap}"))?;
            written(page::write(streams.out, settings.page, &check))?;
        }
        checks.push(check);
    }
    if settings.format == Format::Json {
        written(match checks.as_slice() {
            [check] => json::document(streams.out, check),
            domains => json::document(streams.out, &Document { domains }),
        })?;
    }
    Ok(worst(checks.iter().map(|check| exit(check, strict))))
}

/// Errors before what nobody could tell.
fn worst(exits: impl Iterator<Item = Exit>) -> Exit {
    let mut worst = Exit::Fine;
    for exit in exits {
        match exit {
            Exit::Faulty => return Exit::Faulty,
            Exit::Failed => worst = Exit::Failed,
            _ => {}
        }
    }
    worst
}

/// Checks the records of a domain, and keeps them where the store knows it.
fn look(
    name: &str,
    args: &DomainArgs,
    dns: &mut Dns,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<DomainCheck> {
    let domain = asked_for(name, args)?;
    let known = Known::load(&domain, settings, streams)?;
    dns.renew(); // the time is that of each domain
    let check = gather(&domain, args, known.as_ref(), dns, settings.now);
    if known.is_some() {
        keep(&check, settings);
    }
    Ok(check)
}

/// Keeps the records of a domain that the store knows, as the DNS has them now.
fn keep(check: &DomainCheck, settings: &Settings) {
    let mut keeping = Keeping::new(settings.now);
    let domain = &check.domain;
    if let Some(asked) = check.dmarc.discovery.walk.asked.first() {
        let live = dmarc_of(Answer::Found(ask::all_texts(asked)));
        keeping.note_live(domain, &asked.name, RecordKind::Dmarc, &live);
    }
    let texts = check.spf.checked.iter().map(|spf| spf.text.clone()).collect();
    keeping.note_live(domain, domain, RecordKind::Spf, &spf_of(Answer::Found(texts)));
    // what receivers cannot read as a key never was one
    let is_key = |key: &&KeyCheck| key.status == Presence::Found && key.kind.is_some();
    for key in check.dkim.iter().filter(is_key) {
        if let Some(checked) = &key.checked {
            keeping.note(domain, &key.name, RecordKind::Dkim, &checked.text, Seen::Dns);
        }
    }
    keeping.keep_at(&settings.db);
}

/// The domain as it is asked for. Refuses what is no name, and selectors that are none.
fn asked_for(name: &str, args: &DomainArgs) -> Result<String> {
    let cannot = |what: &str| format!("cannot check {}", escape(what));
    let domain = names::ascii(name).map_err(|why| {
        Error::new(cannot(name), why, "name a domain: ruaudit check acme.example")
    })?;
    let bare = domain.strip_prefix("_dmarc.").unwrap_or(&domain).to_owned();
    if args.selector.len() > MOST_SELECTORS {
        let why =
            format!("{} selectors are given, and {MOST_SELECTORS} may be", args.selector.len());
        return Err(Error::new(cannot(name), why, "give fewer at a time"));
    }
    for selector in &args.selector {
        names::ascii(&keys::name(selector, &bare)).map_err(|why| {
            let what = format!("cannot use --selector '{}'", escape(selector));
            Error::new(what, why, "give what stands in s= of a signature: --selector s1")
        })?;
    }
    Ok(bare)
}

/// Asks for everything.
fn gather(
    domain: &str,
    args: &DomainArgs,
    known: Option<&Known>,
    dns: &Dns,
    now: i64,
) -> DomainCheck {
    let mut dmarc = ask::dmarc(domain, dns);
    let (mut spf, covers) = spf::check(domain, dns);
    let mx = ask::mx(domain, dns);
    let exists = ask::exists(&dmarc.discovery, spf.status, &mx, dns);
    dmarc.discovery.exists = exists;
    if mx.null {
        // a domain without mail has no senders that must sign
        dmarc
            .checked
            .iter_mut()
            .for_each(|one| one.findings.retain(|found| found.code != "dmarc_reject"));
    }
    let mut aliases = Vec::new();
    if exists == Some(false) {
        spf.findings.clear(); // a name that is not there lacks no record
        aliases = ask::aliases(domain, dns);
    }
    let unseen = unseen::look(&dmarc.discovery, spf.status, dns);
    let (dkim, keys_left) = keys::check(domain, &args.selector, known, dns);
    let reports = known.map(|known| known.beside(&dmarc.discovery, &covers, now));
    let mut check = DomainCheck {
        domain: domain.to_owned(),
        asked_at: rfc3339(now),
        findings: Vec::new(),
        unknown: Vec::new(),
        dmarc,
        spf,
        mx,
        dkim,
        reports,
        unseen,
        keys_left,
        aliases,
    };
    check.findings = conclude::findings(&check);
    check.unknown = conclude::unknown(&check);
    check
}

/// 1 for errors, and for warnings where they count; before warnings, 2 where nobody could tell of what
/// matters.
fn exit(check: &DomainCheck, strict: bool) -> Exit {
    let told = |severity| check.all_findings().any(|finding| finding.severity == severity);
    if told(Severity::Error) {
        return Exit::Faulty;
    }
    if conclude::is_unknown(check) {
        return Exit::Failed;
    }
    if strict && told(Severity::Warning) { Exit::Faulty } else { Exit::Fine }
}
