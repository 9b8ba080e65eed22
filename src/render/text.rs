//! **Text** in columns: how wide it is, how it is shortened, and how it is wrapped.
//!
//! In: any text. Out: escaped text of a known width. A line is never longer than it was asked to
//! be: a word that does not fit is broken.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::Page;
use super::escape::escape;

/// How many columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, escaped, in at most `max` columns: the middle gives way to `…`, since the ends of a
/// domain or a path say most.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    let text = escape(text);
    if width(&text) <= max {
        return text.into_owned();
    }
    let room = max.saturating_sub(1);
    let head = take(text.chars(), room.div_ceil(2));
    let tail: String = take(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}…{tail}")
}

/// Bytes of one column, with marks upon its letter, that are measured.
const BYTES_A_COLUMN: usize = 64;

/// As many characters as fit into so many columns.
fn take(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

/// The text, escaped, in lines of at most `columns` columns (at least one). There is always a line.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    wrap_behind(text, columns, columns)
}

/// The same, where the first line has another width than the rest.
fn wrap_behind(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in escape(text).split_whitespace() {
        let columns = |lines: &[String]| if lines.len() == 1 { first.max(1) } else { rest.max(1) };
        let begun = lines.last().is_some_and(|line| !line.is_empty());
        if begun && !fits(&lines, word, columns(&lines)) {
            lines.push(String::new());
        }
        let mut word = word;
        while !word.is_empty() && !fits(&lines, word, columns(&lines)) {
            let piece = piece(word, columns(&lines));
            append(&mut lines, piece);
            word = &word[piece.len()..];
            if !word.is_empty() {
                lines.push(String::new());
            }
        }
        append(&mut lines, word);
    }
    lines
}

/// Whether the word fits on the last line, behind what stands there. One of very many bytes does not: it is
/// not measured again for each line that it takes.
fn fits(lines: &[String], word: &str, columns: usize) -> bool {
    if word.len() / BYTES_A_COLUMN > columns {
        return false;
    }
    let used = lines.last().map_or(0, |line| if line.is_empty() { 0 } else { width(line) + 1 });
    used + width(word) <= columns || (used == 0 && word.chars().count() <= 1)
}

fn append(lines: &mut [String], word: &str) {
    if let Some(line) = lines.last_mut().filter(|_| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
}

/// As much of a word as fits on an empty line: at least one character.
fn piece(word: &str, columns: usize) -> &str {
    let one = word.chars().next().map_or(0, char::len_utf8);
    &word[..take(word.chars(), columns).len().max(one)]
}

/// Writes a paragraph: the first line behind `lead`, the others indented as far as `lead` is wide.
///
/// # Errors
/// When the writer fails.
pub fn paragraph(out: &mut dyn Write, page: Page, lead: &str, text: &str) -> io::Result<()> {
    hanging(out, page, lead, width(lead), text)
}

/// Width of the labels in front of lines.
pub(super) const LABEL: usize = 10;

/// Writes a text behind its label, of [`LABEL`] columns.
///
/// # Errors
/// When the writer fails.
pub fn labelled(out: &mut dyn Write, page: Page, label: &str, text: &str) -> io::Result<()> {
    paragraph(out, page, &format!("  {label:LABEL$} "), text)
}

/// Writes `name  text`, the name whole: one too long for half the page stands above the text.
///
/// # Errors
/// When the writer fails.
pub fn headed(out: &mut dyn Write, page: Page, name: &str, text: &str) -> io::Result<()> {
    if width(&escape(name)) <= page.width / 2 {
        return hanging(out, page, &format!("{}  ", escape(name)), 2, text);
    }
    hanging(out, page, "", 0, name)?;
    hanging(out, page, "  ", 2, text)
}

/// A time of RFC 3339 as a person reads it: `2026-11-21 03:00 UTC`.
#[must_use]
pub fn moment(rfc3339: &str) -> String {
    match rfc3339.get(..16).filter(|text| text.contains('T')) {
        Some(text) => format!("{} UTC", text.replace('T', " ")),
        None => rfc3339.to_owned(),
    }
}

/// Writes a paragraph whose first line stands behind `lead` and the others at column `indent`.
///
/// # Errors
/// When the writer fails.
pub fn hanging(
    out: &mut dyn Write,
    page: Page,
    lead: &str,
    indent: usize,
    text: &str,
) -> io::Result<()> {
    let columns = |taken| page.width.saturating_sub(taken).max(16);
    let lines = wrap_behind(text, columns(width(lead)), columns(indent));
    for (at, line) in lines.iter().enumerate() {
        let (pad, lead) = if at == 0 { (0, lead) } else { (indent, "") };
        writeln!(out, "{}", format!("{:pad$}{lead}{line}", "").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!("acme.example", shorten("acme.example", 12));
        assert_eq!("acme…mple", shorten("acme.example", 9));
        assert_eq!("…", shorten("acme", 1));
        assert_eq!("日…語", shorten("日本国語", 5));
    }

    #[test]
    fn lines_are_never_longer_than_asked() {
        assert_eq!(vec!["one two", "three"], wrap("one  two three", 8));
        assert_eq!(vec!["abcd", "ef g"], wrap("abcdef g", 4));
        assert_eq!(vec!["a", "bcde", "f"], wrap("a bcdef", 4));
        assert_eq!(vec![""], wrap("", 4));
        assert_eq!(vec!["日", "本"], wrap("日本", 1));
    }

    #[test]
    fn a_paragraph_hangs_below_its_lead() {
        let page = Page { width: 20, ..Page::PLAIN };
        let mut out = Vec::new();
        paragraph(&mut out, page, "  -> ", "switch on DKIM there").unwrap();
        assert_eq!("  -> switch on DKIM\n     there\n", String::from_utf8(out).unwrap());
    }

    #[test]
    fn a_heading_never_shortens_its_name() {
        let page = Page { width: 24, ..Page::PLAIN };
        let text = |name: &str| {
            let mut out = Vec::new();
            headed(&mut out, page, name, "READY: move").unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!("a.example  READY: move\n", text("a.example"));
        assert_eq!("cedar0001.example\n  READY: move\n", text("cedar0001.example"));
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        assert_eq!(vec!["a\\u{a}b"], wrap("a\nb", 20));
        assert_eq!("\\u{1b}[1m", shorten("\u{1b}[1m", 20));
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_wider_than_asked_and_nothing_is_lost(text in "\\PC{0,80}", columns in 2_usize..30) {
            let lines = wrap(&text, columns);
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert!(lines.iter().all(|line| width(line) <= columns), "{lines:?}");
            assert_eq!(letters(&escape(&text)), letters(&lines.concat()));
            assert!(width(&shorten(&text, columns)) <= columns);
        }
    }
}
