//! From one XML document to a [`Report`].
//!
//! In: the document's bytes, and the moment that counts as now. Out: a report with its issues, or
//! what became of it instead. One tolerant reader serves RFC 7489 and RFC 9990: elements are known
//! by their local names, in any order; what is unknown is passed over and noted. Refuses documents
//! that are cut off or not well-formed (a `<` that starts no element is text, at the second try),
//! document type definitions, and reports that name no domain or no period, since nothing could be
//! concluded from them.

mod cursor;
mod document;
mod domain;
mod element;
mod header;
mod issues;
mod meaning;
mod pieces;
mod record;
mod recover;
mod room;
mod text;

use std::borrow::Cow;

use cursor::Cursor;
use document::Document;
pub(super) use room::Room;

use super::Limits;
use crate::model::{IssueCode, Outcome, Reason, Rejection, Report, Stage};

/// How many reports one text may hold. There should be one; some gateways join several.
const DOCUMENTS_MAX: usize = 1_000;

/// Bytes of one tag, in documents that are searched for longer ones.
const TAG_MAX: usize = 1 << 20;

/// Bytes from which on a document is searched for endless tags.
const SEARCHED: usize = 16 << 20;

/// Reads the reports of a document's bytes, one after another, and hands on what becomes of each;
/// at least one outcome. `now` is in seconds since 1970 UTC.
pub(super) fn read(
    bytes: Vec<u8>,
    now: i64,
    limits: &Limits,
    room: &mut Room,
    each: &mut dyn FnMut(Result<Report, Outcome>),
) {
    let mut decoded = match text::decode(bytes, limits.report_bytes) {
        Ok(decoded) => decoded,
        Err(rejection) => return each(Err(Outcome::Rejected(rejection))),
    };
    if has_endless_tag(&decoded.text) {
        let detail = format!("a tag of more than {TAG_MAX} bytes");
        let rejection = Rejection::new(Stage::Xml, Reason::TooLarge, detail);
        return each(Err(Outcome::Rejected(rejection)));
    }
    let closed = close_last_tag(&mut decoded.text);
    let text::Decoded { ref text, misencoded } = decoded;
    let whole = Whole { text, misencoded, closed, now, limits };
    let mut next = Some(0);
    for _ in 0..DOCUMENTS_MAX {
        let Some(start) = next else { return };
        let (outcome, behind) = whole.read_at(start, room);
        next = behind;
        each(outcome);
    }
    if next.is_some() {
        let detail = format!("more than {DOCUMENTS_MAX} reports one after another");
        let rejection = Rejection::new(Stage::Xml, Reason::TooManyParts, detail);
        each(Err(Outcome::Rejected(rejection)));
    }
}

/// What one reading gave, and where the next report starts.
type Reading = (Result<Report, Outcome>, Option<usize>);

/// A text with one report, or several one after another.
struct Whole<'t> {
    text: &'t str,
    misencoded: bool,
    /// Whether its last tag was completed.
    closed: bool,
    now: i64,
    limits: &'t Limits,
}

impl Whole<'_> {
    /// Reads the report that starts there; a second time, if a `<` may be to blame for the first.
    /// If that does not help, the first rejection stands: its position is in the original.
    fn read_at(&self, start: usize, room: &mut Room) -> Reading {
        let (outcome, next) = self.read_once(start, room);
        if !matches!(&outcome, Err(Outcome::Rejected(rejection)) if is_broken(rejection)) {
            return (outcome, next);
        }
        let end = next.unwrap_or(self.text.len());
        let recovered = self.recover(&self.text[start..end], next.is_none(), room);
        (recovered.map_or(outcome, Ok), next)
    }

    fn read_once(&self, start: usize, room: &mut Room) -> Reading {
        let mut cursor = self.cursor(self.text, start);
        let document = Document::read_from(&mut cursor, room.left(self.limits));
        let next = match &document {
            Ok(document) => document.next,
            Err(Outcome::Rejected(rejection)) if is_broken(rejection) => {
                cursor.next_document_after(rejection)
            }
            Err(_) => None,
        };
        let finish = |document| self.finish(document, cursor, next.is_none(), room);
        (document.and_then(finish), next)
    }

    /// The report in a text that is not well-formed, with each `<` that starts nothing as text.
    fn recover(&self, text: &str, is_last: bool, room: &mut Room) -> Option<Report> {
        if !room.recover(text.len()) {
            return None;
        }
        let escaped = recover::escape(text, self.limits.report_bytes)?;
        let mut cursor = self.cursor(&escaped, 0);
        for found in recover::found(text) {
            cursor.issues.note(IssueCode::Recovered, found, || "feedback".into());
        }
        let document = Document::read_from(&mut cursor, room.left(self.limits)).ok()?;
        self.finish(document, cursor, is_last, room).ok()
    }

    fn cursor<'a>(&'a self, text: &'a str, start: usize) -> Cursor<'a> {
        let mut cursor = Cursor::new(text, start, self.limits);
        if self.misencoded {
            cursor.issues.note(IssueCode::Misencoded, "", || "feedback".into());
        }
        cursor
    }

    fn finish<'a>(
        &self,
        document: Document<'a>,
        mut cursor: Cursor<'a>,
        is_last: bool,
        room: &mut Room,
    ) -> Result<Report, Outcome> {
        if self.closed && is_last {
            cursor.issues.note(IssueCode::UnclosedDocument, "", || "feedback".into());
        }
        let held = document.held();
        let report = document.into_report(cursor, self.now, self.limits);
        report.inspect(|report| room.take(held.with(report))).map_err(Outcome::Rejected)
    }
}

/// Whether a document was refused for what its markup is, and not for what it holds.
fn is_broken(rejection: &Rejection) -> bool {
    matches!(rejection.reason, Reason::Malformed | Reason::Truncated)
}

/// Whether a large document has a tag that is large itself: the reader keeps the names of elements
/// that are open, once more. Small documents are not searched.
fn has_endless_tag(text: &str) -> bool {
    let mut rest = text.as_bytes();
    if rest.len() <= SEARCHED {
        return false;
    }
    while !rest.is_empty() {
        let (whole, end) = (rest, memchr::memchr(b'>', rest).unwrap_or(rest.len()));
        rest = whole.get(end + 1..).unwrap_or_default();
        // short ones need no closer look
        let tag = if end > TAG_MAX { memchr::memchr(b'<', &whole[..end]) } else { None };
        let Some(tag) = tag.map(|start| &whole[start..end]) else { continue };
        if tag.len() > TAG_MAX && !tag.starts_with(b"<!") && !tag.starts_with(b"<?") {
            return true;
        }
    }
    false
}

/// Completes the last end tag of a document, where it ends in the middle of just that; says whether
/// it did. One reporter sends all its reports so. Only `</feedback` can stand there between records,
/// so no record can have been lost.
fn close_last_tag(text: &mut String) -> bool {
    const NAME: &str = "feedback";
    let whole = text.trim_end();
    let last = memchr::memrchr(b'<', whole.as_bytes()).unwrap_or(whole.len());
    let Some(tag) = whole[last..].strip_prefix("</") else { return false };
    let name = tag.rsplit_once(':').map_or(tag, |(_, name)| name);
    if name.is_empty() || !NAME.starts_with(name) && !NAME.eq_ignore_ascii_case(name) {
        return false;
    }
    let (end, rest) = (whole.len(), &NAME[name.len()..]);
    text.truncate(end);
    text.push_str(rest);
    text.push('>');
    true
}

/// A text that is absent where it is empty.
fn filled(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(Cow::into_owned)
}

#[cfg(test)]
mod tests;
