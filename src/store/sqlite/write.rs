//! Writing a batch: one transaction, every trace in order.
//!
//! In: traces. Out: what was new. A report whose key and content are known is a duplicate; one
//! whose key is known with other content is a conflict, and kept aside, as are those about other
//! people's domains and those that nobody vouches for.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior, params};

use super::intern::Interned;
use super::json;
use super::mails;
use super::problem::Problem;
use super::standing::{self, Stored};
use crate::model::key::Canonical;
use crate::model::{
    Accepted, Authenticity, Day, Digest, Origin, Outcome, Reason, Rejection, Report, SortedMail,
    SourceAddress, Standing, Trace, Written,
};

/// Writes a batch, whole or not at all.
pub(super) fn batch(
    file: &mut Connection,
    interned: &mut Interned,
    traces: &[Trace],
    sorted: &[SortedMail],
    now: i64,
) -> Result<Written, Problem> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let written = Written::default();
    let mut writer = Writer { file: &transaction, interned, written, restood: false, now };
    for trace in traces {
        writer.trace(trace)?;
    }
    mails::note(&transaction, sorted)?;
    let Writer { written, restood, .. } = writer;
    if restood {
        standing::note_inputs(&transaction)?;
    }
    transaction.commit()?;
    Ok(written)
}

struct Writer<'a> {
    file: &'a Transaction<'a>,
    interned: &'a mut Interned,
    written: Written,
    /// Whether the standing of a report has changed that was stored before.
    restood: bool,
    now: i64,
}

/// What a trace's row says.
#[derive(Default)]
struct Note<'a> {
    outcome: &'static str,
    report: Option<i64>,
    stage: Option<&'static str>,
    reason: Option<&'static str>,
    detail: Option<&'a str>,
    position: Option<i64>,
}

impl Writer<'_> {
    fn trace(&mut self, trace: &Trace) -> rusqlite::Result<()> {
        let note = match &trace.outcome {
            Outcome::Accepted(accepted) => self.accepted(accepted, trace)?,
            Outcome::Rejected(rejection) => {
                self.written.rejected += 1;
                rejected(rejection)
            }
            Outcome::Skipped(reason) => {
                self.written.skipped += 1;
                passed_over("skipped", *reason)
            }
            Outcome::Deferred(reason) => {
                self.written.deferred += 1;
                passed_over("deferred", *reason)
            }
        };
        self.note(trace, &note)
    }

    fn accepted(&mut self, accepted: &Accepted, trace: &Trace) -> rusqlite::Result<Note<'static>> {
        let Accepted { report, identity, .. } = accepted;
        if let Some(stored) = standing::find(self.file, identity.key, identity.content)? {
            return self.again(accepted, stored, trace);
        }
        let standing = self.standing(accepted, trace)?;
        let id = self.report(accepted, trace, standing)?;
        self.issues(id, report)?;
        match standing {
            Standing::Counted => self.count(report),
            Standing::Conflict => self.written.conflicts += 1,
            Standing::Foreign => self.written.foreign += 1,
            Standing::Unverified => self.written.unverified += 1,
        }
        Ok(Note { report: Some(id), ..stood(standing) })
    }

    /// A report that is stored already. What is kept aside may count now; what counts may not, if
    /// the mail is looked at more closely than before.
    fn again(
        &mut self,
        accepted: &Accepted,
        stored: Stored,
        trace: &Trace,
    ) -> rusqlite::Result<Note<'static>> {
        let by_mail = trace.provenance.is_some();
        let stored = standing::came_again(self.file, &stored, authenticity(trace), by_mail)?;
        let is_aside = matches!(stored.standing, Standing::Foreign | Standing::Unverified);
        let note = Note { report: Some(stored.id), ..Note::default() };
        match accepted.standing {
            Standing::Counted if is_aside => {
                self.restood = true;
                if standing::count(self.file, stored.id)? == Standing::Counted {
                    self.count(&accepted.report);
                    return Ok(Note { outcome: "accepted", ..note });
                }
            }
            Standing::Unverified
                if stored.standing == Standing::Counted && stored.is_doubtful() =>
            {
                self.restood = true;
                standing::set_aside(self.file, stored.id, Standing::Unverified)?;
            }
            _ => {}
        }
        self.written.duplicates += 1;
        Ok(Note { outcome: "duplicate", ..note })
    }

    /// How a new report stands. It contradicts one of the same key that counts; but where nobody
    /// vouches for that one and somebody does for this, that one gives way.
    fn standing(&mut self, accepted: &Accepted, trace: &Trace) -> rusqlite::Result<Standing> {
        if accepted.standing != Standing::Counted {
            return Ok(accepted.standing);
        }
        let Some(rival) = standing::counted(self.file, accepted.identity.key)? else {
            return Ok(Standing::Counted);
        };
        if authenticity(trace) == Authenticity::Verified && rival.is_doubtful() {
            standing::set_aside(self.file, rival.id, Standing::Conflict)?;
            self.restood = true;
            self.written.conflicts += 1;
            return Ok(Standing::Counted);
        }
        Ok(Standing::Conflict)
    }

    /// Adds a report to what was written new.
    fn count(&mut self, report: &Report) {
        self.written.reports += 1;
        self.written.records += report.records.len() as u64;
        let messages = report.records.iter().map(|record| record.count.unsigned_abs());
        self.written.messages = messages.fold(self.written.messages, u64::saturating_add);
    }

    /// Stores a report and its rows; returns its number.
    fn report(
        &mut self,
        accepted: &Accepted,
        trace: &Trace,
        standing: Standing,
    ) -> rusqlite::Result<i64> {
        let Accepted { report, identity, .. } = accepted;
        let domain = self.interned.domain(self.file, &report.policy.domain)?;
        let day = Day::of_period(report.begin, report.end);
        let reporter = self.interned.reporter(self.file, identity.reporter, &report.reporter)?;
        let policy = self.interned.policy(self.file, identity.policy, domain, &report.policy)?;
        let id = self
            .file
            .prepare_cached(
                "INSERT INTO report (key, content, standing, domain, day, reporter, policy,
                                     report_id, begin, end, received_at, errors, authenticity,
                                     by_mail)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .insert(params![
                identity.key.0,
                identity.content.0,
                standing as i64,
                domain,
                day.0,
                reporter,
                policy,
                report.report_id,
                report.begin,
                report.end,
                trace.received_at,
                json::texts(&report.errors),
                authenticity(trace) as i64,
                trace.provenance.is_some(),
            ])?;
        let numbers = self.fingerprints(accepted)?;
        if standing == Standing::Counted {
            self.rows(domain, day, id, report, &numbers)?;
        } else {
            self.rows_aside(id, report, &numbers)?;
        }
        Ok(id)
    }

    fn fingerprints(&mut self, accepted: &Accepted) -> rusqlite::Result<Vec<i64>> {
        let digests = &accepted.identity.fingerprints;
        let pairs = digests.iter().zip(&accepted.report.fingerprints);
        pairs.map(|(digest, seen)| self.interned.fingerprint(self.file, *digest, seen)).collect()
    }

    fn rows(
        &self,
        domain: i64,
        day: Day,
        id: i64,
        report: &Report,
        numbers: &[i64],
    ) -> rusqlite::Result<()> {
        let mut insert = self.file.prepare_cached(
            "INSERT INTO record (domain, day, report, seq, source, fingerprint, count)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for (seq, record) in report.records.iter().enumerate() {
            let number = numbers[record.fingerprint as usize];
            let source = SourceColumn::of(&record.source);
            insert.execute(params![domain, day.0, id, seq as i64, source, number, record.count])?;
        }
        Ok(())
    }

    fn rows_aside(&self, id: i64, report: &Report, numbers: &[i64]) -> rusqlite::Result<()> {
        let mut insert = self.file.prepare_cached(
            "INSERT INTO record_aside (report, seq, source, fingerprint, count)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (seq, record) in report.records.iter().enumerate() {
            let number = numbers[record.fingerprint as usize];
            let source = SourceColumn::of(&record.source);
            insert.execute(params![id, seq as i64, source, number, record.count])?;
        }
        Ok(())
    }

    fn issues(&self, id: i64, report: &Report) -> rusqlite::Result<()> {
        for (seq, issue) in report.issues.iter().enumerate() {
            self.file
                .prepare_cached(
                    "INSERT INTO issue (report, seq, code, place, value, more)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    id,
                    seq as i64,
                    issue.code.as_str(),
                    issue.place,
                    issue.value,
                    i64::try_from(issue.more).unwrap_or(i64::MAX),
                ])?;
        }
        Ok(())
    }

    /// Forgets that an input could not be read: it can be now.
    fn forget_unread(&self, origin: &Origin) -> rusqlite::Result<()> {
        let mut delete = self.file.prepare_cached("DELETE FROM input WHERE identity = ?1")?;
        for part in enclosing(&origin.part) {
            delete.execute([identity(&origin.input, part, Digest::default()).0])?;
        }
        Ok(())
    }

    /// Notes what became of an input. The same input is noted once; only what was not read before
    /// may change. What was deferred takes its place among the inputs anew: a digest that passed it
    /// over has yet to tell that it was refused in the end.
    fn note(&self, trace: &Trace, note: &Note<'_>) -> rusqlite::Result<()> {
        if trace.digest != Digest::default() {
            self.forget_unread(&trace.origin)?;
        }
        let mail = trace.provenance.as_deref();
        self.file
            .prepare_cached(
                "INSERT INTO input (identity, digest, origin, outcome, report, stage, reason,
                                    detail, position, received_at, seen_at, sender, signers,
                                    authenticity)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (identity) DO UPDATE SET
                     id = CASE input.outcome
                          WHEN 'deferred' THEN (SELECT max(id) + 1 FROM input)
                          ELSE input.id END,
                     outcome = excluded.outcome, report = excluded.report,
                     stage = excluded.stage, reason = excluded.reason,
                     detail = excluded.detail, position = excluded.position
                 WHERE (input.report IS NULL OR input.outcome = 'unverified')
                   AND (excluded.outcome, excluded.reason) IS NOT (input.outcome, input.reason)",
            )?
            .execute(params![
                identity(&trace.origin.input, &trace.origin.part, trace.digest).0,
                trace.digest.0,
                trace.origin.to_string(),
                note.outcome,
                note.report,
                note.stage,
                note.reason,
                note.detail,
                note.position,
                trace.received_at,
                self.now,
                mail.map(|mail| &mail.from),
                mail.and_then(|mail| json::names(&mail.signers)),
                mail.map(|mail| mail.authenticity as i64),
            ])?;
        Ok(())
    }
}

/// The parts that a part lies in, and itself: what could not be read was one of them, whole.
fn enclosing(part: &str) -> impl Iterator<Item = &str> {
    let outer = part.match_indices(" > ").map(|(at, _)| &part[..at]);
    let input = (!part.is_empty()).then_some("");
    std::iter::once(part).chain(outer).chain(input)
}

fn identity(input: &str, part: &str, digest: Digest) -> Digest {
    Canonical::new().text(input).text(part).raw(&digest.0).finish()
}

/// What is known of the mail that brought a trace.
fn authenticity(trace: &Trace) -> Authenticity {
    trace.provenance.as_ref().map(|mail| mail.authenticity).unwrap_or_default()
}

/// What is noted of a report for its standing.
fn stood(standing: Standing) -> Note<'static> {
    let Some(detail) = standing::detail(standing) else {
        return Note { outcome: "accepted", ..Note::default() };
    };
    let outcome = standing.as_str();
    Note { outcome, reason: Some(outcome), detail: Some(detail), ..Note::default() }
}

fn rejected(rejection: &Rejection) -> Note<'_> {
    Note {
        outcome: "rejected",
        stage: Some(rejection.stage.as_str()),
        reason: Some(rejection.reason.as_str()),
        detail: Some(&rejection.detail),
        position: rejection.position.map(|at| i64::try_from(at).unwrap_or(i64::MAX)),
        ..Note::default()
    }
}

fn passed_over(outcome: &'static str, reason: Reason) -> Note<'static> {
    let (reason, detail) = (Some(reason.as_str()), Some(reason.meaning()));
    Note { outcome, reason, detail, ..Note::default() }
}

/// An address as the column holds it.
enum SourceColumn<'a> {
    V4([u8; 4]),
    V6([u8; 16]),
    Text(&'a str),
}

impl<'a> SourceColumn<'a> {
    fn of(source: &'a SourceAddress) -> Self {
        match source {
            SourceAddress::Ip(std::net::IpAddr::V4(ip)) => Self::V4(ip.octets()),
            SourceAddress::Ip(std::net::IpAddr::V6(ip)) => Self::V6(ip.octets()),
            SourceAddress::Unreadable(text) => Self::Text(text),
        }
    }
}

impl ToSql for SourceColumn<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::V4(octets) => ValueRef::Blob(octets),
            Self::V6(octets) => ValueRef::Blob(octets),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
