//! The **letters** of a record: only printable ASCII may be in it (RFC 9989 section 4.7). Those that
//! word processors and web pages put there instead are turned into what was meant.
//!
//! In: the value. Out: the mended value, and of each of its bytes the letter of the value it came from.

use std::ops::Range;

use crate::model::finding::Place;

use super::Work;

/// The mended value, and where it came from.
#[derive(Debug, Default)]
pub(super) struct Letters {
    pub(super) text: String,
    /// Of each byte, the letter in the value: where it begins and ends.
    origin: Vec<(usize, usize)>,
    /// Length of the value.
    length: usize,
}

/// What is wrong with a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    SmartQuote,
    Quote,
    Backslash,
    /// A backslash in front of a letter or a digit.
    Escape,
    OddBlank,
    Hidden,
    LineEnd,
    NotAscii,
}

impl Letters {
    /// The letters of the value that a piece of the mended text came from.
    pub(super) fn place(&self, at: &Range<usize>) -> Place {
        let from = self.origin.get(at.start).map_or(self.length, |(from, _)| *from);
        let to = at.end.checked_sub(1).and_then(|last| self.origin.get(last)).map(|(_, to)| *to);
        Place { from, to: to.filter(|to| *to >= from && at.end > at.start).unwrap_or(from) }
    }

    fn push(&mut self, text: &str, from: usize, to: usize) {
        self.text.push_str(text);
        self.origin.extend(std::iter::repeat_n((from, to), text.len()));
    }
}

/// Mends the letters, and tells each run of wrong ones once.
pub(super) fn mend(text: &str, work: &mut Work) {
    let mut letters = Letters { length: text.len(), ..Letters::default() };
    let mut runs: Vec<(Fault, usize, usize)> = Vec::new();
    for (from, c) in text.char_indices() {
        let to = from + c.len_utf8();
        let neighbours = (text[..from].chars().next_back(), text[to..].chars().next());
        let Some((fault, instead)) = fault(c, neighbours) else {
            letters.push(c.encode_utf8(&mut [0; 4]), from, to);
            continue;
        };
        let next = neighbours.1.filter(char::is_ascii_alphanumeric);
        let is_end = next.is_some() && ends_address(&letters.text);
        work.hopeless |= fault == Fault::Escape;
        let is_seen = instead.is_empty() && fault != Fault::Hidden;
        letters.push(if is_seen && is_end { " " } else { &instead }, from, to);
        match runs.last_mut() {
            Some((last, _, end)) if *last == fault && *end == from => *end = to,
            _ => runs.push((fault, from, to)),
        }
    }
    work.letters = letters;
    for (fault, from, to) in runs {
        tell(work, fault, &text[from..to], Place { from, to });
    }
}

/// Whether a text ends with what may be a whole address: letters that follow are no part of it.
fn ends_address(text: &str) -> bool {
    let word = text.rsplit([' ', '\t', ',', ';', '=']).next().unwrap_or_default();
    word.split_once('@').is_some_and(|(_, host)| host.contains('.'))
}

/// What is wrong with a letter between its neighbours, and what was meant; none where it may stand.
fn fault(c: char, (before, after): (Option<char>, Option<char>)) -> Option<(Fault, String)> {
    let edge = |c: Option<char>| c.is_none_or(|c| matches!(c, ' ' | ';' | '='));
    let is = |fault, instead: &str| Some((fault, instead.to_owned()));
    match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '‘' | '’' | '‚' | '″' | '＂' => {
            is(Fault::SmartQuote, "")
        }
        '"' => is(Fault::Quote, ""),
        '\'' | '`' if edge(before) || edge(after) => is(Fault::Quote, ""),
        '\\' if after.is_some_and(|c| c.is_ascii_alphanumeric()) => is(Fault::Escape, ""),
        '\\' => is(Fault::Backslash, ""),
        ' '..='~' | '\t' => None,
        '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
            is(Fault::LineEnd, if edge(before) || edge(after) { " " } else { "" })
        }
        '\u{200b}'..='\u{200f}'
        | '\u{feff}'
        | '\u{2060}'..='\u{2064}'
        | '\u{ad}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => is(Fault::Hidden, ""),
        c if c.is_control() => is(Fault::Hidden, ""),
        c if c.is_whitespace() => is(Fault::OddBlank, " "),
        c => Some((Fault::NotAscii, ascii(c).map_or_else(|| c.to_string(), |c| c.to_string()))),
    }
}

/// The ASCII letter that looks like this one.
fn ascii(c: char) -> Option<char> {
    if ('！'..='～').contains(&c) {
        return u8::try_from(c as u32 - 0xFEE0).ok().map(char::from);
    }
    Some(match c {
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        '；' | ';' => ';', // the Greek question mark
        '：' => ':',
        '‚' | '，' => ',',
        '․' => '.',
        'а' => 'a',
        'с' => 'c',
        'ԁ' => 'd',
        'е' => 'e',
        'һ' => 'h',
        'і' => 'i',
        'ј' => 'j',
        'М' => 'M',
        'о' => 'o',
        'р' => 'p',
        'ѕ' => 's',
        'у' => 'y',
        'х' => 'x',
        _ => return None,
    })
}

/// Tells a run. Letters of no alphabet that is known here may be part of an address: whether they can
/// be mended is seen there.
fn tell(work: &mut Work, fault: Fault, letters: &str, place: Place) {
    let (code, what, instead) = match fault {
        Fault::SmartQuote => (
            "dmarc_smart_quote",
            "curly quotes, as word processors make them, are no part of a record".to_owned(),
            "leave them out",
        ),
        Fault::Quote => (
            "dmarc_quote",
            "a quote is inside the value itself: it was published with the quotes that only zone \
             files need"
                .to_owned(),
            "leave it out",
        ),
        Fault::Backslash => (
            "dmarc_backslash",
            "a backslash is inside the value itself: zone files write `\\;` where DNS has `;`, \
             control panels do not"
                .to_owned(),
            "leave it out",
        ),
        Fault::Escape => (
            "dmarc_backslash",
            "a backslash stands in front of a letter: nobody can tell whether `\\n` is a line end, or \
             a letter, or a slip"
                .to_owned(),
            "write what was meant",
        ),
        Fault::OddBlank => (
            "dmarc_odd_blank",
            format!("{} looks like a blank and is none", code_points(letters)),
            "a plain blank",
        ),
        Fault::Hidden => (
            "dmarc_hidden_letter",
            format!("{} cannot be seen and may not be in a record", code_points(letters)),
            "leave it out",
        ),
        Fault::LineEnd => ("dmarc_line_end", "a line ends inside the value".to_owned(), "one line"),
        Fault::NotAscii => {
            let mended: Option<String> = letters.chars().map(ascii).collect();
            let what = format!("`{letters}` ({}) is not ASCII", code_points(letters));
            return not_ascii(work, place, what, mended);
        }
    };
    work.mended = true;
    work.found.push(error(code, place, what, Some(instead.to_owned())));
}

fn not_ascii(work: &mut Work, place: Place, what: String, mended: Option<String>) {
    work.mended = true;
    work.found.push(error("dmarc_not_ascii", place, what, mended));
}

fn error(
    code: &'static str,
    place: Place,
    what: String,
    instead: Option<String>,
) -> crate::model::finding::Finding {
    let severity = crate::model::finding::Severity::Error;
    crate::model::finding::Finding { code, severity, place: Some(place), what, instead }
}

/// `U+201C`, of the first few.
fn code_points(letters: &str) -> String {
    let points: Vec<_> =
        letters.chars().take(3).map(|c| format!("U+{:04X}", u32::from(c))).collect();
    points.join(" ")
}
