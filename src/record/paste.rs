//! What people **paste** when they are asked for a record: the value as a control panel shows it, with
//! or without quotes, a line of a zone file, or the output of `dig`, `host` or `nslookup`.
//!
//! In: any text. Out: the values in it, each with its name and line where those were there. What looks
//! like none of these forms is taken for a bare value. Curly quotes stay: they would be published too.

mod line;
mod strings;

use crate::model::finding::{Finding, Severity};

pub(super) use strings::{decoded, unescaped};

use super::near;
use super::whole;
use line::{Head, head, is_noise};

/// A value that was pasted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pasted {
    /// The TXT value: strings joined, out of their quotes.
    pub text: String,
    /// Its name, in lower case and without a final dot, where it stood there.
    pub name: Option<String>,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What is to be said of how it was written.
    pub findings: Vec<Finding>,
    /// What was meant as the value, where something else than that is published.
    pub meant: Option<String>,
    /// Whether it is no record, but must be told.
    pub is_aside: bool,
    /// Whether it is of the DNS type SPF (99), and not of TXT.
    pub is_type_99: bool,
}

impl Pasted {
    /// Whether it is of the same name and type as another.
    pub(super) fn stands_with(&self, other: &Self) -> bool {
        self.name == other.name && self.is_type_99 == other.is_type_99
    }
}

/// A value of which lines may still follow.
struct Draft {
    line: usize,
    head: Head,
    body: String,
}

/// Tags with which a second string or line goes on.
const GOES_ON: &[&str] = &[
    "p", "sp", "np", "rua", "ruf", "fo", "adkim", "aspf", "pct", "rf", "ri", "psd", "t", "k", "h",
];

/// Bytes from which on a string is so long that the next one can only go on with it.
const LONG_STRING: usize = 200;

/// The values in a text, in their order; none where there is nothing.
#[must_use]
pub fn read(given: &str) -> Vec<Pasted> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (at, line) in given.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let going_on = drafts.last().is_some_and(|draft| draft.goes_on(line));
        match drafts.last_mut().filter(|_| going_on) {
            Some(draft) => {
                draft.body.push('\n');
                draft.body.push_str(line.trim_end_matches('\r'));
            }
            None if is_noise(line) => {}
            None => {
                let (head, rest) = head(line);
                drafts.push(Draft { line: at + 1, head, body: rest.to_owned() });
            }
        }
    }
    let alone = drafts.len() == 1;
    drafts.into_iter().map(|draft| draft.finish(alone)).collect()
}

impl Draft {
    /// Whether the line is more of this value.
    fn goes_on(&self, line: &str) -> bool {
        if self.body.trim().is_empty() || strings::is_open(&self.body) {
            return true;
        }
        let (next, _) = head(line);
        if next.is_named || is_noise(line) {
            return false;
        }
        let line = line.trim();
        let Some(string) = line.strip_prefix('"') else { return !begins_record(line) };
        let first = string.trim_start_matches([';', ' ']);
        let tag = first.split(['=', ':']).next().unwrap_or_default().trim();
        let last_string = self.body.rsplit('"').nth(1).unwrap_or_default();
        self.body.contains('"')
            && !begins_record(string)
            && (last_string.len() >= LONG_STRING
                || first.len() < string.len()
                || GOES_ON.contains(&tag))
    }

    fn finish(self, alone: bool) -> Pasted {
        let Self { line, head, body } = self;
        let mut pasted = Pasted { name: head.name, line, ..Pasted::default() };
        let body = body.trim();
        match strings::quoted(body) {
            Some(text) => {
                pasted.text = text;
                if alone && !head.is_named {
                    pasted.findings.push(quotes());
                }
            }
            None if head.is_zone => {
                pasted.text = unescaped(body);
                if head.is_exact && body.contains(';') && !body.contains("\\;") {
                    pasted.findings.push(unquoted());
                }
            }
            None => pasted.text = body.to_owned(),
        }
        pasted
    }
}

/// Whether a line is the beginning of a value, misspelt or not.
fn begins_record(line: &str) -> bool {
    let first: String = line
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '=' | ':'))
        .take(8)
        .collect::<String>()
        .to_lowercase();
    let is_version = |word: &str| first.strip_prefix(word).is_some();
    is_version("v=") || is_version("v:") || near::distance(&first, "v=dmarc1") <= 1
}

fn quotes() -> Finding {
    let what =
        "the quotes around it are how zone files and dig write a value; they are no part of \
                it, and most control panels want it without them"
            .to_owned();
    whole("paste_quotes", Severity::Hint, what)
}

fn unquoted() -> Finding {
    let what = "in a zone file a `;` outside quotes begins a comment: only what stands before it \
                would be published"
        .to_owned();
    Finding {
        instead: Some("put the value into double quotes".to_owned()),
        ..whole("paste_unquoted", Severity::Warning, what)
    }
}

#[cfg(test)]
mod tests;
