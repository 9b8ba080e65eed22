//! **Checks** an SPF record.
//!
//! In: a TXT value as receivers see it. Out: what is wrong with it and where, what receivers do with
//! it, and the record with its errors mended.

use std::collections::HashSet;

use crate::model::finding::{Finding, Place, Severity};

use super::super::judge::{Judged, MAX_LENGTH, several_strings};
use super::super::{Linted, finding};
use super::term::{self, Fault, Term};
use super::version::{self, Version};
use super::words::{self, Word};
use super::{effect, glued, guess, order};

/// RFC 7208 section 3.4: an answer of more than 512 bytes may not arrive everywhere.
const COMFORTABLE: usize = 450;

/// A term of the record, where it could be read.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) word: Word,
    pub(super) term: Option<Term>,
    /// What stands there when the record is mended; none where nobody can tell what was meant.
    pub(super) mended: Option<String>,
}

/// Checks a value.
#[must_use]
pub fn lint(text: &str) -> Linted {
    if text.len() > MAX_LENGTH {
        let what =
            format!("longer than {MAX_LENGTH} bytes: no record of this size can be published");
        let finding = finding("spf_too_long", Severity::Error, None, what);
        return Linted { findings: vec![finding], ..Linted::default() };
    }
    let (mut judged, terms, seen) = judge(text);
    if let Some(other) = judged.findings.iter().position(|found| found.code == "spf_other_kind") {
        // its rules are not those of SPF
        judged.findings = vec![judged.findings.swap_remove(other)];
    }
    judged.findings.sort_by_key(|finding| finding.place.map_or(0, |place| place.from));
    let corrected = judged.mended(|text| judge(text).0);
    let effect = effect::of(&judged.findings, &terms, seen);
    Linted { effect, findings: judged.findings, corrected }
}

/// What to say of a record of the DNS type SPF.
#[must_use]
pub fn of_deprecated_type() -> Finding {
    let what = "the DNS type SPF (99) is obsolete and nobody asks for it (RFC 7208 section 3.1); \
                the record belongs into a TXT";
    Finding {
        instead: Some("TXT".to_owned()),
        ..finding("spf_deprecated_type", Severity::Error, None, what)
    }
}

/// What is wrong with a text, its terms, and whether receivers see a record at all.
fn judge(text: &str) -> (Judged, Vec<Read>, bool) {
    let (mut words, mut findings) = words::read(text);
    let seen = super::is_record(text);
    let rest = begin(text, &mut words, &mut findings);
    let mut terms: Vec<Read> = words.drain(..).map(|word| read(word, &mut findings)).collect();
    order::check(&mut terms, &mut findings);
    length(text, &mut findings);
    let mends = rest && terms.iter().all(|term| term.mended.is_some());
    let draft = mends.then(|| {
        let mended = terms.iter().filter_map(|term| term.mended.as_deref());
        let mended = once_each(mended.flat_map(|term| term.split(' ')));
        let written: Vec<&str> = std::iter::once("v=spf1").chain(mended).collect();
        written.join(" ")
    });
    (Judged { findings, draft }, terms, seen)
}

/// Terms, each once: the second of a kind never matches.
pub(super) fn once_each<'a>(terms: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut known = HashSet::new();
    let mut is_new = |term: &&str| {
        known.insert(term.strip_prefix('+').unwrap_or(term).to_ascii_lowercase())
            && !term.is_empty()
    };
    terms.filter(|term| is_new(term)).collect()
}

/// Takes the version off the words; whether what is wrong with it can be mended.
fn begin(text: &str, words: &mut Vec<Word>, findings: &mut Vec<Finding>) -> bool {
    let Version::Wrong(wrong) = version::of(words) else {
        let first = words.remove(0);
        blank_before(text, &first, findings);
        return true;
    };
    let place = match wrong.words {
        0 => None,
        count => Some(Place { from: words[0].place.from, to: words[count - 1].place.to }),
    };
    let instead = wrong.mends.then(|| "v=spf1".to_owned());
    findings.push(Finding { instead, ..finding(wrong.code, wrong.severity, place, wrong.what) });
    if wrong.terms_before {
        words.remove(wrong.words - 1);
        return wrong.mends;
    }
    let last = words.drain(..wrong.words).next_back();
    if let (Some(text), Some(word)) = (wrong.glued, last) {
        words.insert(0, Word { text, exact: false, ..word });
    }
    wrong.mends
}

fn blank_before(text: &str, first: &Word, findings: &mut Vec<Finding>) {
    if first.place.from > 0 && text.starts_with(' ') {
        let place = Place { from: 0, to: first.place.from };
        let what = "a space stands before `v=spf1`; receivers do not see the record";
        findings.push(finding("spf_leading_space", Severity::Error, Some(place), what));
    }
}

/// Reads a term, and tells what is wrong with it.
fn read(word: Word, findings: &mut Vec<Finding>) -> Read {
    if let Some(terms) = glued::apart(&word.text) {
        return together(word, &terms, findings);
    }
    match term::read(&word.text) {
        Ok(Term::Other(name)) => other(word, name, findings),
        Ok(term) => Read { mended: Some(word.text.clone()), word, term: Some(term) },
        Err(fault) => {
            let place = Some(place_of(&word, &fault));
            let found = finding(fault.code, Severity::Error, place, fault.what);
            let instead = fault.instead.as_deref().map(guess::shown);
            findings.push(Finding { instead, ..found });
            Read { word, term: None, mended: fault.instead }
        }
    }
}

/// Terms without the space between.
fn together(word: Word, terms: &[String], findings: &mut Vec<Finding>) -> Read {
    let what = "no space stands between these terms, as where strings are joined, which is done \
                without a gap (RFC 7208 section 3.3); receivers take them for one term that is none";
    let instead = Some(terms.join(" "));
    findings.push(Finding {
        instead: instead.clone(),
        ..finding("spf_space_missing", Severity::Error, Some(word.place), what)
    });
    Read { word, term: None, mended: instead }
}

fn place_of(word: &Word, fault: &Fault) -> Place {
    match fault.part.filter(|_| word.exact) {
        None => word.place,
        Some((from, to)) => Place { from: word.place.from + from, to: word.place.from + to },
    }
}

/// A modifier that receivers ignore.
fn other(word: Word, name: String, findings: &mut Vec<Finding>) -> Read {
    let mended = Some(word.text.clone());
    if name == "v" {
        return version_again(word, findings);
    }
    let Some(meant) = guess::modifier(&name) else {
        let what = format!("receivers ignore the modifier `{name}`");
        findings.push(finding("spf_unknown_modifier", Severity::Hint, Some(word.place), what));
        return Read { word, term: Some(Term::Other(name)), mended };
    };
    let mark = if meant == "redirect" { "=" } else { ":" };
    let value = word.text.split_once('=').map_or("", |(_, value)| value);
    let instead = match meant {
        "all" => guess::all_of_value(value),
        _ => format!("{meant}{mark}{value}"),
    };
    let what = format!("receivers ignore `{name}=`, as every modifier that they do not know");
    findings.push(Finding {
        instead: Some(guess::shown(&instead)),
        ..finding("spf_ignored_term", Severity::Error, Some(word.place), what)
    });
    Read { word, term: Some(Term::Other(name)), mended: Some(instead) }
}

/// A second `v=spf1`: two records have become one.
fn version_again(word: Word, findings: &mut Vec<Finding>) -> Read {
    let what = "a second record begins here: two records have become one, and what stands behind \
                the first `all` is never reached";
    findings.push(Finding {
        instead: Some("one record with the terms of both".to_owned()),
        ..finding("spf_two_records", Severity::Error, Some(word.place), what)
    });
    Read { word, term: Some(Term::Other("v".to_owned())), mended: Some(String::new()) }
}

fn length(text: &str, findings: &mut Vec<Finding>) {
    if text.len() > COMFORTABLE {
        let what = format!(
            "{} bytes: an answer of more than 512 does not arrive everywhere (RFC 7208 section 3.4 \
             advises {COMFORTABLE} at most)",
            text.len()
        );
        findings.push(finding("spf_long", Severity::Warning, None, what));
    } else {
        findings.extend(several_strings("spf_several_strings", text));
    }
}
