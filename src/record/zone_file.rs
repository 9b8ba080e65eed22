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
mod misread;
mod names;
mod owners;

use crate::model::finding::{Finding, RecordKind, Severity};

use super::kind;
use super::paste::{Pasted, unescaped};
use super::{MAX_PASTED, bounded, edit, whole};
use bounds::Asides;
use entries::{Entry, Token, Unbalanced, entries};
use owners::Owners;

/// Letters of an entry that is told though it is no record.
const SHOWN: usize = 60;

/// What the entries before say of those behind.
#[derive(Debug, Default)]
struct Context {
    origin: Option<String>,
    owner: Option<String>,
    is_relative: bool,
    /// Whether the owner is no name that a name server takes.
    refused: Option<Finding>,
    /// Whole names of hosts of the zone.
    hosts: Vec<String>,
    /// Whether the zone's own name stands without its final dot, as lists of programs have it.
    is_bare: bool,
    owners: Owners,
}

/// The TXT records of a zone file, in their order.
pub(super) fn records(text: &str) -> Vec<Pasted> {
    let (mut context, mut asides) = (Context::of_whole(text), Asides::default());
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

    /// What a first look at the whole of a file tells.
    fn of_whole(text: &str) -> Self {
        let mut first = Self::default();
        for entry in entries(text) {
            if is_directive(&entry) {
                first.directive(&entry);
            } else if let Some((kind, values)) = first.owned(&entry) {
                first.note_hosts(kind, values);
                first.note_owner(&entry, kind, values);
            }
        }
        first.owners.settle();
        Self { hosts: first.hosts, owners: first.owners, ..Self::default() }
    }

    fn note_owner(&mut self, entry: &Entry, kind: &Token, values: &[Token]) {
        let Some(owner) = &self.owner else { return };
        match values.first().filter(|_| kind.is_word("CNAME")) {
            Some(target) => {
                let target = self.absolute(&target.text());
                self.owners.alias(owner, &target, entry.line);
            }
            None if entries::is_type(kind) => self.owners.other(owner, &kind.text(), entry.line),
            None => {}
        }
    }

    fn entry(&mut self, entry: &Entry) -> Option<Pasted> {
        if is_directive(entry) {
            return self.directive(entry);
        }
        if let Some(finding) = misread::comment(entry) {
            return Some(aside(entry, finding));
        }
        let Some((kind, values)) = self.owned(entry) else {
            return misread::kind(entry, None).map(|finding| aside(entry, finding));
        };
        let is_type_99 = kind.is_word("SPF") || kind.is_word("TYPE99");
        if is_type_99 || kind.is_word("TXT") || kind.is_word("TYPE16") {
            return Some(self.record(entry, values, is_type_99));
        }
        if kind.is_word("CNAME") {
            return self.alias(entry, values);
        }
        misread::kind(entry, Some(kind)).map(|finding| aside(entry, finding))
    }

    /// Takes the owner of an entry: the type that it has, and the words behind.
    fn owned<'e, 'a>(&mut self, entry: &'e Entry<'a>) -> Option<(&'e Token<'a>, &'e [Token<'a>])> {
        let mut tokens = entry.tokens.as_slice();
        if !entry.begins_blank {
            self.turn_to_owner(&tokens.first()?.text());
            tokens = &tokens[1..];
        }
        let kind = tokens.iter().position(|token| !is_ttl_or_class(&token.text()))?;
        let (kind, values) = (&tokens[kind], &tokens[kind + 1..]);
        if kind.is_word("SOA") && self.origin.is_none() && self.owner.as_deref() != Some("@") {
            self.is_bare = self.is_relative;
            let owner = self.owner.clone();
            self.origin = owner.filter(|_| !self.is_relative);
        }
        Some((kind, values))
    }

    /// An alias, where something is wrong with it.
    fn alias(&self, entry: &Entry, values: &[Token]) -> Option<Pasted> {
        let owner = self.owner.as_deref()?;
        let mut findings: Vec<_> = self.owners.wrong_alias(owner, entry.line).into_iter().collect();
        let is_ours = owner.split('.').any(|label| label == "_dmarc" || label == "_domainkey");
        let target = values.first().filter(|_| is_ours);
        findings.extend(target.and_then(|target| self.target_without_dot(&target.text())));
        findings.extend(self.without_dot().filter(|_| is_ours));
        let first = findings.pop()?;
        let mut alias = aside(entry, first);
        alias.findings.splice(0..0, findings);
        alias.name = Some(owner.to_owned());
        Some(alias)
    }

    /// A record of text.
    fn record(&self, entry: &Entry, values: &[Token], is_type_99: bool) -> Pasted {
        if let Some(refused) = &self.refused {
            return aside(entry, refused.clone());
        }
        let (bytes, longest): (Vec<u8>, _) = match values.split_first() {
            Some((first, rest)) if first.is_word("\\#") => match generic::text(rest) {
                Ok(text) => (text, 0),
                Err(finding) => return aside(entry, finding),
            },
            _ => {
                let strings: Vec<_> = values.iter().map(Token::bytes).collect();
                let longest = strings.iter().map(Vec::len).max().unwrap_or(0);
                (strings.concat(), longest)
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        let (text, is_long) = bounded(&text, MAX_PASTED);
        let mut record = Pasted {
            text: text.to_owned(),
            name: self.owner.clone(),
            line: entry.line,
            is_type_99,
            is_split: true,
            ..Pasted::default()
        };
        record.findings.extend(self.without_dot());
        let owner = self.owner.as_deref();
        record.findings.extend(owner.and_then(|owner| self.owners.wrong_record(owner)));
        match is_long || entry.is_cut {
            true => record.findings.push(bounds::value_too_long()),
            false => odd_form(entry, values, &mut record),
        }
        let is_cut = record.meant.is_some() || is_long || entry.is_cut;
        record.findings.extend(bounds::string_too_long(longest, &record.text).filter(|_| !is_cut));
        record
    }

    /// Takes the name in column 1 for the owner of what follows.
    fn turn_to_owner(&mut self, name: &str) {
        let owner = self.absolute(name);
        self.is_relative = !(name.ends_with('.') || name == "@");
        self.refused = names::refused(&owner);
        self.owner = Some(owner).filter(|_| self.refused.is_none());
    }
}

/// Whether an entry is `$ORIGIN` or another directive.
fn is_directive(entry: &Entry) -> bool {
    let first = entry.tokens.first().filter(|_| !entry.begins_blank);
    first.is_some_and(|first| !first.in_quotes && first.text().starts_with('$'))
}

/// Values that are cut off by a comment, or run into each other.
fn odd_form(entry: &Entry, values: &[Token], record: &mut Pasted) {
    let bare = values.iter().any(|token| !token.in_quotes);
    let cut = entry.comment.filter(|comment| bare && comment.contains('='));
    let (meant, why) = if let Some(comment) = cut {
        let (comment, _) = bounded(comment, MAX_PASTED);
        let meant = format!("{}; {}", spaced(values), unescaped(comment.trim()));
        (misread::unquoted(&meant).to_owned(), "a `;` outside quotes begins a comment")
    } else if bare && values.len() > 1 && kind::of(record) == Some(RecordKind::Spf) {
        let why = "outside quotes each word is a string of its own, and strings are joined \
                   without a gap";
        (misread::unquoted(&spaced(values)).to_owned(), why)
    } else {
        return;
    };
    let what = format!("{why}: only `{}` is published", record.text);
    record.findings.push(Finding {
        instead: Some(edit::zone_strings(&meant)),
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
