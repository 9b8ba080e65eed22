//! The **standing** of reports that are stored: which count, and which are kept aside.
//!
//! In: a report's number, or which domains are the operator's. Out: rows moved between `record` and
//! `record_aside`, and what is noted of the inputs. Of all reports of one key at most one counts:
//! whoever comes to count when another does, is a conflict, and stays one.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::problem::Problem;
use crate::model::{Authenticity, Digest, Standing};

/// A report that is stored, as far as its standing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    /// Its number.
    pub id: i64,
    /// Its standing.
    pub standing: Standing,
    /// The best of the mails that brought it.
    pub authenticity: Authenticity,
    /// Whether nothing but mails brought it.
    pub by_mail: bool,
}

impl Stored {
    /// Whether anybody may have sent it: it came by mail, and nobody vouches for that.
    pub(super) fn is_doubtful(&self) -> bool {
        self.by_mail && self.authenticity != Authenticity::Verified
    }
}

/// The report of this key and content.
pub(super) fn find(
    file: &Connection,
    key: Digest,
    content: Digest,
) -> rusqlite::Result<Option<Stored>> {
    file.prepare_cached(
        "SELECT id, standing, authenticity, by_mail FROM report WHERE key = ?1 AND content = ?2",
    )?
    .query_row([key.0, content.0], stored)
    .optional()
}

/// The report of this key that counts.
pub(super) fn counted(file: &Connection, key: Digest) -> rusqlite::Result<Option<Stored>> {
    file.prepare_cached(
        "SELECT id, standing, authenticity, by_mail FROM report WHERE key = ?1 AND standing = 0",
    )?
    .query_row([key.0], stored)
    .optional()
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get(0)?,
        standing: numbered(&Standing::ALL, row.get(1)?),
        authenticity: numbered(&Authenticity::ALL, row.get(2)?),
        by_mail: row.get(3)?,
    })
}

/// What a number in the file stands for; the first, if somebody has edited the file.
fn numbered<T: Copy + Default>(all: &[T], number: i64) -> T {
    usize::try_from(number).ok().and_then(|at| all.get(at)).copied().unwrap_or_default()
}

/// Notes that a report came once more.
pub(super) fn came_again(
    file: &Connection,
    report: &Stored,
    authenticity: Authenticity,
    by_mail: bool,
) -> rusqlite::Result<Stored> {
    let is_known = authenticity != Authenticity::Unknown;
    let better = is_known && report.authenticity != Authenticity::Verified;
    let now = Stored {
        authenticity: if better { authenticity } else { report.authenticity },
        by_mail: report.by_mail && by_mail,
        ..*report
    };
    if now != *report {
        file.prepare_cached("UPDATE report SET authenticity = ?2, by_mail = ?3 WHERE id = ?1")?
            .execute(params![report.id, now.authenticity as i64, now.by_mail])?;
    }
    Ok(now)
}

/// Lets a report that is kept aside count, if no other of its key does: then it is a conflict.
pub(super) fn count(file: &Connection, report: i64) -> rusqlite::Result<Standing> {
    let is_taken = file
        .prepare_cached(
            "SELECT 1 FROM report AS this JOIN report AS other ON other.key = this.key
             WHERE this.id = ?1 AND other.standing = 0 AND other.id <> this.id",
        )?
        .exists([report])?;
    if is_taken {
        stand(file, report, Standing::Conflict)?;
        return Ok(Standing::Conflict);
    }
    for step in [
        "INSERT INTO record (domain, day, report, seq, source, fingerprint, count)
         SELECT report.domain, report.day, report.id, aside.seq, aside.source, aside.fingerprint,
                aside.count
         FROM record_aside AS aside JOIN report ON report.id = aside.report WHERE report.id = ?1",
        "DELETE FROM record_aside WHERE report = ?1",
    ] {
        file.prepare_cached(step)?.execute([report])?;
    }
    stand(file, report, Standing::Counted)?;
    Ok(Standing::Counted)
}

/// Takes a report that counts out of the totals.
pub(super) fn set_aside(
    file: &Connection,
    report: i64,
    standing: Standing,
) -> rusqlite::Result<()> {
    for step in [
        "INSERT INTO record_aside (report, seq, source, fingerprint, count)
         SELECT record.report, record.seq, record.source, record.fingerprint, record.count
         FROM record JOIN report ON report.id = ?1
         WHERE record.domain = report.domain AND record.day = report.day AND record.report = ?1",
        "DELETE FROM record WHERE report = ?1
             AND (domain, day) = (SELECT domain, day FROM report WHERE id = ?1)",
    ] {
        file.prepare_cached(step)?.execute([report])?;
    }
    stand(file, report, standing)
}

fn stand(file: &Connection, report: i64, standing: Standing) -> rusqlite::Result<()> {
    file.prepare_cached("UPDATE report SET standing = ?2 WHERE id = ?1")?
        .execute([report, standing as i64])
        .map(drop)
}

/// What is noted of an input for the standing of the report that it brought.
pub(super) fn detail(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Counted => None,
        Standing::Conflict => Some(
            "another report of the same reporter, domain, id and period counts, with other rows; \
             this one is kept out of the totals",
        ),
        Standing::Foreign => Some(
            "it is about a domain that is not in `domains` of the configuration; kept out of the \
             totals",
        ),
        Standing::Unverified => Some(
            "the mail that brought it did not authenticate, which `provenance.require` asks for; \
             kept out of the totals",
        ),
    }
}

/// Brings what is noted of inputs in line with the standing of their reports. Reads all inputs, so
/// it is for once in a transaction.
pub(super) fn note_inputs(file: &Connection) -> rusqlite::Result<()> {
    for standing in Standing::ALL {
        let word = (standing != Standing::Counted).then(|| standing.as_str());
        file.prepare_cached(
            "UPDATE input SET outcome = coalesce(?2, 'accepted'), reason = ?2, detail = ?3
             WHERE outcome IN ('accepted', 'conflict', 'foreign', 'unverified')
               AND outcome <> coalesce(?2, 'accepted')
               AND (SELECT standing FROM report WHERE report.id = input.report) = ?1",
        )?
        .execute(params![standing as i64, word, detail(standing)])?;
    }
    Ok(())
}

/// Brings the standing of all reports in line with which domains are the operator's, and with
/// whether a report by mail must be vouched for.
pub(super) fn reconsider(
    file: &mut Connection,
    is_own: &dyn Fn(&str) -> bool,
    require: bool,
) -> Result<(), Problem> {
    let returning = aside(file, is_own, require)?;
    let leaving = leaving(file, is_own)?;
    if returning.is_empty() && leaving.is_empty() {
        return Ok(());
    }
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for report in returning {
        restore(&transaction, report, require)?;
    }
    for domain in leaving {
        for report in of_domain(&transaction, domain)? {
            set_aside(&transaction, report, Standing::Foreign)?;
        }
    }
    note_inputs(&transaction)?;
    Ok(transaction.commit()?)
}

/// Lets a report count again, or says why it still does not.
fn restore(file: &Transaction<'_>, report: Stored, require: bool) -> rusqlite::Result<()> {
    if require && report.is_doubtful() {
        return stand(file, report.id, Standing::Unverified);
    }
    count(file, report.id).map(drop)
}

/// The reports kept aside that would not be now, or for another reason.
fn aside(
    file: &Connection,
    is_own: &dyn Fn(&str) -> bool,
    require: bool,
) -> rusqlite::Result<Vec<Stored>> {
    let mut query = file.prepare_cached(
        "SELECT DISTINCT domain.id, name FROM report JOIN domain ON domain.id = report.domain
         WHERE standing = 2 AND standing <> 0",
    )?;
    let domains = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let mut found = Vec::new();
    for domain in domains {
        let (id, name) = domain?;
        if is_own(&name) {
            found.append(&mut standing_so(file, Standing::Foreign, Some(id))?);
        }
    }
    if !require {
        found.append(&mut standing_so(file, Standing::Unverified, None)?);
    }
    // the first that came is the first to count
    found.sort_unstable_by_key(|report| report.id);
    Ok(found)
}

/// The reports kept aside for one reason, of one domain or of all.
fn standing_so(
    file: &Connection,
    standing: Standing,
    domain: Option<i64>,
) -> rusqlite::Result<Vec<Stored>> {
    // the condition is said twice, so that the partial index serves
    let mut query = file.prepare_cached(
        "SELECT id, standing, authenticity, by_mail FROM report
         WHERE standing <> 0 AND standing = ?1 AND (?2 IS NULL OR domain = ?2)",
    )?;
    let rows = query.query_map(params![standing as i64, domain], stored)?;
    rows.collect()
}

/// The domains with reports that count and that are not the operator's.
fn leaving(file: &Connection, is_own: &dyn Fn(&str) -> bool) -> rusqlite::Result<Vec<i64>> {
    let mut query = file.prepare_cached(
        "SELECT id, name FROM domain NOT INDEXED
         WHERE EXISTS (SELECT 1 FROM report WHERE domain = domain.id AND standing = 0)",
    )?;
    let mut rows = query.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if !is_own(&row.get::<_, String>(1)?) {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

/// The reports of a domain that count.
fn of_domain(file: &Transaction<'_>, domain: i64) -> rusqlite::Result<Vec<i64>> {
    let mut query =
        file.prepare_cached("SELECT id FROM report WHERE domain = ?1 AND standing = 0")?;
    let rows = query.query_map([domain], |row| row.get(0))?;
    rows.collect()
}
