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
mod record;
mod recover;
mod text;

use std::borrow::Cow;

use cursor::Cursor;
use document::Document;

use super::Limits;
use crate::model::{IssueCode, Outcome, Reason, Rejection, Report, Stage};

/// How many reports one text may hold. There should be one; some gateways join several.
const DOCUMENTS_MAX: usize = 1_000;

/// Reads the reports of a document's bytes, one after another, and hands on what becomes of each;
/// at least one outcome. `now` is in seconds since 1970 UTC.
pub(super) fn read(
    bytes: &[u8],
    now: i64,
    limits: &Limits,
    each: &mut dyn FnMut(Result<Report, Outcome>),
) {
    let decoded = match text::decode(bytes, limits.report_bytes) {
        Ok(decoded) => decoded,
        Err(rejection) => return each(Err(Outcome::Rejected(rejection))),
    };
    let closed = close_last_tag(&decoded.text);
    let whole = Whole {
        text: closed.as_deref().unwrap_or(&decoded.text),
        misencoded: decoded.misencoded,
        closed: closed.is_some(),
        now,
        limits,
    };
    let mut next = Some(0);
    for _ in 0..DOCUMENTS_MAX {
        let Some(start) = next else { return };
        let (outcome, behind) = whole.read_at(start);
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
    fn read_at(&self, start: usize) -> Reading {
        let (outcome, next) = self.read_once(start);
        if !matches!(&outcome, Err(Outcome::Rejected(rejection)) if is_broken(rejection)) {
            return (outcome, next);
        }
        let end = next.unwrap_or(self.text.len());
        let recovered = self.recover(&self.text[start..end], next.is_none());
        (recovered.map_or(outcome, Ok), next)
    }

    fn read_once(&self, start: usize) -> Reading {
        let mut cursor = self.cursor(self.text, start);
        let document = Document::read_from(&mut cursor, self.limits);
        let next = match &document {
            Ok(document) => document.next,
            Err(Outcome::Rejected(rejection)) if is_broken(rejection) => {
                cursor.next_document_after(rejection)
            }
            Err(_) => None,
        };
        (document.and_then(|document| self.finish(document, cursor, next.is_none())), next)
    }

    /// The report in a text that is not well-formed, with each `<` that starts nothing as text.
    fn recover(&self, text: &str, is_last: bool) -> Option<Report> {
        let escaped = recover::escape(text, self.limits.report_bytes)?;
        let mut cursor = self.cursor(&escaped, 0);
        for found in recover::found(text) {
            cursor.issues.note(IssueCode::Recovered, found, || "feedback".into());
        }
        let document = Document::read_from(&mut cursor, self.limits).ok()?;
        self.finish(document, cursor, is_last).ok()
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
    ) -> Result<Report, Outcome> {
        if self.closed && is_last {
            cursor.issues.note(IssueCode::UnclosedDocument, "", || "feedback".into());
        }
        document.into_report(cursor, self.now, self.limits).map_err(Outcome::Rejected)
    }
}

/// Whether a document was refused for what its markup is, and not for what it holds.
fn is_broken(rejection: &Rejection) -> bool {
    matches!(rejection.reason, Reason::Malformed | Reason::Truncated)
}

/// The document with its last end tag completed, where it ends in the middle of just that. One
/// reporter sends all its reports so. Only `</feedback` can stand there between records, so no
/// record can have been lost.
fn close_last_tag(text: &str) -> Option<String> {
    const NAME: &str = "feedback";
    let text = text.trim_end();
    let tag = text[memchr::memrchr(b'<', text.as_bytes())?..].strip_prefix("</")?;
    let name = tag.rsplit_once(':').map_or(tag, |(_, name)| name);
    let is_cut = !name.is_empty() && NAME.starts_with(name) || NAME.eq_ignore_ascii_case(name);
    is_cut.then(|| format!("{text}{}>", &NAME[name.len()..]))
}

/// A text that is absent where it is empty.
fn filled(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(Cow::into_owned)
}

#[cfg(test)]
mod tests;
