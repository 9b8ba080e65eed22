//! One **report in full**: put together again from the rows that hold its parts.
//!
//! In: its number. Out: the report as it was decoded, its standing, and the inputs that brought it.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::super::super::json;
use super::super::interned::{authenticity, fingerprint, policy, reporter, source, standing};
use super::super::{Answer, Numbered};
use crate::model::{
    Day, Fingerprint, Issue, IssueCode, Record, Report, Standing, StoredInput, StoredReport,
};

/// The report of that number.
pub(in crate::store::sqlite) fn report(
    file: &Connection,
    number: u64,
) -> Answer<Option<StoredReport>> {
    let Ok(id) = i64::try_from(number) else { return Ok(None) };
    let mut query = file.prepare_cached(
        "SELECT domain, day, standing, authenticity, received_at, reporter, policy, report_id,
                begin, end, errors
         FROM report WHERE id = ?1",
    )?;
    let found = query.query_row([id], |row| stored(file, id, row)).optional()?;
    Ok(found)
}

fn stored(file: &Connection, id: i64, row: &Row<'_>) -> rusqlite::Result<StoredReport> {
    let standing = standing(row.get(2)?);
    let (records, fingerprints) = if standing == Standing::Counted {
        rows_in_totals(file, row.get(0)?, row.get(1)?, id)?
    } else {
        rows_aside(file, id)?
    };
    Ok(StoredReport {
        number: id.unsigned_abs(),
        day: Day(row.get(1)?),
        standing,
        contradicts: if standing == Standing::Conflict { rival(file, id)? } else { None },
        authenticity: authenticity(row.get(3)?),
        received_at: row.get(4)?,
        report: Report {
            reporter: reporter(file, row.get(5)?)?,
            report_id: row.get(7)?,
            begin: row.get(8)?,
            end: row.get(9)?,
            errors: json::read_texts(row.get::<_, Option<String>>(10)?.as_deref()),
            policy: policy(file, row.get(6)?)?,
            fingerprints,
            records,
            issues: issues(file, id)?,
        },
        inputs: inputs(file, id)?,
    })
}

/// The report that counts under the same key.
fn rival(file: &Connection, id: i64) -> rusqlite::Result<Option<u64>> {
    let mut query = file.prepare_cached(
        "SELECT other.id FROM report JOIN report AS other ON other.key = report.key
         WHERE report.id = ?1 AND other.standing = 0",
    )?;
    let number = query.query_row([id], |row| row.get::<_, i64>(0)).optional()?;
    Ok(number.map(i64::unsigned_abs))
}

type Rows = (Vec<Record>, Vec<Fingerprint>);

fn rows_in_totals(file: &Connection, domain: i64, day: i32, report: i64) -> rusqlite::Result<Rows> {
    let mut query = file.prepare_cached(
        "SELECT source, fingerprint, count FROM record
         WHERE domain = ?1 AND day = ?2 AND report = ?3 ORDER BY seq",
    )?;
    rows(file, query.query(params![domain, day, report])?)
}

fn rows_aside(file: &Connection, report: i64) -> rusqlite::Result<Rows> {
    let mut query = file.prepare_cached(
        "SELECT source, fingerprint, count FROM record_aside WHERE report = ?1 ORDER BY seq",
    )?;
    rows(file, query.query([report])?)
}

fn rows(file: &Connection, mut found: rusqlite::Rows<'_>) -> rusqlite::Result<Rows> {
    let (mut records, mut fingerprints) = (Vec::new(), Numbered::default());
    while let Some(row) = found.next()? {
        records.push(Record {
            source: source(row.get_ref(0)?),
            count: row.get(2)?,
            fingerprint: fingerprints.index(row.get(1)?),
        });
    }
    Ok((records, fingerprints.load(|id| fingerprint(file, id))?))
}

/// The issues, but for those whose code only a newer program knows.
fn issues(file: &Connection, report: i64) -> rusqlite::Result<Vec<Issue>> {
    let mut query = file.prepare_cached(
        "SELECT code, place, value, more FROM issue WHERE report = ?1 ORDER BY seq",
    )?;
    let mut rows = query.query([report])?;
    let mut issues = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(code) = IssueCode::parse(row.get_ref(0)?.as_str()?) else { continue };
        let (place, value) = (row.get(1)?, row.get(2)?);
        issues.push(Issue { code, place, value, more: row.get::<_, i64>(3)?.unsigned_abs() });
    }
    Ok(issues)
}

fn inputs(file: &Connection, report: i64) -> rusqlite::Result<Vec<StoredInput>> {
    let mut query = file.prepare_cached(
        "SELECT origin, outcome, seen_at, sender, signers, authenticity FROM input
         WHERE report = ?1 ORDER BY id",
    )?;
    let found = query.query_map([report], |row| {
        Ok(StoredInput {
            origin: row.get(0)?,
            outcome: row.get(1)?,
            seen_at: row.get(2)?,
            sender: row.get(3)?,
            signers: json::read_words(row.get::<_, Option<String>>(4)?.as_deref()),
            authenticity: row.get::<_, Option<i64>>(5)?.map(authenticity),
        })
    })?;
    found.collect()
}
