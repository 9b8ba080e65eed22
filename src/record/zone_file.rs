//! The TXT records of a **zone file** (RFC 1035 section 5).
//!
//! In: the text. Out: every TXT record with its whole name and line, strings joined, and what is odd
//! about how it is written. `$INCLUDE` is not followed: it is told. Other types are passed over.

use crate::model::finding::{Finding, Severity};

use super::paste::{Pasted, unescaped};
use super::whole;

/// A word of an entry.
#[derive(Debug, Clone, Default)]
struct Token {
    text: String,
    in_quotes: bool,
}

/// What stands between two line ends that count.
#[derive(Debug, Default)]
struct Entry {
    line: usize,
    begins_blank: bool,
    tokens: Vec<Token>,
    /// The first comment in it.
    comment: Option<String>,
    is_unbalanced: bool,
}

/// What the entries before say of those behind.
#[derive(Debug, Default)]
struct Context {
    origin: Option<String>,
    owner: Option<String>,
    is_relative: bool,
}

/// The TXT records of a zone file, in their order.
pub(super) fn records(text: &str) -> Vec<Pasted> {
    let mut context = Context::default();
    entries(text).into_iter().filter_map(|entry| context.record(&entry)).collect()
}

/// The entries: lines, or more where parentheses hold them together.
fn entries(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut entry = Entry { line: 1, ..Entry::default() };
    let (mut line, mut depth) = (1, 0_usize);
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    let mut at_start = true;
    while let Some(c) = chars.next() {
        match c {
            '\n' => {
                line += 1;
                if depth == 0 {
                    found.push(std::mem::replace(&mut entry, Entry { line, ..Entry::default() }));
                    at_start = true;
                    continue;
                }
            }
            ';' => {
                let mut comment = String::new();
                while let Some(c) = chars.next_if(|c| *c != '\n') {
                    comment.push(c);
                }
                entry.comment.get_or_insert(comment);
            }
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '"' => entry.is_unbalanced |= !quoted(&mut chars, &mut entry.tokens),
            c if c.is_whitespace() => entry.begins_blank |= at_start,
            c => plain(c, &mut chars, &mut entry.tokens),
        }
        at_start = false;
    }
    entry.is_unbalanced |= depth > 0;
    found.push(entry);
    found
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Reads a string to its closing quote; false where the line ends before.
fn quoted(chars: &mut Chars<'_>, tokens: &mut Vec<Token>) -> bool {
    let mut text = String::new();
    let mut is_closed = false;
    while let Some(c) = chars.next_if(|c| *c != '\n') {
        if c == '"' {
            is_closed = true;
            break;
        }
        text.push(c);
        if c == '\\' {
            text.extend(chars.next_if(|c| *c != '\n'));
        }
    }
    tokens.push(Token { text: unescaped(text.trim_end_matches('\r')), in_quotes: true });
    is_closed
}

/// Reads a word.
fn plain(first: char, chars: &mut Chars<'_>, tokens: &mut Vec<Token>) {
    let mut text = String::new();
    let mut next = Some(first);
    while let Some(c) = next {
        text.push(c);
        if c == '\\' {
            text.extend(chars.next_if(|c| *c != '\n'));
        }
        next = chars.next_if(|c| !c.is_whitespace() && !matches!(c, ';' | '(' | ')' | '"'));
    }
    tokens.push(Token { text: unescaped(&text), in_quotes: false });
}

impl Context {
    /// The record that an entry is, if it is one of text.
    fn record(&mut self, entry: &Entry) -> Option<Pasted> {
        let first = entry.tokens.first()?;
        if first.text.starts_with('$') && !first.in_quotes && !entry.begins_blank {
            return self.directive(entry);
        }
        let mut tokens = entry.tokens.as_slice();
        if !entry.begins_blank {
            self.owner = Some(self.absolute(&first.text));
            self.is_relative = !(first.text.ends_with('.') || first.text == "@");
            tokens = &tokens[1..];
        }
        let kind = tokens.iter().position(|token| !is_ttl_or_class(&token.text))?;
        let (kind, values) = (&tokens[kind].text, &tokens[kind + 1..]);
        if kind.eq_ignore_ascii_case("SOA") && self.origin.is_none() && !self.is_relative {
            self.origin.clone_from(&self.owner);
        }
        if !(kind.eq_ignore_ascii_case("TXT") || kind.eq_ignore_ascii_case("SPF")) {
            return None;
        }
        let mut record = Pasted {
            text: values.iter().map(|token| token.text.as_str()).collect(),
            name: self.owner.clone(),
            line: entry.line,
            ..Pasted::default()
        };
        self.odd_name(&mut record);
        odd_form(entry, values, &mut record);
        Some(record)
    }

    fn directive(&mut self, entry: &Entry) -> Option<Pasted> {
        let argument = entry.tokens.get(1).map(|token| token.text.as_str()).unwrap_or_default();
        match entry.tokens[0].text.to_ascii_uppercase().as_str() {
            "$ORIGIN" => {
                self.origin = Some(self.absolute(argument));
                None
            }
            "$INCLUDE" => {
                let what = "what this file includes was not looked at".to_owned();
                let remedy = "check that file as well".to_owned();
                let finding = Finding {
                    instead: Some(remedy),
                    ..whole("zone_include", Severity::Hint, what)
                };
                Some(Pasted {
                    text: format!("$INCLUDE {argument}"),
                    line: entry.line,
                    findings: vec![finding],
                    is_aside: true,
                    ..Pasted::default()
                })
            }
            _ => None,
        }
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

/// Values that are cut off by a comment or a line end.
fn odd_form(entry: &Entry, values: &[Token], record: &mut Pasted) {
    if entry.is_unbalanced {
        let what = "a quote or a parenthesis is not closed: no name server loads this".to_owned();
        record.findings.push(whole("zone_unbalanced", Severity::Error, what));
    }
    let bare = values.iter().any(|token| !token.in_quotes);
    let cut = entry.comment.as_deref().filter(|comment| bare && comment.contains('='));
    if let Some(comment) = cut {
        let meant = format!("{}; {}", record.text, comment.trim());
        let what =
            format!("a `;` outside quotes begins a comment: only `{}` is published", record.text);
        record.findings.push(Finding {
            instead: Some(format!("\"{meant}\"")),
            ..whole("zone_unquoted", Severity::Error, what)
        });
        record.meant = Some(meant);
    }
}

fn is_ttl_or_class(word: &str) -> bool {
    matches!(word.to_ascii_uppercase().as_str(), "IN" | "CH" | "HS")
        || (word.starts_with(|c: char| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || "smhdwSMHDW".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str = "\
$TTL 1h
acme.example. IN SOA ns.acme.example. a.acme.example. ( 1 2
  3 4 5 ) ; serial
      IN TXT \"v=spf1 -all\"
$ORIGIN acme.example.
@     TXT  \"site=1\"
_dmarc 300 IN TXT ( \"v=DMARC1; p=none; \"
       \"rua=mailto:a@acme.example\" )
_dmarc.acme.example TXT v=DMARC1; p=none
s._domainkey IN TXT \"v=DKIM1\\; p=\"
$INCLUDE other.zone
www A 192.0.2.1
";

    #[test]
    fn records_have_their_whole_names_and_lines() {
        let found = records(ZONE);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.name.as_deref().unwrap_or("-"), one.text.as_str()))
            .collect();
        let expected = vec![
            (4, "acme.example", "v=spf1 -all"),
            (6, "acme.example", "site=1"),
            (7, "_dmarc.acme.example", "v=DMARC1; p=none; rua=mailto:a@acme.example"),
            (9, "_dmarc.acme.example.acme.example", "v=DMARC1"),
            (10, "s._domainkey.acme.example", "v=DKIM1; p="),
            (11, "-", "$INCLUDE other.zone"),
        ];
        assert_eq!(expected, found);
    }

    #[test]
    fn a_missing_dot_and_missing_quotes_are_told() {
        let found = records(ZONE);
        let codes: Vec<_> = found[3].findings.iter().map(|finding| finding.code).collect();
        assert_eq!(vec!["record_name_final_dot", "zone_unquoted"], codes);
        assert_eq!(Some("_dmarc.acme.example."), found[3].findings[0].instead.as_deref());
        assert_eq!(Some("v=DMARC1; p=none"), found[3].meant.as_deref());
        let open = records("a. TXT \"v=spf1\nb. TXT (\"v=spf1\"");
        assert!(open.iter().all(|one| one.findings[0].code == "zone_unbalanced"), "{open:?}");
    }
}
