//! What stands in the DNS **although receivers pass over it**: a misspelt record, one at a name where nobody
//! looks, an alias that leads to no record, a wildcard that answers.
//!
//! In: what was found where receivers look, and who can be asked. Out: what stands beside it, and what is
//! wrong with that. Few names are asked, and only where the record is missing.

use crate::model::discovery::{Asked, Decision, Discovery, Stood};
use crate::model::dns::Resolver;
use crate::model::domain_check::{DomainCheck, Presence, Unseen};
use crate::model::finding::{Checked, Finding, RecordKind, Severity};
use crate::model::names;
use crate::record::unseen;
use crate::record::walk::policies;

use super::conclude::finding;

/// Texts of a name that are told.
const MOST_AT_NAME: usize = 3;

/// Wildcards that are asked for, from the domain upwards.
const MOST_WILDCARDS: usize = 4;

/// Looks for it.
pub(super) fn look(found: &Discovery, spf: Presence, resolver: &dyn Resolver) -> Unseen {
    let Some(own) = found.walk.asked.first() else { return Unseen::default() };
    let is_dark = matches!(own.answer, Stood::Unknown { .. });
    let alias = if is_dark { None } else { resolver.alias(&own.name).found() };
    let wildcard = wildcard(own, alias.as_deref(), resolver);
    let mut records = Vec::new();
    for asked in to_be_mended(found) {
        // an SPF record that a wildcard puts here was meant for other names
        let kinds: &[RecordKind] = if wildcard.is_some() {
            &[RecordKind::Dmarc]
        } else {
            &[RecordKind::Dmarc, RecordKind::Spf]
        };
        add(&mut records, kinds, &asked.name, &asked.domain, &asked.passed_over);
    }
    for (kinds, name) in elsewhere(&found.domain, own, spf) {
        // a wildcard may answer for names that nobody wrote: what it says is told once, above
        if let Some(texts) = resolver.txt(&name).found() {
            add(&mut records, kinds, &name, &found.domain, &texts);
        }
    }
    Unseen { records, alias, wildcard }
}

/// Whether no DMARC record stands there for certain.
fn is_absent(answer: &Stood) -> bool {
    matches!(answer, Stood::OtherText | Stood::NoData | Stood::NoName)
}

/// The wildcard of the domain, or of one above it, where what stands at its name is what the wildcard says.
fn wildcard(own: &Asked, alias: Option<&str>, resolver: &dyn Resolver) -> Option<String> {
    let records: &[String] = match &own.answer {
        Stood::Record { text } => std::slice::from_ref(text),
        Stood::Several { texts } => texts,
        _ => &[],
    };
    let mut texts = records.iter().chain(&own.passed_over).peekable();
    if alias.is_none() && texts.peek().is_none() {
        return None;
    }
    let organization = names::organizational(&own.domain);
    let above = std::iter::successors(Some(own.domain.as_str()), |name| {
        name.split_once('.').map(|(_, above)| above).filter(|_| *name != organization)
    });
    let wildcards = above.take(MOST_WILDCARDS).map(|name| format!("*.{name}"));
    let says_it = |name: &str| match alias {
        Some(alias) => resolver.alias(name).found().as_deref() == Some(alias),
        None => {
            let wild = resolver.txt(name).found().unwrap_or_default();
            texts.clone().all(|text| wild.contains(text))
        }
    };
    // where the domain does not exist, the wildcard above answers for the name of its wildcard as well
    wildcards.take_while(|name| says_it(name)).last()
}

/// The names on the way whose texts somebody of the domain's organisation wrote: the domain itself, and,
/// where it has no record of its own, those above it.
fn to_be_mended(found: &Discovery) -> Vec<&Asked> {
    let organization = names::organizational(&found.domain);
    let below = |name: &str| {
        name.strip_suffix(organization).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let own = found.walk.asked.first();
    let has_own = own.is_some_and(|own| !is_absent(&own.answer));
    let mut all: Vec<&Asked> = Vec::new();
    for asked in found.walk.asked.iter().chain(&found.list.asked) {
        let is_told = asked.domain == found.domain || (!has_own && below(&asked.domain));
        if is_told && !all.iter().any(|known| known.name == asked.name) {
            all.push(asked);
        }
    }
    all
}

/// The names at which people publish a record that belongs to another, with the kinds that are looked for:
/// control panels put the domain behind what is typed, or ask for a name without saying which.
fn elsewhere(domain: &str, own: &Asked, spf: Presence) -> Vec<(&'static [RecordKind], String)> {
    const DMARC: &[RecordKind] = &[RecordKind::Dmarc];
    const SPF: &[RecordKind] = &[RecordKind::Spf];
    const BOTH: &[RecordKind] = &[RecordKind::Dmarc, RecordKind::Spf];
    let mut all = Vec::new();
    if is_absent(&own.answer) {
        all.push((BOTH, domain.to_owned()));
        all.push((DMARC, format!("dmarc.{domain}")));
        all.push((DMARC, format!("_dmarc.{domain}.{domain}")));
    } else {
        all.push((SPF, domain.to_owned()));
    }
    if spf == Presence::Missing {
        all.push((SPF, format!("{domain}.{domain}")));
    }
    all.retain(|(_, name)| names::ascii(name).is_ok());
    all
}

/// Adds those texts of a name that are meant as a record and not seen; the same text once.
fn add(
    records: &mut Vec<Checked>,
    kinds: &[RecordKind],
    name: &str,
    domain: &str,
    texts: &[String],
) {
    let before = records.len();
    for text in texts {
        if records.len() - before >= MOST_AT_NAME {
            return;
        }
        let found = unseen(name, domain, text);
        let mut found = found.filter(|found| found.kind.is_some_and(|kind| kinds.contains(&kind)));
        for one in found.iter_mut() {
            // nobody refuses mail by a record that nobody sees
            one.findings.retain(|finding| finding.code != "spf_fail_before_dmarc");
        }
        records.extend(found.filter(|_| !records.iter().any(|known| known.text == *text)));
    }
}

/// Whether a record of a kind stands where receivers do not see it.
pub(super) fn has(check: &DomainCheck, kind: RecordKind) -> bool {
    check.unseen.records.iter().any(|record| record.kind == Some(kind))
}

/// What is wrong.
pub(super) fn findings(check: &DomainCheck) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        check.unseen.records.iter().filter_map(|record| not_seen(check, record)).collect();
    found.extend(alias(check));
    found.extend(wildcard_finding(check));
    found
}

/// Whether the record that counts stands at the same name.
fn is_beside(check: &DomainCheck, kind: RecordKind, name: &str) -> bool {
    let found = &check.dmarc.discovery;
    let mut asked = found.walk.asked.iter().chain(&found.list.asked);
    match kind {
        RecordKind::Dmarc => asked.any(|asked| asked.name == name && !is_absent(&asked.answer)),
        RecordKind::Spf => name == check.domain && check.spf.status != Presence::Missing,
        RecordKind::Dkim => false,
    }
}

/// An error where the domain has nothing in its place; a warning beside what counts.
fn severity(check: &DomainCheck, kind: RecordKind, name: &str) -> Severity {
    let found = &check.dmarc.discovery;
    let above = found.walk.asked.iter().skip(1).chain(found.list.asked.iter().skip(1));
    let is_above = above.filter(|_| kind == RecordKind::Dmarc).any(|asked| asked.name == name);
    let is_needed = match kind {
        RecordKind::Dmarc if is_above => is_nothing(found),
        RecordKind::Dmarc => found.walk.asked.first().is_some_and(|own| is_absent(&own.answer)),
        RecordKind::Spf => check.spf.status == Presence::Missing,
        RecordKind::Dkim => false,
    };
    let is_beside = is_beside(check, kind, name);
    if is_needed && !is_beside { Severity::Error } else { Severity::Warning }
}

/// Whether no policy holds by either way.
fn is_nothing(found: &Discovery) -> bool {
    let nothing = |decision: &Decision| matches!(decision, Decision::Nothing { .. });
    nothing(&found.walk.decision) && nothing(&found.list.decision)
}

/// A record that receivers do not see.
fn not_seen(check: &DomainCheck, record: &Checked) -> Option<Finding> {
    let (kind, name) = (record.kind?, record.name.as_deref()?);
    let code = match kind {
        RecordKind::Dmarc => "domain_dmarc_unseen",
        RecordKind::Spf => "domain_spf_unseen",
        RecordKind::Dkim => return None,
    };
    let word = kind.as_str();
    let moved = record.findings.iter().find(|finding| finding.code == "record_name");
    let right = moved.and_then(|finding| finding.instead.as_deref());
    let severity = severity(check, kind, name);
    if is_beside(check, kind, name) {
        let what = format!(
            "beside the {word} record a text stands at {name} that is meant as one: receivers pass over \
             it, and were it mended there would be two, of which none counts"
        );
        return Some(finding(code, severity, what, Some("take it away".to_owned())));
    }
    let what = match right {
        None => format!(
            "receivers do not see what stands at {name} and is meant as {} {word} record",
            article(word)
        ),
        Some(_) => {
            format!("{} {word} record stands at {name}, where nobody looks for it", article(word))
        }
    };
    let text = record.corrected.as_deref().unwrap_or(&record.text);
    let is_whole = record.corrected.is_some() || right.is_some();
    let instead = is_whole.then(|| format!("{text} at {}", right.unwrap_or(name)));
    Some(finding(code, severity, format!("{what}{}", at_once(kind, text)), instead))
}

fn article(word: &str) -> &'static str {
    if word == "SPF" { "an" } else { "a" }
}

/// A policy that nobody has obeyed so far holds from the moment at which the record is seen.
fn at_once(kind: RecordKind, text: &str) -> String {
    let policy = Some(kind)
        .filter(|kind| *kind == RecordKind::Dmarc)
        .and_then(|_| policies(text))
        .map(|(p, _)| p)
        .filter(|p| p != "none");
    match policy {
        Some(p) => format!(
            "; once they see it, p={p} holds at once, which nobody has obeyed so far: begin with p=none \
             unless you know that all of your mail passes"
        ),
        None => String::new(),
    }
}

/// An alias: one that leads to no record, or to that which counts.
fn alias(check: &DomainCheck) -> Option<Finding> {
    let to = check.unseen.alias.as_deref()?;
    let own = format!("_dmarc.{}", check.domain);
    if has_own(check) {
        let what = format!("{own} is an alias (CNAME) of {to}: the record stands there");
        let instead = "change it there, or with whoever runs that name; no TXT record can stand beside a CNAME";
        let is_wild = check.unseen.wildcard.is_some(); // told with that
        return (!is_wild).then(|| {
            finding("domain_dmarc_alias", Severity::Hint, what, Some(instead.to_owned()))
        });
    }
    let severity = match &check.unseen.wildcard {
        Some(_) => Severity::Hint,
        None if is_nothing(&check.dmarc.discovery) => Severity::Error,
        None => Severity::Warning,
    };
    let by = match &check.unseen.wildcard {
        Some(wildcard) => format!(", by the wildcard {wildcard}"),
        None => String::new(),
    };
    let what = format!("{own} is an alias (CNAME) of {to}{by}, and no DMARC record stands there");
    let instead = Some(match &check.unseen.wildcard {
        Some(_) => format!("a TXT record at {own} itself, which the wildcard then leaves alone"),
        None => {
            format!("have the record published at {to}, or put a TXT record in place of the alias")
        }
    });
    Some(finding("domain_dmarc_alias", severity, what, instead))
}

/// Whether the domain has a record at its own name, or what nobody could tell.
fn has_own(check: &DomainCheck) -> bool {
    check.dmarc.discovery.walk.asked.first().is_some_and(|own| !is_absent(&own.answer))
}

/// A wildcard that answers with texts.
fn wildcard_finding(check: &DomainCheck) -> Option<Finding> {
    let is_told = check.unseen.alias.is_none() || has_own(check);
    let wildcard = check.unseen.wildcard.as_deref().filter(|_| is_told)?;
    let own = check.dmarc.discovery.walk.asked.first()?;
    let (severity, what) = if is_absent(&own.answer) {
        let what = format!(
            "the TXT record of the wildcard {wildcard} answers for {}, and is no DMARC record",
            own.name
        );
        (Severity::Hint, what)
    } else {
        let what = format!(
            "the DMARC record of {} comes from the wildcard {wildcard}, which answers for every other \
             name below as well: for keys, and for leave to send reports",
            own.name
        );
        (Severity::Warning, what)
    };
    let instead = Some(format!("a TXT record at {} itself", own.name));
    Some(finding("domain_wildcard", severity, what, instead))
}
