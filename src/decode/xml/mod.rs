//! From one XML document to a [`Report`].
//!
//! In: the document's bytes, and the moment that counts as now. Out: a report with its issues, or
//! what became of it instead. One tolerant reader serves RFC 7489 and RFC 9990: elements are known
//! by their local names, in any order; what is unknown is passed over and noted. Refuses documents
//! that are cut off or not well-formed, document type definitions, and reports that name no domain
//! or no period, since nothing could be concluded from them.

mod cursor;
mod element;
mod header;
mod issues;
mod meaning;
mod record;
mod text;

use std::borrow::Cow;
use std::collections::HashMap;

use cursor::{Cursor, Moved, Tag};
use element::Element;
use header::Header;
use meaning::Counted;
use record::{Row, Seen};

use super::Limits;
use crate::model::words::{Dialect, Disposition, OverrideKind};
use crate::model::{
    Fingerprint, IssueCode, Outcome, Reason, Record, Rejection, Report, SourceAddress, Stage,
};

/// The namespace of RFC 9990 (section 6.1).
const NAMESPACE_9990: &str = "urn:ietf:params:xml:ns:dmarc-2.0";

/// Periods longer than this are odd: reporters write daily, some hourly, a few weekly.
const LONG_PERIOD: i64 = 8 * 86_400;

/// 2011-01-01 UTC: DMARC was published in January 2012, after a year of trials among few. The
/// examples in RFCs and test reports are older, so that is odd, and no reason to refuse.
const FIRST_REPORTS: i64 = 1_293_840_000;

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
    let decoded = text::decode(bytes);
    let closed = close_last_tag(&decoded.text);
    let text = closed.as_deref().unwrap_or(&decoded.text);
    let mut next = Some(0);
    for _ in 0..DOCUMENTS_MAX {
        let Some(start) = next else { return };
        let mut cursor = Cursor::new(text, start, limits);
        if decoded.misencoded {
            cursor.issues.note(IssueCode::Misencoded, "", || "feedback".into());
        }
        let document = Document::read_from(&mut cursor, limits);
        next = document.as_ref().ok().and_then(|document| document.next);
        if closed.is_some() && next.is_none() {
            cursor.issues.note(IssueCode::UnclosedDocument, "", || "feedback".into());
        }
        each(document.and_then(|document| {
            document.into_report(cursor, now, limits).map_err(Outcome::Rejected)
        }));
    }
    if next.is_some() {
        let detail = format!("more than {DOCUMENTS_MAX} reports one after another");
        let rejection = Rejection::new(Stage::Xml, Reason::TooManyParts, detail);
        each(Err(Outcome::Rejected(rejection)));
    }
}

/// The document with its last end tag completed, where it ends in the middle of just that. One
/// reporter sends all its reports so. Only `</feedback` can stand there between records, so no
/// record can have been lost.
fn close_last_tag(text: &str) -> Option<String> {
    const END: &str = "</feedback>";
    let text = text.trim_end();
    let tail = &text[memchr::memrchr(b'<', text.as_bytes())?..];
    let is_cut = tail.len() > 2 && tail.len() < END.len() && END.starts_with(tail);
    is_cut.then(|| format!("{text}{}", &END[tail.len()..]))
}

/// Enters the `feedback` element, passing over what wrongly stands around it.
fn find_root<'a>(cursor: &mut Cursor<'a>) -> Moved<Option<Tag<'a>>> {
    let Some(root) = cursor.root()? else { return Ok(None) };
    if root.element == Element::Feedback {
        return Ok(Some(root));
    }
    if !cursor.restart_at_report() {
        return Ok(None);
    }
    let name = root.name();
    cursor.issues.note(IssueCode::WrappedDocument, &name, || "feedback".into());
    Ok(cursor.root()?.filter(|root| root.element == Element::Feedback))
}

/// The parts of a document, as they come in.
struct Document<'a> {
    header: Header<'a>,
    fingerprints: Vec<Fingerprint>,
    known: HashMap<Seen<'a>, u32>,
    records: Vec<Record>,
    rows: usize,
    /// Where another one starts behind it, in bytes from the start of the text.
    next: Option<usize>,
}

impl<'a> Document<'a> {
    /// Reads the next document whole, and what follows it if that is no further one.
    fn read_from(cursor: &mut Cursor<'a>, limits: &Limits) -> Result<Self, Outcome> {
        let Some(root) = find_root(cursor).map_err(Outcome::Rejected)? else {
            return Err(Outcome::Skipped(Reason::NotAReport));
        };
        let mut document = Self::read(cursor, &root, limits).map_err(Outcome::Rejected)?;
        document.next = cursor.next_document();
        if document.next.is_none() && cursor.has_more() {
            cursor.issues.note(IssueCode::TrailingContent, "", || "feedback".into());
        }
        Ok(document)
    }

    fn read(cursor: &mut Cursor<'a>, root: &Tag<'a>, limits: &Limits) -> Moved<Self> {
        let mut document = Self {
            header: Header::new(root.namespace()),
            fingerprints: Vec::new(),
            known: HashMap::new(),
            records: Vec::new(),
            rows: 0,
            next: None,
        };
        while let Some(tag) = cursor.child(Element::Feedback)? {
            if tag.element == Element::Record {
                document.record(cursor, limits)?;
            } else {
                document.header.child(cursor, &tag)?;
            }
        }
        Ok(document)
    }

    fn record(&mut self, cursor: &mut Cursor<'a>, limits: &Limits) -> Moved<()> {
        self.rows += 1;
        if self.rows > limits.records {
            let detail = format!("more than {} records (limit records)", limits.records);
            return Err(cursor.reject(Reason::TooManyRecords, detail));
        }
        let row = record::read(cursor)?;
        if let Some(count) = self.count(cursor, &row) {
            let source = self.source(cursor, row.source_ip.as_deref().unwrap_or_default());
            let fingerprint = self.fingerprint(cursor, row.seen);
            self.records.push(Record { source, count, fingerprint });
        }
        Ok(())
    }

    /// The row's count; none where the row cannot be counted.
    fn count(&self, cursor: &mut Cursor<'a>, row: &Row<'a>) -> Option<i64> {
        let text = row.count.as_deref().unwrap_or_default();
        let place = || format!("record[{}]/row/count", self.rows);
        match meaning::count(text) {
            Counted::Messages(count) => return Some(count),
            Counted::Nothing => cursor.issues.note(IssueCode::NullRecord, text, place),
            Counted::Unreadable => cursor.issues.note(IssueCode::BadCount, text, place),
        }
        None
    }

    fn source(&self, cursor: &mut Cursor<'a>, text: &str) -> SourceAddress {
        let source = meaning::address(text);
        if let SourceAddress::Unreadable(text) = &source {
            let place = || format!("record[{}]/row/source_ip", self.rows);
            cursor.issues.note(IssueCode::BadAddress, text, place);
        }
        source
    }

    /// Finds the row's fingerprint among those of the rows before, or works it out.
    fn fingerprint(&mut self, cursor: &mut Cursor<'a>, seen: Seen<'a>) -> u32 {
        if let Some(index) = self.known.get(&seen) {
            return *index;
        }
        let place = format!("record[{}]", self.rows);
        let fingerprint = meaning::fingerprint(&seen, &place, &mut cursor.issues);
        let index = u32::try_from(self.fingerprints.len()).unwrap_or(u32::MAX);
        self.fingerprints.push(fingerprint);
        self.known.insert(seen, index);
        index
    }

    fn into_report(self, mut cursor: Cursor<'a>, now: i64, limits: &Limits) -> Moved<Report> {
        let dialect = self.dialect();
        if self.rows == 0 {
            cursor.issues.note(IssueCode::NoRecords, "", || "feedback".into());
        }
        let heading = self.header.finish(&mut cursor.issues, dialect)?;
        check_period(&mut cursor, heading.begin, heading.end, now, limits)?;
        Ok(Report {
            reporter: heading.reporter,
            report_id: heading.report_id,
            begin: heading.begin,
            end: heading.end,
            errors: heading.errors,
            policy: heading.policy,
            fingerprints: self.fingerprints,
            records: self.records,
            issues: cursor.issues.into_list(),
        })
    }

    /// RFC 9990 by its namespace, or by what only it has.
    fn dialect(&self) -> Dialect {
        let in_rows = self.fingerprints.iter().any(|fingerprint| {
            fingerprint.disposition == Disposition::Pass
                || fingerprint.reasons.iter().any(|r| r.kind == OverrideKind::PolicyTestMode)
        });
        let is_9990 = self.header.namespace.as_deref() == Some(NAMESPACE_9990)
            || self.header.has_9990_elements
            || in_rows;
        if is_9990 { Dialect::Rfc9990 } else { Dialect::Rfc7489 }
    }
}

/// Refuses what lies outside the time in which there are reports, since one forged date would
/// stretch every window that ends with it. Notes what is only odd.
fn check_period(
    cursor: &mut Cursor<'_>,
    begin: i64,
    end: i64,
    now: i64,
    limits: &Limits,
) -> Moved<()> {
    if begin.max(end) > now.saturating_add(limits.future_seconds) {
        let detail = format!("ends at {}", crate::model::day::rfc3339(begin.max(end)));
        return Err(Rejection::new(Stage::Report, Reason::DateInFuture, detail));
    }
    if begin.min(end) < 0 {
        let detail = format!("date_range is {begin} to {end}, which is before 1970");
        return Err(Rejection::new(Stage::Report, Reason::BadDateRange, detail));
    }
    let is_long = end.saturating_sub(begin) > LONG_PERIOD;
    if end < begin || is_long || begin < FIRST_REPORTS {
        let value = format!("{begin}-{end}");
        cursor.issues.note(IssueCode::OddPeriod, &value, || "date_range".into());
    }
    Ok(())
}

/// A text that is absent where it is empty.
fn filled(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(Cow::into_owned)
}

#[cfg(test)]
mod tests;
