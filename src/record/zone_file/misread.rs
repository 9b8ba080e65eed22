//! What people write into a zone file that **name servers read otherwise**: comments of other languages, a name
//! or a misspelt word where the type belongs, quotes that are none.
//!
//! In: an entry, or a value. Out: what is wrong with it; of entries that no record of mail is meant with, nothing
//! but that a comment is none.

use crate::model::finding::{Finding, Severity};
use crate::record::{brief, kind};

use super::entries::{self, Entry, Token};
use super::whole;

/// Signs with which other languages begin a comment.
const COMMENTS: &[&str] = &["#", "//", "--"];

/// Signs that stand around a value in place of quotes.
const QUOTES: &[(char, char)] =
    &[('"', '"'), ('\'', '\''), ('“', '”'), ('”', '”'), ('„', '“'), ('‘', '’'), ('`', '`')];

/// A line that was meant as a comment.
pub(super) fn comment(entry: &Entry) -> Option<Finding> {
    let first = entry.tokens.first().filter(|first| !first.in_quotes)?.text();
    let sign = COMMENTS.iter().find(|sign| first.starts_with(**sign))?;
    let what = format!("`{sign}` begins no comment in a zone file: no name server loads this");
    Some(Finding {
        instead: Some("`;` in front of it".to_owned()),
        ..whole("zone_comment", Severity::Error, what)
    })
}

/// A record of mail whose type is none.
pub(super) fn kind(entry: &Entry, found: Option<&Token>) -> Option<Finding> {
    let is_meant = |token: &Token| kind::of_published(&token.text()).is_some();
    if !entry.tokens.iter().any(is_meant) || found.is_some_and(entries::is_type) {
        return None;
    }
    let has_type = entry.tokens.iter().any(|token| token.is_word("TXT"));
    let what =
        found.filter(|found| !is_meant(found)).map_or("the type is missing".to_owned(), |it| {
            format!("`{}` stands where the type belongs, and is none", brief(&it.text()))
        });
    let instead = match has_type {
        true if entry.begins_blank => "the name in column 1: a blank in front means the name above",
        true => "NAME, TTL, IN, TXT and the value in quotes, with nothing else between",
        false => "TXT in front of the value",
    };
    Some(Finding {
        instead: Some(instead.to_owned()),
        ..whole("zone_type", Severity::Error, format!("{what}: no name server loads this"))
    })
}

/// A value without signs around it that were meant as quotes.
pub(super) fn unquoted(text: &str) -> &str {
    let inner = |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close);
    QUOTES.iter().find_map(inner).unwrap_or(text)
}
