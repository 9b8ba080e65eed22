//! The **version** that an SPF record begins with, and what people write in its place.
//!
//! In: the words. Out: how many of them are the version, and what is wrong with it.

use crate::model::finding::Severity;

use super::super::near::distance;
use super::term::{self, Term};
use super::words::Word;

/// What a record begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Version {
    /// `v=spf1`.
    Right,
    /// It is no version: code, severity, what, whether the rest can be meant as an SPF record.
    Wrong(Wrong),
}

/// A version that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) what: &'static str,
    /// How many words stand in its place.
    pub(super) words: usize,
    /// What is glued to it: the first term.
    pub(super) glued: Option<String>,
    /// Whether it can be mended.
    pub(super) mends: bool,
    /// Whether the words in front of it are terms, which stay.
    pub(super) terms_before: bool,
}

fn wrong(code: &'static str, what: &'static str, words: usize) -> Wrong {
    Wrong {
        code,
        severity: Severity::Error,
        what,
        words,
        glued: None,
        mends: true,
        terms_before: false,
    }
}

/// Looks at the beginning of a record.
pub(super) fn of(words: &[Word]) -> Version {
    let first = words.first().map_or("", |word| word.text.as_str());
    if first == "v=spf1" {
        return Version::Right;
    }
    let lower = first.to_ascii_lowercase();
    Version::Wrong(
        other_kind(&lower)
            .or_else(|| case(&lower))
            .or_else(|| glued(first, &lower))
            .or_else(|| misspelt(&lower, words))
            .or_else(|| later(words))
            .unwrap_or_else(|| {
                let what = "the record does not begin with `v=spf1`; receivers do not see it";
                wrong("spf_no_version", what, 0)
            }),
    )
}

/// A record of another kind.
fn other_kind(lower: &str) -> Option<Wrong> {
    let what = if lower.starts_with("v=dmarc") {
        "this is a DMARC record: it belongs at _dmarc"
    } else if lower.starts_with("v=dkim") {
        "this is a DKIM key: it belongs at SELECTOR._domainkey"
    } else if lower.starts_with("spf2.0") {
        "this is a record of Sender ID, which nobody reads any more; SPF begins with `v=spf1`"
    } else {
        return None;
    };
    Some(Wrong { mends: false, ..wrong("spf_other_kind", what, 1) })
}

fn case(lower: &str) -> Option<Wrong> {
    (lower == "v=spf1").then(|| Wrong {
        severity: Severity::Warning,
        ..wrong("spf_version_case", "not every receiver takes a version in capital letters", 1)
    })
}

/// `v=spf1include:...`, `v=spf1:`.
fn glued(first: &str, lower: &str) -> Option<Wrong> {
    let rest = lower.strip_prefix("v=spf1").map(|_| first.get(6..).unwrap_or_default())?;
    if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let rest = rest.trim_start_matches(|c: char| ".:=/".contains(c));
    let what = "no space stands behind `v=spf1`; receivers do not see the record";
    let glued = (!rest.is_empty()).then(|| rest.to_owned());
    Some(Wrong { glued, ..wrong("spf_version", what, 1) })
}

fn misspelt(lower: &str, words: &[Word]) -> Option<Wrong> {
    let what = "the version is not exactly `v=spf1`; receivers do not see the record";
    if lower == "v=spf" && words.get(1).is_some_and(|word| word.text == "1") {
        return Some(wrong("spf_version", what, 2));
    }
    let near = lower.starts_with("v=spf") || matches!(lower, "spf" | "spf1" | "v1=spf" | "spf=v1");
    (near || distance(lower, "v=spf1") <= 2).then(|| wrong("spf_version", what, 1))
}

/// A version behind other words.
fn later(words: &[Word]) -> Option<Wrong> {
    let at = words.iter().position(|word| word.text.eq_ignore_ascii_case("v=spf1"))?;
    let what = "something stands before `v=spf1`; receivers do not see the record";
    let is_term = |word: &Word| matches!(term::read(&word.text), Ok(found) if !matches!(found, Term::Other(_)));
    let terms_before = words[..at].iter().all(is_term);
    Some(Wrong { terms_before, ..wrong("spf_version_not_first", what, at + 1) })
}
