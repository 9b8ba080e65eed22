//! The TXT **records** that a domain publishes: read, checked, mended and found.
//!
//! In: text as people paste it, and a [`Resolver`](crate::model::dns::Resolver) where a name must be
//! asked for. Out: findings with their places, what receivers will do, and the record as it should be.
//! Pure but for the questions that it puts to the resolver it is given. Nothing is refused: what is no
//! record is told so.

pub mod destination;
pub mod dkim;
pub mod dmarc;
pub mod edit;
mod judge;
mod kind;
mod names;
mod near;
pub mod paste;
pub mod present;
mod several;
pub mod spf;
mod unseen;
pub mod walk;
mod zone_file;

use std::collections::HashMap;

use crate::model::finding::{Checked, Finding, Place, RecordKind, Severity};

pub use kind::is_key;
use paste::Pasted;
use several::{Group, several};
pub use unseen::unseen;

/// Bytes of a pasted text that are looked at: a TXT record cannot hold more.
pub const MAX_PASTED: usize = 65_535;

/// Bytes of a zone file that are looked at.
pub const MAX_ZONE: usize = 16 << 20;

/// Findings that are told of one record; nobody reads more.
pub const MAX_FINDINGS: usize = 50;

/// Findings that are told of one zone file.
pub const MAX_FINDINGS_OF_ZONE: usize = 20_000;

/// What one kind's rules say of a TXT value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Linted {
    /// What was found, by place.
    pub findings: Vec<Finding>,
    /// What receivers will do with it, a sentence each.
    pub effect: Vec<String>,
    /// The record with every error mended that can be; none where nothing is wrong, or nobody can tell.
    pub corrected: Option<String>,
}

/// A record of a zone file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneChecked {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What came of it.
    pub checked: Checked,
}

/// The codes of findings that are about no kind of record more than another.
pub const CODES: &[&str] = &[
    "record_unknown",
    "record_too_long",
    "record_several",
    "record_repeated",
    "record_name",
    "record_name_final_dot",
    "record_name_deep",
    "paste_quotes",
    "paste_unquoted",
    "paste_more",
    "paste_alias",
    "paste_cut",
    "paste_encoded",
    "zone_unquoted",
    "zone_unbalanced",
    "zone_string",
    "zone_alias",
    "zone_type",
    "zone_comment",
    "zone_generic",
    "zone_include",
    "zone_generate",
    "zone_directive",
    "zone_more",
];

/// The codes of what is wrong with a zone file so that no name server loads it.
const NOT_LOADED: &[&str] =
    &["zone_unbalanced", "zone_string", "zone_alias", "zone_type", "zone_comment"];

/// What receivers get of a file with one of those.
const NOBODY_GETS_IT: &str = "No name server loads the file: nobody gets this record";

/// Checks a record as somebody pasted it: the bare value, a line of a zone file, what `dig`, `host` or
/// `nslookup` print. Without a kind it is told from the text and the name.
#[must_use]
pub fn check(given: &str, kind: Option<RecordKind>) -> Checked {
    let (given, cut) = bounded(given, MAX_PASTED);
    let pasted = paste::read(given);
    let kinds: Vec<_> = pasted.iter().map(|one| kind.or_else(|| kind::of(one))).collect();
    let chosen = kinds.iter().position(Option::is_some).unwrap_or(0);
    let is_alike = |one: &Pasted, kind: &Option<RecordKind>| {
        kind.is_some() && *kind == kinds[chosen] && one.stands_with(&pasted[chosen])
    };
    let zipped = pasted.iter().zip(&kinds);
    let nothing = Pasted::default();
    let (first, kind) = pasted.get(chosen).map_or((&nothing, kind), |one| (one, kinds[chosen]));
    let alike = zipped.filter(|(one, kind)| is_alike(one, kind)).map(|(one, _)| one);
    let alike = Group::of(alike, kind);
    let mut checked = checked(first, kind, alike);
    let others = kinds.iter().flatten().count().saturating_sub(alike.count);
    if others > 0 {
        let what = format!("of several records this one was checked; not looked at: {others}");
        checked.findings.push(Finding {
            instead: Some("give each alone, or all as a zone file with --zone".to_owned()),
            ..whole("paste_more", Severity::Hint, what)
        });
    }
    if kind.is_none() && paste::is_denial(given) {
        let what = "by what was pasted, the DNS has no such record at this name";
        let denied = checked.findings.iter_mut().filter(|it| it.code == "record_unknown");
        denied.for_each(|finding| finding.what = what.to_owned());
    }
    if cut {
        let what = format!("longer than {MAX_PASTED} bytes, which no TXT record holds");
        checked.findings.insert(0, whole("record_too_long", Severity::Error, what));
        checked.corrected = None;
    }
    checked
}

/// Checks every DMARC, SPF and DKIM record of a zone file; other records are passed over.
#[must_use]
pub fn zone(text: &str) -> Vec<ZoneChecked> {
    let (text, _) = bounded(text, MAX_ZONE);
    let records = zone_file::records(text);
    let kind = |record: &Pasted| if record.is_aside { None } else { kind::of(record) };
    let kinds: Vec<_> = records.iter().map(kind).collect();
    let mut groups: HashMap<_, Group<'_>> = HashMap::new();
    for (record, kind) in records.iter().zip(&kinds) {
        groups.entry((kind, &record.name, record.is_type_99)).or_default().add(record, *kind);
    }
    let is_told = |(record, kind): &(&Pasted, &Option<_>)| kind.is_some() || record.is_aside;
    let found = records.iter().zip(&kinds).filter(is_told);
    let is_loaded = !records.iter().any(keeps_from_loading);
    let found = found.map(|(record, kind)| {
        let mut checked = checked(record, *kind, groups[&(kind, &record.name, record.is_type_99)]);
        if kind.is_some() && !is_loaded {
            checked.effect = vec![NOBODY_GETS_IT.to_owned()];
        }
        ZoneChecked { line: record.line, checked }
    });
    as_many_as_are_told(found)
}

/// Whether no name server loads a file as long as this stands in it.
fn keeps_from_loading(entry: &Pasted) -> bool {
    entry.findings.iter().any(|finding| NOT_LOADED.contains(&finding.code))
}

/// The records of a file, until so much was found that nobody reads more; one entry counts the rest.
fn as_many_as_are_told(records: impl Iterator<Item = ZoneChecked>) -> Vec<ZoneChecked> {
    let (mut told, mut findings) = (Vec::new(), 0);
    let (mut from, mut untold, mut worst) = (0, 0, None);
    for record in records {
        let found = &record.checked.findings;
        if found.is_empty() || findings + found.len() <= MAX_FINDINGS_OF_ZONE {
            findings += found.len();
            told.push(record);
            continue;
        }
        findings = MAX_FINDINGS_OF_ZONE;
        from = if untold == 0 { record.line } else { from };
        untold += 1;
        worst = found.iter().map(|it| it.severity).chain(worst).min();
    }
    told.extend(worst.map(|worst| ZoneChecked { line: from, checked: more(untold, worst) }));
    told
}

/// What stands for the records of which nothing is told.
fn more(untold: usize, worst: Severity) -> Checked {
    let what = format!(
        "and {untold} more entries from here on have something to mend: {MAX_FINDINGS_OF_ZONE} findings \
         are told of one file"
    );
    Checked { findings: vec![whole("zone_more", worst, what)], ..Checked::default() }
}

/// What a DMARC record says that nobody asks for at its name, by the Public Suffix List.
#[must_use]
pub fn out_of_place(name: &str, text: &str) -> Vec<Finding> {
    names::out_of_place(name, text)
}

/// Mends what receivers do with a DMARC record at its name, by the Public Suffix List: below an
/// organisational domain it says nothing of mail of other names while that domain has one.
pub fn keep_in_place(name: &str, text: &str, effect: &mut Vec<String>) {
    if let Some((_, organization)) = names::below(name, text) {
        dmarc::below(effect, organization, false);
    }
}

/// As many bytes of a text as are looked at, and whether there are more.
fn bounded(text: &str, most: usize) -> (&str, bool) {
    let cut = text.len() > most;
    (&text[..text.floor_char_boundary(most)], cut)
}

/// Letters of a value that a sentence repeats: enough for an address.
const BRIEF: usize = 80;

/// The beginning of what may be long.
fn brief(text: &str) -> String {
    let short: String = text.chars().take(BRIEF).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}

/// A finding without a proposal.
fn finding(
    code: &'static str,
    severity: Severity,
    place: Option<Place>,
    what: impl Into<String>,
) -> Finding {
    Finding { code, severity, place, what: what.into(), instead: None }
}

/// Checks one record. `alike` are all of its kind at its name, itself among them.
fn checked(one: &Pasted, kind: Option<RecordKind>, alike: Group<'_>) -> Checked {
    let mut linted = match kind {
        _ if one.is_aside => Linted::default(),
        Some(RecordKind::Dmarc) if names::is_authorisation(one.name.as_deref()) => {
            dmarc::lint_authorisation(&one.text)
        }
        Some(kind) => lint(kind, &one.text),
        None => unknown(&one.text),
    };
    if let (Some(RecordKind::Spf), Some(at)) = (kind, kind::dmarc_inside(&one.text)) {
        two_kinds(&one.text, at, &mut linted);
    }
    if let (Some(kind), Some(meant)) = (kind, &one.meant) {
        linted.corrected = lint(kind, meant).corrected.or_else(|| Some(meant.clone()));
    }
    if let (Some(RecordKind::Spf), true) = (kind, one.is_type_99) {
        linted.findings.push(spf::of_deprecated_type());
        linted.effect = vec!["Receivers do not look at it".to_owned()];
    }
    linted.findings.extend(one.findings.iter().cloned());
    if one.is_split {
        linted.findings.retain(|finding| !finding.code.ends_with("_several_strings"));
    }
    if keeps_from_loading(one) {
        linted.effect = vec![NOBODY_GETS_IT.to_owned()];
    }
    if one.findings.iter().any(is_part) {
        linted.corrected = None;
    }
    if let (Some(kind), Some(name)) = (kind, &one.name) {
        linted.findings.extend(names::check(kind, name));
    }
    if let (Some(RecordKind::Dmarc), Some(name)) = (kind, &one.name) {
        linted.findings.extend(names::out_of_place(name, &one.text));
        names::suffix(name, &mut linted.findings);
        keep_in_place(name, &one.text, &mut linted.effect);
    }
    if let Some(kind) = kind.filter(|_| alike.count > 1) {
        several(kind, one, alike, &mut linted);
    }
    linted.findings.sort_by_key(|found| (found.severity, found.place.map(|place| place.from)));
    linted.findings.truncate(MAX_FINDINGS);
    linted.corrected = linted.corrected.filter(|text| reads_as_itself(text));
    Checked {
        kind,
        text: one.text.clone(),
        name: one.name.clone(),
        findings: linted.findings,
        effect: linted.effect,
        corrected: linted.corrected,
    }
}

/// Whether a record that is pasted again stays what it is: what looks like something else is proposed to nobody.
fn reads_as_itself(text: &str) -> bool {
    matches!(paste::read(text).as_slice(), [one] if one.text == text)
}

/// Whether it says that a value is not whole.
fn is_part(finding: &Finding) -> bool {
    ["paste_cut", "record_too_long"].contains(&finding.code)
}

/// Tells of a DMARC record behind an SPF record, which the rules of SPF alone take for words of their own.
fn two_kinds(text: &str, at: usize, linted: &mut Linted) {
    let dmarc = text[at..].trim_end();
    let own = lint(RecordKind::Dmarc, dmarc);
    let is_right = own.findings.iter().all(|found| found.severity != Severity::Error);
    let mended = own.corrected.or_else(|| is_right.then(|| dmarc.to_owned()));
    let mended = mended.map_or(String::new(), |record| format!(": {record}"));
    let what = "a DMARC record begins here: it is a TXT record of its own, at another name, and here \
                nobody sees it";
    let place = Some(Place { from: at, to: at + dmarc.len() });
    let front = text[..at].trim_end();
    // a sign between the two is no mistake of either
    let is_spf = |found: &Finding| {
        found.place.is_none_or(|it| it.from < front.trim_end_matches([';', ',']).len())
    };
    linted.findings.retain(is_spf);
    linted.findings.push(Finding {
        instead: Some(format!("SPF at the domain itself, and DMARC at _dmarc of it{mended}")),
        ..finding("spf_two_records", Severity::Error, place, what)
    });
    linted.corrected = in_front(&text[..at]);
}

/// The SPF record in front of a DMARC record that was put behind it; none where what stands behind may be
/// part of it.
fn in_front(text: &str) -> Option<String> {
    let text = text.trim_end_matches([' ', '\t', ';']);
    let last = text.split_whitespace().next_back()?.to_ascii_lowercase();
    let is_whole = last.trim_start_matches(['+', '-', '~', '?']) == "all";
    let linted = spf::lint(text);
    let is_right = linted.findings.iter().all(|found| found.severity != Severity::Error);
    linted.corrected.or_else(|| is_right.then(|| text.to_owned())).filter(|_| is_whole)
}

/// What the rules of a kind say of a value.
fn lint(kind: RecordKind, text: &str) -> Linted {
    match kind {
        RecordKind::Dmarc => dmarc::lint(text),
        RecordKind::Spf => spf::lint(text),
        RecordKind::Dkim => dkim::lint(text),
    }
}

/// What nobody can tell the kind of.
fn unknown(text: &str) -> Linted {
    let what = if text.is_empty() {
        "there is nothing here; a program that found no record may print nothing".to_owned()
    } else {
        "neither a DMARC nor an SPF nor a DKIM record: those begin with v=DMARC1, v=spf1 or \
         v=DKIM1; say --kind if it is meant as one"
            .to_owned()
    };
    Linted {
        findings: vec![whole("record_unknown", Severity::Error, what)],
        effect: vec!["Receivers take no notice of it".to_owned()],
        corrected: None,
    }
}

/// A finding that concerns the whole.
fn whole(code: &'static str, severity: Severity, what: String) -> Finding {
    finding(code, severity, None, what)
}

#[cfg(test)]
mod tests;
