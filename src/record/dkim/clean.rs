//! What a zone file, a control panel or a word processor has **put into** a DKIM key.
//!
//! In: a TXT value. Out: the value without it, where each of its bytes stood, and what was taken out.

use crate::model::finding::{Finding, Place, Severity};

use super::super::finding;
use super::rules::KNOWN;
use super::tags::is_name;

/// A text without what does not belong there.
#[derive(Debug, Default)]
pub(super) struct Clean {
    pub(super) text: String,
    /// Where the character of each byte of the text stood: from there, to there.
    at: Vec<Place>,
    pub(super) findings: Vec<Finding>,
}

impl Clean {
    /// A place of the clean text, in the text as it was given.
    pub(super) fn place(&self, place: Place) -> Place {
        let from = self.at.get(place.from).map(|at| at.from);
        let to = place.to.checked_sub(1).and_then(|last| self.at.get(last)).map(|at| at.to);
        match (from, to) {
            (Some(from), Some(to)) if from < to => Place { from, to },
            _ => Place { from: 0, to: 0 },
        }
    }

    /// Keeps a letter of ASCII, which stood there or takes the place of what did.
    fn keep(&mut self, kept: char, at: usize, stood: char) {
        self.text.push(kept);
        self.at.push(Place { from: at, to: at + stood.len_utf8() });
    }

    /// Tells each code once.
    fn note(&mut self, code: &'static str, what: &str, at: usize, c: char) {
        if self.findings.iter().all(|finding| finding.code != code) {
            let place = Some(Place { from: at, to: at + c.len_utf8() });
            let (severity, what) = (Severity::Error, what.to_owned());
            self.findings.push(finding(code, severity, place, what));
        }
    }
}

/// Whether a text begins with a tag whose value may hold quotes: notes, and what receivers pass over (RFC
/// 6376 sections 3.2 and 3.6.1).
fn is_free(text: &str) -> bool {
    let name = text.find(['=', ';']).filter(|at| text[*at..].starts_with('='));
    let Some(name) = name.map(|at| text[..at].trim()) else { return false };
    let is_known = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name));
    is_name(name) && (name == "n" || !is_known)
}

/// Cleans a text.
pub(super) fn clean(text: &str) -> Clean {
    let mut clean = Clean::default();
    let mut chars = text.char_indices().peekable();
    let mut tag = 0;
    while let Some((at, c)) = chars.next() {
        if c == ';' {
            tag = at + 1;
        }
        match c {
            '\\' | '"' | '\'' | '`' if is_free(&text[tag..]) => clean.keep(c, at, c),
            '\\' => {
                let what = "a backslash stands in the record: it belongs to the notation of zone \
                            files; receivers cannot use the key";
                clean.note("dkim_backslash", what, at, c);
                // a line end as programs write it
                chars.next_if(|(_, next)| matches!(next, 'n' | 'r'));
            }
            '"' | '\'' | '\u{2018}'..='\u{201f}' | '«' | '»' | '`' | '´' => {
                let what = "quotes stand in the record: they belong to the notation of zone files, \
                            not into it; receivers cannot use the key";
                clean.note("dkim_quote", what, at, c);
            }
            '\r' | '\n' => {
                let what = "a line end stands in the record; not every receiver can use the key";
                clean.note("dkim_line_end", what, at, c);
                clean.keep(' ', at, c);
            }
            c if !c.is_ascii() || (c.is_ascii_control() && c != '\t') => {
                let what = "a character that stands in no key record, perhaps put there by a word \
                            processor; receivers cannot use the key";
                clean.note("dkim_not_ascii", what, at, c);
                if c.is_whitespace() {
                    clean.keep(' ', at, c);
                }
            }
            c => clean.keep(c, at, c),
        }
    }
    clean
}
