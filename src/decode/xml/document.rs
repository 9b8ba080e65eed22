//! A **document** while it is read: header and rows, in whatever order they come.
//!
//! In: a cursor. Out: the parts, and a [`Report`] when all of them are there. Rows that say the same
//! share a fingerprint, so that only different ones cost memory. Refuses more records, or more
//! different ones, than the limits, and periods that no report can have.

use std::collections::HashMap;

use super::cursor::{Cursor, Moved, Tag};
use super::domain;
use super::element::Element;
use super::header::Header;
use super::issues::Issues;
use super::meaning::{self, Counted};
use super::record::{self, Row, Seen};
use super::room::Left;
use crate::decode::Limits;
use crate::model::words::{Dialect, Disposition, OverrideKind};
use crate::model::{
    Fingerprint, Issue, IssueCode, Outcome, Reason, Record, Rejection, Report, SourceAddress, Stage,
};

/// The namespace of RFC 9990 (section 6.1).
const NAMESPACE_9990: &str = "urn:ietf:params:xml:ns:dmarc-2.0";

/// Periods longer than this are odd: reporters write daily, some hourly, a few weekly.
const LONG_PERIOD: i64 = 8 * 86_400;

/// 2011-01-01 UTC: DMARC was published in January 2012, after a year of trials among few. The
/// examples in RFCs and test reports are older, so that is odd, and no reason to refuse.
const FIRST_REPORTS: i64 = 1_293_840_000;

/// Rows from which on it matters that nothing is held for rows that did not come.
const MANY: usize = 10_000;

/// The parts of a document, as they come in.
pub(super) struct Document<'a> {
    header: Header<'a>,
    fingerprints: Vec<Fingerprint>,
    /// Of each fingerprint, the first row that has it.
    first_rows: Vec<usize>,
    known: HashMap<Seen<'a>, u32>,
    /// What fingerprints, the entries of their lists and their texts come to.
    combinations: usize,
    records: Vec<Record>,
    rows: usize,
    left: Left,
    /// Where another one starts behind it, in bytes from the start of the text.
    pub next: Option<usize>,
}

impl<'a> Document<'a> {
    /// Reads the next document whole, and what follows it if that is no further one.
    pub(super) fn read_from(cursor: &mut Cursor<'a>, left: Left) -> Result<Self, Outcome> {
        if left.combinations == 0 {
            let detail = "the reports before it in this input say too much (limit combinations)";
            return Err(Outcome::Rejected(cursor.reject(Reason::TooManyRecords, detail)));
        }
        let Some(root) = find_root(cursor).map_err(Outcome::Rejected)? else {
            return Err(Outcome::Skipped(Reason::NotAReport));
        };
        let mut document = Self::read(cursor, &root, left).map_err(Outcome::Rejected)?;
        document.next = cursor.next_document();
        if document.next.is_none() && cursor.has_more() {
            cursor.issues.note(IssueCode::TrailingContent, "", || "feedback".into());
        }
        Ok(document)
    }

    fn read(cursor: &mut Cursor<'a>, root: &Tag<'a>, left: Left) -> Moved<Self> {
        let mut document = Self {
            header: Header::new(root.namespace()),
            fingerprints: Vec::new(),
            first_rows: Vec::new(),
            known: HashMap::new(),
            combinations: 0,
            records: Vec::new(),
            rows: 0,
            left,
            next: None,
        };
        while let Some(tag) = cursor.child(Element::Feedback)? {
            if tag.element == Element::Record {
                document.record(cursor)?;
            } else {
                document.header.child(cursor, &tag)?;
            }
        }
        Ok(document)
    }

    fn record(&mut self, cursor: &mut Cursor<'a>) -> Moved<()> {
        self.rows += 1;
        if self.rows > self.left.records {
            let detail = format!("more than {} records (limit records)", self.left.records);
            return Err(cursor.reject(Reason::TooManyRecords, detail));
        }
        let row = record::read(cursor)?;
        if let Some(count) = self.count(cursor, &row) {
            let source = self.source(cursor, row.source_ip.as_deref().unwrap_or_default());
            let fingerprint = self.fingerprint(cursor, row.seen)?;
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
            Counted::Unreadable => {
                let value = with_address(text, row.source_ip.as_deref().unwrap_or_default());
                cursor.issues.note(IssueCode::BadCount, &value, place);
            }
        }
        None
    }

    fn source(&self, cursor: &mut Cursor<'a>, text: &str) -> SourceAddress {
        let (source, issues) = meaning::address(text);
        for code in issues.into_iter().flatten() {
            let place = || format!("record[{}]/row/source_ip", self.rows);
            cursor.issues.note(code, text, place);
        }
        source
    }

    /// Finds the row's fingerprint among those of the rows before, or works it out.
    fn fingerprint(&mut self, cursor: &mut Cursor<'a>, seen: Seen<'a>) -> Moved<u32> {
        if let Some(index) = self.known.get(&seen) {
            return Ok(*index);
        }
        self.combinations += seen.cost();
        if self.combinations > self.left.combinations {
            let max = self.left.combinations;
            let detail = format!("records say more than {max} things (limit combinations)");
            return Err(cursor.reject(Reason::TooManyRecords, detail));
        }
        let place = format!("record[{}]", self.rows);
        let fingerprint = meaning::fingerprint(&seen, &place, &mut cursor.issues);
        let index = u32::try_from(self.fingerprints.len()).unwrap_or(u32::MAX);
        self.fingerprints.push(fingerprint);
        self.first_rows.push(self.rows);
        self.known.insert(seen, index);
        Ok(index)
    }

    /// What it holds.
    pub(super) fn held(&self) -> Left {
        Left { records: self.records.len(), combinations: self.combinations }
    }

    /// The report, once everything was read.
    pub(super) fn into_report(
        self,
        mut cursor: Cursor<'a>,
        now: i64,
        limits: &Limits,
    ) -> Moved<Report> {
        let dialect = self.dialect();
        if self.rows == 0 {
            cursor.issues.note(IssueCode::NoRecords, "", || "feedback".into());
        }
        let heading = self.header.finish(&mut cursor.issues, dialect)?;
        check_period(&mut cursor, heading.begin, heading.end, now, limits)?;
        for (fingerprint, row) in self.fingerprints.iter().zip(&self.first_rows) {
            check_against(&heading.policy.domain, dialect, fingerprint, *row, &mut cursor.issues);
        }
        let Self { mut fingerprints, mut records, .. } = self;
        if fingerprints.len() + records.len() > MANY {
            fingerprints.shrink_to_fit();
            records.shrink_to_fit();
        }
        Ok(Report {
            reporter: heading.reporter,
            report_id: heading.report_id,
            begin: heading.begin,
            end: heading.end,
            errors: heading.errors,
            policy: heading.policy,
            fingerprints,
            records,
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

/// A text with the address that it belongs to, both short enough to be kept as one value.
fn with_address(text: &str, address: &str) -> String {
    const PART_MAX: usize = Issue::VALUE_MAX / 2 - 2;
    let text: String = text.chars().take(PART_MAX).collect();
    let address: String = address.chars().take(PART_MAX).collect();
    format!("{text} ({address})")
}

/// Notes what is odd about rows only in the light of the header.
fn check_against(
    policy_domain: &str,
    dialect: Dialect,
    of: &Fingerprint,
    row: usize,
    issues: &mut Issues,
) {
    if !of.header_from.is_empty() && !domain::is_within(&of.header_from, policy_domain) {
        let place = || format!("record[{row}]/header_from");
        issues.note(IssueCode::ForeignFrom, &of.header_from, place);
    }
    // RFC 9990 section 3.1: a selector is required; it was not before
    if dialect == Dialect::Rfc9990 {
        for dkim in of.dkim_auth.iter().filter(|dkim| dkim.selector.is_none()) {
            let place = || format!("record[{row}]/auth_results/dkim/selector");
            issues.note(IssueCode::MissingElement, &dkim.domain, place);
        }
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
