//! The TXT records of a **zone file** (RFC 1035 section 5, RFC 3597 section 5).
//!
//! In: the text. Out: every record of text with its whole name and line, strings joined, and what is odd
//! about how it is written. What a directive would bring in is not looked at, and told. Other types are
//! passed over. A name or a value that no DNS message holds is told and not taken; of entries that are no
//! records only the first are told one by one.

mod bounds;
mod directive;
mod entries;
mod generic;

use crate::model::finding::{Finding, RecordKind, Severity};

use super::kind;
use super::paste::Pasted;
use super::{MAX_PASTED, bounded, whole};
use crate::model::names::MAX_NAME;
use bounds::Asides;
use entries::{Entry, Token, Unbalanced, entries};

/// Letters of an entry that is told though it is no record.
const SHOWN: usize = 60;

/// What the entries before say of those behind.
#[derive(Debug, Default)]
struct Context {
    origin: Option<String>,
    owner: Option<String>,
    is_relative: bool,
    /// Letters of the owner, where they are too many for a name.
    too_long: Option<usize>,
}

/// The TXT records of a zone file, in their order.
pub(super) fn records(text: &str) -> Vec<Pasted> {
    let (mut context, mut asides) = (Context::default(), Asides::default());
    let told = entries(text).filter_map(|entry| context.told(&entry));
    let mut found: Vec<_> = told.filter_map(|one| asides.take(one)).collect();
    found.extend(asides.rest());
    found
}

impl Context {
    /// The record that an entry is, or why nobody can read it.
    fn told(&mut self, entry: &Entry) -> Option<Pasted> {
        let found = self.entry(entry);
        let broken = entry.unbalanced.map(|what| unbalanced(what, entry.line));
        match (found, broken) {
            (found, None) => found,
            (Some(mut found), Some(broken)) if found.is_aside || kind::of(&found).is_some() => {
                found.findings.insert(0, broken);
                Some(found)
            }
            (_, Some(broken)) => Some(aside(entry, broken)),
        }
    }

    fn entry(&mut self, entry: &Entry) -> Option<Pasted> {
        let first = entry.tokens.first()?;
        if !entry.begins_blank && !first.in_quotes && first.text().starts_with('$') {
            return self.directive(entry);
        }
        let mut tokens = entry.tokens.as_slice();
        if !entry.begins_blank {
            self.turn_to_owner(&first.text());
            tokens = &tokens[1..];
        }
        let kind = tokens.iter().position(|token| !is_ttl_or_class(&token.text()))?;
        let (kind, values) = (&tokens[kind], &tokens[kind + 1..]);
        if kind.is_word("SOA") && self.origin.is_none() && !self.is_relative {
            self.origin.clone_from(&self.owner);
        }
        let is_type_99 = kind.is_word("SPF") || kind.is_word("TYPE99");
        (is_type_99 || kind.is_word("TXT") || kind.is_word("TYPE16"))
            .then(|| self.record(entry, values, is_type_99))
    }

    /// A record of text.
    fn record(&self, entry: &Entry, values: &[Token], is_type_99: bool) -> Pasted {
        if let Some(letters) = self.too_long {
            return aside(entry, bounds::name_too_long(letters));
        }
        let bytes: Vec<u8> = match values.split_first() {
            Some((first, rest)) if first.is_word("\\#") => match generic::text(rest) {
                Ok(text) => text,
                Err(finding) => return aside(entry, finding),
            },
            _ => values.iter().flat_map(Token::bytes).collect(),
        };
        let text = String::from_utf8_lossy(&bytes);
        let (text, is_long) = bounded(&text, MAX_PASTED);
        let mut record = Pasted {
            text: text.to_owned(),
            name: self.owner.clone(),
            line: entry.line,
            is_type_99,
            ..Pasted::default()
        };
        self.odd_name(&mut record);
        match is_long || entry.is_cut {
            true => record.findings.push(bounds::value_too_long()),
            false => odd_form(entry, values, &mut record),
        }
        record
    }

    /// Takes the name in column 1 for the owner of what follows.
    fn turn_to_owner(&mut self, name: &str) {
        let owner = self.absolute(name);
        self.is_relative = !(name.ends_with('.') || name == "@");
        self.too_long = Some(owner.chars().count()).filter(|letters| *letters > MAX_NAME);
        self.owner = Some(owner).filter(|_| self.too_long.is_none());
    }

    /// A name with its origin, in lower case and without a final dot.
    fn absolute(&self, name: &str) -> String {
        let name = name.to_lowercase();
        match (name.strip_suffix('.'), &self.origin) {
            (Some(whole), _) => whole.to_owned(),
            (None, Some(origin)) if name == "@" => origin.clone(),
            (None, Some(origin)) if !origin.is_empty() => format!("{name}.{origin}"),
            (None, _) => name,
        }
    }

    /// `_dmarc.acme.example` without a final dot, in the zone acme.example.
    fn odd_name(&self, record: &mut Pasted) {
        let (Some(origin), Some(name)) = (&self.origin, &record.name) else { return };
        let twice = format!(".{origin}.{origin}");
        if !self.is_relative || origin.is_empty() || !name.ends_with(&twice) {
            return;
        }
        let right = name[..name.len() - origin.len()].to_owned();
        let what = format!("without a final dot the name is {name}, where nobody looks");
        record.findings.push(Finding {
            instead: Some(right),
            ..whole("record_name_final_dot", Severity::Error, what)
        });
    }
}

/// Values that are cut off by a comment, or run into each other.
fn odd_form(entry: &Entry, values: &[Token], record: &mut Pasted) {
    let bare = values.iter().any(|token| !token.in_quotes);
    let cut = entry.comment.filter(|comment| bare && comment.contains('='));
    let (meant, why) = if let Some(comment) = cut {
        let (comment, _) = bounded(comment, MAX_PASTED);
        (format!("{}; {}", spaced(values), comment.trim()), "a `;` outside quotes begins a comment")
    } else if bare && values.len() > 1 && kind::of(record) == Some(RecordKind::Spf) {
        let why = "outside quotes each word is a string of its own, and strings are joined \
                   without a gap";
        (spaced(values), why)
    } else {
        return;
    };
    let what = format!("{why}: only `{}` is published", record.text);
    record.findings.push(Finding {
        instead: Some(format!("\"{meant}\"")),
        ..whole("zone_unquoted", Severity::Error, what)
    });
    record.meant = Some(meant);
}

/// The words as somebody wrote them who forgot the quotes.
fn spaced(values: &[Token]) -> String {
    values.iter().map(Token::text).collect::<Vec<_>>().join(" ")
}

/// What is not balanced in an entry that begins on a line.
fn unbalanced(what: Unbalanced, from: usize) -> Finding {
    let of = |line: usize| if line == from { String::new() } else { format!(" of line {line}") };
    let (what, instead) = match what {
        Unbalanced::Open(line) => (format!("the `(`{} is not closed", of(line)), "a `)`"),
        Unbalanced::Close(line) => {
            (format!("the `)`{} closes nothing", of(line)), "leave it out, or a `(` before it")
        }
        Unbalanced::Quote(line) => {
            (format!("the quote{} is not closed on its line", of(line)), "a closing quote")
        }
    };
    Finding {
        instead: Some(instead.to_owned()),
        ..whole("zone_unbalanced", Severity::Error, format!("{what}: no name server loads this"))
    }
}

/// An entry that is no record to look at, with what is to be said of it.
fn aside(entry: &Entry, finding: Finding) -> Pasted {
    let first = &entry.tokens[..entry.tokens.len().min(SHOWN)];
    let shown: String = spaced(first).chars().take(SHOWN).collect();
    Pasted {
        text: shown,
        line: entry.line,
        findings: vec![finding],
        is_aside: true,
        ..Pasted::default()
    }
}

/// Whether a word is a TTL (`3600`, `1h`, `1W2D`) or a class.
fn is_ttl_or_class(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    let is_number = upper.starts_with(|c: char| c.is_ascii_digit())
        && upper.chars().all(|c| c.is_ascii_digit() || "SMHDW".contains(c));
    let is_class = upper.strip_prefix("CLASS").is_some_and(|number| number.parse::<u16>().is_ok());
    is_number || is_class || matches!(upper.as_str(), "IN" | "CH" | "HS")
}

#[cfg(test)]
mod tests;
