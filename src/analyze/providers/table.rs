//! The **table** of providers: one line a sender, seven columns with a tab between them.
//!
//! In: a text, ours or the operator's. Out: its senders. Refuses, with the number of the line, what
//! could never match, what would match everybody, and what is said twice.

use std::collections::HashMap;
use std::fmt;

use super::{AlignsSpf, Kind, Provider, folded};
use crate::analyze::domain::MAX_NAME;

/// Bytes of a table.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// Lines of a table.
const MAX_LINES: usize = 20_000;
/// Characters of a name.
const MAX_TITLE: usize = 60;
/// Characters of a hint.
const MAX_HINT: usize = 300;
/// What an empty column holds.
const EMPTY: &str = "-";
const COLUMNS: &str = "name, kind, dkim, spf, ptr, aligns_spf, hint";

/// Why a table of providers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The line, counted from 1; none where it is about the whole.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub why: String,
    /// What would be right.
    pub remedy: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(out, "line {line}: ")?;
        }
        write!(out, "{}; {}", self.why, self.remedy)
    }
}

impl std::error::Error for Malformed {}

/// What is wrong, and what would be right.
type Fault = (String, String);

fn fault<T>(why: impl Into<String>, remedy: impl Into<String>) -> Result<T, Fault> {
    Err((why.into(), remedy.into()))
}

/// Reads a table. Lines that are empty or begin with `#` say nothing.
pub(super) fn read(text: &str) -> Result<Vec<Provider>, Malformed> {
    let whole = |(why, remedy)| Malformed { line: None, why, remedy };
    bounded(text).map_err(whole)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut providers, mut seen) = (Vec::new(), Seen::default());
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let provider = provider(line).and_then(|provider| {
            seen.note(&provider, number)?;
            Ok(provider)
        });
        let of_line = |(why, remedy)| Malformed { line: Some(number), why, remedy };
        providers.push(provider.map_err(of_line)?);
    }
    Ok(providers)
}

fn bounded(text: &str) -> Result<(), Fault> {
    if text.len() > MAX_BYTES {
        return fault("it is longer than 1 MiB", "keep the senders that you need");
    }
    if text.lines().count() > MAX_LINES {
        return fault("it has more than 20,000 lines", "keep the senders that you need");
    }
    Ok(())
}

fn provider(line: &str) -> Result<Provider, Fault> {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    let [name, kind, dkim, spf, ptr, aligns_spf, hint] = columns.as_slice() else {
        let found = columns.len();
        let why =
            format!("it has {found} {}, not 7", if found == 1 { "column" } else { "columns" });
        return fault(why, format!("write {COLUMNS}, with one tab between them and - for nothing"));
    };
    let provider = Provider {
        name: text("name", name, MAX_TITLE)?,
        kind: word("kind", kind, &Kind::ALL)?,
        dkim: patterns(dkim)?,
        spf: patterns(spf)?,
        ptr: patterns(ptr)?,
        aligns_spf: word("aligns_spf", aligns_spf, &AlignsSpf::ALL)?,
        hint: if *hint == EMPTY { String::new() } else { text("hint", hint, MAX_HINT)? },
        own: false,
    };
    if provider.patterns().next().is_none() {
        return fault("nothing says what it is known by", "give a domain in dkim, spf or ptr");
    }
    Ok(provider)
}

fn text(column: &str, text: &str, most: usize) -> Result<String, Fault> {
    if text.is_empty() || text == EMPTY {
        return fault(format!("the {column} is missing"), "write it, or take the line out");
    }
    if text.chars().count() > most {
        return fault(format!("the {column} is too long"), format!("{most} characters are enough"));
    }
    if text.contains(char::is_control) {
        return fault(format!("the {column} has a control character"), "take it out");
    }
    // the end of the name of a source that holds the mail of names below the domain
    if column == "name" && text.ends_with("(subdomains)") {
        return fault("a name cannot end with (subdomains)", "leave that out: both are meant");
    }
    Ok(text.to_owned())
}

fn word<T: Copy>(column: &str, word: &str, words: &[(&str, T)]) -> Result<T, Fault> {
    if let Some((_, found)) = words.iter().find(|(known, _)| *known == word) {
        return Ok(*found);
    }
    let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
    let why = format!("`{}` is no {column}", shown(word));
    fault(why, format!("write one of: {}", known.join(" ")))
}

fn patterns(column: &str) -> Result<Vec<String>, Fault> {
    if column == EMPTY {
        return Ok(Vec::new());
    }
    if column.is_empty() {
        return fault("a column is empty", "write - for nothing");
    }
    column.split(' ').filter(|pattern| !pattern.is_empty()).map(pattern).collect()
}

/// A pattern: the domain itself, and all below it.
fn pattern(text: &str) -> Result<String, Fault> {
    let (why, show) = (|why: &str| format!("`{}` {why}", shown(text)), shown(text));
    if text.starts_with("*.") || text.starts_with('.') || text.ends_with('.') {
        let bare = show.trim_start_matches(['*', '.']).trim_end_matches('.');
        return fault(
            why("begins or ends with a dot or *"),
            format!("write `{bare}`: all below it counts too"),
        );
    }
    let lower = text.to_ascii_lowercase();
    if lower != text {
        return fault(why("has upper case"), format!("write `{}`", shown(&lower)));
    }
    if !is_name(text) {
        let remedy = "write domains like mail.example.com, with blanks between them (- for none)";
        return fault(why("is no domain"), remedy);
    }
    if is_everybodys(text) {
        return fault(why("is a public suffix: it would be everybody"), "give the domain below it");
    }
    Ok(text.to_owned())
}

/// Whether a registry gives out names right below it. Web hosts that put themselves on the Public
/// Suffix List (its private part) are senders all the same.
fn is_everybodys(name: &str) -> bool {
    let suffix = psl::suffix(name.as_bytes()).filter(|suffix| suffix.as_bytes() == name.as_bytes());
    suffix.is_some_and(|suffix| suffix.typ() != Some(psl::Type::Private))
}

fn is_name(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_plain);
    let is_top = |label: &str| !label.bytes().all(|b| b.is_ascii_digit());
    text.len() <= MAX_NAME
        && text.split('.').all(is_label)
        && text.rsplit_once('.').is_some_and(|(_, top)| is_top(top))
}

/// As much of what was written as a sentence holds.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(MAX_TITLE).collect();
    short.escape_debug().to_string()
}

/// Where each name and pattern was said first.
#[derive(Default)]
struct Seen {
    names: HashMap<String, usize>,
    domains: HashMap<String, usize>,
    hosts: HashMap<String, usize>,
}

impl Seen {
    fn note(&mut self, provider: &Provider, line: usize) -> Result<(), Fault> {
        if let Some(before) = self.names.insert(folded(&provider.name), line) {
            let why = format!("`{}` stands in line {before} already", shown(&provider.name));
            return fault(why, "keep one line of that name");
        }
        // one domain may both sign and take the bounces
        let by_column = [&provider.dkim, &provider.spf];
        by_column.iter().try_for_each(|patterns| once(&mut self.domains, patterns, line, true))?;
        by_column
            .iter()
            .try_for_each(|patterns| once(&mut HashMap::new(), patterns, line, false))?;
        once(&mut self.hosts, &provider.ptr, line, false)
    }
}

fn once(
    seen: &mut HashMap<String, usize>,
    patterns: &[String],
    line: usize,
    again: bool,
) -> Result<(), Fault> {
    for pattern in patterns {
        match seen.insert(pattern.clone(), line) {
            Some(before) if before != line || !again => {
                let why = format!("`{}` stands in line {before} already", shown(pattern));
                return fault(why, "keep it with one sender");
            }
            _ => {}
        }
    }
    Ok(())
}
