//! The **words** of an SPF record, and what stands between them that should not.
//!
//! In: the text. Out: words with their places, cleaned of what a word processor or a zone file put
//! there, and what was cleaned. Receivers know one separator: the space.

use crate::model::finding::{Finding, Place, Severity};

use super::term;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// As it was meant: without invisible characters, with the hyphen that was a dash.
    pub(super) text: String,
    pub(super) place: Place,
    /// Whether the text is what stands at the place.
    pub(super) exact: bool,
}

/// What a character outside of what SPF knows does to a record.
struct Oddity {
    code: &'static str,
    what: &'static str,
    instead: &'static str,
}

const BLANK: Oddity = Oddity {
    code: "spf_odd_blank",
    what: "a tab, a line end or a blank other than the space stands between the terms; receivers \
           know the space alone and answer permerror",
    instead: "a space",
};
const QUOTE: Oddity = Oddity {
    code: "spf_quote",
    what: "quotes stand in the record: they belong to the notation of zone files, not into it; \
           receivers answer permerror",
    instead: "the same without quotes",
};
const COMMA: Oddity = Oddity {
    code: "spf_comma",
    what: "a comma or a semicolon stands between the terms; receivers know the space alone and \
           answer permerror",
    instead: "a space",
};
const BACKSLASH: Oddity = Oddity {
    code: "spf_backslash",
    what: "a backslash stands in the record: it belongs to the notation of zone files; receivers \
           answer permerror",
    instead: "the same without it",
};
const LENGTH: Oddity = Oddity {
    code: "spf_backslash",
    what: "a backslash stands where the length of the network begins; receivers answer permerror",
    instead: "a slash",
};
const NOT_ASCII: Oddity = Oddity {
    code: "spf_not_ascii",
    what: "a character outside of ASCII stands in the record, perhaps put there by a word \
           processor; receivers answer permerror",
    instead: "the plain character",
};

/// What becomes of a character.
enum Part {
    Of(char),
    Nothing(&'static Oddity),
    Instead(char, &'static Oddity),
    /// Left in the word, and told.
    Odd(char, &'static Oddity),
    Between(Option<&'static Oddity>),
}

fn part(c: char) -> Part {
    match c {
        ' ' => Part::Between(None),
        ',' | ';' => Part::Between(Some(&COMMA)),
        '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' | '«' | '»' | '´' => {
            Part::Between(Some(&QUOTE))
        }
        '\\' => Part::Nothing(&BACKSLASH),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => {
            Part::Instead('-', &NOT_ASCII)
        }
        '\u{ff5e}' | '\u{02dc}' | '\u{223c}' => Part::Instead('~', &NOT_ASCII),
        '\u{ff1a}' => Part::Instead(':', &NOT_ASCII),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{202a}'..='\u{202e}' => {
            Part::Nothing(&NOT_ASCII)
        }
        c if c.is_whitespace() || c.is_control() => Part::Between(Some(&BLANK)),
        c if !c.is_ascii() => Part::Odd(c, &NOT_ASCII),
        c => Part::Of(c),
    }
}

/// The words read so far, and what was odd: the first place of each code, and how often.
#[derive(Default)]
struct Reading {
    words: Vec<Word>,
    current: Option<Word>,
    odd: Vec<(&'static Oddity, Place, usize)>,
}

/// Takes a text apart.
pub(super) fn read(text: &str) -> (Vec<Word>, Vec<Finding>) {
    let mut reading = Reading::default();
    let mut inside = false;
    for (at, c) in text.char_indices() {
        inside = (inside && c != '}') || (c == '{' && reading.after_percent());
        let place = Place { from: at, to: at + c.len_utf8() };
        // a comma may be a delimiter of a macro
        let part = match c {
            ',' if inside => Part::Of(c),
            '\\' if reading.in_address() && is_length(&text[at + 1..]) => {
                Part::Instead('/', &LENGTH)
            }
            _ => part(c),
        };
        reading.take(part, place);
    }
    reading.close();
    let mut findings: Vec<Finding> = reading.odd.iter().map(told).collect();
    let (words, apart) = joined(reading.words);
    findings.extend(apart);
    (words, findings)
}

/// Whether a text begins with the length of a network: a number, and then the next term.
fn is_length(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&digits) && text[digits..].chars().next().is_none_or(|c| c == ' ')
}

impl Reading {
    /// Whether the word is a network so far, without a length.
    fn in_address(&self) -> bool {
        let is_network = |word: &Word| {
            let lower = word.text.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
            (lower.starts_with("ip4:") || lower.starts_with("ip6:")) && !lower.contains('/')
        };
        self.current.as_ref().is_some_and(is_network)
    }

    fn after_percent(&self) -> bool {
        self.current.as_ref().is_some_and(|word| word.text.ends_with('%'))
    }

    fn take(&mut self, part: Part, place: Place) {
        let (c, oddity) = match part {
            Part::Of(c) => (Some(c), None),
            Part::Odd(c, oddity) => (Some(c), Some(oddity)),
            Part::Instead(c, oddity) => (Some(c), Some(oddity)),
            Part::Nothing(oddity) => (None, Some(oddity)),
            Part::Between(oddity) => {
                self.close();
                oddity.into_iter().for_each(|oddity| self.note(oddity, place));
                return;
            }
        };
        if let Some(oddity) = oddity {
            self.note(oddity, place);
        }
        let empty = || Word { text: String::new(), place, exact: true };
        let word = self.current.get_or_insert_with(empty);
        word.text.extend(c);
        word.place.to = place.to;
        word.exact &= oddity.is_none();
    }

    fn close(&mut self) {
        self.words.extend(self.current.take().filter(|word| !word.text.is_empty()));
    }

    fn note(&mut self, oddity: &'static Oddity, place: Place) {
        match self.odd.iter_mut().find(|(known, ..)| known.code == oddity.code) {
            Some((_, _, times)) => *times += 1,
            None => self.odd.push((oddity, place, 1)),
        }
    }
}

fn told((oddity, place, times): &(&'static Oddity, Place, usize)) -> Finding {
    let times = if *times > 1 { format!(" ({times} such characters)") } else { String::new() };
    Finding {
        code: oddity.code,
        severity: Severity::Error,
        place: Some(*place),
        what: format!("{}{times}", oddity.what),
        instead: Some(oddity.instead.to_owned()),
    }
}

/// Joins words that a blank has torn apart: `include: name`, `v= spf1`, `- all`.
fn joined(words: Vec<Word>) -> (Vec<Word>, Vec<Finding>) {
    let mut joined: Vec<Word> = Vec::with_capacity(words.len());
    let mut findings = Vec::new();
    for word in words {
        match joined.last_mut().filter(|before| torn(&before.text, &word.text)) {
            None => joined.push(word),
            Some(before) => {
                before.text.push_str(mark_between(&before.text, &word.text).unwrap_or_default());
                before.text.push_str(&word.text);
                before.place.to = word.place.to;
                before.exact = false;
                findings.push(Finding {
                    code: "spf_space_inside",
                    severity: Severity::Error,
                    place: Some(before.place),
                    what: "a space stands inside the term; receivers read two".to_owned(),
                    instead: Some(before.text.clone()),
                });
            }
        }
    }
    (joined, findings)
}

/// Whether the second word was meant as the rest of the first.
fn torn(before: &str, word: &str) -> bool {
    if before.len() + word.len() > 512 {
        return false;
    }
    if mark_between(before, word).is_some() {
        return true;
    }
    let sign = matches!(before, "-" | "~" | "+" | "?");
    if sign || word.starts_with([':', '=', '/']) {
        return !word.starts_with(['-', '~', '+', '?']);
    }
    let known = matches!(
        term::Parts::of(word).name.to_ascii_lowercase().as_str(),
        "all" | "include" | "a" | "mx" | "ptr" | "ip4" | "ip6" | "exists"
    );
    before.ends_with([':', '=']) && !known && !word.contains('=')
}

/// The mark that is missing between a name that cannot stand alone and what it needs: `include _spf.acme.example`.
fn mark_between(before: &str, word: &str) -> Option<&'static str> {
    let (marked, mark) = match before.trim_start_matches(['+', '-', '~', '?']) {
        "include" | "exists" => (format!("a:{word}"), ":"),
        "ip4" => (format!("ip4:{word}"), ":"),
        "ip6" => (format!("ip6:{word}"), ":"),
        "redirect" => (format!("a:{word}"), "="),
        _ => return None,
    };
    let is_marked = word.contains(['=', ':']) && !before.ends_with("ip6");
    (!is_marked && word.contains(['.', ':']) && term::read(&marked).is_ok()).then_some(mark)
}
