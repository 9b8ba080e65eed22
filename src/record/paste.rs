//! What people **paste** when they are asked for a record: the value as a control panel shows it, with
//! or without quotes, a line of a zone file, the output of a program that asks the DNS, JSON, YAML, a
//! configuration, a mail or a web page.
//!
//! In: any text. Out: the values in it, each with its name and line where those were there. What looks
//! like none of these forms is taken for a bare value. Curly quotes stay: they would be published too.

mod json;
mod labels;
mod line;
mod strings;
mod wrapping;

use std::collections::HashMap;

use crate::model::finding::{Finding, Severity};

pub(super) use line::is_denial;
pub(super) use strings::{decoded, unescaped};

use super::near;
use super::whole;
use line::{Head, Line, head};
use strings::Depth;

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
    /// Whether what is to be said of its strings is said, so that nobody needs to be told to split it.
    pub is_split: bool,
}

impl Pasted {
    /// Tells of a value that the program that showed it cut off, and leaves its dots out.
    fn cut_off(&mut self) {
        let whole = self.text.trim_end_matches('…');
        let whole = whole.strip_suffix("...").unwrap_or(whole);
        if whole.len() < self.text.len() {
            self.text.truncate(whole.len());
            self.findings.push(cut());
        }
    }

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
    depth: Depth,
}

/// Tags with which a second string or line goes on.
const GOES_ON: &[&str] = &[
    "p", "sp", "np", "rua", "ruf", "fo", "adkim", "aspf", "pct", "rf", "ri", "psd", "t", "k", "h",
];

/// Aliases that are followed from a record back to the name that was asked for.
const MOST_ALIASES: usize = 10;

/// Bytes from which on a string is so long that the next one can only go on with it.
const LONG_STRING: usize = 200;

/// The values in a text, in their order; none where there is nothing.
#[must_use]
pub fn read(given: &str) -> Vec<Pasted> {
    let given = given.trim_start_matches('\u{feff}');
    if let Some(found) = json::read(given) {
        return found;
    }
    let decoded = wrapping::decoded(given);
    let mut drafts = drafts(decoded.as_deref().unwrap_or(given));
    if drafts.iter().any(Draft::begins_record) {
        drafts.retain(|draft| !draft.is_prose());
    }
    let alone = drafts.len() == 1;
    let mut found: Vec<_> = drafts.into_iter().flat_map(|draft| draft.finish(alone)).collect();
    follow_aliases(&mut found, is_denial(given));
    if decoded.is_some() {
        found.iter_mut().for_each(|one| one.findings.push(encoded()));
    }
    found
}

/// Gives what stands at the end of an alias the name that was asked for, and leaves the alias out; alone it
/// is told, unless there is nothing at its end.
fn follow_aliases(found: &mut Vec<Pasted>, is_denied: bool) {
    if !found.iter().any(|one| one.is_aside) || !is_denied && found.iter().all(|one| one.is_aside) {
        return;
    }
    let (aliases, records): (Vec<_>, Vec<_>) =
        std::mem::take(found).into_iter().partition(|one| one.is_aside);
    let owners: HashMap<_, _> =
        aliases.into_iter().map(|alias| (alias.text.to_ascii_lowercase(), alias.name)).collect();
    *found = records;
    for record in found {
        for _ in 0..MOST_ALIASES {
            let owner = record.name.as_ref().and_then(|name| owners.get(name)).cloned();
            let Some(owner) = owner else { break };
            record.name = owner;
        }
    }
}

/// The values of lines, as far as they are not yet taken out of what is around them.
fn drafts(text: &str) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let (mut named, mut is_apart) = (None, false);
    for (at, line) in text.lines().enumerate() {
        let line = wrapping::bare(line);
        if line.trim().is_empty() {
            is_apart = true;
            continue;
        }
        let said = line::read(&line);
        let going_on = drafts.last().is_some_and(|draft| draft.goes_on(&line, &said, is_apart));
        is_apart = false;
        match (drafts.last_mut().filter(|_| going_on), said) {
            (Some(draft), _) => draft.push(&line),
            (None, Line::Noise) => {}
            (None, Line::Name(name)) => named = Some(name),
            (None, Line::Value) => drafts.push(Draft::new(at + 1, &line, named.clone())),
        }
    }
    drafts
}

impl Draft {
    fn new(line: usize, text: &str, named: Option<String>) -> Self {
        let (mut head, rest) = head(text);
        head.name = head.name.or(named);
        let mut draft = Self { line, head, body: String::new(), depth: Depth::default() };
        draft.body.push_str(rest);
        draft.depth.read(rest);
        draft
    }

    fn push(&mut self, line: &str) {
        let line = line.trim_end_matches('\r');
        self.body.push('\n');
        self.body.push_str(line);
        self.depth.read(line);
    }

    fn begins_record(&self) -> bool {
        begins_record(self.body.trim_start().trim_start_matches(['"', '(', '{', '[', '\'', '`']))
    }

    /// Whether it is what a person writes beside a record.
    fn is_prose(&self) -> bool {
        let body = self.body.trim();
        !(self.head.is_named || self.begins_record() || body.contains(['=', '"']))
    }

    /// Whether the line is more of this value.
    fn goes_on(&self, line: &str, said: &Line, is_apart: bool) -> bool {
        let is_empty = self.body.trim_start().is_empty();
        if self.depth.is_open() || (is_empty && *said == Line::Value) {
            return true;
        }
        let (next, _) = head(line);
        if self.head.is_alias || next.is_named || *said != Line::Value || is_prose(line) {
            return false;
        }
        let line = line.trim();
        let is_done = is_apart || self.depth.is_closed(&self.body);
        if is_done && !line.contains('=') && !line.starts_with('"') {
            return false;
        }
        let Some(string) = line.strip_prefix('"') else { return !begins_record(line) };
        let first = string.trim_start_matches([';', ' ']);
        let tag = first.split(['=', ':']).next().unwrap_or_default().trim();
        let is_full = || self.body.rsplit('"').nth(1).is_some_and(|it| it.len() >= LONG_STRING);
        self.body.contains('"')
            && !begins_record(string)
            && (first.len() < string.len() || GOES_ON.contains(&tag) || is_full())
    }

    fn finish(self, alone: bool) -> Vec<Pasted> {
        let Self { line, head, body, .. } = self;
        let body = body.trim();
        let (name, is_type_99) = (head.name, head.is_type_99);
        let mut pasted = Pasted { name, line, is_type_99, ..Pasted::default() };
        if head.is_alias {
            return vec![alias(body, pasted)];
        }
        let body = if head.is_named { strings::before_cells(body) } else { body };
        match strings::quoted(body) {
            _ if head.is_named && body.starts_with('{') => pasted.text = strings::in_braces(body),
            _ if head.is_labelled => return listed(body, &pasted),
            Some(text) => {
                pasted.text = text;
                if alone && !head.is_named {
                    pasted.findings.push(quotes());
                }
            }
            None if head.is_zone => {
                pasted.text = unescaped(body);
                if head.is_exact && body.contains(';') && !body.contains("\\;") {
                    pasted.findings.push(if head.is_row { row() } else { unquoted() });
                }
            }
            None => pasted.text = body.to_owned(),
        }
        pasted.cut_off();
        vec![pasted]
    }
}

/// An alias, with the name that it leads to as its text.
fn alias(body: &str, mut pasted: Pasted) -> Pasted {
    let target = body.split_whitespace().next().unwrap_or_default();
    pasted.text = target.trim_end_matches(['.', ',']).to_owned();
    let what = format!(
        "an alias: what receivers get stands at {}, and was not looked at",
        pasted.text.trim_end_matches('…')
    );
    let found = whole("paste_alias", Severity::Hint, what);
    pasted.findings.push(Finding { instead: look(pasted.name.as_deref()), ..found });
    pasted.is_aside = true;
    pasted
}

/// How to have looked at what stands at the end of an alias.
fn look(name: Option<&str>) -> Option<String> {
    let name = name?;
    if let Some((selector, domain)) = name.split_once("._domainkey.") {
        return Some(format!("ruaudit check {domain} --selector {selector}"));
    }
    let domain = name.strip_prefix("_dmarc.").unwrap_or(name);
    domain.contains('.').then(|| format!("ruaudit check {domain}"))
}

/// The values behind a key: one, or a list in brackets.
fn listed(body: &str, like: &Pasted) -> Vec<Pasted> {
    let body = body.trim_end_matches([',', '}', ' ', '\t']);
    if let Some(inner) = body.strip_prefix('[') {
        let inner = inner.trim_end_matches([']', ',', ' ', '\t', '\r', '\n']);
        let texts: Vec<_> = json::read(&format!("[{inner}]")).unwrap_or_default();
        if !texts.is_empty() {
            return texts.into_iter().map(|it| Pasted { text: it.text, ..like.clone() }).collect();
        }
    }
    let mut one = Pasted { text: strings::peeled(body.trim_matches(['[', ']'])), ..like.clone() };
    one.cut_off();
    vec![one]
}

/// Whether a line is what a person writes between records.
fn is_prose(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let is_term = |word: &str| ["a", "mx", "ptr", "all"].contains(&word);
    !line.contains(['=', ';', ':', '~', '"', '\\', '/', '(', ')'])
        && line.trim().contains(char::is_whitespace)
        && !line.trim().starts_with(['+', '-', '?'])
        && !words.any(is_term)
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

fn cut() -> Finding {
    let what = "it ends in dots: the program that showed it cut off the rest".to_owned();
    Finding {
        instead: Some("the whole of it: in PowerShell, (Resolve-DnsName ...).Strings".to_owned()),
        ..whole("paste_cut", Severity::Error, what)
    }
}

fn encoded() -> Finding {
    let what =
        "`&quot;` and the like, or `%3D`, were taken for the letters that they stand for; a \
                name server would publish them as they are"
            .to_owned();
    Finding {
        instead: Some("publish the value that is shown here".to_owned()),
        ..whole("paste_encoded", Severity::Warning, what)
    }
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

/// A row whose cells tabs part: a panel's, or a zone file's.
fn row() -> Finding {
    let what =
        "in the row of a control panel this is right; in a zone file a `;` outside quotes begins \
                a comment"
            .to_owned();
    Finding {
        instead: Some("double quotes around the value, in a zone file alone".to_owned()),
        ..whole("paste_unquoted", Severity::Hint, what)
    }
}

#[cfg(test)]
mod tests;
